"""A calendar year in the shape of its page: months of weeks, and one row a festival."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from django.utils.translation import gettext

from heli.engines.legaltime import (
    DAY_KINDS,
    FESTIVALS,
    CalendarDay,
    DayKind,
    Notice,
    WorkingCalendar,
)

ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Cell:
    """One day in a month's grid."""

    day: dt.date
    kind: DayKind
    words: str
    today: bool


@dataclass(frozen=True, slots=True)
class Month:
    """A month: weeks from Monday to Sunday, None where a day belongs to another month."""

    first: dt.date
    weeks: tuple[tuple[Cell | None, ...], ...]
    working_days: int


@dataclass(frozen=True, slots=True)
class FestivalRow:
    """A festival's days off and the days worked in exchange, by one notice."""

    name: str
    first: dt.date
    last: dt.date
    length: int
    make_up: tuple[dt.date, ...]
    notice: str


@dataclass(frozen=True, slots=True)
class Yearbook:
    """A year as the calendar page shows it."""

    year: int
    years: tuple[int, ...]
    months: tuple[Month, ...]
    festivals: tuple[FestivalRow, ...]
    notices: tuple[Notice, ...]
    working_days: int
    days_off: int


def of(calendar: WorkingCalendar, year: int, today: dt.date) -> Yearbook:
    """Put a year together.

    Raises:
        UnknownCalendarYearError: The year is not known.
    """
    days = list(calendar.days(year))
    working = sum(day.working for day in days)
    by_month = groupby(days, key=lambda day: day.day.month)
    return Yearbook(
        year,
        calendar.years,
        tuple(_month(list(group), today) for _, group in by_month),
        tuple(_festivals(day for day in days if day.notice)),
        calendar.notices(year),
        working,
        len(days) - working,
    )


def _month(days: list[CalendarDay], today: dt.date) -> Month:
    cells: list[Cell | None] = [None] * days[0].day.weekday()
    cells += [Cell(day.day, day.kind, _words(day), day.day == today) for day in days]
    cells += [None] * (-len(cells) % 7)
    weeks = tuple(tuple(cells[i : i + 7]) for i in range(0, len(cells), 7))
    return Month(days[0].day, weeks, sum(day.working for day in days))


def _words(day: CalendarDay) -> str:
    kind = gettext(DAY_KINDS[day.kind])
    return f"{kind} · {gettext(FESTIVALS[day.festival])}" if day.festival else kind


def _festivals(named: Iterable[CalendarDay]) -> Iterable[FestivalRow]:
    groups: dict[tuple[object, str | None], list[CalendarDay]] = {}
    for day in named:
        groups.setdefault((day.festival, day.notice), []).append(day)
    rows = []
    for days in groups.values():
        off = [day.day for day in days if day.kind is DayKind.HOLIDAY]
        if not off or days[0].festival is None:
            continue
        rows.append(
            FestivalRow(
                gettext(FESTIVALS[days[0].festival]),
                off[0],
                off[-1],
                len(off),
                tuple(day.day for day in days if day.kind is DayKind.MAKE_UP_WORKDAY),
                days[0].notice or "",
            )
        )
    return sorted(rows, key=lambda row: row.first)
