"""The official working calendar: which days are working days, and by which notice.

Source: each year's holiday arrangement (部分节假日安排) by the General Office of the State Council,
which names the days off and the weekends that are worked in exchange (调休).
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from heli.engines.legaltime.errors import UnknownCalendarYearError

SATURDAY = 5


class DayKind(StrEnum):
    """Why a day is, or is not, a working day."""

    WORKDAY = "workday"
    MAKE_UP_WORKDAY = "make_up_workday"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"

    @property
    def working(self) -> bool:
        """Whether offices work on such a day."""
        return self in {DayKind.WORKDAY, DayKind.MAKE_UP_WORKDAY}


class Festival(StrEnum):
    """The festival that a day off or a make-up working day belongs to."""

    NEW_YEAR = "new_year"
    SPRING_FESTIVAL = "spring_festival"
    QINGMING = "qingming"
    LABOUR_DAY = "labour_day"
    DRAGON_BOAT = "dragon_boat"
    MID_AUTUMN = "mid_autumn"
    NATIONAL_DAY = "national_day"
    NATIONAL_DAY_MID_AUTUMN = "national_day_mid_autumn"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Notice:
    """An official notice: its number (发文字号), title, and date of issue."""

    number: str
    title: str
    issued: dt.date


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One day of the calendar.

    Attributes:
        day: The date in Asia/Shanghai.
        kind: Why it is or is not a working day.
        festival: The festival behind a day off or a make-up working day, else None.
        notice: Number of the notice that says so, else None (an ordinary day).
    """

    day: dt.date
    kind: DayKind
    festival: Festival | None = None
    notice: str | None = None

    @property
    def working(self) -> bool:
        """Whether offices work on this day."""
        return self.kind.working


@dataclass(frozen=True, slots=True)
class CalendarYear:
    """One year's arrangement: its notices and the days that differ from the plain week."""

    year: int
    notices: tuple[Notice, ...]
    exceptions: tuple[CalendarDay, ...]


class WorkingCalendar:
    """The known years put together. It answers for these years only and never guesses.

    Args:
        years: The arrangements; of two for the same year the later one wins.
    """

    def __init__(self, years: Iterable[CalendarYear]) -> None:
        self._years = {item.year: item for item in years}
        self._working: dict[dt.date, bool] = {}  # answers given before; counting asks a lot
        self._exceptions = {
            item.day: item for _, year in sorted(self._years.items()) for item in year.exceptions
        }

    @property
    def years(self) -> tuple[int, ...]:
        """The known years, ascending."""
        return tuple(sorted(self._years))

    def notices(self, year: int) -> tuple[Notice, ...]:
        """The notices behind a year.

        Raises:
            UnknownCalendarYearError: The year is not known.
        """
        self.require(year)
        return self._years[year].notices

    def day(self, day: dt.date) -> CalendarDay:
        """What kind of day it is.

        Raises:
            UnknownCalendarYearError: Its year is not known.
        """
        self.require(day.year)
        exception = self._exceptions.get(day)
        if exception is not None:
            return exception
        kind = DayKind.WEEKEND if day.weekday() >= SATURDAY else DayKind.WORKDAY
        return CalendarDay(day, kind)

    def is_working(self, day: dt.date) -> bool:
        """Whether offices work on that day.

        Raises:
            UnknownCalendarYearError: Its year is not known.
        """
        known = self._working.get(day)
        if known is None:
            known = self._working[day] = self.day(day).working
        return known

    def days(self, year: int) -> Iterator[CalendarDay]:
        """All days of a year in order.

        Raises:
            UnknownCalendarYearError: The year is not known.
        """
        self.require(year)
        day = dt.date(year, 1, 1)
        while day.year == year:
            yield self.day(day)
            day += dt.timedelta(days=1)

    def require(self, year: int) -> None:
        """Refuse a year that is not known.

        Raises:
            UnknownCalendarYearError: The year is not known.
        """
        if year not in self._years:
            raise UnknownCalendarYearError(
                year=year, first=min(self._years, default=None), last=max(self._years, default=None)
            )
