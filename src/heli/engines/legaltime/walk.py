"""Walking along running time: natural time or working time, less what is suspended.

Two questions are answered here and nowhere else: how much time has run between two instants, and
at which instant a given amount has run. Everything that is counted rests on them.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from heli.engines.legaltime.terms import FAR, ONE_DAY, ZERO, WorkingTime

Span = tuple[dt.datetime, dt.datetime]


def overlap(begins: dt.datetime, ends: dt.datetime, spans: Sequence[Span]) -> dt.timedelta:
    """How much of ``begins`` to ``ends`` lies within the (disjoint) spans."""
    return sum((max(min(ends, b) - max(begins, a), ZERO) for a, b in spans), ZERO)


def pieces(begins: dt.datetime, ends: dt.datetime, spans: Sequence[Span]) -> Iterator[Span]:
    """What is left of ``begins`` to ``ends`` after taking the spans out, in order."""
    for a, b in spans:
        if b <= begins:
            continue
        if a >= ends:
            break
        if a > begins:
            yield begins, a
        begins = b
    if begins < ends:
        yield begins, ends


def working_pieces(
    time: WorkingTime, day: dt.date, start: dt.datetime, spans: Sequence[Span]
) -> Iterator[Span]:
    """The running working time of one day from ``start`` on; nothing on a day off.

    Raises:
        UnknownCalendarYearError: The day lies outside the known years.
    """
    if not time.calendar.is_working(day):
        return
    for a, b in time.on(day):
        if b > start:
            yield from pieces(max(a, start), b, spans)


def run_natural(start: dt.datetime, at: dt.datetime, spans: Sequence[Span]) -> dt.timedelta:
    """Natural time that ran between two instants; zero if ``at`` is earlier."""
    return max(at - start, ZERO) - overlap(start, max(at, start), spans)


def run_working(
    time: WorkingTime, start: dt.datetime, at: dt.datetime, spans: Sequence[Span]
) -> dt.timedelta:
    """Working time that ran between two instants; zero if ``at`` is earlier.

    Raises:
        UnknownCalendarYearError: The time between lies partly outside the known years.
    """
    total, day, last = ZERO, start.date(), at.date()
    first, per_day, touched = day, time.per_day, _touched(spans)
    while day <= last:
        if first < day < last and not touched(day):
            total += per_day if time.calendar.is_working(day) else ZERO
        else:
            for a, b in working_pieces(time, day, start, spans):
                total += max(min(b, at) - a, ZERO)
        day += ONE_DAY
    return total


def _touched(spans: Sequence[Span]) -> Callable[[dt.date], bool]:
    """Tells whether a span touches a day; other days need not be cut up."""
    if not spans:
        return lambda day: False
    days = [(a.date(), b.date()) for a, b in spans]
    return lambda day: any(a <= day <= b for a, b in days)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a walk: time that ran, or (``running`` false) stood still."""

    begins: dt.datetime
    ends: dt.datetime
    running: bool


def walk_natural(
    start: dt.datetime, need: dt.timedelta, spans: Sequence[Span]
) -> tuple[dt.datetime | None, list[Stretch]]:
    """The instant at which ``need`` of natural time has run, and how it was reached.

    Returns:
        None for the instant if an open suspension begins before.
    """
    stretches: list[Stretch] = []
    for begins, b in spans:
        a = max(begins, start)
        if b <= start:
            continue
        if a - start >= need:
            break
        if a > start:
            stretches.append(Stretch(start, a, True))
        stretches.append(Stretch(a, b, False))
        need -= a - start
        if b == FAR:
            return None, stretches
        start = b
    due = start + need
    stretches.append(Stretch(start, due, True))
    return due, stretches


def walk_working(
    time: WorkingTime, start: dt.datetime, need: dt.timedelta, spans: Sequence[Span]
) -> tuple[dt.datetime | None, dict[dt.date, dt.timedelta]]:
    """The instant at which ``need`` of working time has run, and how much ran on each day.

    Returns:
        None for the instant if an open suspension begins before.

    Raises:
        UnknownCalendarYearError: Counting runs over the edge of the known years.
    """
    open_since = spans[-1][0] if spans and spans[-1][1] == FAR else FAR
    ran: dict[dt.date, dt.timedelta] = {}
    if need <= ZERO:
        return start, ran
    day = start.date()
    first, per_day, touched = day, time.per_day, _touched(spans)
    while True:
        if day > first and need > per_day and not touched(day):
            ran[day] = per_day if time.calendar.is_working(day) else ZERO
            need -= ran[day]
            day += ONE_DAY
            continue
        ran[day] = ZERO
        for a, b in working_pieces(time, day, start, spans):
            if b - a >= need:
                ran[day] += need
                return a + need, ran
            ran[day] += b - a
            need -= b - a
        if open_since.date() <= day:
            return None, ran
        day += ONE_DAY
