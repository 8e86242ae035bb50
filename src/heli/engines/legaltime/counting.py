"""When a legal time limit is due, and how that was counted.

Rules:
    * Hours run from the given instant (民法典 art. 201 para. 2); working hours run only while
      offices work.
    * Days: the day of the start does not count (art. 201 para. 1). A day counts if the clock is
      running as the day closes. The last day ends when business stops (art. 203 para. 2).
    * Working days leave out weekends and holidays (行政许可法 art. 82) and include make-up days.
    * Natural days count every day; a last day that is a day off moves to the next working day
      (民法典 art. 203 para. 1).
    * Suspended time does not count; suspensions that overlap count once.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction

from heli.engines.legaltime.calendar import CalendarDay, DayKind, Festival
from heli.engines.legaltime.terms import (
    FAR,
    ZERO,
    Allowance,
    Rules,
    Suspension,
    Unit,
    aware,
    merged,
)
from heli.engines.legaltime.walk import (
    ONE_DAY,
    Span,
    covering,
    overlap,
    run_natural,
    run_office,
    walk_natural,
    walk_office,
)

HOUR = dt.timedelta(hours=1)


class Verdict(StrEnum):
    """What counting made of a day or a stretch of time."""

    START_DAY = "start_day"
    COUNTED = "counted"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    SUSPENDED = "suspended"
    OUTSIDE_OFFICE_HOURS = "outside_office_hours"
    LAST_DAY_MOVED = "last_day_moved"


@dataclass(frozen=True, slots=True)
class Step:
    """One day, or one stretch of natural hours, and what was made of it.

    Attributes:
        day: The day in Asia/Shanghai on which it begins.
        verdict: Counted, or why not.
        counted: Units that this step added.
        total: Units counted so far.
        begins: Start of a stretch of natural hours, else None.
        ends: Its end; None also while a suspension is open.
        make_up: Whether the day is a weekend that is worked in exchange (调休).
        festival: The festival behind a day off or a make-up day.
        suspension: The suspension behind time that does not count.
    """

    day: dt.date
    verdict: Verdict
    counted: Fraction = Fraction(0)
    total: Fraction = Fraction(0)
    begins: dt.datetime | None = None
    ends: dt.datetime | None = None
    make_up: bool = False
    festival: Festival | None = None
    suspension: Suspension | None = None


@dataclass(frozen=True, slots=True)
class Deadline:
    """A counted time limit.

    Attributes:
        rules: What it was counted by.
        start: The instant it runs from, in Asia/Shanghai.
        allowance: The allowed time.
        suspensions: The suspensions given.
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
    due: dt.datetime | None
    last_day: dt.date | None
    earliest: dt.datetime
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """How much of the allowed time has run, in the allowance's unit.

    Attributes:
        allowed: The allowance.
        elapsed: What has run; whole numbers for days.
        remaining: ``allowed - elapsed``; negative once overdue.
    """

    allowed: Fraction
    elapsed: Fraction
    remaining: Fraction


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
        UnknownCalendarYearError: Counting needs a year whose calendar is not known.
    """
    start, given = aware(start), tuple(suspensions)
    spans = merged(given, start)
    due, last_day, steps = _count(rules, start, allowance, spans, given)
    earliest = due
    if earliest is None:
        ended = tuple(_ended(item, as_of) for item in given)
        earliest = _count(rules, start, allowance, merged(ended, start), ended)[0]
    assert earliest is not None  # without open suspensions counting ends or raises
    return Deadline(rules, start, allowance, given, due, last_day, earliest, tuple(steps))


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


def _count(
    rules: Rules,
    start: dt.datetime,
    allowance: Allowance,
    spans: Sequence[Span],
    given: tuple[Suspension, ...],
) -> tuple[dt.datetime | None, dt.date | None, list[Step]]:
    if allowance.unit.in_days:
        return _Days(rules, allowance, spans, given).count(start)
    if allowance.unit is Unit.NATURAL_HOURS:
        due, steps = _natural_hours(start, allowance, spans, given)
    else:
        due, steps = _working_hours(rules, start, allowance, spans, given)
    return due, due.date() if due else None, steps


class _Days:
    """Counting in days: a day counts if the clock is running as the day closes."""

    def __init__(
        self,
        rules: Rules,
        allowance: Allowance,
        spans: Sequence[Span],
        given: tuple[Suspension, ...],
    ) -> None:
        self.rules = rules
        self.amount = allowance.amount
        self.working = allowance.unit is Unit.WORKING_DAYS
        self.spans = spans
        self.given = given
        self.total = 0
        self.steps: list[Step] = []

    def count(self, start: dt.datetime) -> tuple[dt.datetime | None, dt.date | None, list[Step]]:
        day = start.date()
        self.steps.append(Step(day, Verdict.START_DAY))
        while not self._ends_on(day):
            day += ONE_DAY
            if not self._judge(day):
                return None, None, self.steps
        return self.rules.closing(day), day, self.steps

    def _ends_on(self, day: dt.date) -> bool:
        if self.total < self.amount:
            return False
        return self.working or (
            self.rules.calendar.is_working(day)
            and covering(self.rules.closing(day), self.spans) is None
        )

    def _judge(self, day: dt.date) -> bool:
        """Add the day's step; False if an open suspension ends the counting."""
        # While natural days are counted their kind does not matter; only the last day's does.
        matters = self.working or self.total >= self.amount
        calendar_day = (
            self.rules.calendar.day(day) if matters else CalendarDay(day, DayKind.WORKDAY)
        )
        span = covering(self.rules.closing(day), self.spans)
        if not calendar_day.working:
            self._step(_off(calendar_day), calendar_day)
        elif span is not None:
            self._step(Verdict.SUSPENDED, calendar_day, _behind(span, self.given))
        elif self.total < self.amount:
            self.total += 1
            self._step(Verdict.COUNTED, calendar_day)
        else:
            self._step(Verdict.LAST_DAY_MOVED, calendar_day)
        return span is None or span[1] != FAR

    def _step(
        self, verdict: Verdict, day: CalendarDay, suspension: Suspension | None = None
    ) -> None:
        self.steps.append(
            Step(
                day.day,
                verdict,
                Fraction(verdict is Verdict.COUNTED),
                Fraction(self.total),
                make_up=day.kind is DayKind.MAKE_UP_WORKDAY,
                festival=day.festival,
                suspension=suspension,
            )
        )


def _off(day: CalendarDay) -> Verdict:
    return Verdict.HOLIDAY if day.kind is DayKind.HOLIDAY else Verdict.WEEKEND


def _behind(span: Span, given: Sequence[Suspension]) -> Suspension | None:
    """The suspension that a merged span begins with."""
    inside = [s for s in given if s.begins < span[1] and (s.ends is None or s.ends > span[0])]
    return min(inside, key=lambda s: s.begins, default=None)


def _natural_hours(
    start: dt.datetime,
    allowance: Allowance,
    spans: Sequence[Span],
    given: tuple[Suspension, ...],
) -> tuple[dt.datetime | None, list[Step]]:
    due, stretches = walk_natural(start, allowance.amount * HOUR, spans)
    steps: list[Step] = []
    total = Fraction(0)
    for item in stretches:
        counted = hours(item.ends - item.begins) if item.running else Fraction(0)
        total += counted
        steps.append(
            Step(
                item.begins.date(),
                Verdict.COUNTED if item.running else Verdict.SUSPENDED,
                counted,
                total,
                begins=item.begins,
                ends=None if item.ends == FAR else item.ends,
                suspension=None if item.running else _behind((item.begins, item.ends), given),
            )
        )
    return due, steps


def _working_hours(
    rules: Rules,
    start: dt.datetime,
    allowance: Allowance,
    spans: Sequence[Span],
    given: tuple[Suspension, ...],
) -> tuple[dt.datetime | None, list[Step]]:
    due, ran = walk_office(rules, start, allowance.amount * HOUR, spans)
    steps: list[Step] = []
    total = Fraction(0)
    for day, time in ran.items():
        calendar_day = rules.calendar.day(day)
        total += hours(time)
        office = rules.office_hours.on(day)
        stood = next((s for s in spans if overlap(office[0][0], office[-1][1], [s])), None)
        if not calendar_day.working:
            verdict = _off(calendar_day)
        elif time > ZERO:
            verdict = Verdict.COUNTED
        else:
            verdict = Verdict.SUSPENDED if stood else Verdict.OUTSIDE_OFFICE_HOURS
        steps.append(
            Step(
                day,
                verdict,
                hours(time),
                total,
                make_up=calendar_day.kind is DayKind.MAKE_UP_WORKDAY,
                festival=calendar_day.festival,
                suspension=_behind(stood, given) if stood and calendar_day.working else None,
            )
        )
    return due, steps


def hours(time: dt.timedelta) -> Fraction:
    """A length of time in hours, exactly."""
    return Fraction(time // dt.timedelta(microseconds=1), 3_600_000_000)


def tally(
    rules: Rules,
    start: dt.datetime,
    allowance: Allowance,
    at: dt.datetime,
    suspensions: Iterable[Suspension] = (),
) -> Tally:
    """How much of the allowed time has run at an instant.

    Raises:
        BadInstantError: An instant is naive.
        UnknownCalendarYearError: The time up to ``at`` needs a year that is not known.
    """
    start, at = aware(start), aware(at)
    spans = merged(suspensions, start)
    if allowance.unit is Unit.NATURAL_HOURS:
        elapsed = hours(run_natural(start, at, spans))
    elif allowance.unit is Unit.WORKING_HOURS:
        elapsed = hours(run_office(rules, start, at, spans))
    else:
        elapsed = Fraction(_days_run(rules, allowance.unit, start, at, spans))
    allowed = Fraction(allowance.amount)
    return Tally(allowed, elapsed, allowed - elapsed)


def _days_run(
    rules: Rules, unit: Unit, start: dt.datetime, at: dt.datetime, spans: Sequence[Span]
) -> int:
    count, day = 0, start.date() + ONE_DAY
    while (closing := rules.closing(day)) <= at:
        if unit is Unit.NATURAL_DAYS or rules.calendar.is_working(day):
            count += covering(closing, spans) is None
        day += ONE_DAY
    return count
