"""The calendar in force: the years that come with Heli, and years the operator added.

A year announced after this release is added as ``HELI_HOME/calendars/<year>.toml``, in the form
of the files under ``engines/legaltime/years``; such a file replaces the built-in year.
"""

import os
from functools import lru_cache
from importlib import resources

from heli.engines.legaltime import (
    BadCalendarError,
    CalendarYear,
    Rules,
    WorkingCalendar,
    parse_year,
)
from heli.kernel.home import home


def built_in_years() -> list[CalendarYear]:
    """The years that come with Heli, ascending."""
    folder = resources.files("heli.engines.legaltime") / "years"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    return [parse_year(file.read_text("utf-8"), file.name) for file in files]


def added_years() -> list[CalendarYear]:
    """The years the operator added, ascending.

    Raises:
        BadCalendarError: A file cannot be read, or holds another year than it is named after.
    """
    years = []
    for file in sorted((home() / "calendars").glob("*.toml")):
        try:
            year = parse_year(file.read_text("utf-8"), file.name)
        except (OSError, UnicodeDecodeError) as error:
            raise BadCalendarError(name=file.name, reason=str(error)) from None
        if file.stem != str(year.year):
            raise BadCalendarError(name=file.name, reason=f"it holds the year {year.year}")
        years.append(year)
    return years


@lru_cache(maxsize=2)
def _calendar(stamp: int) -> WorkingCalendar:
    return WorkingCalendar([*built_in_years(), *added_years()])


@lru_cache(maxsize=2)
def _rules(stamp: int) -> Rules:
    return Rules(_calendar(stamp))


def _stamp() -> int:
    """Changes when a file is added to, or removed from, the operator's folder.

    Asked for every clock, hence without the resolving of ``home()``.
    """
    try:
        return os.stat(os.path.join(os.environ.get("HELI_HOME", "var"), "calendars")).st_mtime_ns
    except FileNotFoundError:
        return 0


def official_calendar() -> WorkingCalendar:
    """The calendar in force; a year that the operator adds is seen without a restart.

    Raises:
        BadCalendarError: An added year cannot be read.
    """
    return _calendar(_stamp())


def official_rules() -> Rules:
    """The rules that statutory clocks are counted by.

    Raises:
        BadCalendarError: An added year cannot be read.
    """
    return _rules(_stamp())
