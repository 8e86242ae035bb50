"""From a limit to the instants that a clock row and its rungs hold."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from heli.clocks.calendars import official_rules
from heli.engines.legaltime import (
    Allowance,
    Rules,
    RungRule,
    Suspension,
    UnknownCalendarYearError,
    allowed_until_due,
    deadline,
    rung_instants,
)

AT_RISK = 0.8
"""Fraction of the running time from which a clock counts as at risk."""

_RISK = RungRule("at_risk", fraction=AT_RISK)


@dataclass(frozen=True, slots=True)
class Schedule:
    """When a clock is due, at risk, and when its rungs fire.

    Attributes:
        due_at: None while an open suspension or a missing calendar year leaves it unknown.
        at_risk_at: None with ``due_at``.
        total: Running time that is allowed, None with ``due_at``.
        awaits_year: The missing calendar year, if that is the reason.
        fires: Instant of each rung, in the order of the rules; None where unknown.
    """

    due_at: dt.datetime | None
    at_risk_at: dt.datetime | None
    total: dt.timedelta | None
    awaits_year: int | None
    fires: tuple[dt.datetime | None, ...]


def schedule(
    start: dt.datetime,
    allowance: Allowance,
    rules: Sequence[RungRule],
    suspensions: Iterable[Suspension] = (),
) -> Schedule:
    """Count a clock on the official calendar.

    A calendar year that is not announced yet is no error here: offices must be able to take in
    matters in December. The clock runs, and its due instant stays unknown until the year is.
    """
    given = tuple(suspensions)
    if given:
        return _counted(official_rules(), start, allowance, tuple(rules), given)
    return _plain(official_rules(), start, allowance, tuple(rules))


@lru_cache(maxsize=256)
def _plain(
    official: Rules, start: dt.datetime, allowance: Allowance, rules: tuple[RungRule, ...]
) -> Schedule:
    """Parallel tasks start at one instant, several with the same allowance."""
    return _counted(official, start, allowance, rules, ())


def _counted(
    official: Rules,
    start: dt.datetime,
    allowance: Allowance,
    rules: tuple[RungRule, ...],
    given: tuple[Suspension, ...],
) -> Schedule:
    try:
        limit = deadline(official, start, allowance, given)
        risk, *rungs = rung_instants(limit, (_RISK, *rules))
        if limit.due is None:
            return Schedule(None, None, None, None, tuple(rung.fires for rung in rungs))
        total = allowed_until_due(limit)
    except UnknownCalendarYearError as error:
        return Schedule(None, None, None, int(error.figures["year"]), (None,) * len(rules))
    return Schedule(limit.due, risk.fires, total, None, tuple(rung.fires for rung in rungs))
