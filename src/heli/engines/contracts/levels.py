"""Service levels: the ``slaProperties`` of the standard, and what Heli measures of them.

The standard's ``latency`` says how old data may be when it can be had; written in milliseconds or
seconds it can only mean the time to an answer, and is read so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from heli.engines.contracts.errors import ContractError
from heli.errors import gettext_noop

_UNITS: dict[str, float] = {
    **dict.fromkeys(("ms", "millisecond", "milliseconds"), 0.001),
    **dict.fromkeys(("s", "sec", "second", "seconds"), 1.0),
    **dict.fromkeys(("min", "minute", "minutes"), 60.0),
    **dict.fromkeys(("h", "hr", "hour", "hours"), 3600.0),
    **dict.fromkeys(("d", "day", "days"), 86_400.0),
    **dict.fromkeys(("w", "wk", "week", "weeks"), 7 * 86_400.0),
    **dict.fromkeys(("m", "mo", "month", "months"), 31 * 86_400.0),
    **dict.fromkeys(("y", "yr", "year", "years"), 366 * 86_400.0),
}
"""Seconds in a unit; a month and a year count as the longest there are."""

_AGES = ("freshness", "latency", "frequency")
_ANSWERS = ("responseTime", "latency")
_LONGEST_ANSWER = 60.0


@dataclass(frozen=True, slots=True)
class ServiceLevel:
    """One promise about delivery.

    Attributes:
        name: What it is about, as the standard names it: ``freshness``, ``availability`` …
        value: How much, as it was written.
        unit: Of what.
        element: Which part of the data, empty for all.
        description: In words.
    """

    name: str
    value: Any
    unit: str = ""
    element: str = ""
    description: str = ""

    @property
    def seconds(self) -> float | None:
        """A length of time in seconds; ``None`` where the promise is of another kind."""
        factor = _UNITS.get(self.unit.strip().lower() if len(self.unit) > 1 else self.unit)
        if factor is None or isinstance(self.value, bool):
            return None
        try:
            return float(self.value) * factor
        except (TypeError, ValueError):
            return None


def service_levels(entries: Any, path: str = "slaProperties") -> tuple[ServiceLevel, ...]:
    """Read ``slaProperties``.

    Raises:
        ContractError: It is no list of objects with ``property`` and ``value``.
    """
    if not isinstance(entries, Sequence) or isinstance(entries, str | bytes):
        reason = gettext_noop("slaProperties is not a list of objects")
        raise ContractError(field=path, path=path, reason=reason)
    found = []
    for index, entry in enumerate(entries):
        where = f"{path}[{index}]"
        if not isinstance(entry, Mapping) or not entry.get("property") or "value" not in entry:
            reason = gettext_noop("a service level needs “property” and “value”")
            raise ContractError(field=where, path=where, reason=reason)
        found.append(
            ServiceLevel(
                name=str(entry["property"]),
                value=entry["value"],
                unit=str(entry.get("unit") or ""),
                element=str(entry.get("element") or ""),
                description=str(entry.get("description") or ""),
            )
        )
    return tuple(found)


def allowed_age(levels: Sequence[ServiceLevel]) -> float | None:
    """How old data may be in seconds: by freshness, else latency, else how often it is renewed."""
    for name in _AGES:
        for level in levels:
            seconds = level.seconds
            if level.name == name and seconds is not None and not _is_answer(level):
                return seconds
    return None


def allowed_answer_time(levels: Sequence[ServiceLevel]) -> float | None:
    """How long an answer may take in seconds, for 95 of 100; ``None`` if nothing is promised."""
    for name in _ANSWERS:
        for level in levels:
            if level.name == name and (name == "responseTime" or _is_answer(level)):
                return level.seconds
    return None


def _is_answer(level: ServiceLevel) -> bool:
    seconds = level.seconds
    return level.unit in ("ms", "s") and seconds is not None and seconds <= _LONGEST_ANSWER
