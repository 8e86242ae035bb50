"""Emergency access: it works, it is told, it is answered for; and the same over REST and pages."""

import json
from types import SimpleNamespace

import pytest
from tests.exchange.conftest import NOW

from heli.clocks.polling import poll
from heli.errors import HeliError
from heli.exchange import services
from heli.exchange.connectors.parquet import ParquetConnector
from heli.exchange.errors import SourceUnavailableError
from heli.exchange.models import Access, Override, Resource
from heli.exchange.services import response_hash
from heli.kernel import clock
from heli.kernel.actor import HELI
from heli.kernel.permissions import Role
from heli.ledger.models import Fact
from heli.organisation import services as organisation
from heli.organisation.services import NewPerson

REASON = "火灾现场伤员昏迷，需联系家属"


@pytest.fixture
def now():
    with clock.frozen(NOW) as frozen:
        yield frozen


def person(name, department, *roles, competences=()):
    return organisation.create_person(
        NewPerson(
            name, f"演示{name}", f"Demo {name}", department=department,
            roles=frozenset(roles), competences=competences,
        ),
        actor=HELI,
    )  # fmt: skip


@pytest.fixture
def scene(now, exchange_city, persona):
    residents = Resource.objects.get(name="residents")
    rule = services.allow_emergency(
        actor=HELI,
        resource=residents,
        department="wjw",
        document={"fields": [{"field": "name"}, {"field": "mobile"}]},
        legal_basis="《突发事件应对法》第五十四条",
    )
    return SimpleNamespace(
        residents=residents,
        rule=rule,
        number=persona[0].resident_id,
        officer=person("e1", "wjw", Role.OFFICER, competences=("data.emergency",)),
        other=person("e2", "wjw", Role.OFFICER),
        steward=person("s1", "gaj", Role.STEWARD),
        supervisor=person("v1", "szf", Role.SUPERVISOR),
    )


def broken(scene, **more):
    values = {"by": scene.officer, "resource": scene.residents, "subject": scene.number}
    return services.break_glass(**values | {"reason": REASON} | more)


def test_it_works_without_grant_or_matter_and_shows_what_the_rule_shows(scene):
    found = broken(scene)
    assert set(found.data) == {"name", "mobile"}
    fact = Fact.objects.get(pk=found.fact_id)
    assert fact.verb == "exchange.override.used"
    assert fact.data["reason"] == REASON
    assert fact.data["response_hash"] == response_hash(found.data, found.response_key)
    assert scene.number not in json.dumps(fact.data)
    assert Access.objects.get(pk=fact.pk).purpose == "emergency"


def test_only_whose_post_includes_it_and_only_where_a_rule_says_so(scene):
    for by, resource in (
        (scene.other, scene.residents),
        (scene.steward, scene.residents),
        (scene.officer, Resource.objects.get(name="households")),
    ):
        with pytest.raises(HeliError) as caught:
            broken(scene, by=by, resource=resource)
        assert caught.value.code == "denied"
    services.end_emergency(scene.rule.pk, actor=HELI)
    with pytest.raises(HeliError):
        broken(scene)
    assert not Override.objects.exists()


def test_who_is_refused_is_on_record(scene):
    for by, changes, code in (
        (scene.other, {}, "denied"),
        (scene.officer, {"reason": "急"}, "exchange.reason"),
        (scene.officer, {"subject": "1234"}, None),
    ):
        with pytest.raises(HeliError) as caught:
            broken(scene, by=by, **changes)
        fact = Fact.objects.filter(verb="exchange.lookup.denied").latest("id")
        assert fact.data["reason"] == (code or caught.value.code)
        assert (fact.actor, fact.department) == (str(by.actor), "wjw")
        assert (fact.data["resource"], fact.data["purpose"]) == ("gaj/residents", "emergency")
        assert Access.objects.get(pk=fact.pk).reason == fact.data["reason"]


def test_a_source_that_breaks_is_said_to_be_out_of_reach(scene, monkeypatch):
    def breaks(self, subject):
        raise KeyError("column")

    monkeypatch.setattr(ParquetConnector, "lookup", breaks)
    with pytest.raises(SourceUnavailableError):
        broken(scene)
    assert not Override.objects.exists()


def test_it_needs_a_reason_before_anything_is_seen(scene):
    with pytest.raises(HeliError) as caught:
        broken(scene, reason="急")
    assert caught.value.code == "exchange.reason"


def test_within_a_day_it_is_justified_and_the_clock_stops(scene, now):
    broken(scene)
    row = Override.objects.get()
    assert (row.due_at - row.at).total_seconds() == 24 * 3600
    with pytest.raises(HeliError):
        services.justify_override(row.pk, by=scene.other, text="其他人不能说明")
    services.justify_override(row.pk, by=scene.officer, text="伤员已联系家属并送医")
    now.advance(hours=25)
    poll()
    row.refresh_from_db()
    assert not row.overdue
    assert not Fact.objects.filter(verb="exchange.override.overdue").exists()


def test_after_a_day_without_justification_everybody_sees_it(scene, now):
    broken(scene)
    now.advance(hours=25)
    poll()
    row = Override.objects.get()
    assert row.overdue
    assert Fact.objects.get(verb="exchange.override.overdue").data["consumer"] == "wjw"
    services.justify_override(row.pk, by=scene.officer, text="伤员已联系家属并送医")


def test_supervision_judges_and_nobody_judges_themselves(scene):
    broken(scene)
    row = Override.objects.get()
    for nobody in (scene.officer, scene.steward):
        with pytest.raises(HeliError) as caught:
            services.review_override(row.pk, by=nobody, verdict="justified", finding="好")
        assert caught.value.code == "denied"
    services.review_override(row.pk, by=scene.supervisor, verdict="abuse", finding="并无紧急情况")
    with pytest.raises(HeliError):
        services.review_override(row.pk, by=scene.supervisor, verdict="justified", finding="改判")
    assert Fact.objects.get(verb="exchange.override.reviewed").data["verdict"] == "abuse"


# -- pages ----------------------------------------------------------------------------------------


def test_the_pages_show_the_data_once_and_lead_from_reason_to_verdict(scene, client):
    client.force_login(scene.officer, backend="django.contrib.auth.backends.ModelBackend")
    form = {"rule": "gaj/residents", "subject": scene.number, "reason": REASON}
    seen = client.post("/exchange/emergencies/new/", form)
    row = Override.objects.get()
    assert seen.status_code == 200
    assert "no-store" in seen["Cache-Control"]
    assert Fact.objects.get(pk=row.fact_id).verb == "exchange.override.used"
    page = f"/exchange/emergencies/{row.pk}/"
    assert REASON in client.get(page).content.decode()
    assert client.post(page, {"justify": "1", "text": "短"}).status_code == 200
    assert client.post(page, {"justify": "1", "text": "伤员已联系家属并送医"}).status_code == 302
    client.force_login(scene.other, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(page).status_code == 403
    assert client.get("/exchange/emergencies/new/").status_code == 403
    client.force_login(scene.steward, backend="django.contrib.auth.backends.ModelBackend")
    assert REASON in client.get("/exchange/emergencies/").content.decode()
    client.force_login(scene.supervisor, backend="django.contrib.auth.backends.ModelBackend")
    done = client.post(page, {"review": "1", "verdict": "justified", "finding": "确属紧急"})
    assert done.status_code == 302
    assert "确属紧急" in client.get(page).content.decode()


def test_refused_forms_keep_what_was_typed(scene, client):
    client.force_login(scene.officer, backend="django.contrib.auth.backends.ModelBackend")
    form = {"rule": "gaj/residents", "subject": "123", "reason": REASON}
    shown = client.post("/exchange/emergencies/new/", form)
    assert shown.status_code == 200
    assert REASON in shown.content.decode()
    assert not Override.objects.exists()


# -- REST -----------------------------------------------------------------------------------------


def rest(client, method, path, body=None, key=""):
    headers = {"Idempotency-Key": key} if key else {}
    return client.generic(
        method, f"/api/v1/exchange{path}", json.dumps(body) if body is not None else "",
        content_type="application/json", headers=headers,
    )  # fmt: skip


def test_the_same_over_rest(scene, client):
    client.force_login(scene.officer, backend="django.contrib.auth.backends.ModelBackend")
    body = {"resource": "gaj/residents", "subject": scene.number, "reason": REASON}
    made = rest(client, "POST", "/overrides", body, key="k-1")
    assert made.status_code in (201, 503)
    if made.status_code == 201:
        assert set(made.json()["data"]) == {"name", "mobile"}
        assert made.json()["receipt"]["format"] == "heli-receipt"
    again = rest(client, "POST", "/overrides", body, key="k-1")
    assert again.status_code in (201, 409, 503)
    listed = rest(client, "GET", "/overrides").json()["items"]
    assert {item["resource"] for item in listed} <= {"gaj/residents"}
    assert rest(client, "GET", "/emergency-rules").json()[0]["department"] == "wjw"


# -- duties and second persons on pages -----------------------------------------------------------


def signed_in(client, who):
    client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_the_data_authority_registers_and_strikes_off_duties(scene, client):
    authority = person("s9", "sjj", Role.STEWARD, competences=("data.sharing",))
    form = {
        "department": "scjg", "title_zh": "食品安全监督检查", "code": "food-inspection",
        "legal_ground": "《食品安全法》第一百一十条", "ends_on": "",
    }  # fmt: skip
    assert signed_in(client, scene.steward).post("/exchange/duties/new/", form).status_code == 403
    made = signed_in(client, authority).post("/exchange/duties/new/", form)
    assert made.status_code == 302
    again = client.post("/exchange/duties/new/", form)
    assert "food-inspection" in again.content.decode()
    assert again.status_code == 200, "the department has it already"
    assert "食品安全监督检查" in client.get("/exchange/duties/").content.decode()
    assert client.post(made["Location"], {"reason": "机构改革"}).status_code == 302
    assert "机构改革" in client.get(made["Location"]).content.decode()


def test_a_colleague_confirms_on_a_page(scene, client):
    form = {
        "resource": "gaj/residents", "serves": "LJ-1", "hours": "4", "reason": "核对身份",
    }  # fmt: skip
    made = signed_in(client, scene.officer).post("/exchange/confirmations/new/", form)
    assert made.status_code == 302
    assert client.post(made["Location"], {"answer": "confirm"}).status_code == 403
    assert signed_in(client, scene.steward).get(made["Location"]).status_code == 403
    assert (
        signed_in(client, scene.other).post(made["Location"], {"answer": "confirm"}).status_code
        == 302
    )
    assert "核对身份" in client.get(made["Location"]).content.decode()
    assert client.get("/exchange/confirmations/").status_code == 200


def test_a_steward_grants_with_limits_and_hours_on_a_page(scene, client):
    from heli.exchange.models import Grant

    form = {
        "consumer": "scjg", "purpose_zh": "检查", "purpose": "audit", "legal_basis": "第一条",
        "expires_on": "2027-01-01", "field_name": "clear", "field_address": "generalise:district",
        "binding": "public_task", "per_minute": "30", "opens": "08:30", "closes": "",
        "second_person": "on",
    }  # fmt: skip
    page = "/exchange/gaj/residents/grant/"
    refused = signed_in(client, scene.steward).post(page, form | {"confirm": "1"})
    assert refused.status_code == 200
    assert not Grant.objects.filter(purpose="audit").exists()
    given = client.post(page, form | {"closes": "17:30", "confirm": "1"})
    assert given.status_code == 302
    policy = Grant.objects.get(purpose="audit").policy
    assert policy["limits"] == {"per_minute": 30}
    assert policy["hours"] == [{"days": "working", "from": "08:30", "to": "17:30"}]
    assert policy["binding"] == "public_task"
    assert {"field": "address", "mask": "generalise", "level": "district"} in policy["fields"]
    shown = client.get(given["Location"]).content.decode()
    assert "08:30" in shown
