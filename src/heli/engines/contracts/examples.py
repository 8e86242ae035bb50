"""Made-up records that keep a contract, for templates and tests; they belong to nobody."""

import datetime as dt
from typing import Any

from heli.engines.contracts.model import Contract, Field, LogicalType
from heli.engines.contracts.semantics.base import RandomSource

_FIRST_DAY = dt.date(2000, 1, 1)
_DAYS = 9000


def example_record(contract: Contract, rng: RandomSource) -> dict[str, Any]:
    """A record that keeps a contract, except patterns of its own, which nothing can be drawn from.

    Args:
        contract: The contract version.
        rng: The caller's source of randomness; the same one gives the same record.

    Returns:
        Values by field name, as they go over the wire: dates as text.
    """
    return {field.name: _value(field, rng) for field in contract.fields}


def _value(field: Field, rng: RandomSource) -> Any:
    if field.allowed:
        return _coded(field, field.allowed[rng.randrange(len(field.allowed))])
    kind = field.semantic_type
    if kind is not None and kind.generate is not None:
        text = kind.generate(rng)
        return float(text) if field.type is LogicalType.NUMBER else text
    return _PLAIN[field.type](field, rng)


def _coded(field: Field, value: str) -> Any:
    if field.type is LogicalType.INTEGER:
        return int(value)
    return float(value) if field.type is LogicalType.NUMBER else value


def _text(field: Field, rng: RandomSource) -> str:
    limits = field.limits
    text = f"示例{1 + rng.randrange(999)}"
    least = limits.min_length or 0
    text = text.ljust(least, "例")
    return text if limits.max_length is None else text[: limits.max_length]


def _number(field: Field, rng: RandomSource) -> float:
    limits = field.limits
    low = _figure(limits.minimum, limits.above, 0.0)
    high = _figure(limits.maximum, limits.below, low + 100.0)
    steps = 1 + rng.randrange(98)
    return round(low + (high - low) * steps / 100, 6)


def _figure(first: float | str | None, second: float | str | None, otherwise: float) -> float:
    for given in (first, second):
        if isinstance(given, int | float):
            return float(given)
    return otherwise


def _integer(field: Field, rng: RandomSource) -> int:
    limits = field.limits
    low = int(_figure(limits.minimum, None, _figure(None, limits.above, -1.0) + 1))
    high = int(_figure(limits.maximum, None, _figure(None, limits.below, low + 100.0) - 1))
    return low + rng.randrange(max(1, high - low + 1))


def _date(field: Field, rng: RandomSource) -> str:
    limits = field.limits
    low = _day(limits.minimum, limits.above, 1) or _FIRST_DAY
    high = _day(limits.maximum, limits.below, -1) or max(low, _FIRST_DAY) + dt.timedelta(_DAYS)
    return (low + dt.timedelta(rng.randrange(max(1, (high - low).days + 1)))).isoformat()


def _day(first: Any, second: Any, step: int) -> dt.date | None:
    try:
        if isinstance(first, str):
            return dt.date.fromisoformat(first)
        if isinstance(second, str):
            return dt.date.fromisoformat(second) + dt.timedelta(step)
    except ValueError:
        return None
    return None


_PLAIN = {
    LogicalType.STRING: _text,
    LogicalType.NUMBER: _number,
    LogicalType.INTEGER: _integer,
    LogicalType.BOOLEAN: lambda _field, rng: bool(rng.randrange(2)),
    LogicalType.DATE: _date,
}
