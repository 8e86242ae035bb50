"""Roles and separation of duty (三员分立)."""

import itertools

import pytest

from heli.kernel.permissions import ADMINISTRATORS, DeniedError, Role
from heli.ledger.models import Fact
from heli.organisation import policy, services
from heli.organisation.errors import RolesTogetherError, UnknownRoleError
from heli.organisation.models import Person, RoleGrant


def test_the_security_administrator_grants_and_takes_a_role(security_admin, outsider):
    services.grant_role(outsider.pk, Role.ARBITRATOR, by=security_admin)
    outsider.refresh_from_db()
    assert Role.ARBITRATOR in outsider.roles
    fact = Fact.objects.get(verb="organisation.role.granted", actor=f"person:{security_admin.pk}")
    assert fact.data == {"person": outsider.pk, "role": "arbitrator"}
    assert fact.subject == f"organisation.person:{outsider.pk}"

    services.revoke_role(outsider.pk, Role.ARBITRATOR, by=security_admin)
    outsider.refresh_from_db()
    assert Role.ARBITRATOR not in outsider.roles
    grant = RoleGrant.objects.get(person=outsider, role="arbitrator")
    assert grant.revoked_by == security_admin


OTHERS = sorted(set(Role) - ADMINISTRATORS - {Role.APPLICANT})
APART = [
    *itertools.permutations(sorted(ADMINISTRATORS), 2),
    *itertools.product(sorted(ADMINISTRATORS), OTHERS),
    *itertools.product(OTHERS, sorted(ADMINISTRATORS)),
]


@pytest.mark.parametrize(("held", "asked"), APART)
def test_an_administrator_holds_no_other_role(make_person, security_admin, held, asked):
    person = make_person("somebody", held, department="sjj")
    with pytest.raises(DeniedError) as caught:
        services.grant_role(person.pk, asked, by=security_admin)
    assert caught.value.figures["ground"] == "separation_of_duty"
    person.refresh_from_db()
    assert person.roles == {held}
    assert not Fact.objects.filter(
        verb="organisation.role.granted", data__role=asked, data__person=person.pk
    ).exists()


def test_nobody_is_taken_on_with_roles_that_stay_apart(make_person):
    with pytest.raises(RolesTogetherError, match="leader, system_admin"):
        make_person("both", Role.SYSTEM_ADMIN, Role.LEADER, department="sjj")
    assert not Person.objects.filter(username="both").exists()
    assert make_person("desk", Role.OFFICER, Role.AMBASSADOR, department="zwzx").pk


def test_nobody_grants_or_takes_their_own_roles(security_admin):
    assert policy.may_grant_role(security_admin, security_admin, Role.LEADER).code == "own_role"
    decision = policy.may_revoke_role(security_admin, security_admin, Role.SECURITY_ADMIN)
    assert decision.code == "own_role"


@pytest.mark.parametrize(
    "persona",
    ["owner", "head", "leader", "steward", "auditor", "system_admin", "applicant", "ambassador"],
)
def test_everybody_else_may_not_grant(request, outsider, persona):
    person = request.getfixturevalue(persona)
    decision = policy.may_grant_role(person, outsider, Role.ARBITRATOR)
    assert (decision.allowed, decision.code) == (False, "not_security_admin")
    assert decision.reason


def test_an_official_role_needs_a_department(security_admin, applicant):
    decision = policy.may_grant_role(security_admin, applicant, Role.OFFICER)
    assert decision.code == "no_department"


def test_a_closed_account_gets_no_role(security_admin, system_admin, outsider):
    services.set_active(outsider.pk, False, by=system_admin)
    outsider.refresh_from_db()
    assert policy.may_grant_role(security_admin, outsider, Role.LEADER).code == "inactive"


def test_an_unknown_role_is_named():
    with pytest.raises(UnknownRoleError) as caught:
        services.role_of("king")
    assert "king" in caught.value.detail()
    assert "security_admin" in caught.value.advice()
