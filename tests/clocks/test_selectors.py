"""What the clock badge shows, and the counts by department."""

import datetime as dt

import pytest
from tests.clocks.conftest import ACTOR, MONDAY, request_for

from heli.clocks import selectors, services
from heli.clocks.models import Clock
from heli.engines.legaltime import Unit

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)


@pytest.mark.parametrize(
    ("hours", "state", "fraction"),
    [
        (0, "on_time", 0),
        (12, "on_time", 0.25),
        (38.4, "at_risk", 0.8),
        (48, "late", 1),
        (72, "late", 1),
    ],
)
def test_a_running_clock(begin, hours, state, fraction):
    clock = begin()
    shown = selectors.view(clock, MONDAY + hours * HOUR)
    assert shown.state == state
    assert shown.fraction == pytest.approx(fraction)
    assert shown.remaining == (48 - hours) * HOUR
    assert shown.due_at == clock.due_at


def test_a_suspended_clock_stands_still(begin, now):
    clock = begin()
    now.advance(hours=12)
    services.suspend(clock.pk, department="D07", ground="g", actor=ACTOR)
    now.advance(hours=30)
    shown = selectors.views([clock.pk])[clock.pk]
    assert (shown.state, shown.fraction, shown.remaining) == ("suspended", 0.25, 30 * HOUR)
    assert shown.due_at is None


def test_a_clock_suspended_after_due_stays_late(begin, now):
    clock = begin()
    now.advance(hours=50)
    services.suspend(clock.pk, department="D07", ground="g", actor=ACTOR)
    assert selectors.views([clock.pk])[clock.pk].state == "late"
    services.resume(clock.pk, actor=ACTOR)
    assert selectors.views([clock.pk])[clock.pk].due_at == MONDAY + 48 * HOUR


def test_a_stopped_clock_is_done_and_says_how_long_it_took(begin, now):
    clock = begin()
    now.advance(hours=24)
    services.stop(clock.pk, actor=ACTOR)
    now.advance(hours=100)
    shown = selectors.views([clock.pk])[clock.pk]
    assert (shown.state, shown.fraction, shown.remaining) == ("done", 0.5, 24 * HOUR)


def test_working_days_left_are_told_apart_from_natural_ones(begin):
    clock = begin(amount=10, unit=Unit.WORKING_DAYS)
    shown = selectors.view(clock, MONDAY)
    assert shown.working == 10 * shown.working_day
    assert shown.remaining > 10 * dt.timedelta(days=1)
    late = selectors.view(clock, clock.due_at + 7 * dt.timedelta(days=1))
    assert late.state == "late"
    assert late.working == -5 * late.working_day
    assert selectors.view(begin(), MONDAY).working is None


@pytest.mark.parametrize("unit", Unit)
def test_the_shortcut_gives_the_same_fraction_as_counting(begin, now, unit):
    clock = begin(amount=30, unit=unit)
    for pause in (5, 70):
        now.advance(hours=3)
        services.suspend(clock.pk, department="D07", ground="g", actor=ACTOR)
        now.advance(hours=pause)
        clock = services.resume(clock.pk, actor=ACTOR)
    for hours in (0, 1, 8, 20):
        at = now() + hours * HOUR
        exact = selectors.exact_progress(clock, at)
        assert selectors.elapsed_fraction(clock, at) == pytest.approx(min(exact, 1))


def test_many_owners_in_one_query(now, django_assert_num_queries):
    services.start_many([request_for(str(i)) for i in range(50)], actor=ACTOR)
    now.advance(hours=1)
    services.start(request_for("7", 12), actor=ACTOR)
    with django_assert_num_queries(1):
        views = selectors.views_of("tests.thing", range(50))
    assert len(views) == 50
    assert views["7"].remaining == 12 * HOUR


def test_states_in_sql_agree_with_the_views(now, django_assert_num_queries):
    clocks = services.start_many(
        [request_for(str(i), 10 * (i + 1), department=f"D0{i % 3}") for i in range(12)],
        actor=ACTOR,
    )
    services.suspend(clocks[11].pk, department="D07", ground="g", actor=ACTOR)
    now.advance(hours=50)
    services.stop(clocks[0].pk, actor=ACTOR)
    views = selectors.views([c.pk for c in clocks])
    assert {c.pk: c.shown_state for c in selectors.with_state()} == {
        key: view.state for key, view in views.items()
    }
    assert {v.state for v in views.values()} == {"on_time", "at_risk", "late", "suspended", "done"}
    with django_assert_num_queries(1):
        counts = selectors.by_department()
    assert sum(c.late for c in counts) == selectors.overdue().count() == 4
    assert sum(c.on_time + c.at_risk + c.late + c.suspended for c in counts) == 11


def test_reckoning_explains_a_clock(begin, now):
    clock = begin(amount=2, unit=Unit.WORKING_DAYS)
    limit = selectors.reckoning(Clock.objects.get(pk=clock.pk))
    assert limit.due == clock.due_at
    assert len(limit.steps) == 3
