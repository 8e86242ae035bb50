"""Who opens data, on pages and over REST."""

import pytest
from django.urls import reverse
from tests.openness.conftest import BEDS, terms

from heli.kernel.actor import HELI
from heli.kernel.permissions import Role
from heli.openness.models import Publication
from heli.organisation.services import NewPerson, create_person


@pytest.fixture
def sign_in(exchange_city, client):
    def make(*roles, department=""):
        person = create_person(
            NewPerson(f"p{department}{'-'.join(roles)}", "演示人员", "Demo person",
                      department=department, roles=frozenset(roles)),
            actor=HELI,
        )  # fmt: skip
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return make


NEW = ("openness:publish", ["wjw", "hospital_beds", "records"])


@pytest.mark.parametrize(
    ("roles", "department", "status"),
    [
        ((Role.STEWARD,), "wjw", 200),
        ((Role.STEWARD,), "gaj", 403),
        ((Role.OFFICER,), "wjw", 403),
        ((Role.HEAD,), "wjw", 403),
        ((Role.AUDIT_ADMIN,), "szf", 403),
        ((Role.APPLICANT,), "", 403),
    ],
)
def test_only_the_stewards_of_the_source_open(sign_in, roles, department, status):
    client = sign_in(*roles, department=department)
    assert client.get(reverse(NEW[0], args=NEW[1])).status_code == status
    sent = client.post("/api/v1/openness/datasets", body(), content_type="application/json")
    assert sent.status_code == (201 if status == 200 else status)


def body(**more):
    given = {name: getattr(terms(), name) for name in type(terms()).__dataclass_fields__}
    given["keywords"] = list(given["keywords"])
    return given | {
        "resource": "wjw/hospital_beds", "slug": "beds", "kind": "records", "rules": BEDS
    } | more  # fmt: skip


VALUES = {
    "title_zh": "医院床位", "slug": "beds", "description_zh": "各医院的床位。", "theme": "health",
    "update_cycle": "daily", "licence": "CC-BY-4.0", "contact_name": "数据管理员",
    "contact_email": "data@wjw.example", "legal_basis": "《政府信息公开条例》第十九条",
    "field_name": "clear", "field_beds": "clear", "field_occupied": "bucket:50",
}  # fmt: skip


def test_a_resource_is_chosen_described_checked_and_opened(sign_in):
    client = sign_in(Role.STEWARD, department="wjw")
    assert "医院床位信息" in client.get(reverse("openness:choose")).text
    url = reverse(NEW[0], args=NEW[1])
    check = client.post(url, VALUES)
    assert "各医院的床位。" in check.text
    assert not Publication.objects.exists()
    assert "各医院的床位。" in client.post(url, VALUES | {"edit": "1"}).text
    done = client.post(url, VALUES | {"confirm": "1"}, follow=True)
    row = Publication.objects.get()
    assert done.redirect_chain[-1][0] == reverse("openness:publication", args=[row.pk])
    assert row.rules["fields"][-1] == {"field": "occupied", "mask": "bucket", "width": 50}
    changed = client.get(reverse("openness:change", args=[row.pk]))
    assert "bucket:50" in changed.text
    fewer = VALUES | {"field_occupied": "", "confirm": "1"}
    client.post(reverse("openness:change", args=[row.pk]), fewer)
    row.refresh_from_db()
    assert row.version == 2
    assert "occupied" not in str(row.rules)
    client.post(reverse("openness:publication", args=[row.pk]), {"reason": "重复"})
    row.refresh_from_db()
    assert row.withdrawn_because == "重复"


@pytest.mark.parametrize(
    "change",
    [{"title_zh": ""}, {"slug": "a b"}, {"field_occupied": "clear"}, {"contact_email": "x"},
     {"field_name": "", "field_beds": "", "field_occupied": "", "confirm": "1"}],
)  # fmt: skip
def test_a_bad_decision_is_refused_and_what_was_typed_stays(sign_in, change):
    client = sign_in(Role.STEWARD, department="wjw")
    page = client.post(reverse(NEW[0], args=NEW[1]), VALUES | {"confirm": "1"} | change)
    assert page.status_code == 422
    assert "各医院的床位。" in page.text
    assert not Publication.objects.exists()


def test_over_rest_it_is_opened_changed_and_closed(sign_in, client):
    steward = sign_in(Role.STEWARD, department="wjw")
    key = {"Idempotency-Key": "k1"}
    for _ in range(2):
        sent = steward.post("/api/v1/openness/datasets", body(), content_type="application/json",
                            headers=key)  # fmt: skip
        assert sent.status_code == 201
    assert Publication.objects.count() == 1
    change = {key: value for key, value in body(title_zh="床位").items()
              if key not in {"resource", "slug", "kind"}}  # fmt: skip
    put = steward.put("/api/v1/openness/datasets/beds", change, content_type="application/json")
    assert put.json()["title_zh"] == "床位"
    assert client.get("/api/v1/openness/datasets").json()["items"][0]["slug"] == "beds"
    assert client.get("/api/v1/openness/datasets/beds").json()["columns"][0]["name"]
    closed = steward.post("/api/v1/openness/datasets/beds/withdraw", {"reason": "重复"},
                          content_type="application/json")  # fmt: skip
    assert closed.status_code == 204
    assert client.get("/api/v1/openness/datasets/beds").status_code == 404


def test_a_refusal_over_rest_names_the_field_and_the_remedy(sign_in):
    steward = sign_in(Role.STEWARD, department="wjw")
    wrong = body(rules={"fields": [{"field": "occupied"}]})
    sent = steward.post("/api/v1/openness/datasets", wrong, content_type="application/json",
                        headers={"accept-language": "en"})  # fmt: skip
    assert sent.status_code == 422
    assert sent.json()["code"] == "openness.refused"
    assert "occupied" in sent.json()["detail"]


def test_the_list_of_openings_is_for_staff(sign_in, client):
    assert client.get(reverse("openness:publications")).status_code == 302
    assert sign_in(Role.OFFICER, department="gaj").get(
        reverse("openness:publications")
    ).status_code == 200  # fmt: skip
