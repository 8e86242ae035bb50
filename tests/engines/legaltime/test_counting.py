"""Deadlines worked out by hand from the law, and the explanation that comes with them."""

import datetime as dt

import pytest

from heli.clocks.calendars import built_in_years
from heli.engines.legaltime import (
    SHANGHAI,
    Allowance,
    BadAllowanceError,
    BadInstantError,
    BadOfficeHoursError,
    BadSuspensionError,
    DayEnd,
    InstantOutOfRangeError,
    OfficeHours,
    Rules,
    Suspension,
    Unit,
    UnknownCalendarYearError,
    Verdict,
    WorkingCalendar,
    deadline,
    parse_instant,
    parse_suspension,
    sentences,
)

RULES = Rules(WorkingCalendar(built_in_years()))
HOURS, DAYS, WDAYS, WHOURS = (
    Unit.NATURAL_HOURS,
    Unit.NATURAL_DAYS,
    Unit.WORKING_DAYS,
    Unit.WORKING_HOURS,
)


def i(text):
    return dt.datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def due(start, amount, unit, *suspensions, rules=RULES):
    given = [Suspension(i(a), i(b) if b else None, "D01", "g") for a, b in suspensions]
    result = deadline(rules, i(start), Allowance(amount, unit), given).due
    return None if result is None else f"{result:%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("start", "amount", "unit", "expected"),
    [
        ("2026-02-13T10:00", 48, HOURS, "2026-02-15 10:00"),
        # the day before Spring Festival: 14 Feb is worked, 15 to 23 Feb are off
        ("2026-02-13T10:00", 5, WDAYS, "2026-02-27 18:00"),
        ("2026-02-13T10:00", 1, WDAYS, "2026-02-14 18:00"),
        ("2026-02-13T10:00", 2, WDAYS, "2026-02-24 18:00"),
        ("2026-02-27T23:59", 1, WDAYS, "2026-02-28 18:00"),
        # 2 + 5 hours on Friday, 8 on the make-up Saturday, 1 on the Tuesday after
        ("2026-02-13T10:00", 16, WHOURS, "2026-02-24 10:00"),
        ("2026-02-13T10:00", 2, WHOURS, "2026-02-13 12:00"),
        ("2026-02-13T12:30", 5, WHOURS, "2026-02-13 18:00"),
        ("2026-02-13T19:00", 1, WHOURS, "2026-02-14 10:00"),
        # a natural period ending within a holiday ends on the first working day after it
        ("2026-02-13T10:00", 5, DAYS, "2026-02-24 18:00"),
        ("2026-02-13T10:00", 1, DAYS, "2026-02-14 18:00"),
        ("2026-03-02T10:00", 5, DAYS, "2026-03-09 18:00"),  # Saturday to Monday
        ("2026-03-02T00:00", 4, DAYS, "2026-03-06 18:00"),
        ("2020-01-23T09:00", 1, WDAYS, "2020-02-03 18:00"),
        ("2022-12-30T09:00", 1, WDAYS, "2023-01-03 18:00"),
    ],
)
def test_due(start, amount, unit, expected):
    assert due(start, amount, unit) == expected


def test_without_business_time_the_last_day_ends_at_midnight():
    rules = Rules(RULES.calendar, day_end=DayEnd.MIDNIGHT)
    limit = deadline(rules, i("2026-03-02T10:00"), Allowance(1, WDAYS))
    assert limit.due == i("2026-03-04T00:00")
    assert limit.last_day == dt.date(2026, 3, 3)


def test_other_office_hours():
    rules = Rules(RULES.calendar, OfficeHours.parse("09:00-12:00,13:30-17:30"))
    assert rules.office_hours.per_day == dt.timedelta(hours=7)
    assert due("2026-02-13T10:00", 16, WHOURS, rules=rules) == "2026-02-24 12:00"
    assert due("2026-02-13T10:00", 1, WDAYS, rules=rules) == "2026-02-14 17:30"


def test_an_instant_in_another_zone_is_the_same_instant():
    limit = deadline(RULES, parse_instant("2026-02-12T23:30:00Z"), Allowance(1, WDAYS))
    assert limit.start == i("2026-02-13T07:30")
    assert limit.due == i("2026-02-14T18:00")


@pytest.mark.parametrize(
    ("amount", "unit", "suspensions", "expected"),
    [
        (48, HOURS, [("2026-03-02T12:00", "2026-03-02T15:00")], "2026-03-04 13:00"),
        # overlapping ones count once
        (
            48,
            HOURS,
            [("2026-03-02T12:00", "2026-03-02T15:00"), ("2026-03-02T14:00", "2026-03-02T16:00")],
            "2026-03-04 14:00",
        ),
        # before the start and after due nothing moves
        (48, HOURS, [("2026-02-02T12:00", "2026-03-02T09:00")], "2026-03-04 10:00"),
        (48, HOURS, [("2026-03-04T10:00", None)], "2026-03-04 10:00"),
        # office time of 12:00 to 15:00 is two hours
        (8, WHOURS, [("2026-03-02T12:00", "2026-03-02T15:00")], "2026-03-03 12:00"),
        # four working hours of one day come back on the day after the last
        (3, WDAYS, [("2026-03-03T10:00", "2026-03-03T15:00")], "2026-03-06 14:00"),
        (3, WDAYS, [("2026-03-03T09:00", "2026-03-03T17:59")], "2026-03-06 17:59"),
        (3, WDAYS, [("2026-03-03T17:58", "2026-03-03T18:05")], "2026-03-06 09:02"),
        # a full working day, however it lies, is a full working day
        (3, WDAYS, [("2026-03-03T09:00", "2026-03-03T18:00")], "2026-03-06 18:00"),
        (3, WDAYS, [("2026-03-03T10:00", "2026-03-04T10:00")], "2026-03-06 18:00"),
        (3, WDAYS, [("2026-03-03T10:00", "2026-03-05T09:00")], "2026-03-09 17:00"),
        # over lunch, in the evening, at the weekend and before counting begins nothing would run
        (3, WDAYS, [("2026-03-03T12:00", "2026-03-03T13:00")], "2026-03-05 18:00"),
        (3, WDAYS, [("2026-03-04T18:00", "2026-03-05T09:00")], "2026-03-05 18:00"),
        (6, WDAYS, [("2026-03-06T18:00", "2026-03-09T09:00")], "2026-03-10 18:00"),
        (3, WDAYS, [("2026-03-02T10:00", "2026-03-03T09:00")], "2026-03-05 18:00"),
        # on the last day: what was left of it comes back after the suspension
        (3, WDAYS, [("2026-03-05T10:00", "2026-03-07T09:00")], "2026-03-09 17:00"),
        # a suspension of what another one added moves on; one after that does not matter
        (
            3,
            WDAYS,
            [("2026-03-03T10:00", "2026-03-03T12:00"), ("2026-03-06T09:00", "2026-03-06T10:00")],
            "2026-03-06 12:00",
        ),
        (
            3,
            WDAYS,
            [("2026-03-03T10:00", "2026-03-03T12:00"), ("2026-03-06T11:00", "2026-03-06T12:00")],
            "2026-03-06 11:00",
        ),
        # two departments: what both suspended counts once
        (
            3,
            WDAYS,
            [("2026-03-03T09:00", "2026-03-03T11:00"), ("2026-03-03T10:00", "2026-03-03T12:00")],
            "2026-03-06 12:00",
        ),
        (3, WDAYS, [("2026-03-05T18:00", None)], "2026-03-05 18:00"),
        (3, WDAYS, [("2026-03-03T10:00", "2026-03-03T10:00")], "2026-03-05 18:00"),
        # natural days move by the hours that went by
        (3, DAYS, [("2026-03-03T10:00", "2026-03-03T13:00")], "2026-03-05 21:00"),
        (3, DAYS, [("2026-03-03T10:00", "2026-03-04T10:00")], "2026-03-06 18:00"),
        (3, DAYS, [("2026-03-02T10:00", "2026-03-03T00:00")], "2026-03-05 18:00"),
        # into a weekend, so to the close of Monday; on Monday before the close, too
        (3, DAYS, [("2026-03-03T10:00", "2026-03-05T10:00")], "2026-03-09 18:00"),
        (3, DAYS, [("2026-03-03T10:00", "2026-03-06T23:00")], "2026-03-09 18:00"),
        (3, DAYS, [("2026-03-03T10:00", "2026-03-07T11:00")], "2026-03-09 19:00"),
        # the moved last day falls into a suspension and moves on
        (5, DAYS, [("2026-03-09T09:00", "2026-03-10T12:00")], "2026-03-10 21:00"),
    ],
)
def test_suspensions(amount, unit, suspensions, expected):
    assert due("2026-03-02T10:00", amount, unit, *suspensions) == expected


def test_a_suspension_of_a_make_up_working_day_and_of_days_off_around_it():
    pause = ("2026-02-14T10:00", "2026-02-24T09:00")
    assert due("2026-02-12T10:00", 2, WDAYS) == "2026-02-14 18:00"
    assert due("2026-02-12T10:00", 2, WDAYS, pause) == "2026-02-24 17:00"


def test_without_business_time_a_working_day_is_24_hours():
    rules = Rules(RULES.calendar, day_end=DayEnd.MIDNIGHT)
    for pause, expected in (
        (("2026-03-03T00:00", "2026-03-04T00:00"), "2026-03-07 00:00"),
        (("2026-03-03T19:00", "2026-03-03T22:00"), "2026-03-06 03:00"),
        (("2026-03-05T22:00", "2026-03-09T01:00"), "2026-03-09 03:00"),
    ):
        assert due("2026-03-02T10:00", 3, WDAYS, pause, rules=rules) == expected
    limit = deadline(rules, i("2026-03-02T10:00"), Allowance(3, WDAYS))
    assert (limit.due, limit.last_day) == (i("2026-03-06T00:00"), dt.date(2026, 3, 5))


@pytest.mark.parametrize(
    ("amount", "unit", "earliest"),
    [(48, HOURS, "2026-03-06T10:00"), (3, WDAYS, "2026-03-09T18:00"), (8, WHOURS, None)],
)
def test_an_open_suspension_leaves_due_undefined(amount, unit, earliest):
    limit = deadline(
        RULES,
        i("2026-03-02T10:00"),
        Allowance(amount, unit),
        [Suspension(i("2026-03-03T09:00"), None, "D01", "g")],
        as_of=i("2026-03-05T09:00"),
    )
    assert limit.due is None
    assert limit.last_day is None
    assert limit.earliest == i(earliest or "2026-03-05T10:00")
    assert limit.steps[-1].verdict in {Verdict.SUSPENDED, Verdict.COUNTED}


@pytest.mark.parametrize(
    ("start", "amount", "unit"),
    [
        ("2019-12-31T10:00", 1, WHOURS),
        ("2027-01-04T10:00", 1, WDAYS),
        ("2026-12-28T10:00", 4, WDAYS),  # runs over the edge
        ("2026-12-28T10:00", 40, WHOURS),
        ("2026-12-28T10:00", 5, DAYS),  # whether 2 Jan 2027 is worked decides
    ],
)
def test_outside_the_known_years_it_refuses(start, amount, unit):
    with pytest.raises(UnknownCalendarYearError):
        due(start, amount, unit)


def test_natural_hours_need_no_calendar():
    assert due("2026-12-31T20:00", 48, HOURS) == "2027-01-02 20:00"


def test_every_day_is_explained_with_its_reason():
    limit = deadline(RULES, i("2026-02-13T10:00"), Allowance(2, WDAYS))
    assert [s.verdict for s in limit.steps] == [
        Verdict.START_DAY,
        Verdict.COUNTED,
        *[Verdict.HOLIDAY] * 9,
        Verdict.COUNTED,
    ]
    texts = [s.text() for s in sentences(limit)]
    assert texts[0] == "2026-02-13: the day of the start does not count"
    assert texts[1] == "2026-02-14: make-up working day (Spring Festival), counts as day 1 of 2"
    assert texts[2] == "2026-02-15: day off (Spring Festival), does not count"
    assert texts[-1] == "2026-02-24: counts as day 2 of 2"


@pytest.mark.parametrize(
    ("start", "amount", "unit", "pauses", "told"),
    [
        (
            "2026-03-02T10:00",
            2,
            WDAYS,
            [("2026-03-03T10:00", "2026-03-03T13:00")],
            [
                "2026-03-03: 2 h suspended, 6 h count, 6 of 16 h in all",
                "2026-03-04: 8 h count, 14 of 16 h in all",
                "2026-03-05: 2 h count, 16 of 16 h in all",
            ],
        ),
        (
            "2026-02-12T10:00",
            2,
            WDAYS,
            [("2026-02-14T10:00", "2026-02-14T12:00"), ("2026-02-13T00:00", "2026-02-14T00:00")],
            [
                "2026-02-13: suspended, does not count",
                "2026-02-14: make-up working day (Spring Festival), 2 h suspended, 6 h count, "
                "6 of 16 h in all",
            ],
        ),
        (
            "2026-03-02T10:00",
            2,
            WDAYS,
            [("2026-03-03T10:00", None)],
            [
                "2026-03-03: 1 h count, 1 of 16 h in all",
                "from 2026-03-03 10:00: suspended, the suspension is still open",
            ],
        ),
        (
            "2026-03-02T10:00",
            2,
            DAYS,
            [("2026-03-03T10:00", "2026-03-06T12:00")],
            [
                "2026-03-03: 14 h suspended, 10 h count, 10 of 42 h in all",
                "2026-03-04 00:00 to 2026-03-06 00:00: suspended, does not count",
                "2026-03-06: 12 h suspended, 12 h count, 22 of 42 h in all",
                "2026-03-07: 20 h count, 42 of 42 h in all",
                "2026-03-08: weekend, does not count",
                "2026-03-09: next working day, the period ends here",
            ],
        ),
        (
            "2026-03-02T10:00",
            8,
            WHOURS,
            [("2026-03-02T12:30", "2026-03-02T15:00")],
            ["2026-03-03: 3 h count, 8 of 8 h in all"],
        ),
    ],
)
def test_what_a_suspension_took_is_told(start, amount, unit, pauses, told):
    given = [Suspension(i(a), i(b) if b else None, "D01", "g") for a, b in pauses]
    limit = deadline(RULES, i(start), Allowance(amount, unit), given)
    assert [s.text() for s in sentences(limit)][1 : len(told) + 1] == told


def test_sentences_are_translated_before_they_are_filled():
    limit = deadline(RULES, i("2026-02-14T10:00"), Allowance(1, WDAYS))
    words = {"{day}: day off ({festival}), does not count": "{day}（{festival}）放假，不计"}
    words["Spring Festival"] = "春节"
    assert sentences(limit)[1].text(lambda m: words.get(m, m)) == "2026-02-15（春节）放假，不计"


def test_the_suspension_behind_a_skipped_day_is_named():
    pause = Suspension(i("2026-03-03T10:00"), i("2026-03-04T09:00"), "D07", "补正材料")
    for unit, amount in ((WDAYS, 3), (DAYS, 3), (HOURS, 48), (WHOURS, 24)):
        limit = deadline(RULES, i("2026-03-02T10:00"), Allowance(amount, unit), [pause])
        assert pause in {s.suspension for s in limit.steps}


@pytest.mark.parametrize("amount", [0, -1, 10**6, 10**12, True])
def test_bad_amounts(amount):
    with pytest.raises(BadAllowanceError):
        Allowance(amount, WDAYS)


@pytest.mark.parametrize(
    "text", ["", "tomorrow", "2026-02-13", "2026-02-13T10:00:00", "2026-02-13T10:00:00 08:00"]
)
def test_bad_instants(text):
    with pytest.raises(BadInstantError):
        parse_instant(text)


def test_naive_instants_are_refused():
    naive = dt.datetime(2026, 3, 2)  # noqa: DTZ001
    with pytest.raises(BadInstantError):
        deadline(RULES, naive, Allowance(1, WDAYS))
    with pytest.raises(BadInstantError):
        Suspension(naive)
    with pytest.raises(BadInstantError):
        Suspension(i("2026-03-01T10:00"), naive)


@pytest.mark.parametrize(
    "text",
    [
        "0001-01-01T00:00:00+14:00",
        "1900-01-01T10:00:00+08:00",
        "1990-04-14T10:00:00+08:00",
        "1991-12-31T23:59:59.999999+08:00",
        "2101-01-01T00:00:00+08:00",
        "9999-12-31T23:59:59-12:00",
    ],
)
def test_instants_outside_the_sane_years_are_refused(text):
    with pytest.raises(InstantOutOfRangeError, match=r"outside the years 1992 to 2100"):
        parse_instant(text)
    instant = dt.datetime.fromisoformat(text)
    with pytest.raises(InstantOutOfRangeError):
        deadline(RULES, instant, Allowance(1, HOURS))
    with pytest.raises(InstantOutOfRangeError):
        Suspension(instant)


@pytest.mark.parametrize("text", ["1992-01-01T00:00:00+08:00", "2100-12-31T20:00:00+08:00"])
def test_the_edges_of_the_sane_years_are_counted(text):
    start = parse_instant(text)
    limit = deadline(RULES, start, Allowance(3, HOURS))
    assert (start.isoformat(), limit.due - start) == (text, dt.timedelta(hours=3))


def test_a_due_instant_beyond_the_sane_years_is_refused():
    with pytest.raises(InstantOutOfRangeError, match=r"2101-01-02T10:00:00\+08:00 lies"):
        due("2100-12-31T10:00", 48, HOURS)


def test_hours_are_added_at_a_fixed_offset():
    # Shanghai kept summer time up to 1991, and local mean time up to 1901.
    for year in (1900, 1990, 2026):
        assert dt.datetime(year, 7, 1, tzinfo=SHANGHAI).utcoffset() == dt.timedelta(hours=8)


@pytest.mark.parametrize(
    "text",
    ["2026-03-02T10:00:00+08:00", "2026-03-02T10:00:00+08:00/2026-03-01T10:00:00+08:00"],
)
def test_bad_suspensions(text):
    with pytest.raises(BadSuspensionError):
        parse_suspension(text)


@pytest.mark.parametrize("text", ["", "9-12", "12:00-09:00", "09:00-12:00,11:00-13:00"])
def test_bad_office_hours(text):
    with pytest.raises(BadOfficeHoursError):
        OfficeHours.parse(text)
