"""What may be opened to everybody, and how a record becomes what is given out.

Pure: plain data in, plain data out. Everything is refused that is not allowed by name, a mask that
this module does not know included.

A record about one person or household is never opened. Of other records a field leaves in the
clear when the contract calls it public; an internal one only generalised; a sensitive one only
banded, to the year, or as present or absent; a highly sensitive one not at all. Pseudonyms do not
leave: whoever knows a few values could follow one through every edition.

Counts by group are given out for groups of at least ``least`` records; where only one is smaller,
the next smallest is left out with it, so that the total does not tell it. A sum or mean is left out
also where one record makes up more than four fifths of it (the (1, 80 %) dominance rule of
statistical disclosure control, Hundepool et al., 2012, section 4.2.2).
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from heli.engines.contracts import Contract, Field, LogicalType, Mask, Sensitivity, masks_for
from heli.engines.contracts.masks import apply_mask
from heli.errors import gettext_noop
from heli.openness.errors import OpeningRefusedError

LEAST = 5
"""Fewest records behind a count that is given out."""
LEAST_ALLOWED, MOST_ALLOWED = 3, 1000
DOMINANT = 0.8
MAX_GROUPS = 3
ABOUT_PEOPLE = frozenset({"person", "household"})
PERSONAL = frozenset({"resident_id", "person_name", "mobile", "plate", "real_estate_unit"})
"""Semantic types that name or reach a person."""

_GENERAL = frozenset({"partial", "bucket", "year", "generalise", "redact"})
_ALLOWED: dict[Sensitivity, frozenset[str]] = {
    Sensitivity.PUBLIC: _GENERAL | {"clear"},
    Sensitivity.INTERNAL: _GENERAL,
    Sensitivity.SENSITIVE: frozenset({"bucket", "year", "redact"}),
    Sensitivity.HIGHLY_SENSITIVE: frozenset(),
}


@dataclass(frozen=True, slots=True)
class OpenField:
    """One field as it leaves: which, under what mask, and how wide a band."""

    field: Field
    mask: Mask
    width: int = 0

    def shown(self, value: Any) -> Any:
        """The value as everybody may see it."""
        return apply_mask(self.field, self.mask, value, salt=b"", width=self.width)


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure about each group beside the number of its records.

    Attributes:
        how: ``sum`` or ``mean``.
    """

    field: Field
    how: str

    @property
    def name(self) -> str:
        """The column that holds it."""
        return f"{self.how}_{self.field.name}"


@dataclass(frozen=True, slots=True)
class Opening:
    """What a publication gives out.

    Attributes:
        fields: The fields of a record, or those by which records are grouped.
        measures: Figures of each group; none for records.
        least: Fewest records behind a group; 0 for records.
    """

    fields: tuple[OpenField, ...]
    measures: tuple[Measure, ...] = ()
    least: int = 0

    @property
    def source_columns(self) -> tuple[str, ...]:
        """What is read of the source: nothing that does not go into an answer."""
        names = [each.field.name for each in self.fields]
        names += [measure.field.name for measure in self.measures]
        return tuple(dict.fromkeys(names))


def masks_open_to(field: Field, subject_type: str) -> tuple[Mask, ...]:
    """The masks under which a field may leave, the most open one first; empty where it may not."""
    allowed = _ALLOWED[field.sensitivity]
    if is_personal(field, subject_type):
        allowed &= {"redact"}
    # A band has a width on its page; the ready bands of ``generalise`` would be a second way.
    return tuple(
        mask for mask in masks_for(field) if mask.value in allowed and mask is not Mask.GENERALISE
    )


def is_personal(field: Field, subject_type: str) -> bool:
    """Whether a field's value names or reaches a person."""
    return field.semantic in PERSONAL or (field.subject and subject_type in ABOUT_PEOPLE)


def parse_opening(contract: Contract, kind: str, document: Mapping[str, Any]) -> Opening:
    """Read what a publication gives out, and refuse what must not leave.

    Args:
        contract: The resource's contract in force.
        kind: ``records`` or ``statistics``.
        document: ``{"fields": [{"field", "mask", "width"}, …]}``, and for statistics also
            ``"measures": [{"field", "how"}, …]`` and ``"least"``.

    Raises:
        OpeningRefusedError: A field may not leave like this; the figures name it and why.
    """
    if kind == "records" and contract.subject_type in ABOUT_PEOPLE:
        raise OpeningRefusedError(
            name=contract.name,
            reason=gettext_noop("each record is about a person; only counts can be opened"),
        )
    fields = tuple(_open_field(contract, entry, kind) for entry in _list(document, "fields"))
    _refuse_repeats(fields)
    if kind == "records":
        return Opening(fields)
    if len(fields) > MAX_GROUPS:
        raise OpeningRefusedError(
            name=contract.name,
            reason=gettext_noop("at most three fields can form the groups"),
        )
    measures = tuple(_measure(contract, entry) for entry in _list(document, "measures"))
    return Opening(fields, measures, _least(contract, document))


def _list(document: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    found = document.get(key) or []
    good = isinstance(found, list) and all(isinstance(entry, Mapping) for entry in found)
    return list(found) if good else []


def _refuse_repeats(fields: tuple[OpenField, ...]) -> None:
    names = [each.field.name for each in fields]
    if not names:
        raise OpeningRefusedError(name="", reason=gettext_noop("no field is chosen"))
    for name in names:
        if names.count(name) > 1:
            raise OpeningRefusedError(name=name, reason=gettext_noop("it is named twice"))


def _open_field(contract: Contract, entry: Mapping[str, Any], kind: str) -> OpenField:
    field = _field(contract, entry)
    open_to = masks_open_to(field, contract.subject_type)
    mask = str(entry.get("mask", "clear"))
    if mask not in [each.value for each in open_to]:
        raise OpeningRefusedError(name=field.name, reason=_why(field, contract, open_to))
    if kind == "statistics" and field.subject:
        raise OpeningRefusedError(
            name=field.name, reason=gettext_noop("it tells single records apart")
        )
    width = entry.get("width", 0) if mask == Mask.BUCKET else 0
    if mask == Mask.BUCKET and not (type(width) is int and 0 < width < 10**9):
        raise OpeningRefusedError(
            name=field.name, reason=gettext_noop("a band needs a width above 0")
        )
    return OpenField(field, Mask(mask), width)


def _why(field: Field, contract: Contract, open_to: tuple[Mask, ...]) -> str:
    if is_personal(field, contract.subject_type):
        return gettext_noop("it names or reaches a person")
    if not open_to:
        return gettext_noop("it is highly sensitive")
    if field.sensitivity >= Sensitivity.SENSITIVE:
        return gettext_noop(
            "it is sensitive: only bands, years, or present and absent may be opened"
        )
    return gettext_noop("it is internal: it may be opened only generalised")


def _field(contract: Contract, entry: Mapping[str, Any]) -> Field:
    name = str(entry.get("field", ""))
    field = contract.field(name)
    if field is None:
        raise OpeningRefusedError(name=name[:60], reason=gettext_noop("there is no such field"))
    return field


def _measure(contract: Contract, entry: Mapping[str, Any]) -> Measure:
    field = _field(contract, entry)
    how = str(entry.get("how", ""))
    if how not in {"sum", "mean"}:
        raise OpeningRefusedError(name=field.name, reason=gettext_noop("use sum or mean"))
    if field.type not in {LogicalType.INTEGER, LogicalType.NUMBER}:
        raise OpeningRefusedError(name=field.name, reason=gettext_noop("it is not a number"))
    if field.sensitivity >= Sensitivity.HIGHLY_SENSITIVE:
        raise OpeningRefusedError(name=field.name, reason=gettext_noop("it is highly sensitive"))
    return Measure(field, how)


def _least(contract: Contract, document: Mapping[str, Any]) -> int:
    least = document.get("least", LEAST)
    if type(least) is not int or not LEAST_ALLOWED <= least <= MOST_ALLOWED:
        raise OpeningRefusedError(
            name=contract.name,
            reason=gettext_noop("a group needs at least three records, and at most a thousand"),
        )
    return least


# How records become rows


@dataclass(slots=True)
class _Group:
    count: int
    sums: list[float]
    largest: list[float]
    known: list[int]


@dataclass(frozen=True, slots=True)
class Counted:
    """Groups large enough to be told, and how many were not."""

    rows: list[dict[str, Any]]
    suppressed: int


def shown_rows(opening: Opening, records: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """Records as everybody may see them."""
    for record in records:
        yield {each.field.name: each.shown(record.get(each.field.name)) for each in opening.fields}


def counted_rows(opening: Opening, records: Iterable[Mapping[str, Any]]) -> Counted:
    """Counts and figures by group, in the order of the groups; small ones left out.

    Memory grows with the number of groups, not with that of records.
    """
    groups: dict[tuple[Any, ...], _Group] = {}
    for record in records:
        key = tuple(each.shown(record.get(each.field.name)) for each in opening.fields)
        group = groups.get(key)
        if group is None:
            size = len(opening.measures)
            group = groups[key] = _Group(0, [0.0] * size, [0.0] * size, [0] * size)
        group.count += 1
        for place, measure in enumerate(opening.measures):
            value = record.get(measure.field.name)
            if value is not None and math.isfinite(value):
                group.sums[place] += value
                group.largest[place] = max(group.largest[place], abs(value))
                group.known[place] += 1
    told = [(key, group) for key, group in groups.items() if group.count >= opening.least]
    if told and len(told) == len(groups) - 1:
        # Whoever knows the total would find the only one left out by subtraction.
        told.remove(min(told, key=lambda pair: (pair[1].count, str(pair[0]))))
    told.sort(key=lambda pair: [(value is None, str(value)) for value in pair[0]])
    return Counted([_counted(opening, *pair) for pair in told], len(groups) - len(told))


def _counted(opening: Opening, key: tuple[Any, ...], group: _Group) -> dict[str, Any]:
    row = {each.field.name: value for each, value in zip(opening.fields, key, strict=True)}
    row["count"] = group.count
    for place, measure in enumerate(opening.measures):
        row[measure.name] = _figure(measure, group, place, opening.least)
    return row


def _figure(measure: Measure, group: _Group, place: int, least: int) -> float | None:
    total, known = group.sums[place], group.known[place]
    if known < least or group.largest[place] > DOMINANT * abs(total):
        return None
    value = total if measure.how == "sum" else total / known
    return round(value, 2)
