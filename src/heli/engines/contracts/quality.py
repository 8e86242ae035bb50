"""Quality rules of the standard: read, told, and measured over records.

Rules of type ``library`` with the standard's metrics are measured. Rules in words, in SQL or in a
vendor's own language are kept and shown, and said not to have been measured.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as item
from typing import Any

from heli.engines.contracts.errors import ContractError
from heli.errors import gettext_noop

METRICS = ("nullValues", "missingValues", "invalidValues", "duplicateValues", "rowCount")
_OPERATORS: dict[str, Callable[[float, Any], bool]] = {
    "mustBe": lambda found, limit: found == limit,
    "mustNotBe": lambda found, limit: found != limit,
    "mustBeGreaterThan": lambda found, limit: found > limit,
    "mustBeGreaterOrEqualTo": lambda found, limit: found >= limit,
    "mustBeLessThan": lambda found, limit: found < limit,
    "mustBeLessOrEqualTo": lambda found, limit: found <= limit,
    "mustBeBetween": lambda found, limit: limit[0] <= found <= limit[1],
    "mustNotBeBetween": lambda found, limit: not limit[0] <= found <= limit[1],
}


@dataclass(frozen=True, slots=True)
class QualityRule:
    """One promise about values.

    Attributes:
        field: The field it is about, empty for the whole.
        kind: ``library``, ``text``, ``sql`` or ``custom``.
        metric: What is counted, for ``library``.
        operator: How the count is compared.
        limit: With what.
        percent: The count is compared as a share of all records.
        name: Its name, empty if none.
        description: In the department's words.
        dimension: ``completeness``, ``uniqueness`` … as the standard names it.
        fields: For ``duplicateValues`` over several fields, these.
        arguments: What the metric needs beyond, as it was written.
    """

    field: str
    kind: str
    metric: str = ""
    operator: str = ""
    limit: Any = None
    percent: bool = False
    name: str = ""
    description: str = ""
    dimension: str = ""
    fields: tuple[str, ...] = ()
    arguments: Mapping[str, Any] = item(default_factory=dict, hash=False)

    @property
    def measurable(self) -> bool:
        """Whether Heli can count it."""
        return self.kind == "library" and self.metric in METRICS and bool(self.operator)


@dataclass(frozen=True, slots=True)
class Measured:
    """What became of a rule over a number of records.

    Attributes:
        rule: Which.
        found: The count, or the share in percent; ``None`` where it was not measured.
        kept: Whether the promise was kept; ``None`` where it was not measured.
    """

    rule: QualityRule
    found: float | None
    kept: bool | None


def quality_rules(entries: Any, path: str, name: str) -> tuple[QualityRule, ...]:
    """Read the ``quality`` list of an object or a property.

    Raises:
        ContractError: It is no list of objects, or a comparison has no number to compare with.
    """
    if not isinstance(entries, Sequence) or isinstance(entries, str | bytes):
        raise _bad(f"{path}.quality", gettext_noop("quality is not a list of objects"))
    return tuple(
        _rule(entry, f"{path}.quality[{index}]", name) for index, entry in enumerate(entries)
    )


def _rule(entry: Any, path: str, name: str) -> QualityRule:
    if not isinstance(entry, Mapping):
        raise _bad(path, gettext_noop("a quality rule is not an object"))
    metric = str(entry.get("metric") or entry.get("rule") or "")
    operator = next((key for key in _OPERATORS if key in entry), "")
    limit = entry.get(operator)
    kind = str(entry.get("type") or "library")
    if operator and kind == "library":
        _check_limit(operator, limit, path)
    arguments = entry.get("arguments")
    arguments = arguments if isinstance(arguments, Mapping) else {}
    _check_pattern(arguments.get("pattern"), path)
    fields = arguments.get("properties") or ()
    return QualityRule(
        field=name,
        kind=kind,
        metric=metric,
        operator=operator,
        limit=limit,
        percent=str(entry.get("unit") or "").startswith("percent"),
        name=str(entry.get("name") or ""),
        description=str(entry.get("description") or ""),
        dimension=str(entry.get("dimension") or ""),
        fields=tuple(str(each) for each in fields) if isinstance(fields, list) else (),
        arguments=arguments,
    )


def _check_limit(operator: str, limit: Any, path: str) -> None:
    where = f"{path}.{operator}"
    if "Between" not in operator:
        if isinstance(limit, bool) or not isinstance(limit, int | float):
            raise _bad(where, gettext_noop("the comparison needs a number"))
        return
    if not isinstance(limit, list) or len(limit) != 2:
        raise _bad(where, gettext_noop("the comparison needs two numbers"))
    for each in limit:
        if isinstance(each, bool) or not isinstance(each, int | float):
            raise _bad(where, gettext_noop("the comparison needs two numbers"))


def _check_pattern(pattern: Any, path: str) -> None:
    if pattern is None:
        return
    try:
        re.compile(str(pattern))
    except re.error:
        raise _bad(
            f"{path}.arguments.pattern", gettext_noop("the pattern cannot be read")
        ) from None


def measure(
    rules: Sequence[QualityRule], records: Iterable[Mapping[str, Any]]
) -> tuple[Measured, ...]:
    """Count what the rules promise over records, in one pass.

    Args:
        rules: As :attr:`Contract.quality_rules` gives them.
        records: Values by field name.

    Returns:
        One answer for each rule, in order.
    """
    counters = [_Counter(rule) for rule in rules]
    total = 0
    for record in records:
        total += 1
        for counter in counters:
            counter.take(record)
    return tuple(counter.result(total) for counter in counters)


class _Counter:
    def __init__(self, rule: QualityRule) -> None:
        self.rule = rule
        self.count = 0
        self.seen: set[Any] = set()
        pattern = rule.arguments.get("pattern")
        self._pattern = re.compile(str(pattern)) if pattern is not None else None

    def take(self, record: Mapping[str, Any]) -> None:
        if not self.rule.measurable or self.rule.metric == "rowCount":
            return
        if self.rule.metric == "duplicateValues":
            names = self.rule.fields or (self.rule.field,)
            value = tuple(str(record.get(name)) for name in names)
            self.count += value in self.seen
            self.seen.add(value)
        else:
            self.count += self._counts(record.get(self.rule.field))

    def _counts(self, value: Any) -> bool:
        if self.rule.metric == "nullValues":
            return value is None
        if self.rule.metric == "missingValues":
            missing = self.rule.arguments.get("missingValues", (None, ""))
            return value in missing if isinstance(missing, list | tuple) else value is None
        valid = self.rule.arguments.get("validValues")
        if isinstance(valid, list) and value not in valid:
            return True
        return self._pattern is not None and self._pattern.fullmatch(str(value)) is None

    def result(self, total: int) -> Measured:
        if not self.rule.measurable:
            return Measured(self.rule, None, None)
        found: float = total if self.rule.metric == "rowCount" else self.count
        if self.rule.percent and self.rule.metric != "rowCount":
            found = 100 * found / total if total else 0.0
        return Measured(self.rule, found, _OPERATORS[self.rule.operator](found, self.rule.limit))


def _bad(path: str, reason: str) -> ContractError:
    return ContractError(field=path, path=path, reason=reason)
