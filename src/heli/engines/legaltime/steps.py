"""What counting made of each day or stretch of time, so that people can follow it."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from heli.engines.legaltime.calendar import CalendarDay, DayKind, Festival
from heli.engines.legaltime.terms import FAR, ZERO, Suspension, WorkingTime
from heli.engines.legaltime.walk import Span, Stretch, overlap

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
    """One day, or one stretch of time, and what was made of it.

    Attributes:
        day: The day in Asia/Shanghai on which it begins.
        verdict: Counted, or why not.
        counted: Units that this step added; a part of a day where a suspension took the rest.
        total: Units counted so far.
        begins: Start of a stretch of time, else None.
        ends: Its end; None also while a suspension is open.
        make_up: Whether the day is a weekend that is worked in exchange (调休).
        festival: The festival behind a day off or a make-up day.
        suspension: The suspension behind time that does not count.
        ran: Time that ran in this step.
        stood: Time that would have run in this step, had the clock not been suspended.
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
    ran: dt.timedelta = ZERO
    stood: dt.timedelta = ZERO


def natural_steps(stretches: Sequence[Stretch], given: Sequence[Suspension]) -> list[Step]:
    """The steps of a walk in natural hours, one a stretch."""
    steps: list[Step] = []
    total = Fraction(0)
    for item in stretches:
        ran = item.ends - item.begins if item.running else ZERO
        total += parts(ran, HOUR)
        steps.append(
            Step(
                item.begins.date(),
                Verdict.COUNTED if item.running else Verdict.SUSPENDED,
                parts(ran, HOUR),
                total,
                begins=item.begins,
                ends=None if item.ends == FAR else item.ends,
                suspension=None if item.running else behind((item.begins, item.ends), given),
                ran=ran,
            )
        )
    return steps


def working_steps(
    time: WorkingTime,
    unit: dt.timedelta,
    ran: Mapping[dt.date, dt.timedelta],
    *,
    spans: Sequence[Span],
    given: Sequence[Suspension],
    due: dt.datetime | None,
) -> list[Step]:
    """The steps of a walk in working time, one a day.

    Args:
        time: The working time walked along.
        unit: What one unit of the allowance is worth.
        ran: How much ran on each day.
        spans: The suspended time.
        given: The suspensions behind it.
        due: Where the walk ended; None if an open suspension ended it.
    """
    until = due or spans[-1][0]
    steps: list[Step] = []
    total = Fraction(0)
    for day, length in ran.items():
        calendar_day = time.calendar.day(day)
        stretches = [(a, min(b, until)) for a, b in time.on(day)] if calendar_day.working else []
        stood, cause = _stood(stretches, spans)
        if due is None and day == until.date() and calendar_day.working and not (length or stood):
            break
        total += parts(length, unit)
        steps.append(
            Step(
                day,
                _verdict(calendar_day, length, stood),
                parts(length, unit),
                total,
                make_up=calendar_day.kind is DayKind.MAKE_UP_WORKDAY,
                festival=calendar_day.festival,
                suspension=behind(cause, given) if cause else None,
                ran=length,
                stood=stood,
            )
        )
    return steps if due else [*steps, still_open(spans[-1], given, total)]


def _stood(stretches: Sequence[Span], spans: Sequence[Span]) -> tuple[dt.timedelta, Span | None]:
    """How much of the stretches was suspended, and the first span that did it."""
    if not spans:
        return ZERO, None
    lengths = [sum((overlap(a, b, [span]) for a, b in stretches), ZERO) for span in spans]
    cause = next((span for span, length in zip(spans, lengths, strict=True) if length), None)
    return sum(lengths, ZERO), cause


def _verdict(day: CalendarDay, ran: dt.timedelta, stood: dt.timedelta) -> Verdict:
    if not day.working:
        return off(day)
    if ran:
        return Verdict.COUNTED
    return Verdict.SUSPENDED if stood else Verdict.OUTSIDE_OFFICE_HOURS


def off(day: CalendarDay) -> Verdict:
    """Why a day off is off."""
    return Verdict.HOLIDAY if day.kind is DayKind.HOLIDAY else Verdict.WEEKEND


def still_open(span: Span, given: Sequence[Suspension], total: Fraction) -> Step:
    """The step at which an open suspension ends the counting."""
    begins = span[0]
    return Step(
        begins.date(),
        Verdict.SUSPENDED,
        total=total,
        begins=begins,
        suspension=behind(span, given),
    )


def behind(span: Span, given: Sequence[Suspension]) -> Suspension | None:
    """The suspension that a merged span begins with."""
    inside = [s for s in given if s.begins < span[1] and (s.ends is None or s.ends > span[0])]
    return min(inside, key=lambda s: s.begins, default=None)


def parts(time: dt.timedelta, unit: dt.timedelta) -> Fraction:
    """A length of time in a unit, exactly."""
    return Fraction(time // dt.timedelta.resolution, unit // dt.timedelta.resolution)
