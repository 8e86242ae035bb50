"""Reading a year's arrangement, instants and suspensions from text.

A year is one TOML text: ``year``, and for every notice its ``number``, ``title``, ``date`` and a
list of ``holiday`` with ``name``, ``first``, ``last`` and ``make_up`` (weekends that are worked).
A later notice prevails over an earlier one for the days it names.
"""

import datetime as dt
import tomllib
from collections.abc import Iterator
from typing import Any

from heli.engines.legaltime.calendar import (
    SATURDAY,
    CalendarDay,
    CalendarYear,
    DayKind,
    Festival,
    Notice,
)
from heli.engines.legaltime.errors import BadCalendarError, BadInstantError, BadSuspensionError
from heli.engines.legaltime.terms import ONE_DAY, Suspension, aware

LONGEST_HOLIDAY = dt.timedelta(days=31)


def parse_year(text: str, name: str = "calendar") -> CalendarYear:
    """Read one year's arrangement.

    Args:
        text: The TOML text.
        name: What to call it in an error.

    Raises:
        BadCalendarError: It is not TOML, lacks something or contradicts itself.
    """
    try:
        raw = tomllib.loads(text)
        year = int(raw["year"])
        notices = [_notice(item) for item in raw["notice"]]
        days: dict[dt.date, CalendarDay] = {}
        for notice, item in zip(notices, raw["notice"], strict=True):
            days |= _named_days(notice, item.get("holiday", ()), year)
    except tomllib.TOMLDecodeError as error:
        raise BadCalendarError(name=name, reason=str(error)) from None
    except KeyError as error:
        raise BadCalendarError(name=name, reason=f"{error.args[0]} is missing") from None
    except (TypeError, ValueError, AttributeError) as error:
        raise BadCalendarError(name=name, reason=str(error)) from None
    if not notices:
        raise BadCalendarError(name=name, reason="it names no notice")
    return CalendarYear(year, tuple(notices), tuple(days[day] for day in sorted(days)))


def _notice(raw: dict[str, Any]) -> Notice:
    return Notice(str(raw["number"]), str(raw["title"]), _date(raw["date"]))


def _date(raw: object) -> dt.date:
    if isinstance(raw, dt.datetime) or not isinstance(raw, dt.date):
        raise ValueError(f"{raw} is not a date")
    return raw


def _named_days(
    notice: Notice, holidays: list[dict[str, Any]], year: int
) -> dict[dt.date, CalendarDay]:
    days: dict[dt.date, CalendarDay] = {}
    for raw in holidays:
        festival = Festival(raw["name"])
        for day, kind in _period(raw):
            if day in days:
                raise ValueError(f"{day} is named twice in one notice")
            if day.year != year and (day.year, day.month) != (year - 1, 12):
                raise ValueError(f"{day} lies outside {year}")
            days[day] = CalendarDay(day, kind, festival, notice.number)
    return days


def _period(raw: dict[str, Any]) -> Iterator[tuple[dt.date, DayKind]]:
    first, last = _date(raw["first"]), _date(raw["last"])
    if not dt.timedelta(0) <= last - first <= LONGEST_HOLIDAY:
        raise ValueError(f"{first} to {last} is not a holiday period")
    for offset in range((last - first).days + 1):
        yield first + offset * ONE_DAY, DayKind.HOLIDAY
    for day in map(_date, raw.get("make_up", ())):
        if day.weekday() < SATURDAY:
            raise ValueError(f"{day} is not a weekend, so it cannot be a make-up working day")
        yield day, DayKind.MAKE_UP_WORKDAY


def parse_instant(text: str) -> dt.datetime:
    """Read an ISO 8601 date and time with offset; the result is in Asia/Shanghai.

    Raises:
        BadInstantError: It cannot be read, or has no offset and so names no instant.
        InstantOutOfRangeError: It lies outside 1992 to 2100.
    """
    try:
        instant = dt.datetime.fromisoformat(text.strip())
    except (ValueError, OverflowError):
        raise BadInstantError(text=text) from None
    if instant.tzinfo is None:
        raise BadInstantError(text=text)
    return aware(instant)


def parse_suspension(text: str) -> Suspension:
    """Read ``FROM/TO``, or ``FROM/..`` for a suspension that is still open.

    Raises:
        BadSuspensionError: It is not of this form or ends before it begins.
        BadInstantError: One of the two cannot be read.
        InstantOutOfRangeError: One of the two lies outside 1992 to 2100.
    """
    start, slash, end = text.partition("/")
    if not slash:
        raise BadSuspensionError(text=text, reason="the slash between FROM and TO is missing")
    ends = None if end.strip() in {"", ".."} else parse_instant(end)
    return Suspension(parse_instant(start), ends)
