"""Policies in words: what their holder sees, of which records, when and how much."""

from dataclasses import dataclass
from typing import Any

from heli.engines.contracts.conditions import Condition, Op
from heli.engines.contracts.hours import Window
from heli.engines.contracts.masks import Mask, kept_characters
from heli.engines.contracts.model import Contract, Field
from heli.engines.contracts.policies import Binding, FieldRule, ReleasePolicy
from heli.errors import gettext_noop


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence to be translated: message id and what fills it.

    Attributes:
        field: The field it is about; empty where it is about the whole grant.
        message: Message id with placeholders.
        figures: Values of the placeholders; ``title`` is left to the reader's language, and so
            are ``values``: value, Chinese and English name of each, the names empty where the
            contract has none.
    """

    field: str
    message: str
    figures: dict[str, Any]


def explain(contract: Contract, policy: ReleasePolicy) -> tuple[Sentence, ...]:
    """Say in words what a policy lets its holder see.

    One sentence for each granted field, then one for each condition on records, limit and window
    of hours, for the binding where it is no matter, and for the second person and extracts.
    """
    sentences = [
        _of_rule(field, rule)
        for rule in policy.rules
        if (field := contract.field(rule.field)) is not None
    ]
    sentences += [
        _of_condition(field, row)
        for row in policy.rows
        if (field := contract.field(row.field)) is not None
    ]
    return (*sentences, *_of_limits(policy), *map(_of_window, policy.hours), *_of_rest(policy))


_WORDS = {
    Mask.CLEAR: gettext_noop("sees {title} in full"),
    Mask.REDACT: gettext_noop("sees whether {title} is on record, not what it is"),
    Mask.PARTIAL: gettext_noop(
        "sees at most the first {head} and last {tail} characters of {title}"
    ),
    Mask.HASH: gettext_noop("sees a pseudonym instead of {title}, different in every grant"),
    Mask.YEAR: gettext_noop("sees only the year of {title}"),
    Mask.BUCKET: gettext_noop("sees {title} rounded down to multiples of {width}"),
}
_LEVELS = {
    "city": gettext_noop("sees only the city of {title}"),
    "province": gettext_noop("sees only the province of {title}"),
    "district": gettext_noop("sees only the district of {title}"),
    "month": gettext_noop("sees only the month of {title}"),
    "decade": gettext_noop("sees only the decade of {title}"),
}
_HEAD_ONE = gettext_noop("sees at most the first character of {title}")
_ENDS_ONE = gettext_noop("sees at most the first {head} characters and the last one of {title}")
_BANDS = gettext_noop("sees only in which band {title} lies; bands begin at {edges}")
_HEAD = gettext_noop("sees at most the first {digits} characters of {title}")

_ROWS = {
    Op.EQ: gettext_noop("only records in which {title} is {value}"),
    Op.NE: gettext_noop("only records in which {title} is not {value}"),
    Op.LT: gettext_noop("only records in which {title} is less than {value}"),
    Op.LE: gettext_noop("only records in which {title} is at most {value}"),
    Op.GT: gettext_noop("only records in which {title} is more than {value}"),
    Op.GE: gettext_noop("only records in which {title} is at least {value}"),
    Op.IN: gettext_noop("only records in which {title} is one of {value}"),
    Op.PREFIX: gettext_noop("only records in which {title} begins with {value}"),
    Op.ABSENT: gettext_noop("only records without {title}"),
}

_LIMITS = {
    "per_minute": gettext_noop("at most {n} calls a minute"),
    "per_day": gettext_noop("at most {n} calls a day"),
    "records_per_day": gettext_noop("at most {n} records a day"),
    "records_total": gettext_noop("at most {n} records in all"),
}
_BINDINGS = {
    Binding.PROJECT: gettext_noop("only for an approved digital project"),
    Binding.PUBLIC_TASK: gettext_noop("only for a registered statutory duty"),
}


def _of_rule(field: Field, rule: FieldRule) -> Sentence:
    figures: dict[str, Any] = {"title_zh": field.title_zh, "title_en": field.title_en}
    if rule.mask is Mask.GENERALISE:
        if rule.level:
            return Sentence(rule.field, _LEVELS[rule.level], figures)
        if rule.edges:
            figures["edges"] = ", ".join(map(str, rule.edges))
            return Sentence(rule.field, _BANDS, figures)
        return _of_ends(rule, figures, rule.digits, 0)
    if rule.mask is Mask.PARTIAL:
        return _of_ends(rule, figures, *kept_characters(field, 10_000))
    if rule.mask is Mask.BUCKET:
        figures["width"] = rule.width
    return Sentence(rule.field, _WORDS[rule.mask], figures)


def _of_ends(rule: FieldRule, figures: dict[str, Any], head: int, tail: int) -> Sentence:
    """How many characters are seen, in words that fit the numbers."""
    if not tail:
        message = _HEAD_ONE if head == 1 else _HEAD
        return Sentence(rule.field, message, figures | {"digits": head})
    message = _ENDS_ONE if tail == 1 else _WORDS[Mask.PARTIAL]
    return Sentence(rule.field, message, figures | {"head": head, "tail": tail})


def _of_condition(field: Field, row: Condition) -> Sentence:
    values = row.value if isinstance(row.value, tuple) else (row.value,)
    called = {code: (zh, en) for code, zh, en in field.titles}
    figures = {
        "title_zh": field.title_zh,
        "title_en": field.title_en,
        "value": ", ".join(str(value) for value in values),
        "values": tuple((value, *called.get(str(value), ("", ""))) for value in values),
    }
    return Sentence("", _ROWS[row.op], figures)


def _of_limits(policy: ReleasePolicy) -> list[Sentence]:
    found = {name: getattr(policy.limits, name) for name in _LIMITS}
    return [Sentence("", _LIMITS[name], {"n": n}) for name, n in found.items() if n]


def _of_window(window: Window) -> Sentence:
    start, end = window.written
    if not window.days:
        message = gettext_noop("on working days from {start} to {end}")
        return Sentence("", message, {"start": start, "end": end})
    days = ", ".join(map(str, window.days))
    message = gettext_noop("on days {days} of the week (1 is Monday) from {start} to {end}")
    return Sentence("", message, {"days": days, "start": start, "end": end})


def _of_rest(policy: ReleasePolicy) -> list[Sentence]:
    found = []
    if policy.binding in _BINDINGS:
        found.append(Sentence("", _BINDINGS[policy.binding], {}))
    if policy.second_person:
        message = gettext_noop("only after another officer of the department has confirmed")
        found.append(Sentence("", message, {}))
    if policy.extract:
        message = gettext_noop("may take extracts of at most {n} records")
        found.append(Sentence("", message, {"n": policy.extract}))
    return found
