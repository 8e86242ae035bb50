"""The REST interface of the organisation room."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.test import Client

from heli.kernel.permissions import Role
from heli.organisation.models import Department, System

BASE = "/api/v1/organisation"


def public() -> str:
    key = Ed25519PrivateKey.generate().public_key()
    return base64.b64encode(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


def post(client, path, body, **headers):
    return client.post(BASE + path, body, content_type="application/json", headers=headers)


def walk(client, path):
    """All items of a list, page by page."""
    items, cursor = [], None
    while True:
        page = client.get(BASE + path, {"limit": 2, **({"cursor": cursor} if cursor else {})})
        assert page.status_code == 200
        items += page.json()["items"]
        cursor = page.json()["next"]
        if cursor is None:
            return items


def test_who_calls(client, owner):
    assert client.get(BASE + "/me").status_code == 401
    client.force_login(owner)
    answer = client.get(BASE + "/me").json()
    assert (answer["kind"], answer["department"], answer["roles"]) == (
        "person",
        "xfjy",
        ["officer"],
    )


def test_lists_are_paged_by_cursor(client, owner, partner, outsider, applicant, city):
    client.force_login(owner)
    assert [item["code"] for item in walk(client, "/departments")] == sorted(city)
    people = [item["username"] for item in walk(client, "/people")]
    assert people == ["owner", "partner", "outsider"]
    found = client.get(BASE + "/people", {"competence": "food.permit"}).json()["items"]
    assert [item["username"] for item in found] == ["partner"]


@pytest.mark.parametrize("path", ["/people", "/absences", "/systems", "/departments"])
def test_a_cursor_from_nowhere_is_refused(client, owner, path):
    client.force_login(owner)
    for cursor in ("x", "W10", "eyJhIjoxfQ"):
        answer = client.get(BASE + path, {"cursor": cursor})
        assert (answer.status_code, answer.json()["code"]) == (422, "input.cursor")
    if path != "/departments":
        assert client.get(BASE + path, {"cursor": "WyJub3BlIl0"}).status_code == 422


@pytest.mark.parametrize("path", ["/people/999999", "/departments/none"])
def test_what_is_not_there_is_a_problem(client, owner, path):
    client.force_login(owner)
    answer = client.get(BASE + path)
    assert answer.status_code == 404
    assert answer.json()["code"].startswith("organisation.unknown_")


def test_applicants_do_not_list_officials(client, applicant):
    client.force_login(applicant)
    for path in ("/people", "/absences", "/systems"):
        assert client.get(BASE + path).status_code == 403
    assert client.get(BASE + "/departments").status_code == 200


def test_a_repeated_request_has_one_effect(client, system_admin):
    client.force_login(system_admin)
    body = {"code": "shj", "name_zh": "审计局", "parent": "szf"}
    first = post(client, "/departments", body, idempotency_key="k-1")
    again = post(client, "/departments", body, idempotency_key="k-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert Department.objects.filter(code="shj").count() == 1
    assert post(client, "/departments", body).status_code == 409


def test_roles_over_rest_keep_the_separation(client, security_admin, owner, system_admin):
    client.force_login(security_admin)
    answer = post(client, f"/people/{owner.pk}/roles", {"role": "arbitrator"})
    assert answer.json() == ["arbitrator", "officer"]
    answer = client.delete(f"{BASE}/people/{owner.pk}/roles/arbitrator")
    assert answer.json() == ["officer"]
    denied = post(client, f"/people/{system_admin.pk}/roles", {"role": "audit_admin"})
    assert (denied.status_code, denied.json()["code"]) == (403, "denied")
    system_admin.refresh_from_db()
    assert system_admin.roles == {Role.SYSTEM_ADMIN}


def test_absences_over_rest(client, owner, partner):
    client.force_login(owner)
    body = {"person": owner.pk, "starts_on": "2026-12-01", "ends_on": "2026-12-02"}
    made = post(client, "/absences", body)
    assert made.status_code == 201
    assert post(client, "/absences", body).status_code == 409
    client.force_login(partner)
    assert post(client, "/absences", body).status_code == 403
    assert client.delete(f"{BASE}/absences/{made.json()['id']}").status_code == 403
    client.force_login(owner)
    assert client.delete(f"{BASE}/absences/{made.json()['id']}").json()["cancelled"]
    assert client.delete(f"{BASE}/absences/0").status_code == 404


def test_systems_over_rest(client, security_admin, system_admin):
    client.force_login(system_admin)
    body = {"department": "scjg", "name_zh": "审批系统", "public_key": public()}
    assert post(client, "/systems", body).status_code == 403
    client.force_login(security_admin)
    made = post(client, "/systems", body).json()
    assert made["keys"][0]["public_key"] == body["public_key"]
    rotated = post(client, f"/systems/{made['id']}/keys", {"public_key": public()}).json()
    assert sorted(key["state"] for key in rotated["keys"]) == ["valid", "valid"]
    client.delete(f"{BASE}/keys/{made['keys'][0]['key_id']}")
    states = {key.revoked_at is None for key in System.objects.get().keys.all()}
    assert states == {True, False}
    assert post(client, "/systems", {**body, "public_key": "x"}).status_code == 422
    assert post(client, f"/systems/{made['keys'][0]['key_id']}/keys", body).status_code == 422


def test_a_session_alone_does_not_write(system_admin):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(system_admin)
    body = {"code": "shj", "name_zh": "审计局"}
    answer = post(strict, "/departments", body)
    assert (answer.status_code, answer.json()["code"]) == (403, "csrf")
    assert not Department.objects.filter(code="shj").exists()
    strict.get("/account/")
    token = strict.cookies["csrftoken"].value
    assert post(strict, "/departments", body, x_csrftoken=token).status_code == 201
