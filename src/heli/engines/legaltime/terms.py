"""The words of a legal time limit: unit, allowance, suspension, office hours, rules."""

import datetime as dt
import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self

from heli.engines.legaltime.calendar import WorkingCalendar
from heli.engines.legaltime.errors import (
    BadAllowanceError,
    BadInstantError,
    BadOfficeHoursError,
    BadSuspensionError,
    InstantOutOfRangeError,
)

SHANGHAI = dt.timezone(dt.timedelta(hours=8), "Asia/Shanghai")
"""China standard time. The offset is fixed, so that adding a day or an hour adds just that."""

EARLIEST = dt.datetime(1992, 1, 1, tzinfo=SHANGHAI)
"""From here on the offset holds: until 1991 clocks in Shanghai were put forward in summer."""

LATEST = dt.datetime(2101, 1, 1, tzinfo=SHANGHAI)
"""Whoever counts up to here or beyond has mistyped the year."""

ZERO = dt.timedelta(0)
ONE_DAY = dt.timedelta(days=1)
MOST_HOURS = 87_600
MOST_DAYS = 3_650


class Unit(StrEnum):
    """What an allowance is counted in."""

    NATURAL_HOURS = "natural_hours"
    NATURAL_DAYS = "natural_days"
    WORKING_DAYS = "working_days"
    WORKING_HOURS = "working_hours"

    @property
    def in_days(self) -> bool:
        """Whether whole days are counted."""
        return self in {Unit.NATURAL_DAYS, Unit.WORKING_DAYS}

    @property
    def in_office_time(self) -> bool:
        """Whether only working days are counted."""
        return self in {Unit.WORKING_DAYS, Unit.WORKING_HOURS}


@dataclass(frozen=True, slots=True)
class Allowance:
    """An allowed time: a whole number of a unit.

    Raises:
        BadAllowanceError: The amount is below 1 or above ten years.
    """

    amount: int
    unit: Unit

    def __post_init__(self) -> None:
        most = MOST_DAYS if self.unit.in_days else MOST_HOURS
        if isinstance(self.amount, bool) or not 1 <= self.amount <= most:
            raise BadAllowanceError(amount=self.amount, most=most)


@dataclass(frozen=True, slots=True)
class Suspension:
    """A time that does not count (中止), attributed to a department on a legal ground.

    Attributes:
        begins: First suspended instant.
        ends: First instant that counts again; None while the suspension is open.
        department: Code of the department that owes the reason for waiting.
        ground: The legal ground.

    Raises:
        BadInstantError: An instant is naive.
        InstantOutOfRangeError: An instant lies outside 1992 to 2100.
        BadSuspensionError: It ends before it begins.
    """

    begins: dt.datetime
    ends: dt.datetime | None = None
    department: str = ""
    ground: str = ""

    def __post_init__(self) -> None:
        aware(self.begins)
        if self.ends is not None and aware(self.ends) < self.begins:
            text = f"{self.begins.isoformat()}/{self.ends.isoformat()}"
            raise BadSuspensionError(text=text, reason="it ends before it begins")

    @property
    def open(self) -> bool:
        """Whether it has not ended yet."""
        return self.ends is None


class DayEnd(StrEnum):
    """When the last day of a period counted in days ends.

    民法典 art. 203: at 24:00; where there is business time, when business stops.
    """

    CLOSE_OF_BUSINESS = "close_of_business"
    MIDNIGHT = "midnight"


_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """The hours that offices work on a working day, as spans in order and apart.

    Raises:
        BadOfficeHoursError: There is no span, one is empty, or they overlap or touch.
    """

    spans: tuple[tuple[dt.time, dt.time], ...]

    def __post_init__(self) -> None:
        edges = [edge for span in self.spans for edge in span]
        if not edges or any(a >= b for a, b in itertools.pairwise(edges)):
            raise BadOfficeHoursError(text=str(self), reason="they are empty or out of order")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``09:00-12:00,13:00-18:00``.

        Raises:
            BadOfficeHoursError: It is not of this form.
        """
        spans = []
        for part in text.split(","):
            match = _SPAN.fullmatch(part.strip())
            if match is None:
                raise BadOfficeHoursError(text=text, reason=f"“{part.strip()}” is not a span")
            hour, minute, to_hour, to_minute = map(int, match.groups())
            spans.append((dt.time(hour, minute), dt.time(to_hour, to_minute)))
        return cls(tuple(spans))

    def __str__(self) -> str:
        return ",".join(f"{a:%H:%M}-{b:%H:%M}" for a, b in self.spans)

    @property
    def closes(self) -> dt.time:
        """When business stops."""
        return self.spans[-1][1]

    @property
    def per_day(self) -> dt.timedelta:
        """Working time of one working day."""
        return sum((at(dt.date.min, b) - at(dt.date.min, a) for a, b in self.spans), ZERO)

    def on(self, day: dt.date) -> tuple[tuple[dt.datetime, dt.datetime], ...]:
        """The spans of one day as instants."""
        return tuple((at(day, a), at(day, b)) for a, b in self.spans)


STANDARD_HOURS = OfficeHours(
    ((dt.time(9), dt.time(12)), (dt.time(13), dt.time(18))),
)
"""Eight hours, the standard working day (国务院关于职工工作时间的规定 art. 3)."""


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """The time that counts in working units.

    Attributes:
        calendar: Which days are worked.
        hours: The hours of such a day; None where all 24 count.
    """

    calendar: WorkingCalendar
    hours: OfficeHours | None

    @property
    def per_day(self) -> dt.timedelta:
        """Working time of one working day."""
        return ONE_DAY if self.hours is None else self.hours.per_day

    def on(self, day: dt.date) -> tuple[tuple[dt.datetime, dt.datetime], ...]:
        """The working time of a working day as instants; what day it is is not looked at."""
        if self.hours is None:
            return ((midnight(day), midnight(day + ONE_DAY)),)
        return self.hours.on(day)


@dataclass(frozen=True, slots=True)
class Rules:
    """What a limit is counted by.

    Attributes:
        calendar: The official working calendar.
        office_hours: When offices work; by default eight hours, 09:00-12:00 and 13:00-18:00.
        day_end: When the last day of a period counted in days ends.
    """

    calendar: WorkingCalendar
    office_hours: OfficeHours = STANDARD_HOURS
    day_end: DayEnd = field(default=DayEnd.CLOSE_OF_BUSINESS)

    def closing(self, day: dt.date) -> dt.datetime:
        """The instant at which a day is over for the purpose of counting days."""
        if self.day_end is DayEnd.CLOSE_OF_BUSINESS:
            return at(day, self.office_hours.closes)
        return midnight(day + ONE_DAY)

    def working_time(self, unit: Unit) -> WorkingTime:
        """Which hours of a working day are working time.

        Office hours; where days end at 24:00 there is no business time, and a working day is
        worth its 24 hours.
        """
        whole = unit.in_days and self.day_end is DayEnd.MIDNIGHT
        return WorkingTime(self.calendar, None if whole else self.office_hours)


def midnight(day: dt.date) -> dt.datetime:
    """The instant at which a day begins in Asia/Shanghai."""
    return at(day, dt.time(0))


def at(day: dt.date, time: dt.time) -> dt.datetime:
    """The instant of a day and a time in Asia/Shanghai."""
    return dt.datetime.combine(day, time, SHANGHAI)


def aware(instant: dt.datetime) -> dt.datetime:
    """The same instant in Asia/Shanghai.

    Raises:
        BadInstantError: It has no offset.
        InstantOutOfRangeError: It lies outside 1992 to 2100.
    """
    if instant.tzinfo is None:
        raise BadInstantError(text=instant.isoformat())
    return within_range(instant).astimezone(SHANGHAI)


def within_range(instant: dt.datetime) -> dt.datetime:
    """The instant itself.

    Raises:
        InstantOutOfRangeError: It lies outside 1992 to 2100.
    """
    if not EARLIEST <= instant < LATEST:
        raise InstantOutOfRangeError(
            text=instant.isoformat(), first=EARLIEST.year, last=LATEST.year - 1
        )
    return instant


FAR = dt.datetime(9000, 1, 1, tzinfo=SHANGHAI)
"""Stands for the end of an open suspension: later than any due date."""


def merged(
    suspensions: Iterable[Suspension], start: dt.datetime
) -> list[tuple[dt.datetime, dt.datetime]]:
    """The suspended time from ``start`` on as disjoint spans in order; overlaps count once."""
    spans: list[tuple[dt.datetime, dt.datetime]] = []
    bounds = sorted(
        (max(aware(item.begins), start), FAR if item.ends is None else aware(item.ends))
        for item in suspensions
    )
    for begins, ends in bounds:
        if ends <= begins:
            continue
        if spans and begins <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(ends, spans[-1][1]))
        else:
            spans.append((begins, ends))
    return spans
