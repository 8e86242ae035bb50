"""The rungs of a clock that have not fired, kept on the clock's own row.

Most clocks are stopped before most of their rungs fire, so a rung becomes a row of its own only
when it does. Until then it is an entry in the clock's ``rungs``, and ``next_rung_at`` is the
earliest instant at which one of them is to be tried.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from heli.engines.legaltime import RungRule


@dataclass(frozen=True, slots=True)
class Waiting:
    """A rung that has not fired.

    Attributes:
        rule: Its name and when it fires, relative to the running time.
        fire_at: When it fires; None while that is not known.
        try_at: When the worker looks at it next: ``fire_at``, later after a failed attempt.
        attempts: Failed attempts so far.
    """

    rule: RungRule
    fire_at: dt.datetime | None
    try_at: dt.datetime | None
    attempts: int = 0

    def at(self, instant: dt.datetime | None) -> "Waiting":
        """The same rung, to fire at another instant."""
        return replace(self, fire_at=instant, try_at=instant)


def read(entries: Iterable[dict[str, Any]]) -> list[Waiting]:
    """Rungs from the form that a clock row holds."""
    return [
        Waiting(
            RungRule(entry["name"], entry.get("fraction"), _duration(entry.get("offset"))),
            _instant(entry.get("fire_at")),
            _instant(entry.get("try_at")),
            entry.get("attempts", 0),
        )
        for entry in entries
    ]


def write(rungs: Sequence[Waiting]) -> list[dict[str, Any]]:
    """Rungs in the form that a clock row holds; what is unknown or nought is left out."""
    return [
        {key: value for key, value in _entry(rung).items() if value is not None} for rung in rungs
    ]


def _entry(rung: Waiting) -> dict[str, Any]:
    offset = rung.rule.offset
    return {
        "name": rung.rule.name,
        "fraction": rung.rule.fraction,
        "offset": None if offset is None else offset.total_seconds(),
        "fire_at": rung.fire_at.isoformat() if rung.fire_at else None,
        "try_at": rung.try_at.isoformat() if rung.try_at else None,
        "attempts": rung.attempts or None,
    }


def _instant(text: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text) if text else None


def _duration(seconds: float | None) -> dt.timedelta | None:
    return None if seconds is None else dt.timedelta(seconds=seconds)


def next_at(rungs: Iterable[Waiting]) -> dt.datetime | None:
    """When one of the rungs is to be tried first; None when none is."""
    return min((rung.try_at for rung in rungs if rung.try_at is not None), default=None)


@lru_cache(maxsize=256)
def fresh(
    rules: tuple[RungRule, ...], fires: tuple[dt.datetime | None, ...]
) -> tuple[list[dict[str, Any]], dt.datetime | None]:
    """What a clock that starts holds; clocks of parallel tasks share it."""
    rungs = [Waiting(rule, at, at) for rule, at in zip(rules, fires, strict=True)]
    return write(rungs), next_at(rungs)
