"""Accounts of the three administrators (三员分立): nobody changes one alone."""

import itertools

import pytest
from django.db import connection
from django.urls import reverse
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from heli.kernel.permissions import ADMINISTRATORS, DeniedError, Role
from heli.ledger.models import Fact
from heli.organisation import policy, services
from heli.organisation.errors import (
    ChangeAskedError,
    NothingToChangeError,
    UnknownChangeError,
)
from heli.organisation.models import AccountChange

Kind = AccountChange.Kind
ALONE = ["person_password", "person_second_step", "person_active"]


@pytest.fixture
def three(system_admin, security_admin, auditor):
    return {
        Role.SYSTEM_ADMIN: system_admin,
        Role.SECURITY_ADMIN: security_admin,
        Role.AUDIT_ADMIN: auditor,
    }


@pytest.fixture
def enrol():
    def enrol(person):
        codes = services.confirm_second_step(person, services.begin_second_step(person))
        assert codes
        return person

    return enrol


def verbs(person):
    rows = Fact.objects.filter(subject=f"organisation.person:{person.pk}", verb__contains="account")
    return [(row.verb.rpartition(".")[2], row.actor) for row in rows.order_by("pk")]


def act(person):
    return f"person:{person.pk}"


@pytest.mark.parametrize("role", sorted(ADMINISTRATORS))
@pytest.mark.parametrize("page", ALONE)
def test_the_system_administrator_changes_no_administrators_account_alone(
    client, make_person, system_admin, enrol, role, page
):
    target = enrol(make_person("target", role, department="sjj"))
    target.set_password("the present pass phrase")
    target.save()
    before = Fact.objects.count()
    client.force_login(system_admin)
    address = reverse(f"organisation:{page}", args=[target.pk])
    answer = client.post(address, {"active": "0"}, headers={"accept-language": "en"})
    assert answer.status_code == 403
    assert "two administrators together" in answer.content.decode()
    target.refresh_from_db()
    assert target.is_active
    assert target.check_password("the present pass phrase")
    assert TOTPDevice.objects.filter(user=target, confirmed=True).exists()
    assert Fact.objects.count() == before


@pytest.mark.parametrize("page", ALONE)
def test_nobody_administers_their_own_account(client, system_admin, page):
    client.force_login(system_admin)
    address = reverse(f"organisation:{page}", args=[system_admin.pk])
    assert client.post(address, {"active": "0"}).status_code == 403
    assert policy.may_change_account(system_admin, system_admin).code == "own_account"
    assert policy.may_edit_person(system_admin, system_admin).code == "own_account"
    assert policy.may_ask_change(system_admin, system_admin).code == "own_account"


@pytest.mark.parametrize(
    "persona", ["owner", "head", "leader", "supervisor", "security_admin", "auditor", "applicant"]
)
def test_others_change_no_account(request, outsider, persona):
    person = request.getfixturevalue(persona)
    assert policy.may_change_account(person, outsider).code == "not_system_admin"
    with pytest.raises(DeniedError):
        services.reset_password(outsider.pk, by=person)


@pytest.mark.parametrize("persona", ["owner", "head", "leader", "supervisor", "applicant"])
def test_only_administrators_ask_or_confirm(client, request, persona, auditor, system_admin):
    change = services.ask_change(auditor.pk, Kind.PASSWORD, by=system_admin)
    client.force_login(request.getfixturevalue(persona))
    for address in (
        reverse("organisation:change_ask", args=[auditor.pk]),
        reverse("organisation:change_confirm", args=[change.pk]),
        reverse("organisation:change_decline", args=[change.pk]),
    ):
        assert client.post(address, {"change": "close"}).status_code == 403
    assert client.get(reverse("organisation:changes")).status_code == 403
    assert not AccountChange.objects.exclude(settled_at=None).exists()
    assert AccountChange.objects.count() == 1


@pytest.mark.parametrize(
    ("target", "asker", "confirmer"), list(itertools.permutations(sorted(ADMINISTRATORS)))
)
def test_two_of_different_kinds_reset_the_password_of_the_third(
    client, three, target, asker, confirmer
):
    of, asks, confirms = three[target], three[asker], three[confirmer]
    client.force_login(asks)
    asked = client.post(
        reverse("organisation:change_ask", args=[of.pk]), {"change": "password"}, follow=True
    )
    assert asked.status_code == 200
    of.refresh_from_db()
    assert not of.must_change_password, "nothing is changed by asking"
    change = AccountChange.objects.get()
    address = reverse("organisation:change_confirm", args=[change.pk])
    assert client.post(address).status_code == 403, "who asked does not confirm"
    client.force_login(of)
    assert client.post(address).status_code == 403, "nor does the one concerned"
    client.force_login(confirms)
    shown = client.post(address)
    of.refresh_from_db()
    assert of.check_password(shown.context["password"])
    assert of.must_change_password
    assert "no-store" in shown.headers["Cache-Control"]
    assert verbs(of) == [
        ("change_asked", act(asks)),
        ("change_confirmed", act(confirms)),
        ("password_reset", act(confirms)),
    ]
    fact = Fact.objects.get(verb="organisation.account.change_confirmed")
    assert fact.data == {"person": of.pk, "change": "password", "asked_by": asks.pk}
    client.force_login(asks)
    assert client.post(address).status_code == 404, "once only"
    page = client.get(reverse("organisation:person", args=[of.pk])).content.decode()
    assert shown.context["password"] not in page


def test_a_second_administrator_of_the_same_kind_does_not_confirm(
    make_person, system_admin, auditor
):
    twin = make_person("twin", Role.SYSTEM_ADMIN, department="sjj")
    change = services.ask_change(auditor.pk, Kind.CLOSE, by=system_admin)
    assert policy.may_confirm_change(twin, change).code == "same_kind"
    with pytest.raises(DeniedError):
        services.confirm_change(change.pk, by=twin)
    auditor.refresh_from_db()
    assert auditor.is_active


def test_what_somebody_asked_falls_with_their_role(make_person, three):
    system_admin, security_admin, auditor = three.values()
    other = make_person("other", Role.SECURITY_ADMIN, department="sjj")
    change = services.ask_change(auditor.pk, Kind.CLOSE, by=system_admin)
    services.revoke_role(system_admin.pk, Role.SYSTEM_ADMIN, by=security_admin)
    with pytest.raises(DeniedError) as caught:
        services.confirm_change(change.pk, by=other)
    assert caught.value.figures["ground"] == "asker_gone"


def test_a_lost_second_step_is_removed_by_two(three, enrol):
    system_admin, security_admin, auditor = three.values()
    with pytest.raises(NothingToChangeError):
        services.ask_change(security_admin.pk, Kind.SECOND_STEP, by=system_admin)
    enrol(security_admin)
    change = services.ask_change(security_admin.pk, Kind.SECOND_STEP, by=system_admin)
    assert TOTPDevice.objects.filter(user=security_admin, confirmed=True).exists()
    assert services.confirm_change(change.pk, by=auditor) == ""
    assert not TOTPDevice.objects.filter(user=security_admin).exists()
    assert not StaticToken.objects.filter(device__user=security_admin).exists()
    assert verbs(security_admin)[-1] == ("second_step_removed", act(auditor))


def test_an_administrators_account_is_closed_and_reopened_by_two(three):
    system_admin, security_admin, auditor = three.values()
    close = services.ask_change(auditor.pk, Kind.CLOSE, by=system_admin)
    services.confirm_change(close.pk, by=security_admin)
    auditor.refresh_from_db()
    assert not auditor.is_active
    with pytest.raises(DeniedError):
        services.set_active(auditor.pk, True, by=system_admin)
    with pytest.raises(NothingToChangeError):
        services.ask_change(auditor.pk, Kind.PASSWORD, by=system_admin)
    reopen = services.ask_change(auditor.pk, Kind.REOPEN, by=security_admin)
    services.confirm_change(reopen.pk, by=system_admin)
    auditor.refresh_from_db()
    assert auditor.is_active


def test_the_one_concerned_declines_what_was_not_wanted(client, three):
    system_admin, security_admin, auditor = three.values()
    change = services.ask_change(security_admin.pk, Kind.PASSWORD, by=system_admin)
    client.force_login(security_admin)
    page = client.get(reverse("organisation:person", args=[security_admin.pk]))
    decline = reverse("organisation:change_decline", args=[change.pk])
    assert decline in page.content.decode()
    assert client.post(decline).status_code == 302
    with pytest.raises(UnknownChangeError):
        services.confirm_change(change.pk, by=auditor)
    assert verbs(security_admin)[-1] == ("change_declined", act(security_admin))
    assert services.ask_change(security_admin.pk, Kind.PASSWORD, by=system_admin).pk


def test_the_same_is_asked_once(three):
    system_admin, security_admin, auditor = three.values()
    services.ask_change(auditor.pk, Kind.CLOSE, by=system_admin)
    with pytest.raises(ChangeAskedError):
        services.ask_change(auditor.pk, Kind.CLOSE, by=security_admin)
    assert not connection.needs_rollback


def test_an_unknown_change_is_refused(client, system_admin, auditor):
    client.force_login(system_admin)
    address = reverse("organisation:change_ask", args=[auditor.pk])
    assert client.post(address, {"change": "promote"}).status_code == 422


def test_for_everybody_else_nobody_else_is_asked(system_admin, outsider):
    decision = policy.may_ask_change(system_admin, outsider)
    assert decision.code == "no_administrator"


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_requests_are_listed_for_the_administrators(client, three, language):
    system_admin, _security_admin, auditor = three.values()
    services.ask_change(auditor.pk, Kind.PASSWORD, by=system_admin)
    for person in three.values():
        client.force_login(person)
        page = client.get(reverse("organisation:changes"), headers={"accept-language": language})
        assert page.status_code == 200
        person_page = reverse("organisation:person", args=[auditor.pk])
        assert person_page in page.content.decode()
        shown = client.get(person_page, headers={"accept-language": language}).content.decode()
        assert ("change_confirm" in shown) is False
        confirms = "/confirm/" in shown
        assert confirms == (person == _security_admin)


def test_the_trail_tells_who_asked_and_who_confirmed(client, three):
    system_admin, security_admin, auditor = three.values()
    change = services.ask_change(security_admin.pk, Kind.PASSWORD, by=system_admin)
    services.confirm_change(change.pk, by=auditor)
    client.force_login(auditor)
    text = client.get(
        reverse("organisation:trail"), headers={"accept-language": "en"}
    ).content.decode()
    assert "Asked for the account of the administrator Demo security_admin: a new password" in text
    assert "Confirmed for the account of the administrator Demo security_admin" in text


def test_the_system_administrator_removes_a_lost_second_step(client, owner, system_admin, enrol):
    enrol(owner)
    client.force_login(system_admin)
    address = reverse("organisation:person_second_step", args=[owner.pk])
    assert address in client.get(reverse("organisation:person", args=[owner.pk])).content.decode()
    assert client.post(address).status_code == 302
    assert not TOTPDevice.objects.filter(user=owner).exists()
    assert not StaticToken.objects.filter(device__user=owner).exists()
    assert verbs(owner)[-1] == ("second_step_removed", act(system_admin))
    assert (
        address not in client.get(reverse("organisation:person", args=[owner.pk])).content.decode()
    )
