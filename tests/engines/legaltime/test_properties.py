"""Laws that hold for every start, allowance and suspension, and oracles that count one by one."""

import datetime as dt
from fractions import Fraction

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from heli.clocks.calendars import built_in_years
from heli.engines.legaltime import (
    SHANGHAI,
    STANDARD_LADDER,
    Allowance,
    Rules,
    RungRule,
    Suspension,
    Unit,
    WorkingCalendar,
    deadline,
    progress,
    rung_instants,
    tally,
)

RULES = Rules(WorkingCalendar(built_in_years()))
MINUTE, DAY = dt.timedelta(minutes=1), dt.timedelta(days=1)
FIRST = dt.datetime(2020, 1, 1, tzinfo=SHANGHAI)

instants = st.integers(0, 2200 * 24 * 60).map(lambda m: FIRST + m * MINUTE)
units = st.sampled_from(Unit)
amounts = st.integers(1, 25)


@st.composite
def cases(draw, unit=units, pauses=3):
    start = draw(instants)
    spans = draw(
        st.lists(st.tuples(st.integers(-3000, 20000), st.integers(0, 9000)), max_size=pauses)
    )
    suspensions = [
        Suspension(start + a * MINUTE, start + (a + n) * MINUTE, "D01", "g") for a, n in spans
    ]
    return start, Allowance(draw(amounts), draw(unit)), suspensions


def still(instant, suspensions):
    """Whether the clock stood still during the minute that ends at ``instant``."""
    return any(s.begins < instant <= s.ends for s in suspensions)


def due(start, allowance, suspensions=()):
    return deadline(RULES, start, allowance, suspensions).due


@given(cases(st.sampled_from([Unit.WORKING_DAYS, Unit.NATURAL_DAYS])))
def test_days_agree_with_counting_day_by_day(case):
    start, allowance, suspensions = case
    day, left = start.date(), allowance.amount
    working = allowance.unit is Unit.WORKING_DAYS
    while True:
        day += DAY
        closing = dt.datetime.combine(day, dt.time(18), SHANGHAI)
        if still(closing, suspensions) or (working and not RULES.calendar.is_working(day)):
            continue
        left -= 1
        if left <= 0 and RULES.calendar.is_working(day):
            break
    assert due(*case) == closing


def office_open(minute_end):
    begins = minute_end - MINUTE
    return RULES.calendar.is_working(begins.date()) and (
        dt.time(9) <= begins.time() < dt.time(12) or dt.time(13) <= begins.time() < dt.time(18)
    )


@settings(max_examples=60, deadline=None)
@given(cases(st.sampled_from([Unit.WORKING_HOURS, Unit.NATURAL_HOURS])))
def test_hours_agree_with_counting_minute_by_minute(case):
    start, allowance, suspensions = case
    moment, left = start, allowance.amount * 60
    while left:
        moment += MINUTE
        open_ = allowance.unit is Unit.NATURAL_HOURS or office_open(moment)
        left -= open_ and not still(moment, suspensions)
    assert due(*case) == moment


@given(cases(), st.integers(0, 20))
def test_more_time_is_never_due_earlier(case, more):
    start, allowance, suspensions = case
    longer = Allowance(allowance.amount + more, allowance.unit)
    assert due(start, longer, suspensions) >= due(start, allowance, suspensions)


@given(cases(), st.integers(0, 30_000))
def test_a_later_start_is_never_due_earlier(case, later):
    start, allowance, suspensions = case
    assert due(start + later * MINUTE, allowance, suspensions) >= due(*case)


@given(cases())
def test_a_suspension_never_makes_due_earlier_nor_contains_it(case):
    start, allowance, suspensions = case
    result = due(*case)
    assert result >= due(start, allowance)
    assert not any(s.begins < result < s.ends for s in suspensions)


@given(cases(pauses=2))
def test_overlapping_suspensions_count_once(case):
    start, allowance, suspensions = case
    assert due(start, allowance, suspensions + suspensions) == due(*case)


@given(cases(), st.integers(0, 9000))
def test_cutting_a_suspension_in_two_changes_nothing(case, cut):
    start, allowance, suspensions = case
    assume(suspensions)
    whole = suspensions[0]
    middle = min(whole.begins + cut * MINUTE, whole.ends)
    halves = [Suspension(whole.begins, middle), Suspension(middle, whole.ends)]
    assert due(start, allowance, [*halves, *suspensions[1:]]) == due(*case)


@given(instants, amounts, st.integers(0, 24 * 60), st.integers(0, 9000))
def test_natural_hours_move_by_exactly_the_suspended_time(start, amount, offset, length):
    allowance = Allowance(amount, Unit.NATURAL_HOURS)
    plain = due(start, allowance)
    begins = start + offset * MINUTE
    assume(begins < plain)
    pause = Suspension(begins, begins + length * MINUTE)
    assert due(start, allowance, [pause]) - plain == length * MINUTE


@given(cases(st.just(Unit.WORKING_DAYS), pauses=1))
def test_working_days_move_by_exactly_the_suspended_working_days(case):
    start, allowance, suspensions = case
    plain, moved = due(start, allowance), due(*case)
    lost = tally(RULES, start, allowance, moved).elapsed - allowance.amount
    suspended = sum(
        RULES.calendar.is_working(day)
        and still(dt.datetime.combine(day, dt.time(18), SHANGHAI), suspensions)
        for day in (
            start.date() + n * DAY for n in range(1, (moved.date() - start.date()).days + 1)
        )
    )
    assert lost == suspended
    assert (moved == plain) == (suspended == 0)


@given(cases())
def test_due_in_days_is_always_the_close_of_a_working_day(case):
    _, allowance, _ = case
    result = due(*case)
    if allowance.unit.in_days:
        assert RULES.calendar.is_working(result.date())
        assert result.time() == dt.time(18)
    if allowance.unit is Unit.WORKING_HOURS:
        assert office_open(result)


@given(cases(), st.integers(-5000, 40_000))
def test_elapsed_and_remaining_make_the_allowance(case, minutes):
    start, allowance, suspensions = case
    at = start + minutes * MINUTE
    run = tally(RULES, start, allowance, at, suspensions)
    assert run.elapsed + run.remaining == run.allowed == allowance.amount
    assert run.elapsed >= 0
    if allowance.unit is not Unit.NATURAL_DAYS:  # whose last day may move past the count
        assert (run.remaining <= 0) == (at >= due(*case))


@given(cases())
def test_the_steps_add_up(case):
    _, allowance, _ = case
    limit = deadline(RULES, *case)
    assert sum((s.counted for s in limit.steps), Fraction(0)) == allowance.amount
    assert limit.steps[-1].total == allowance.amount
    days = [s.day for s in limit.steps]
    assert days == sorted(days)
    assert limit.steps[-1].day <= limit.last_day == limit.due.date()


@given(cases())
def test_rungs_rise_from_start_to_due(case):
    limit = deadline(RULES, *case)
    fires = [rung.fires for rung in rung_instants(limit)]
    assert [limit.start, *fires] == sorted([limit.start, *fires])
    assert fires[-1] == limit.due
    remind, *_ = rung_instants(limit, STANDARD_LADDER[:1])
    if progress(limit, limit.due) == 1:
        assert abs(progress(limit, remind.fires) - 0.5) < 1e-6


@given(cases(), st.integers(-100, 100))
def test_rungs_by_offset(case, hours):
    limit = deadline(RULES, *case)
    offset = dt.timedelta(hours=hours)
    (rung,) = rung_instants(limit, [RungRule("warn", offset=offset)])
    assert rung.fires == max(limit.start, limit.due + offset)


@given(cases(pauses=1), st.integers(0, 20_000), st.integers(0, 20_000))
def test_an_open_suspension_is_as_if_it_ended_now(case, after, asked):
    start, allowance, suspensions = case
    begins = start + after * MINUTE
    at = begins + asked * MINUTE
    limit = deadline(RULES, start, allowance, [*suspensions, Suspension(begins, None)], as_of=at)
    ended = deadline(RULES, start, allowance, [*suspensions, Suspension(begins, at)])
    assert limit.earliest == ended.due
    assert (limit.due is None) == (begins < due(*case))
    if limit.due is None:
        assert progress(limit, at) <= 1 + 1e-9
        for rung in rung_instants(limit):
            assert rung.fires is None or rung.fires <= begins
