"""Absences, and who can be given work."""

import datetime as dt

import pytest

from heli.kernel import clock
from heli.kernel.permissions import Role
from heli.ledger.models import Fact
from heli.organisation import policy, selectors, services
from heli.organisation.errors import AbsenceOrderError, AbsenceOverlapError, SubstituteError

MONDAY = dt.date(2026, 11, 23)
NOON = dt.datetime(2026, 11, 23, 12, tzinfo=clock.SHANGHAI)


@pytest.fixture
def colleague(make_person):
    return make_person("colleague", Role.OFFICER, department="xfjy")


def officers(competence="fire.inspection", at=NOON):
    return [officer.id for officer in selectors.officers_of("xfjy", competence, at)]


def test_officers_hold_the_competence_and_serve_in_the_department(owner, colleague, partner, head):
    assert officers() == [owner.pk]
    assert officers("") == [owner.pk, colleague.pk]
    assert officers("food.permit") == []


def test_the_substitute_takes_the_work_of_an_absent_officer(owner, colleague):
    services.record_absence(owner, MONDAY, MONDAY, actor=owner.actor, substitute=colleague)
    (officer,) = selectors.officers_of("xfjy", "fire.inspection", NOON)
    assert (officer.id, officer.stands_in_for) == (colleague.pk, (owner.pk,))
    assert officers(at=NOON + dt.timedelta(days=1)) == [owner.pk]


def test_days_are_counted_in_shanghai(owner):
    services.record_absence(owner, MONDAY, MONDAY, actor=owner.actor)
    assert officers(at=dt.datetime(2026, 11, 22, 15, 59, tzinfo=dt.UTC)) == [owner.pk]
    assert officers(at=dt.datetime(2026, 11, 22, 16, 0, tzinfo=dt.UTC)) == []
    assert officers(at=dt.datetime(2026, 11, 23, 15, 59, tzinfo=dt.UTC)) == []
    assert officers(at=dt.datetime(2026, 11, 23, 16, 0, tzinfo=dt.UTC)) == [owner.pk]
    with clock.frozen(NOON):
        assert selectors.is_away(owner.pk)


def test_without_a_present_substitute_nobody_is_left(owner, colleague):
    services.record_absence(owner, MONDAY, MONDAY, actor=owner.actor, substitute=colleague)
    services.record_absence(colleague, MONDAY, MONDAY, actor=colleague.actor)
    assert officers() == []


def test_a_closed_account_gets_no_work(owner, system_admin):
    services.set_active(owner.pk, False, by=system_admin)
    assert officers() == []


def test_calling_an_absence_off_brings_the_person_back_once(owner):
    absence = services.record_absence(owner, MONDAY, MONDAY, actor=owner.actor)
    services.cancel_absence(absence, actor=owner.actor)
    services.cancel_absence(absence, actor=owner.actor)
    assert officers() == [owner.pk]
    assert Fact.objects.filter(verb="organisation.absence.cancelled").count() == 1


def test_an_absence_does_not_end_before_it_begins(owner):
    with pytest.raises(AbsenceOrderError, match="2026-11-22"):
        services.record_absence(owner, MONDAY, MONDAY - dt.timedelta(days=1), actor=owner.actor)


def test_absences_do_not_overlap(owner):
    services.record_absence(owner, MONDAY, MONDAY + dt.timedelta(days=4), actor=owner.actor)
    with pytest.raises(AbsenceOverlapError):
        services.record_absence(
            owner,
            MONDAY + dt.timedelta(days=4),
            MONDAY + dt.timedelta(days=6),
            actor=owner.actor,
        )
    assert owner.absences.count() == 1


@pytest.mark.parametrize("who", ["owner", "partner", "away", "closed"])
def test_who_cannot_stand_in(request, owner, colleague, partner, system_admin, who):
    if who == "away":
        services.record_absence(colleague, MONDAY, MONDAY, actor=colleague.actor)
    if who == "closed":
        services.set_active(colleague.pk, False, by=system_admin)
        colleague.refresh_from_db()
    substitute = {"owner": owner, "partner": partner}.get(who, colleague)
    with pytest.raises(SubstituteError) as caught:
        services.record_absence(owner, MONDAY, MONDAY, actor=owner.actor, substitute=substitute)
    assert caught.value.field == "substitute"
    assert not owner.absences.exists()


def test_who_may_record_an_absence(owner, head, partner, leader, system_admin, auditor):
    allowed = {
        person.username: policy.may_record_absence(person, owner).code
        for person in (owner, head, partner, leader, system_admin, auditor)
    }
    assert allowed == {
        "owner": "self",
        "head": "own_head",
        "partner": "not_own_absence",
        "leader": "not_own_absence",
        "system_admin": "system_admin",
        "auditor": "not_own_absence",
    }
