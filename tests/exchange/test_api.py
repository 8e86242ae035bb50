"""The REST interface of the exchange."""

import datetime as dt

import pytest

from heli.engines.contracts import parse_contract
from heli.exchange import errors, services
from heli.exchange.models import Grant
from heli.kernel import clock
from heli.kernel.actor import HELI, Actor
from heli.kernel.permissions import Role
from heli.organisation.services import NewPerson, create_person

API = "/api/v1/exchange"


@pytest.fixture
def sign_in(exchange_city, client):
    def make(role, department=""):
        person = create_person(
            NewPerson(f"api-{role}-{department}", "演示人员", "Demo person",
                      department=department, roles=frozenset({role})),
            actor=HELI,
        )  # fmt: skip
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return make


def test_the_catalogue_is_paged_by_cursor(sign_in):
    officer = sign_in(Role.OFFICER, "scjg")
    seen, cursor = [], ""
    while True:
        page = officer.get(f"{API}/resources", {"limit": 4, "cursor": cursor}).json()
        seen += [item["address"] for item in page["items"]]
        cursor = page["next"]
        if not cursor:
            break
    assert len(seen) == len(set(seen)) == 10
    assert seen == sorted(seen)
    bad = officer.get(f"{API}/resources", {"cursor": "rubbish"})
    assert (bad.status_code, bad.json()["code"]) == (422, "input.cursor")


def test_a_contract_is_given_out_as_it_was_published(sign_in):
    answer = sign_in(Role.OFFICER, "scjg").get(f"{API}/resources/gaj/residents").json()
    assert parse_contract(answer["contract"]).id == "gaj/residents"
    missing = sign_in(Role.HEAD, "scjg").get(f"{API}/resources/gaj/nothing")
    assert (missing.status_code, missing.json()["code"]) == (404, "exchange.unknown_resource")


@pytest.mark.parametrize("path", ["/resources", "/resources/gaj/residents", "/accesses"])
def test_visitors_and_applicants_are_refused(sign_in, client, path):
    assert client.get(API + path).status_code == 401
    assert sign_in(Role.APPLICANT).get(API + path).status_code == 403


def _body(**change):
    return {
        "consumer": "jyj",
        "purpose": "enrolment",
        "purpose_zh": "办理入学",
        "legal_basis": "《中华人民共和国义务教育法》第十二条",
        "policy": {"fields": [{"field": "name"}]},
        "expires_at": (clock.now() + dt.timedelta(days=30)).isoformat(),
    } | change


def _post(client, path, body, key=""):
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(API + path, body, content_type="application/json", headers=headers)


def test_a_grant_is_given_once_per_idempotency_key_and_revoked(sign_in):
    steward = sign_in(Role.STEWARD, "gaj")
    body = _body()
    first = _post(steward, "/resources/gaj/residents/grants", body, "k1")
    again = _post(steward, "/resources/gaj/residents/grants", body, "k1")
    assert first.status_code == again.status_code == 201
    assert first.json()["id"] == again.json()["id"]
    assert Grant.objects.filter(consumer="jyj").count() == 1
    other = _post(steward, "/resources/gaj/residents/grants", body)
    assert (other.status_code, other.json()["code"]) == (409, "exchange.grant_exists")
    path = f"/grants/{first.json()['id']}/revoke"
    assert _post(steward, path, {"reason": " "}).status_code == 422
    assert _post(steward, path, {"reason": "结束"}).json()["revoked_because"] == "结束"
    assert _post(steward, path, {"reason": "结束"}).status_code == 404


def test_only_the_source_department_grants(sign_in):
    stranger = sign_in(Role.STEWARD, "jyj")
    assert _post(stranger, "/resources/gaj/residents/grants", _body()).status_code == 403
    officer = sign_in(Role.OFFICER, "gaj")
    assert _post(officer, "/resources/gaj/residents/grants", _body()).status_code == 403
    assert not Grant.objects.filter(consumer="jyj").exists()


def test_the_access_log_shows_each_side_its_own(sign_in, matters, persona):
    number = persona[0].resident_id
    matters.add("LJ-1", departments=["scjg"], subjects=[("person", number)])
    ask = {"actor": Actor("person", "7", "scjg"), "resource": "gaj/residents",
           "subject": ("person", number), "purpose": "restaurant"}  # fmt: skip
    for _ in range(3):
        services.lookup(matter="LJ-1", **ask)
    with pytest.raises(errors.NoTaskError):
        services.lookup(matter="LJ-2", **ask)
    for role, department, count in [
        (Role.STEWARD, "gaj", 4),
        (Role.STEWARD, "scjg", 4),
        (Role.STEWARD, "jyj", 0),
        (Role.AUDIT_ADMIN, "szf", 4),
    ]:
        page = sign_in(role, department).get(f"{API}/accesses").json()
        assert len(page["items"]) == count
    watcher = sign_in(Role.SUPERVISOR, "szf")
    denied = watcher.get(f"{API}/accesses", {"answered": "false"}).json()["items"]
    assert [item["reason"] for item in denied] == ["exchange.matter_unknown"]
    caller = sign_in(Role.HEAD, "scjg")
    own = caller.get(f"{API}/accesses", {"answered": "false"}).json()["items"]
    assert [item["reason"] for item in own] == ["exchange.no_task"]
    first = watcher.get(f"{API}/accesses", {"limit": 3}).json()
    rest = watcher.get(f"{API}/accesses", {"limit": 3, "cursor": first["next"]}).json()
    facts = [item["fact"] for item in first["items"] + rest["items"]]
    assert len(set(facts)) == 4
    assert rest["next"] is None
