"""When a legal time limit is due, and how that was counted.

Rules:
    * Hours run from the given instant (民法典 art. 201 para. 2); working hours run only while
      offices work.
    * Days: the day of the start does not count (art. 201 para. 1). The last day ends when
      business stops (art. 203 para. 2).
    * Working days leave out weekends and holidays (行政许可法 art. 82) and include make-up days.
    * Natural days count every day; a last day that is a day off moves to the next working day
      (民法典 art. 203 para. 1).
    * Suspended time does not count; suspensions that overlap count once. The due instant moves by
      exactly the time that would have run: natural time for natural units, working time for
      working units. In days, time before the first counted day would not have run.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace

from heli.engines.legaltime.naturaldays import NaturalDays, last_day
from heli.engines.legaltime.steps import HOUR, Step, Verdict, natural_steps, working_steps
from heli.engines.legaltime.terms import (
    ONE_DAY,
    Allowance,
    Rules,
    Suspension,
    Unit,
    aware,
    merged,
    midnight,
    within_range,
)
from heli.engines.legaltime.walk import run_natural, run_working, walk_natural, walk_working


@dataclass(frozen=True, slots=True)
class Deadline:
    """A counted time limit.

    Attributes:
        rules: What it was counted by.
        start: The instant it runs from, in Asia/Shanghai.
        allowance: The allowed time.
        suspensions: The suspensions given.
        counts_from: The first instant that can count: ``start``, or, for a period in days, 00:00
            of the day after it.
        due: The instant it ends; None while an open suspension keeps it undefined. For a period
            in days that ends at 24:00 this is 00:00 of the day after ``last_day``.
        last_day: The last day of the period; None with ``due``.
        earliest: The instant before which it cannot be due: ``due``, or, while a suspension is
            open, the due instant if that suspension ended at the moment of asking.
        steps: How it was counted, in order.
    """

    rules: Rules
    start: dt.datetime
    allowance: Allowance
    suspensions: tuple[Suspension, ...]
    counts_from: dt.datetime
    due: dt.datetime | None
    last_day: dt.date | None
    earliest: dt.datetime
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """How much of the allowed time has run: working time for working units, else natural.

    Attributes:
        allowed: Running time from ``counts_from`` to due.
        elapsed: What of it has run; more than ``allowed`` once overdue.
        remaining: ``allowed - elapsed``; negative once overdue.
    """

    allowed: dt.timedelta
    elapsed: dt.timedelta
    remaining: dt.timedelta


def deadline(
    rules: Rules,
    start: dt.datetime,
    allowance: Allowance,
    suspensions: Iterable[Suspension] = (),
    *,
    as_of: dt.datetime | None = None,
) -> Deadline:
    """Count a time limit.

    Args:
        rules: Calendar, office hours and the end of the day.
        start: The instant from which the limit runs; aware.
        allowance: The allowed time.
        suspensions: Times that do not count.
        as_of: The moment of asking, for ``earliest`` while a suspension is open; by default the
            moment that suspension began.

    Raises:
        BadInstantError: ``start`` or ``as_of`` is naive.
        InstantOutOfRangeError: An instant, given or counted, lies outside 1992 to 2100.
        UnknownCalendarYearError: Counting needs a year whose calendar is not known.
    """
    start, given = aware(start), tuple(suspensions)
    due, steps = _count(rules, start, allowance, given)
    earliest = due
    if earliest is None:
        ended = tuple(_ended(item, as_of) for item in given)
        earliest, _ = _count(rules, start, allowance, ended)
    assert earliest is not None  # without open suspensions counting ends or raises
    within_range(earliest)
    last = None
    if due is not None:
        last = last_day(due) if allowance.unit.in_days else due.date()
    begins = counts_from(start, allowance.unit)
    return Deadline(rules, start, allowance, given, begins, due, last, earliest, tuple(steps))


def counts_from(start: dt.datetime, unit: Unit) -> dt.datetime:
    """The first instant that can count: in days, the day of the start does not."""
    return midnight(start.date() + ONE_DAY) if unit.in_days else start


def settled(limit: Deadline, as_of: dt.datetime | None = None) -> Deadline:
    """The same limit as if its open suspensions ended at ``as_of`` (or as they began).

    Raises:
        UnknownCalendarYearError: Counting needs a year whose calendar is not known.
    """
    if limit.due is not None:
        return limit
    ended = tuple(_ended(item, as_of) for item in limit.suspensions)
    return deadline(limit.rules, limit.start, limit.allowance, ended)


def _ended(suspension: Suspension, as_of: dt.datetime | None) -> Suspension:
    if not suspension.open:
        return suspension
    moment = suspension.begins if as_of is None else max(aware(as_of), suspension.begins)
    return replace(suspension, ends=moment)


def allowed_time(rules: Rules, start: dt.datetime, allowance: Allowance) -> dt.timedelta:
    """What has to run until the end of a period: working time for working units, else natural."""
    unit, amount = allowance.unit, allowance.amount
    if unit is Unit.NATURAL_DAYS:
        return rules.closing(start.date() + amount * ONE_DAY) - counts_from(start, unit)
    return amount * (rules.working_time(unit).per_day if unit.in_days else HOUR)


def _count(
    rules: Rules, start: dt.datetime, allowance: Allowance, given: tuple[Suspension, ...]
) -> tuple[dt.datetime | None, list[Step]]:
    unit = allowance.unit
    begins, need = counts_from(start, unit), allowed_time(rules, start, allowance)
    spans = merged(given, begins)
    before = [Step(start.date(), Verdict.START_DAY)] if unit.in_days else []
    if unit.in_office_time:
        time = rules.working_time(unit)
        due, ran = walk_working(time, begins, need, spans)
        length = need / allowance.amount
        return due, before + working_steps(time, length, ran, spans=spans, given=given, due=due)
    if unit is Unit.NATURAL_HOURS:
        due, stretches = walk_natural(begins, need, spans)
        return due, natural_steps(stretches, given)
    days = NaturalDays(rules, begins, allowance.amount, need, spans=spans, given=given)
    return days.due, before + days.steps()


def running_between(
    rules: Rules,
    unit: Unit,
    begins: dt.datetime,
    ends: dt.datetime,
    suspensions: Iterable[Suspension] = (),
) -> dt.timedelta:
    """The time that ran between two instants: working time for working units, else natural.

    Raises:
        BadInstantError: An instant is naive.
        UnknownCalendarYearError: Working time is asked for outside the known years.
    """
    begins, ends = aware(begins), aware(ends)
    spans = merged(suspensions, begins)
    if unit.in_office_time:
        return run_working(rules.working_time(unit), begins, ends, spans)
    return run_natural(begins, ends, spans)


def tally(limit: Deadline, at: dt.datetime) -> Tally:
    """How much of the allowed time has run at an instant.

    Raises:
        BadInstantError: ``at`` is naive.
        UnknownCalendarYearError: The time up to ``at`` needs a year that is not known.
    """
    at = aware(at)
    limit = settled(limit, at)
    allowed, elapsed = allowed_until_due(limit), _ran(limit, at)
    return Tally(allowed, elapsed, allowed - elapsed)


def allowed_until_due(limit: Deadline) -> dt.timedelta:
    """Running time from ``counts_from`` to the due instant, or to ``earliest`` where that is open.

    Raises:
        UnknownCalendarYearError: The time up to then needs a year that is not known.
    """
    return _ran(limit, limit.earliest)


def _ran(limit: Deadline, at: dt.datetime) -> dt.timedelta:
    unit = limit.allowance.unit
    return running_between(limit.rules, unit, limit.counts_from, at, limit.suspensions)
