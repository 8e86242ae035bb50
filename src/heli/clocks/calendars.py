"""The calendar in force: the years that come with Heli, and years the operator added.

A year announced after this release is added as ``HELI_HOME/calendars/<year>.toml``, in the form
of the files under ``engines/legaltime/years``; such a file replaces the built-in year.
"""

from functools import cache
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


@cache
def official_calendar() -> WorkingCalendar:
    """The calendar in force, read once; ``official_calendar.cache_clear()`` reads it anew."""
    return WorkingCalendar([*built_in_years(), *added_years()])


@cache
def official_rules() -> Rules:
    """The rules that statutory clocks are counted by."""
    return Rules(official_calendar())
