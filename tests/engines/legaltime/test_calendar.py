"""The official calendar of 2020 to 2026, and the form a year is written in."""

import datetime as dt

import pytest

from heli.clocks.calendars import built_in_years
from heli.engines.legaltime import (
    BadCalendarError,
    DayKind,
    Festival,
    UnknownCalendarYearError,
    WorkingCalendar,
    parse_year,
)


@pytest.fixture(scope="module")
def calendar():
    return WorkingCalendar(built_in_years())


# Working days of each year, counted from the notices by hand: week days less days off on week
# days plus make-up days.
WORKING_DAYS = {2020: 249, 2021: 250, 2022: 249, 2023: 249, 2024: 251, 2025: 248, 2026: 248}


def test_knows_exactly_2020_to_2026(calendar):
    assert calendar.years == tuple(range(2020, 2027))


@pytest.mark.parametrize(("year", "count"), WORKING_DAYS.items())
def test_number_of_working_days(calendar, year, count):
    assert sum(day.working for day in calendar.days(year)) == count


@pytest.mark.parametrize(
    ("year", "numbers"),
    [
        (2020, ["国办发明电〔2019〕16号", "国办发明电〔2020〕1号"]),
        (2021, ["国办发明电〔2020〕27号"]),
        (2022, ["国办发明电〔2021〕11号"]),
        (2023, ["国办发明电〔2022〕16号"]),
        (2024, ["国办发明电〔2023〕7号"]),
        (2025, ["国办发明电〔2024〕12号"]),
        (2026, ["国办发明电〔2025〕7号"]),
    ],
)
def test_every_year_names_its_notice(calendar, year, numbers):
    assert [notice.number for notice in calendar.notices(year)] == numbers


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        ("2020-01-19", DayKind.MAKE_UP_WORKDAY),
        ("2020-01-31", DayKind.HOLIDAY),  # the extension of Spring Festival 2020
        ("2020-02-01", DayKind.HOLIDAY),  # a make-up day by the first notice, off by the second
        ("2020-02-02", DayKind.HOLIDAY),
        ("2020-02-03", DayKind.WORKDAY),
        ("2022-12-31", DayKind.HOLIDAY),  # named by the notice of 2023
        ("2024-02-09", DayKind.WORKDAY),  # New Year's Eve: encouraged, not a day off
        ("2025-01-01", DayKind.HOLIDAY),
        ("2026-01-04", DayKind.MAKE_UP_WORKDAY),
        ("2026-02-14", DayKind.MAKE_UP_WORKDAY),
        ("2026-02-15", DayKind.HOLIDAY),
        ("2026-02-23", DayKind.HOLIDAY),
        ("2026-02-24", DayKind.WORKDAY),
        ("2026-02-28", DayKind.MAKE_UP_WORKDAY),
        ("2026-03-01", DayKind.WEEKEND),
        ("2026-10-10", DayKind.MAKE_UP_WORKDAY),
    ],
)
def test_days_that_are_easily_wrong(calendar, day, kind):
    assert calendar.day(dt.date.fromisoformat(day)).kind is kind


def test_a_day_says_by_which_festival_and_notice(calendar):
    day = calendar.day(dt.date(2020, 2, 1))
    assert (day.festival, day.notice) == (Festival.SPRING_FESTIVAL, "国办发明电〔2020〕1号")


@pytest.mark.parametrize("year", [2019, 2027])
def test_outside_the_known_years_it_refuses(calendar, year):
    with pytest.raises(UnknownCalendarYearError, match=f"{year} is not known.*2020 to 2026"):
        calendar.is_working(dt.date(year, 1, 4))


GOOD = """
year = 2030
[[notice]]
number = "1"
title = "t"
date = 2029-11-01
[[notice.holiday]]
name = "new_year"
first = 2029-12-30
last = 2030-01-01
make_up = [2030-01-05]
"""


def test_reads_a_year():
    year = parse_year(GOOD)
    assert year.year == 2030
    assert [d.day.isoformat() for d in year.exceptions] == [
        "2029-12-30",
        "2029-12-31",
        "2030-01-01",
        "2030-01-05",
    ]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("year = 2030", "", "year is missing"),
        ('number = "1"', "", "number is missing"),
        ('"new_year"', '"new_moon"', "new_moon"),
        ("last = 2030-01-01", "last = 2029-12-01", "not a holiday period"),
        ("last = 2030-01-01", 'last = "soon"', "soon is not a date"),
        ("2030-01-05", "2030-01-07", "not a weekend"),
        ("2030-01-05", "2031-01-05", "outside 2030"),
        ("2030-01-05", "2029-12-30", "named twice"),
        ("year = 2030", "year =", "Invalid value"),
    ],
)
def test_a_bad_year_is_refused_with_its_reason(old, new, reason):
    with pytest.raises(BadCalendarError, match=reason):
        parse_year(GOOD.replace(old, new), "2030.toml")
