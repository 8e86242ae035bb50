"""Contract versions, differences, rules and promises in the reader's language."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from heli.engines.contracts import (
    SEMANTIC_TYPES,
    Bump,
    Change,
    Contract,
    LogicalType,
    Mode,
    QualityRule,
    ServiceLevel,
)
from heli.engines.contracts.differences import Affected
from heli.exchange.conformance import length_words
from heli.exchange.models import SENSITIVITY_LABELS, SubjectType
from heli.exchange.words import spoken, type_words

_WHOM = {
    Affected.CALLERS: gettext_lazy("breaks who was built for the old version"),
    Affected.READERS_OF_OLD: gettext_lazy(
        "breaks who was built for the new version and meets the old"
    ),
    Affected.BOTH: gettext_lazy("breaks who was built for one version and meets the other"),
    Affected.STEWARDS: gettext_lazy("breaks nobody; grants need to be looked at"),
    Affected.NOBODY: gettext_lazy("breaks nobody"),
}
_BUMPS = {
    Bump.NONE: pgettext_lazy("version", "none"),
    Bump.PATCH: pgettext_lazy("version", "patch"),
    Bump.MINOR: pgettext_lazy("version", "minor"),
    Bump.MAJOR: pgettext_lazy("version", "major"),
}
_LEVELS = {
    "freshness": gettext_lazy("freshness"),
    "latency": gettext_lazy("latency"),
    "frequency": gettext_lazy("frequency of renewal"),
    "responseTime": gettext_lazy("response time"),
    "availability": gettext_lazy("availability"),
    "retention": gettext_lazy("retention"),
    "throughput": gettext_lazy("throughput"),
    "errorRate": gettext_lazy("error rate"),
    "endOfSupport": gettext_lazy("end of support"),
    "endOfLife": gettext_lazy("end of life"),
    "generalAvailability": gettext_lazy("general availability"),
    "timeOfAvailability": gettext_lazy("time of day at which it is there"),
}
_METRICS = {
    "nullValues": gettext_lazy("values that are null"),
    "missingValues": gettext_lazy("values that are missing"),
    "invalidValues": gettext_lazy("values that are invalid"),
    "duplicateValues": gettext_lazy("values that repeat another"),
    "rowCount": gettext_lazy("records"),
}
_OPERATORS = {
    "mustBe": "= {limit}",
    "mustNotBe": "≠ {limit}",
    "mustBeGreaterThan": "> {limit}",
    "mustBeGreaterOrEqualTo": "≥ {limit}",
    "mustBeLessThan": "< {limit}",
    "mustBeLessOrEqualTo": "≤ {limit}",
    "mustBeBetween": "{limit[0]}–{limit[1]}",
    "mustNotBeBetween": "∉ {limit[0]}–{limit[1]}",
}
_SENSITIVITIES = {level.code: label for level, label in SENSITIVITY_LABELS.items()}


def sentence(change: Change) -> str:
    """What differs."""
    figures = {key: _figure(key, value) for key, value in change.figures.items()}
    title = spoken(change.figures.get("title_zh", ""), change.figures.get("title_en", ""))
    figures["title"] = pgettext("field", "“{title}”").format(title=title)
    return _(change.message).format(**figures)


def _figure(key: str, value: Any) -> Any:
    """A code in words, where it is one that readers know by another name."""
    if not isinstance(value, str) or not value:
        return value
    if key == "level":
        return str(_LEVELS.get(value, value))
    if key not in ("before", "after"):
        return value
    return _coded(value) or _(value)


def _coded(value: str) -> str:
    """A meaning, type, level or kind of subject in words; empty for anything else."""
    if value in SEMANTIC_TYPES:
        return spoken(SEMANTIC_TYPES[value].title_zh, SEMANTIC_TYPES[value].title_en)
    if value in set(LogicalType):
        return type_words(LogicalType(value))
    if value in SubjectType.values:
        return str(SubjectType(value).label)
    return str(_SENSITIVITIES.get(value, ""))


def whom(change: Change) -> str:
    """Whom a difference breaks."""
    return str(_WHOM[change.affected])


def bump(part: Bump) -> str:
    """A part of a version number."""
    return str(_BUMPS[part])


def titles(contract: Contract, names: Iterable[str]) -> str:
    """Titles of fields, one after the other."""
    found = {field.name: spoken(field.title_zh, field.title_en) for field in contract.fields}
    return pgettext("list", ", ").join(found.get(name, name) for name in names)


_PERCENT = ("percent", "pct", "%")


def level(promise: ServiceLevel) -> tuple[str, str]:
    """A service level: what it is about, and what is promised."""
    if (seconds := promise.seconds) is not None:
        said = length_words(seconds, _)
    else:
        unit = "%" if promise.unit in _PERCENT else promise.unit
        said = f"{promise.value} {unit}".strip()
    return str(_LEVELS.get(promise.name, promise.name)), said


def rule(promise: QualityRule, contract: Contract) -> tuple[str, str, str]:
    """A quality rule: of which field, what is promised, and in the department's words."""
    field = contract.field(promise.field)
    title = spoken(field.title_zh, field.title_en) if field else _("all records")
    if not promise.measurable:
        return title, promise.description or promise.name or promise.kind, ""
    amount = _OPERATORS[promise.operator].format(limit=promise.limit)
    unit = " %" if promise.percent else ""
    return title, f"{_METRICS[promise.metric]} {amount}{unit}", promise.description


_MODES = {
    Mode.BACKWARD: (
        pgettext_lazy("compatibility", "Backward"),
        gettext_lazy("Who was built for the old version goes on working."),
    ),
    Mode.FORWARD: (
        pgettext_lazy("compatibility", "Forward"),
        gettext_lazy("Who was built for the new version also works with the old one."),
    ),
    Mode.FULL: (pgettext_lazy("compatibility", "Full"), gettext_lazy("Both.")),
}


def mode(asked: Mode) -> str:
    """The name of what is asked."""
    return str(_MODES[asked][0])


def mode_meaning(asked: Mode) -> str:
    """What is asked."""
    return str(_MODES[asked][1])
