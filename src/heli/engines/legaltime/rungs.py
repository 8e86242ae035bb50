"""How far a time limit has run, and the instants at which its rungs fire.

A rung reminds, warns or escalates. Its instant is a fraction of the running time up to due
(natural time for natural units, working time for working units, suspended time left out; in days,
the day of the start does not count), or an offset in natural time from the due instant.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from heli.engines.legaltime.counting import Deadline, allowed_until_due, settled, tally
from heli.engines.legaltime.errors import BadRungError
from heli.engines.legaltime.terms import ZERO, aware, merged
from heli.engines.legaltime.walk import walk_natural, walk_working


@dataclass(frozen=True, slots=True)
class RungRule:
    """When a rung fires: give either a fraction of the allowed time or an offset from due.

    Attributes:
        name: What it does: remind, warn, escalate.
        fraction: Between 0 (the start) and 1 (due).
        offset: Natural time after (or, negative, before) due.

    Raises:
        BadRungError: Both or neither are given, or the fraction is outside 0 to 1.
    """

    name: str
    fraction: float | None = None
    offset: dt.timedelta | None = None

    def __post_init__(self) -> None:
        if (self.fraction is None) == (self.offset is None):
            raise BadRungError(name=self.name, reason="it needs a fraction or an offset")
        if self.fraction is not None and not 0 <= self.fraction <= 1:
            raise BadRungError(name=self.name, reason="its fraction lies outside 0 to 1")


STANDARD_LADDER = (
    RungRule("remind", fraction=0.5),
    RungRule("warn", fraction=0.8),
    RungRule("escalate", fraction=1.0),
)


@dataclass(frozen=True, slots=True)
class RungInstant:
    """A rung and when it fires; None while an open suspension keeps that undefined."""

    name: str
    fires: dt.datetime | None


def rung_instants(
    limit: Deadline, ladder: Iterable[RungRule] = STANDARD_LADDER
) -> tuple[RungInstant, ...]:
    """The instants of all rungs of a counted limit, in the ladder's order.

    Raises:
        UnknownCalendarYearError: Counting needs a year that is not known.
    """
    open_since = min((aware(s.begins) for s in limit.suspensions if s.open), default=None)
    certain = settled(limit)
    total = allowed_until_due(certain)
    instants = []
    for rule in ladder:
        fires = _instant(certain, rule, total)
        # Past the beginning of an open suspension nothing is certain any more.
        uncertain = limit.due is None and open_since is not None and fires > open_since
        instants.append(RungInstant(rule.name, None if uncertain else fires))
    return tuple(instants)


def _instant(limit: Deadline, rule: RungRule, total: dt.timedelta) -> dt.datetime:
    due = limit.earliest
    if rule.offset is not None:
        return max(limit.start, due + rule.offset)
    if rule.fraction is None or rule.fraction == 1:
        return due
    need = total * rule.fraction
    if need <= ZERO:
        return limit.start
    spans, unit = merged(limit.suspensions, limit.counts_from), limit.allowance.unit
    if unit.in_office_time:
        instant, _ = walk_working(limit.rules.working_time(unit), limit.counts_from, need, spans)
    else:
        instant, _ = walk_natural(limit.counts_from, need, spans)
    return due if instant is None else min(instant, due)


def progress(limit: Deadline, at: dt.datetime) -> float:
    """The fraction of the allowed running time that has run at an instant.

    Returns:
        0 until counting begins, 1 at the due instant, more than 1 when overdue.

    Raises:
        BadInstantError: ``at`` is naive.
        UnknownCalendarYearError: The time up to ``at`` needs a year that is not known.
    """
    run = tally(limit, at)
    return run.elapsed / run.allowed
