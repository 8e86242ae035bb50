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
    DayEnd,
    Rules,
    RungRule,
    Suspension,
    Unit,
    WorkingCalendar,
    deadline,
    progress,
    rung_instants,
    running_between,
    tally,
)

RULES = Rules(WorkingCalendar(built_in_years()))
UNTIL_MIDNIGHT = Rules(RULES.calendar, day_end=DayEnd.MIDNIGHT)
MINUTE, DAY, ZERO = dt.timedelta(minutes=1), dt.timedelta(days=1), dt.timedelta(0)
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


def due(start, allowance, suspensions=(), rules=RULES):
    return deadline(rules, start, allowance, suspensions).due


# The oracle knows minutes and nothing else: it lives through them one by one.


def still(minute, suspensions):
    """Whether the clock stood still during the minute that begins then."""
    return any(s.begins <= minute < s.ends for s in suspensions)


def working_day(minute):
    return RULES.calendar.is_working(minute.date())


def office_open(minute):
    return working_day(minute) and (
        dt.time(9) <= minute.time() < dt.time(12) or dt.time(13) <= minute.time() < dt.time(18)
    )


def day_after(start):
    return dt.datetime.combine(start.date() + DAY, dt.time(0), SHANGHAI)


def lived_hours(start, allowance, suspensions):
    natural = allowance.unit is Unit.NATURAL_HOURS
    minute, left = start, allowance.amount * 60
    while left:
        left -= (natural or office_open(minute)) and not still(minute, suspensions)
        minute += MINUTE
    return minute


def lived_working_days(start, allowance, suspensions, whole=False):
    """The due instant without suspensions, moved minute by minute for what was suspended."""
    opened = working_day if whole else office_open
    minute, left = day_after(start), allowance.amount * (1440 if whole else 480)
    lost = 0
    while left or lost:
        if opened(minute):
            if left:
                left -= 1  # up to the due instant without suspensions
            else:
                lost -= 1  # on from there, minute for minute
            lost += still(minute, suspensions)
        minute += MINUTE
    return minute


def lived_natural_days(start, allowance, suspensions, whole=False):
    """On a day off no period ends, nor after it before its next working day has closed."""
    close = 1440 if whole else 18 * 60
    minute, left, held = day_after(start), (allowance.amount - 1) * 1440 + close, 0
    while left > 0 or held > 0:
        runs = not still(minute, suspensions)
        left -= runs
        if working_day(minute):
            held -= runs
        else:
            held = close
        minute += MINUTE
    return minute


few = settings(max_examples=60, deadline=None)


@few
@given(cases(st.sampled_from([Unit.WORKING_HOURS, Unit.NATURAL_HOURS])))
def test_hours_agree_with_living_through_every_minute(case):
    assert due(*case) == lived_hours(*case)


@few
@given(cases(st.just(Unit.WORKING_DAYS)), st.booleans())
def test_working_days_agree_with_living_through_every_minute(case, whole):
    assert due(*case, UNTIL_MIDNIGHT if whole else RULES) == lived_working_days(*case, whole)


@few
@given(cases(st.just(Unit.NATURAL_DAYS)), st.booleans())
def test_natural_days_agree_with_living_through_every_minute(case, whole):
    assert due(*case, UNTIL_MIDNIGHT if whole else RULES) == lived_natural_days(*case, whole)


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


@given(cases(st.just(Unit.WORKING_DAYS)))
def test_working_days_move_by_exactly_the_suspended_working_time(case):
    start, allowance, suspensions = case
    plain, moved = due(start, allowance), due(*case)
    counted = day_after(start)
    between = running_between(RULES, allowance.unit, plain, moved)
    whole = running_between(RULES, allowance.unit, counted, moved)
    assert between == whole - running_between(RULES, allowance.unit, counted, moved, suspensions)


@given(instants, amounts, st.integers(0, 24), st.integers(1, 6))
def test_full_working_days_move_by_full_working_days(start, amount, skipped, length):
    assume(skipped < amount)
    first = due(start, Allowance(skipped + 1, Unit.WORKING_DAYS)).date()
    last = due(start, Allowance(skipped + length, Unit.WORKING_DAYS))
    for opens in (dt.time(0), dt.time(9)):
        pause = Suspension(dt.datetime.combine(first, opens, SHANGHAI), last)
        moved = due(start, Allowance(amount, Unit.WORKING_DAYS), [pause])
        assert moved == due(start, Allowance(amount + length, Unit.WORKING_DAYS))


@given(instants, amounts, st.integers(0, 1439), st.sampled_from(Unit))
def test_what_is_suspended_before_counting_begins_moves_nothing(start, amount, minutes, unit):
    allowance = Allowance(amount, unit)
    begins = day_after(start) if unit.in_days else start
    pause = Suspension(begins - minutes * MINUTE, begins)
    assert due(start, allowance, [pause]) == due(start, allowance)


@given(cases(), st.randoms())
def test_the_order_of_suspensions_does_not_matter(case, random):
    start, allowance, suspensions = case
    shuffled = random.sample(suspensions, len(suspensions))
    assert due(start, allowance, shuffled) == due(*case)


@given(cases())
def test_fewer_suspensions_are_never_due_later(case):
    start, allowance, suspensions = case
    assert due(start, allowance, suspensions[1:]) <= due(*case)


@given(cases(), st.integers(0, 9000))
def test_what_begins_after_due_does_not_matter(case, later):
    start, allowance, suspensions = case
    begins = due(*case) + later * MINUTE
    assert due(start, allowance, [*suspensions, Suspension(begins, None)]) == due(*case)


@given(cases())
def test_due_in_days_is_on_a_working_day_and_at_its_close_unless_suspended(case):
    start, allowance, _ = case
    assume(allowance.unit.in_days)
    plain, moved = due(start, allowance), due(*case)
    assert plain.time() == dt.time(18)
    assert working_day(plain)
    assert working_day(moved)
    if allowance.unit is Unit.WORKING_DAYS:
        assert office_open(moved - MINUTE)


@given(cases(), st.integers(-5000, 40_000))
def test_elapsed_and_remaining_make_what_is_allowed(case, minutes):
    start, allowance, _ = case
    limit = deadline(RULES, *case)
    at = start + minutes * MINUTE
    run = tally(limit, at)
    assert run.elapsed + run.remaining == run.allowed
    assert run.elapsed >= ZERO
    assert (run.remaining <= ZERO) == (at >= limit.due)
    if allowance.unit is not Unit.NATURAL_DAYS:  # whose last day may move to a working day
        assert run.allowed == tally(deadline(RULES, start, allowance), start).allowed


@given(cases(pauses=1), st.integers(0, 9000))
def test_nothing_elapses_while_suspended(case, length):
    limit = deadline(RULES, *case)
    for pause in limit.suspensions:
        before, after = tally(limit, pause.begins), tally(limit, pause.ends)
        assert before == after


@given(cases())
def test_the_steps_add_up(case):
    _, allowance, _ = case
    limit = deadline(RULES, *case)
    assert sum((s.counted for s in limit.steps), Fraction(0)) == allowance.amount
    assert limit.steps[-1].total == allowance.amount
    assert sum((s.ran for s in limit.steps), ZERO) <= tally(limit, limit.due).allowed
    days = [s.day for s in limit.steps]
    assert days == sorted(days)
    # A period of days that ends at 00:00 ended with the day before.
    end = limit.due - dt.timedelta.resolution if allowance.unit.in_days else limit.due
    assert limit.steps[-1].day <= limit.last_day == end.date()


@given(cases())
def test_rungs_rise_from_start_to_due(case):
    limit = deadline(RULES, *case)
    fires = [rung.fires for rung in rung_instants(limit)]
    assert [limit.start, *fires] == sorted([limit.start, *fires])
    assert fires[-1] == limit.due
    remind, *_ = rung_instants(limit, STANDARD_LADDER[:1])
    assert progress(limit, limit.due) == 1
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
