"""Starting, suspending, resuming and stopping clocks, and the facts that tell of it."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from tests.clocks.conftest import ACTOR, MONDAY, request_for

from heli.clocks import errors, ladders, selectors, services
from heli.clocks.models import Clock, Rung, Suspension
from heli.engines.legaltime import SHANGHAI, RungRule, Unit
from heli.ledger.models import Fact

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)


def verbs(clock):
    facts = Fact.objects.filter(subject=clock.subject).order_by("id")
    return [(fact.verb, fact.department) for fact in facts]


def waiting(clock):
    """When the rungs of a clock fire that have not, by name."""
    clock = Clock.objects.get(pk=clock.pk)
    rungs = ladders.read(clock.rungs)
    assert clock.next_rung_at == min((r.try_at for r in rungs if r.try_at), default=None)
    assert not Rung.objects.filter(clock=clock, name__in=[r.rule.name for r in rungs]).exists()
    return {rung.rule.name: rung.fire_at for rung in rungs}


def test_start_sets_due_rungs_and_fact(begin):
    clock = begin(matter="M-1")
    assert clock.due_at == MONDAY + 48 * HOUR
    assert waiting(clock) == {
        "remind": MONDAY + 24 * HOUR,
        "warn": MONDAY + 38.4 * HOUR,
        "escalate": MONDAY + 48 * HOUR,
        "overdue": MONDAY + 48 * HOUR,
    }
    fact = Fact.objects.get(subject=clock.subject)
    assert (fact.verb, fact.department, fact.matter) == ("clocks.clock.started", "D01", "M-1")
    assert fact.data["due_at"] == clock.due_at.isoformat()


def test_five_clocks_start_with_one_statement(now, django_assert_num_queries):
    requests = [request_for(str(i), i + 1, Unit.WORKING_DAYS) for i in range(5)]
    facts = []
    with transaction.atomic(), django_assert_num_queries(1):
        clocks = services.start_many(requests, actor=ACTOR, facts_into=facts)
    assert Clock.objects.count() == 5
    assert [len(waiting(clock)) for clock in clocks] == [4] * 5
    assert len(facts) == 5
    assert [c.due_at.astimezone(SHANGHAI).day for c in clocks] == [3, 4, 5, 6, 9]


def test_an_own_ladder_with_offset(begin):
    clock = begin(ladder=(RungRule("remind", offset=-3 * HOUR),))
    assert waiting(clock) == {"remind": MONDAY + 45 * HOUR, "overdue": MONDAY + 48 * HOUR}


def test_an_unknown_kind_is_refused(now):
    request = services.ClockRequest("no.kind", "a", "1", "D01", request_for().allowance)
    with pytest.raises(errors.UnknownClockKindError):
        services.start(request, actor=ACTOR)


def test_due_moves_by_exactly_the_suspended_time(begin, now):
    clock = begin()
    now.advance(hours=10)
    suspended = services.suspend(clock.pk, department="D07", ground="补正材料", actor=ACTOR)
    assert suspended.due_at is None
    assert set(waiting(clock).values()) == {None}
    now.advance(hours=31)
    resumed = services.resume(clock.pk, actor=ACTOR)
    resumed.refresh_from_db()
    assert resumed.due_at == MONDAY + (48 + 31) * HOUR
    assert waiting(clock)["remind"] == MONDAY + (24 + 31) * HOUR
    assert verbs(clock) == [
        ("clocks.clock.started", "D01"),
        ("clocks.clock.suspended", "D07"),
        ("clocks.clock.resumed", "D07"),
    ]
    fact = Fact.objects.get(verb="clocks.clock.resumed")
    assert fact.data["suspended_seconds"] == 31 * 3600


def test_a_part_of_a_working_day_moves_due_by_that_part(begin, now):
    clock = begin(amount=2, unit=Unit.WORKING_DAYS)
    plain = clock.due_at.astimezone(SHANGHAI)
    assert f"{plain:%d %H:%M}" == "04 18:00"
    now.advance(hours=24)  # Tuesday 10:00
    services.suspend(clock.pk, department="D07", ground="补正材料", actor=ACTOR)
    before = selectors.view(Clock.objects.get(pk=clock.pk)).fraction
    now.advance(hours=3)
    resumed = services.resume(clock.pk, actor=ACTOR)
    assert f"{resumed.due_at.astimezone(SHANGHAI):%d %H:%M}" == "05 11:00"
    assert resumed.total == 16 * HOUR
    assert selectors.view(resumed).fraction == before == 1 / 16
    assert waiting(clock)["remind"].astimezone(SHANGHAI).isoformat()[:16] == "2026-03-04T11:00"


def test_a_suspension_on_the_day_of_the_start_moves_no_due_in_days(begin, now):
    clock = begin(amount=2, unit=Unit.WORKING_DAYS)
    plain = clock.due_at
    services.suspend(clock.pk, department="D07", ground="g", actor=ACTOR)
    now.advance(hours=6)
    resumed = services.resume(clock.pk, actor=ACTOR)
    assert (resumed.due_at, resumed.total) == (plain, 16 * HOUR)
    assert selectors.view(resumed).fraction == 0


def test_two_departments_suspend_and_the_overlap_counts_once(begin, now):
    clock = begin()
    services.suspend(clock.pk, department="D07", ground="g", actor=ACTOR)
    now.advance(hours=2)
    services.suspend(clock.pk, department="D08", ground="g", actor=ACTOR)
    now.advance(hours=2)
    still = services.resume(clock.pk, department="D07", actor=ACTOR)
    assert still.state == Clock.State.SUSPENDED
    now.advance(hours=2)
    clock = services.resume(clock.pk, department="D08", actor=ACTOR)
    assert clock.due_at == MONDAY + 54 * HOUR


def test_a_rung_reached_before_the_suspension_still_fires(begin, now):
    clock = begin()
    now.advance(hours=25)
    services.suspend(clock.pk, department="D07", ground="g", actor=ACTOR)
    assert [name for name, instant in waiting(clock).items() if instant] == ["remind"]


@pytest.mark.parametrize(("department", "ground"), [("", "g"), ("D07", "  "), (" ", "")])
def test_an_unattributed_suspension_is_refused(begin, department, ground):
    clock = begin()
    with pytest.raises(errors.UnattributedSuspensionError):
        services.suspend(clock.pk, department=department, ground=ground, actor=ACTOR)
    with pytest.raises(IntegrityError), transaction.atomic():
        Suspension.objects.create(clock=clock, department="", ground="g", begins_at=MONDAY)


def test_the_same_department_cannot_suspend_twice(begin):
    clock = begin()
    services.suspend(clock.pk, department="D07", ground="g", actor=ACTOR)
    with pytest.raises(errors.AlreadySuspendedError):
        services.suspend(clock.pk, department="D07", ground="g", actor=ACTOR)


def test_resuming_what_is_not_suspended_is_refused(begin):
    with pytest.raises(errors.ClockStateError):
        services.resume(begin().pk, actor=ACTOR)


def test_stop_ends_everything_and_only_once(begin, now):
    clock = begin()
    services.suspend(clock.pk, department="D07", ground="g", actor=ACTOR)
    now.advance(hours=1)
    services.stop(clock.pk, actor=ACTOR)
    services.stop(clock.pk, actor=ACTOR)
    assert not Suspension.objects.filter(ends_at=None).exists()
    assert not Clock.objects.filter(next_rung_at__isnull=False).exists()
    assert [verb for verb, _ in verbs(clock)].count("clocks.clock.stopped") == 1
    with pytest.raises(errors.ClockStateError):
        services.suspend(clock.pk, department="D07", ground="g", actor=ACTOR)


@pytest.mark.parametrize(("hours", "late"), [(47, False), (49, True)])
def test_the_stop_fact_says_whether_it_was_late(begin, now, hours, late):
    clock = begin()
    now.advance(hours=hours)
    services.stop(clock.pk, actor=ACTOR)
    assert Fact.objects.get(verb="clocks.clock.stopped").data["late"] is late


def test_an_unknown_clock_is_named(now):
    missing = request_for().owner_id and Clock(id="0190aaaa-0000-7000-8000-000000000000").id
    with pytest.raises(errors.ClockNotFoundError, match="0190aaaa"):
        services.stop(missing, actor=ACTOR)


def test_a_clock_that_cannot_be_counted_yet_starts_and_waits_for_the_year(begin, now):
    now.instant = dt.datetime(2026, 12, 28, 10, tzinfo=SHANGHAI)
    clock = begin(amount=10, unit=Unit.WORKING_DAYS)
    assert (clock.due_at, clock.awaits_year) == (None, 2027)
    shown = selectors.view(clock)
    assert (shown.state, shown.remaining, shown.awaits_year) == ("on_time", None, 2027)
