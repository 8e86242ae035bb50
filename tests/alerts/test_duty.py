"""Who is on duty: shifts, absence, substitution, handing over."""

import datetime as dt
from itertools import pairwise

import pytest

from heli.alerts import services
from heli.alerts.errors import (
    HandoverError,
    NobodyToPlanError,
    NotOnDutyError,
    ShiftOverlapError,
)
from heli.alerts.models import Shift
from heli.alerts.selectors import handing_of, on_duty
from heli.kernel import clock
from heli.kernel.actor import HELI
from heli.kernel.permissions import Role
from heli.organisation.services import record_absence


@pytest.fixture
def three(make_person, now):
    return [make_person(f"duty{n}", Role.OFFICER, department="scjg") for n in range(3)]


def plan(people, days=2, hours=12, first=None):
    return services.plan_shifts(
        "scjg", people, first=first or clock.today(), days=days, hours=hours, actor=HELI
    )


def test_shifts_follow_one_another_without_a_gap(three):
    shifts = plan(three, days=7, hours=8)
    assert len(shifts) == 21
    assert all(a.ends_at == b.starts_at for a, b in pairwise(shifts))
    assert [each.officer for each in shifts[:4]] == [*three, three[0]]
    assert shifts[0].starts_at.astimezone(clock.SHANGHAI).hour == 8


def test_who_is_away_is_passed_over(three):
    record_absence(three[1], clock.today(), clock.today(), actor=HELI)
    shifts = plan(three, days=2)
    assert [each.officer for each in shifts] == [three[0], three[2], three[0], three[1]]
    day = clock.today() + dt.timedelta(days=20)
    for each in three:
        record_absence(each, day, day, actor=HELI)
    with pytest.raises(NobodyToPlanError):
        plan(three, days=1, first=day)


def test_a_roster_is_planned_once_and_with_its_own_people(three, outsider):
    plan(three)
    with pytest.raises(ShiftOverlapError):
        plan(three, first=clock.today() + dt.timedelta(days=1))
    with pytest.raises(NotOnDutyError):
        plan([outsider], first=clock.today() + dt.timedelta(days=9))


def test_on_duty_is_who_has_the_shift(three, now):
    plan(three)
    assert on_duty("scjg").officer == three[0]
    now.advance(hours=12)
    assert on_duty("scjg").officer == three[1]


def test_an_absent_officer_is_stood_in_for(three):
    plan(three)
    record_absence(three[0], clock.today(), clock.today(), actor=HELI, substitute=three[2])
    duty = on_duty("scjg")
    assert (duty.officer, duty.stands_in_for) == (three[2], three[0].name)
    assert duty.reaches(three[2].pk)


def test_where_the_roster_has_nobody_the_head_is_reached(make_person, now):
    boss = make_person("boss", Role.HEAD, department="scjg")
    duty = on_duty("scjg")
    assert (duty.officer, duty.shift, duty.state) == (boss, None, "at_risk")
    assert on_duty("jyj").officer is None
    assert on_duty("jyj").state == "at_risk"


def test_both_are_reached_until_the_next_takes_over(three, now):
    first, second, *_ = plan(three)
    services.accept_shift(first, person=three[0])
    assert on_duty("scjg").state == "on_time"
    now.advance(hours=9)
    services.hand_over(first, person=three[0], note="两件待回复")
    now.advance(hours=2)
    duty = on_duty("scjg")
    assert (duty.officer, duty.also) == (three[1], three[0])
    assert handing_of(three[1]).note == "两件待回复"
    services.accept_shift(second, person=three[1])
    duty = on_duty("scjg")
    assert (duty.officer, duty.also, duty.state) == (three[1], None, "on_time")


def test_a_shift_is_left_and_taken_by_its_officer_only(three, now):
    first, second, *_ = plan(three)
    for wrong in (
        lambda: services.hand_over(first, person=three[1], note=""),
        lambda: services.accept_shift(first, person=three[1]),
        lambda: services.accept_shift(second, person=three[1]),
        lambda: services.hand_over(second, person=three[1], note=""),
    ):
        with pytest.raises(HandoverError):
            wrong()
    services.accept_shift(first, person=three[0])
    with pytest.raises(HandoverError):
        services.accept_shift(first, person=three[0])


def test_substitution_changes_one_shift_and_says_why(three, outsider, now):
    first, *_ = plan(three)
    services.substitute(first, three[2], actor=HELI, reason="病假")
    assert on_duty("scjg").officer == three[2]
    row = Shift.objects.get(pk=first.pk)
    assert row.planned == three[0]
    with pytest.raises(NotOnDutyError):
        services.substitute(first, outsider, actor=HELI, reason="x")
    record_absence(three[1], clock.today(), clock.today(), actor=HELI)
    with pytest.raises(NotOnDutyError):
        services.substitute(first, three[1], actor=HELI, reason="x")
    now.advance(days=3)
    with pytest.raises(HandoverError):
        services.substitute(first, three[1], actor=HELI, reason="x")
