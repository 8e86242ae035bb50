"""The differences between two contract versions, each in words and with whom it touches."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as item
from enum import StrEnum
from typing import Any

from heli.engines.contracts.levels import ServiceLevel
from heli.engines.contracts.limits import Limits
from heli.engines.contracts.model import Contract, Field, LogicalType, Sensitivity
from heli.errors import gettext_noop


class Kind(StrEnum):
    """What kind of difference it is."""

    FIELD_ADDED = "field_added"
    REQUIRED_FIELD_ADDED = "required_field_added"
    FIELD_REMOVED = "field_removed"
    TYPE_WIDENED = "type_widened"
    TYPE_NARROWED = "type_narrowed"
    TYPE_CHANGED = "type_changed"
    MADE_REQUIRED = "made_required"
    MADE_OPTIONAL = "made_optional"
    VALUES_ADDED = "values_added"
    VALUES_REMOVED = "values_removed"
    CODE_LIST_OPENED = "code_list_opened"
    CODE_LIST_INTRODUCED = "code_list_introduced"
    MEANING_ADDED = "meaning_added"
    MEANING_DROPPED = "meaning_dropped"
    MEANING_CHANGED = "meaning_changed"
    DATUM_CHANGED = "datum_changed"
    LIMIT_WIDENED = "limit_widened"
    LIMIT_NARROWED = "limit_narrowed"
    KEY_CHANGED = "key_changed"
    SUBJECT_CHANGED = "subject_changed"
    SUBJECT_TYPE_CHANGED = "subject_type_changed"
    SENSITIVITY_RAISED = "sensitivity_raised"
    SENSITIVITY_LOWERED = "sensitivity_lowered"
    UNIQUENESS_PROMISED = "uniqueness_promised"
    UNIQUENESS_DROPPED = "uniqueness_dropped"
    LEVEL_LOWERED = "level_lowered"
    LEVEL_RAISED = "level_raised"
    WORDS_CHANGED = "words_changed"


class Affected(StrEnum):
    """Whom a difference touches."""

    CALLERS = "callers"
    READERS_OF_OLD = "readers_of_old"
    BOTH = "both"
    STEWARDS = "stewards"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference.

    Attributes:
        kind: What kind.
        field: The field it is about, empty for the whole.
        figures: What its words need; ``title_zh`` and ``title_en`` name the field.
    """

    kind: Kind
    field: str
    figures: Mapping[str, Any] = item(default_factory=dict, hash=False)

    @property
    def breaks_backward(self) -> bool:
        """Callers built for the old version may stumble over the new one."""
        if self.kind is Kind.SENSITIVITY_RAISED:
            # The highest level is released to two persons only, so single calls are refused.
            return bool(self.figures["after"] == Sensitivity.HIGHLY_SENSITIVE.code)
        return self.kind in _BREAK_BACKWARD

    @property
    def breaks_forward(self) -> bool:
        """Callers built for the new version may stumble over what follows the old one."""
        return self.kind in _BREAK_FORWARD

    @property
    def functional(self) -> bool:
        """More than words differ."""
        return self.kind is not Kind.WORDS_CHANGED

    @property
    def affected(self) -> Affected:
        """Whom it touches."""
        if self.breaks_backward:
            return Affected.BOTH if self.breaks_forward else Affected.CALLERS
        if self.breaks_forward:
            return Affected.READERS_OF_OLD
        return Affected.STEWARDS if self.kind is Kind.SENSITIVITY_RAISED else Affected.NOBODY

    @property
    def message(self) -> str:
        """Message id of its sentence."""
        return _WORDS[self.kind]


_BREAK_BOTH = {
    Kind.TYPE_CHANGED, Kind.MEANING_CHANGED, Kind.DATUM_CHANGED, Kind.KEY_CHANGED,
    Kind.SUBJECT_CHANGED, Kind.SUBJECT_TYPE_CHANGED,
}  # fmt: skip
_BREAK_BACKWARD = _BREAK_BOTH | {
    Kind.FIELD_REMOVED, Kind.TYPE_WIDENED, Kind.MADE_OPTIONAL, Kind.VALUES_ADDED,
    Kind.CODE_LIST_OPENED, Kind.MEANING_DROPPED, Kind.LIMIT_WIDENED, Kind.UNIQUENESS_DROPPED,
    Kind.LEVEL_LOWERED,
}  # fmt: skip
_BREAK_FORWARD = _BREAK_BOTH | {
    Kind.REQUIRED_FIELD_ADDED, Kind.TYPE_NARROWED, Kind.MADE_REQUIRED, Kind.VALUES_REMOVED,
    Kind.CODE_LIST_INTRODUCED, Kind.MEANING_ADDED, Kind.LIMIT_NARROWED, Kind.UNIQUENESS_PROMISED,
}  # fmt: skip

_WORDS = {
    Kind.FIELD_ADDED: gettext_noop("{title} is new and may be absent"),
    Kind.REQUIRED_FIELD_ADDED: gettext_noop("{title} is new and always present"),
    Kind.FIELD_REMOVED: gettext_noop("{title} is no longer delivered"),
    Kind.TYPE_WIDENED: gettext_noop("{title} was {before} and can now be any {after}"),
    Kind.TYPE_NARROWED: gettext_noop("{title} was any {before} and is now {after} only"),
    Kind.TYPE_CHANGED: gettext_noop("{title} was {before} and is now {after}"),
    Kind.MADE_REQUIRED: gettext_noop("{title} is now always present"),
    Kind.MADE_OPTIONAL: gettext_noop("{title} may now be absent"),
    Kind.VALUES_ADDED: gettext_noop("{title} can now also be: {values}"),
    Kind.VALUES_REMOVED: gettext_noop("{title} can no longer be: {values}"),
    Kind.CODE_LIST_OPENED: gettext_noop("{title} is no longer limited to a code list"),
    Kind.CODE_LIST_INTRODUCED: gettext_noop("{title} is now limited to: {values}"),
    Kind.MEANING_ADDED: gettext_noop("{title} is now checked as {after}"),
    Kind.MEANING_DROPPED: gettext_noop("{title} is no longer checked as {before}"),
    Kind.MEANING_CHANGED: gettext_noop("{title} meant {before} and now means {after}"),
    Kind.DATUM_CHANGED: gettext_noop("{title} was given in {before} and is now given in {after}"),
    Kind.LIMIT_WIDENED: gettext_noop("{title} no longer keeps {limit} {before}"),
    Kind.LIMIT_NARROWED: gettext_noop("{title} now keeps {limit} {after}"),
    Kind.KEY_CHANGED: gettext_noop("Records were told apart by {before} and now are by {after}"),
    Kind.SUBJECT_CHANGED: gettext_noop("A record was looked up by {before} and now is by {after}"),
    Kind.SUBJECT_TYPE_CHANGED: gettext_noop("A record was about {before} and now is about {after}"),
    Kind.SENSITIVITY_RAISED: gettext_noop("{title} was {before} and is now {after}"),
    Kind.SENSITIVITY_LOWERED: gettext_noop("{title} was {before} and is now only {after}"),
    Kind.UNIQUENESS_PROMISED: gettext_noop("No two records have the same {title} any more"),
    Kind.UNIQUENESS_DROPPED: gettext_noop("Several records may now have the same {title}"),
    Kind.LEVEL_LOWERED: gettext_noop("Less is promised of {level}: {before} before, now {after}"),
    Kind.LEVEL_RAISED: gettext_noop("More is promised of {level}: {before} before, now {after}"),
    Kind.WORDS_CHANGED: gettext_noop("Only words changed: {what}"),
}

_WIDER = {
    (LogicalType.INTEGER, LogicalType.NUMBER),
    (LogicalType.DATE, LogicalType.STRING),
}
NOTHING = gettext_noop("nothing")


def differences(old: Contract, new: Contract) -> tuple[Change, ...]:
    """All differences: of the whole, of each field in the old order, then of the new fields."""
    found = [*_whole(old, new)]
    for field in old.fields:
        after = new.field(field.name)
        if after is None:
            found.append(Change(Kind.FIELD_REMOVED, field.name, _titles(field)))
        else:
            found += _field(field, after)
    for field in new.fields:
        if old.field(field.name) is None:
            kind = Kind.REQUIRED_FIELD_ADDED if field.required else Kind.FIELD_ADDED
            found.append(Change(kind, field.name, _titles(field)))
    return tuple(found)


def _titles(field: Field, **figures: Any) -> dict[str, Any]:
    return {"title_zh": field.title_zh, "title_en": field.title_en, **figures}


def _whole(old: Contract, new: Contract) -> Iterator[Change]:
    for kind, before, after in (
        (Kind.SUBJECT_TYPE_CHANGED, old.subject_type, new.subject_type),
        (Kind.SUBJECT_CHANGED, old.subject_field.name, new.subject_field.name),
        (Kind.KEY_CHANGED, ", ".join(old.key), ", ".join(new.key)),
    ):
        if before != after:
            yield Change(kind, "", {"before": before, "after": after})
    yield from _levels(old.service_levels, new.service_levels)
    words = [name for name in ("title_zh", "title_en", "purpose")
             if getattr(old, name) != getattr(new, name)]  # fmt: skip
    if _beside(old.rest, "slaProperties") != _beside(new.rest, "slaProperties"):
        words.append("document")
    if old.table != new.table or old.custom != new.custom:
        words.append("object")
    if words:
        yield Change(Kind.WORDS_CHANGED, "", {"what": ", ".join(words)})


def _beside(rest: Mapping[str, Any], *judged: str) -> dict[str, Any]:
    """What no difference of its own is made of; it binds nobody and counts as words."""
    return {key: value for key, value in rest.items() if key not in judged}


def _levels(old: tuple[ServiceLevel, ...], new: tuple[ServiceLevel, ...]) -> Iterator[Change]:
    before = {(level.name, level.element): level for level in old}
    after = {(level.name, level.element): level for level in new}
    for key in dict.fromkeys([*before, *after]):
        one, other = before.get(key), after.get(key)
        if one == other:
            continue
        if one is not None and other is not None and _words(one) == _words(other):
            yield Change(Kind.WORDS_CHANGED, "", {"what": key[0]})
            continue
        kind = Kind.LEVEL_LOWERED if _is_less(one, other) else Kind.LEVEL_RAISED
        figures = {"level": key[0], "before": _words(one), "after": _words(other)}
        yield Change(kind, "", figures)


_MORE_IS_BETTER = {"availability", "throughput", "retention", "endOfSupport", "endOfLife"}


def _is_less(one: ServiceLevel | None, other: ServiceLevel | None) -> bool:
    if one is None or other is None:
        return other is None
    before, after = _amount(one), _amount(other)
    if before is None or after is None:
        return True  # what cannot be compared is taken for the worse
    return after < before if one.name in _MORE_IS_BETTER else after > before


def _amount(level: ServiceLevel) -> float | None:
    if level.seconds is not None:
        return level.seconds
    try:
        return float(str(level.value).rstrip("%"))
    except ValueError:
        return None


def _words(level: ServiceLevel | None) -> str:
    return NOTHING if level is None else f"{level.value} {level.unit}".strip()


def _field(old: Field, new: Field) -> Iterator[Change]:
    name = new.name
    if old.type is not new.type:
        kind = Kind.TYPE_CHANGED
        if (old.type, new.type) in _WIDER:
            kind = Kind.TYPE_WIDENED
        elif (new.type, old.type) in _WIDER:
            kind = Kind.TYPE_NARROWED
        yield Change(kind, name, _titles(new, before=old.type.value, after=new.type.value))
    if old.required is not new.required:
        kind = Kind.MADE_REQUIRED if new.required else Kind.MADE_OPTIONAL
        yield Change(kind, name, _titles(new))
    yield from _code_list(old, new)
    yield from _meaning(old, new)
    yield from _limits(old, new)
    if old.unique is not new.unique:
        kind = Kind.UNIQUENESS_PROMISED if new.unique else Kind.UNIQUENESS_DROPPED
        yield Change(kind, name, _titles(new))
    if old.sensitivity is not new.sensitivity:
        raised = new.sensitivity > old.sensitivity
        kind = Kind.SENSITIVITY_RAISED if raised else Kind.SENSITIVITY_LOWERED
        yield Change(
            kind, name, _titles(new, before=old.sensitivity.code, after=new.sensitivity.code)
        )
    yield from _said(old, new)


def _said(old: Field, new: Field) -> Iterator[Change]:
    words = [part for part in ("title_zh", "title_en", "description", "titles")
             if getattr(old, part) != getattr(new, part)]  # fmt: skip
    judged = ("unique", "logicalTypeOptions")
    if _beside(old.rest, *judged) != _beside(new.rest, *judged) or old.custom != new.custom:
        words.append("property")
    if words:
        yield Change(Kind.WORDS_CHANGED, new.name, _titles(new, what=", ".join(words)))


def _code_list(old: Field, new: Field) -> Iterator[Change]:
    before, after = old.allowed, new.allowed
    if before and not after:
        yield Change(Kind.CODE_LIST_OPENED, new.name, _titles(new))
    elif after and not before:
        figures = _titles(new, values=", ".join(after))
        yield Change(Kind.CODE_LIST_INTRODUCED, new.name, figures)
    else:
        for kind, values in (
            (Kind.VALUES_ADDED, [value for value in after if value not in before]),
            (Kind.VALUES_REMOVED, [value for value in before if value not in after]),
        ):
            if values:
                yield Change(kind, new.name, _titles(new, values=", ".join(values)))


def _meaning(old: Field, new: Field) -> Iterator[Change]:
    if old.semantic != new.semantic:
        kind = Kind.MEANING_CHANGED
        if not old.semantic:
            kind = Kind.MEANING_ADDED
        elif not new.semantic:
            kind = Kind.MEANING_DROPPED
        yield Change(kind, new.name, _titles(new, before=old.semantic, after=new.semantic))
    elif old.datum != new.datum:
        figures = _titles(new, before=old.datum, after=new.datum)
        yield Change(Kind.DATUM_CHANGED, new.name, figures)


_LOWER = (("minLength", "min_length"), ("minimum", "minimum"), ("exclusiveMinimum", "above"))
_UPPER = (("maxLength", "max_length"), ("maximum", "maximum"), ("exclusiveMaximum", "below"))


def _limits(old: Field, new: Field) -> Iterator[Change]:
    one, other = old.limits, new.limits
    if one == other:
        return
    for label, attribute, sign in (
        *((label, attribute, 1) for label, attribute in _LOWER),
        *((label, attribute, -1) for label, attribute in _UPPER),
    ):
        yield from _limit(new, label, _value(one, attribute), _value(other, attribute), sign)
    if one.pattern != other.pattern:
        if one.pattern is not None:
            figures = _titles(new, limit="pattern", before=one.pattern, after=other.pattern)
            yield Change(Kind.LIMIT_WIDENED, new.name, figures)
        if other.pattern is not None:
            figures = _titles(new, limit="pattern", before=one.pattern, after=other.pattern)
            yield Change(Kind.LIMIT_NARROWED, new.name, figures)


def _value(limits: Limits, attribute: str) -> Any:
    return getattr(limits, attribute)


def _limit(new: Field, label: str, before: Any, after: Any, sign: int) -> Iterator[Change]:
    if before == after:
        return
    figures = _titles(new, limit=label, before=before, after=after)
    if after is None:
        yield Change(Kind.LIMIT_WIDENED, new.name, figures)
    elif before is None:
        yield Change(Kind.LIMIT_NARROWED, new.name, figures)
    elif type(before) is not type(after) and (isinstance(before, str) or isinstance(after, str)):
        yield Change(Kind.LIMIT_WIDENED, new.name, figures)
        yield Change(Kind.LIMIT_NARROWED, new.name, figures)
    else:
        narrower = (after > before) == (sign > 0)
        yield Change(Kind.LIMIT_NARROWED if narrower else Kind.LIMIT_WIDENED, new.name, figures)
