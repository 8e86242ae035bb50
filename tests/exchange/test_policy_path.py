"""Limits, hours, bindings, row filters, second persons, lists and sessions over the gateway."""

import datetime as dt
import json
import threading
from dataclasses import dataclass

import pytest
from tests.exchange.conftest import NOW, new_system
from tests.exchange.test_gateway import ADDRESS, Asgi

from heli.client import DeniedError, HeliClient, InvalidRequestError, RefusedSignatureError
from heli.exchange import refusals, services
from heli.exchange.calls import reading, told
from heli.exchange.models import Access, GrantUse, ListPage, Resource
from heli.exchange.questions import project_standing
from heli.kernel import clock
from heli.kernel.actor import HELI
from heli.kernel.permissions import Role
from heli.ledger import selectors as ledger
from heli.ledger.models import Fact
from heli.organisation import services as organisation
from heli.organisation.models import SystemKey
from heli.organisation.services import NewPerson

pytestmark = pytest.mark.usefixtures("quiet")


@pytest.fixture
def quiet(monkeypatch):
    monkeypatch.setattr(refusals, "PER_SECOND", 100)
    monkeypatch.setattr(refusals, "limiter", refusals.Limiter())


@pytest.fixture
def now():
    with clock.frozen(NOW) as frozen:
        yield frozen


@dataclass
class Caller:
    client: HeliClient
    key_id: str
    number: str

    def look(self, purpose="audit", **more):
        return self.client.lookup("gaj/residents", ("person", self.number), purpose=purpose, **more)

    def pages(self, *where, purpose="audit", **more):
        return list(self.client.records("gaj/residents", where, purpose=purpose, **more))

    def refused(self, code, error=DeniedError, act=None, **more):
        with pytest.raises(error) as caught:
            (act or self.look)(**more)
        assert caught.value.problem_code == code
        assert Access.objects.order_by("-at", "-fact_id").first().reason == code
        return caught.value


@pytest.fixture
def caller(now, committed_city, matters, persona):
    number = persona[0].resident_id
    matters.add("LJ-1", departments=["scjg"], subjects=[("person", number)])
    key_id, private = new_system("scjg")
    transport = Asgi()
    with HeliClient(
        ADDRESS, key_id, private, transport=transport,
        clock=lambda: int(clock.now().timestamp()),
    ) as client:  # fmt: skip
        client.wire = transport
        yield Caller(client, key_id, number)


def grant(purpose="audit", fields=("name", "sex"), **policy):
    return services.grant(
        actor=HELI,
        resource=Resource.objects.get(name="residents"),
        consumer="scjg",
        purpose=purpose,
        purpose_zh="检查",
        legal_basis="《食品安全法》第一百一十条",
        policy={"fields": [{"field": name} for name in fields], **policy},
        expires_at=clock.now() + dt.timedelta(days=300),
    )


def duty(**more):
    values = {
        "actor": HELI,
        "department": "scjg",
        "code": "food-inspection",
        "title_zh": "食品安全监督检查",
        "legal_ground": "《食品安全法》第一百一十条",
    }
    return services.register_duty(**values | more)


# -- limits ---------------------------------------------------------------------------------------


def test_a_limit_by_the_minute_opens_again_with_the_next(caller, now):
    grant(limits={"per_minute": 2})
    for _ in range(2):
        assert caller.look(matter="LJ-1").data["name"]
    error = caller.refused("exchange.limit", InvalidRequestError, matter="LJ-1")
    assert error.http_status == 429
    now.advance(seconds=60 - now().second)
    assert caller.look(matter="LJ-1").data["name"]


def test_no_source_is_read_for_what_is_used_up(caller, now, monkeypatch):
    """Neither for a call beyond its limit nor for a request that was sent before."""
    grant(limits={"per_minute": 2})
    caller.look(matter="LJ-1")
    read = []
    original = reading.read_source
    monkeypatch.setattr(reading, "read_source", lambda calls: (read.extend(calls), original(calls)))
    again = caller.client.wire.handle_request(caller.client.wire.seen[-1])
    assert (again.json()["code"], read) == ("exchange.replayed", [])
    caller.look(matter="LJ-1")
    assert len(read) == 1
    caller.refused("exchange.limit", InvalidRequestError, matter="LJ-1")
    assert len(read) == 1


def test_retry_after_says_when(caller, now):
    grant(limits={"per_minute": 1})
    caller.look(matter="LJ-1")
    seen = {}
    original = caller.client._http.send

    def send(request):
        response = original(request)
        seen.update(response.headers)
        return response

    caller.client._http.send = send
    caller.refused("exchange.limit", InvalidRequestError, matter="LJ-1")
    assert int(seen["retry-after"]) == 60 - now().second


def test_days_are_those_of_shanghai_and_totals_never_open_again(caller, now):
    given = grant(limits={"per_day": 1, "records_total": 2})
    caller.look(matter="LJ-1")
    caller.refused("exchange.limit", InvalidRequestError, matter="LJ-1")
    now.advance(hours=14)  # past midnight in Shanghai, not in UTC
    assert now().date() == NOW.date()
    caller.look(matter="LJ-1")
    now.advance(days=1)
    caller.refused("exchange.limit", InvalidRequestError, matter="LJ-1")
    assert GrantUse.objects.get(pk=given.pk).total_records == 2


def test_limits_are_exact_however_many_call_at_once(caller, persona):
    grant(limits={"per_day": 7})
    outcomes = []

    def call():
        try:
            caller.look(matter="LJ-1")
            outcomes.append(True)
        except InvalidRequestError as error:
            outcomes.append(error.problem_code != "exchange.limit")

    threads = [threading.Thread(target=call) for _ in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (outcomes.count(True), outcomes.count(False)) == (7, 17)
    assert Fact.objects.filter(verb="exchange.lookup.answered").count() == 7


# -- hours, rows ----------------------------------------------------------------------------------


def test_hours_are_kept(caller, now):
    grant(hours=[{"days": "working", "from": "09:00", "to": "12:00"}])
    assert caller.look(matter="LJ-1").data  # 10:00 on a Monday
    now.advance(hours=3)
    caller.refused("exchange.outside_hours", matter="LJ-1")
    now.advance(days=5, hours=-3)  # Saturday
    caller.refused("exchange.outside_hours", matter="LJ-1")


def test_a_record_outside_the_row_filter_is_as_if_there_were_none(caller):
    sex = caller.look(purpose="restaurant", matter="LJ-1").data.get("sex")
    assert sex is None
    grant(rows=[{"field": "name", "op": "prefix", "value": "无此姓"}])
    found = caller.look(matter="LJ-1")
    assert found.data is None
    assert Fact.objects.get(pk=found.fact).data["rows"] == 0


# -- bindings -------------------------------------------------------------------------------------


def test_a_public_task_is_checked_at_each_call(caller, now):
    grant(binding="public_task")
    caller.refused("exchange.task_missing", InvalidRequestError)
    caller.refused("exchange.task_standing", task="food-inspection")
    registered = duty(valid_until=clock.now() + dt.timedelta(days=2))
    found = caller.look(task="food-inspection")
    assert Fact.objects.get(pk=found.fact).data["serves"] == "public_task:food-inspection"
    assert Access.objects.get(pk=found.fact).serves == "public_task:food-inspection"
    services.withdraw_duty(registered.pk, actor=HELI, reason="机构改革")
    caller.refused("exchange.task_standing", task="food-inspection")
    duty(valid_until=clock.now() + dt.timedelta(days=2))
    caller.look(task="food-inspection")
    now.advance(days=3)
    caller.refused("exchange.task_standing", task="food-inspection")


def test_the_duty_of_another_department_opens_nothing(caller):
    grant(binding="public_task")
    duty(department="gaj")
    caller.refused("exchange.task_standing", task="food-inspection")


def test_a_project_is_asked_for_upwards_and_unanswered_it_is_no(caller, monkeypatch):
    grant(binding="project")
    caller.refused("exchange.project_missing", InvalidRequestError)
    monkeypatch.setattr(project_standing, "_answer", None)
    caller.refused("exchange.project_standing", project="P-1")
    approved = {("P-1", "scjg", "gaj/residents")}
    monkeypatch.setattr(project_standing, "_answer", lambda *asked: asked in approved)
    found = caller.look(project="P-1")
    assert Fact.objects.get(pk=found.fact).data["serves"] == "project:P-1"
    approved.clear()
    caller.refused("exchange.project_standing", project="P-1")


# -- second person --------------------------------------------------------------------------------


def officer(name, department="scjg"):
    return organisation.create_person(
        NewPerson(
            name, f"演示{name}", f"Demo {name}", department=department,
            roles=frozenset({Role.OFFICER}),
        ),
        actor=HELI,
    )  # fmt: skip


def test_a_second_person_confirms_for_one_purpose_and_a_while(caller, now):
    grant(second_person=True)
    residents = Resource.objects.get(name="residents")
    asker, other, outsider = officer("a1"), officer("a2"), officer("b1", "gaj")
    caller.refused("exchange.second_person", matter="LJ-1")
    asked = services.ask_confirmation(
        by=asker, resource=residents, serves="LJ-1", hours=2, reason="核对经营者身份"
    )
    caller.refused("exchange.second_person", matter="LJ-1")
    for nobody in (asker, outsider):
        with pytest.raises(Exception, match=r".") as caught:
            services.answer_confirmation(asked.pk, by=nobody, confirmed=True)
        assert caught.value.code == "denied"
    services.answer_confirmation(asked.pk, by=other, confirmed=True)
    assert caller.look(matter="LJ-1").data
    now.advance(hours=2)
    caller.refused("exchange.second_person", matter="LJ-1")


def test_a_refused_confirmation_opens_nothing(caller):
    grant(second_person=True)
    residents = Resource.objects.get(name="residents")
    asked = services.ask_confirmation(
        by=officer("a1"), resource=residents, serves="LJ-1", hours=2, reason="核对经营者身份"
    )
    services.answer_confirmation(asked.pk, by=officer("a2"), confirmed=False)
    caller.refused("exchange.second_person", matter="LJ-1")


# -- lists ----------------------------------------------------------------------------------------


def test_a_list_is_read_page_by_page_each_with_a_receipt(caller, persona):
    grant(fields=("name", "sex"), binding="public_task")
    duty()
    pages = caller.pages(task="food-inspection", page_size=400)
    assert [len(page.data) for page in pages] == [400, 400, 200]
    names = [record["name"] for page in pages for record in page.data]
    assert len(set(names)) == len(names)
    assert set(pages[0].data[0]) == {"name", "sex"}
    keys = ledger.trusted_keys()
    for page in pages:
        content = page.verify(keys).content
        assert content["verb"] == "exchange.list.answered"
        assert content["data"]["rows"] == len(page.data)
    assert Access.objects.filter(reason="", rows__gt=1).count() == 3
    kept = ListPage.objects.order_by("fact_id")
    assert [len(page.told) // told.ENTRY for page in kept] == [400, 400, 200]


def test_a_list_is_filtered_within_the_row_filter(caller):
    rows = [{"field": "sex", "value": "male"}]
    grant(fields=("name", "sex"), binding="public_task", rows=rows)
    duty()
    first = caller.pages(task="food-inspection", page_size=500)
    assert {record["sex"] for page in first for record in page.data} == {"male"}
    name = first[0].data[3]["name"]
    (found,) = caller.pages({"field": "name", "value": name}, task="food-inspection")
    assert [record["name"] for record in found.data] == [name]
    (none,) = caller.pages({"field": "sex", "value": "female"}, task="food-inspection")
    assert none.data == []


def test_what_is_not_shown_in_full_cannot_be_asked_for(caller):
    grant(fields=("name",), binding="public_task")
    duty()
    caller.refused(
        "exchange.filter_not_granted",
        act=lambda: caller.pages({"field": "sex", "value": "male"}, task="food-inspection"),
    )


def test_a_grant_for_matters_reads_no_list(caller):
    grant()
    caller.refused("exchange.list_binding", act=caller.pages)


def test_a_cursor_is_good_for_its_list_only(caller):
    grant(fields=("name", "sex"), binding="public_task")
    duty()
    body = {"limit": 10, "task": "food-inspection", "purpose": "audit"}
    page = caller.client.request("POST", "/x/v1/gaj/residents/records", body=body)
    cursor = page["next"]
    assert caller.number not in cursor
    again = caller.client.request(
        "POST", "/x/v1/gaj/residents/records", body=body | {"cursor": cursor}
    )
    assert again["data"][0] != page["data"][0]
    others = [
        body | {"cursor": cursor, "where": [{"field": "sex", "value": "male"}]},
        body | {"cursor": cursor[:-2] + ("AA" if cursor[-2:] != "AA" else "BB")},
        body | {"cursor": "x"},
    ]
    for other in others:
        caller.refused(
            "input.cursor",
            InvalidRequestError,
            act=lambda other=other: caller.client.request(
                "POST", "/x/v1/gaj/residents/records", body=other
            ),
        )


def test_a_list_by_address_names_nobody(caller):
    grant(fields=("name", "sex"), binding="public_task")
    duty()
    query = {"limit": 5, "task": "food-inspection", "purpose": "audit"}
    page = caller.client.request("GET", "/x/v1/gaj/residents/records", query=query)
    assert len(page["data"]) == 5
    caller.refused(
        "exchange.body",
        InvalidRequestError,
        act=lambda: caller.client.request(
            "GET", "/x/v1/gaj/residents/records", query=query | {"limit": 501}
        ),
    )


# -- sessions -------------------------------------------------------------------------------------


def test_a_session_signs_with_a_shared_key(caller):
    with caller.client.session(minutes=5):
        found = caller.look(purpose="restaurant", matter="LJ-1")
        assert b"hmac-sha256" in caller.client.wire.seen[-1].headers["signature-input"].encode()
    assert found.data
    verbs = Fact.objects.filter(verb__startswith="exchange.session").values_list("verb", flat=True)
    assert set(verbs) == {"exchange.session.opened", "exchange.session.closed"}


def session_of(caller, minutes=5):
    opened = caller.client.request("POST", "/x/v1/sessions", body={"minutes": minutes})
    import base64

    caller.client._key_id = opened["session"]
    caller.client._key = base64.b64decode(opened["key"])


def in_session(caller, code):
    with pytest.raises(RefusedSignatureError) as caught:
        caller.look(purpose="restaurant", matter="LJ-1")
    assert caught.value.problem_code == code


def test_a_session_ends_by_itself(caller, now):
    session_of(caller)
    caller.look(purpose="restaurant", matter="LJ-1")
    now.advance(minutes=6)
    in_session(caller, "exchange.session_ended")


def test_a_session_ends_with_its_key(caller):
    key = SystemKey.objects.get(pk=caller.key_id)
    session_of(caller)
    caller.look(purpose="restaurant", matter="LJ-1")
    organisation.revoke_key(key, actor=HELI)
    in_session(caller, "exchange.session_ended")
    denied = Fact.objects.filter(verb="exchange.lookup.denied").latest("id")
    assert denied.data["key_id"] == caller.key_id


def test_a_session_s_key_is_nobody_else_s(caller):
    session_of(caller)
    caller.client._key = b"x" * 32
    in_session(caller, "httpsig.invalid")


def test_a_request_of_a_session_counts_once(caller):
    session_of(caller)
    caller.look(purpose="restaurant", matter="LJ-1")
    again = caller.client.wire.seen[-1]
    response = caller.client.wire.handle_request(again)
    assert response.status_code == 401
    assert response.json()["code"] == "exchange.replayed"


def test_a_session_opens_no_other_and_lasts_an_hour_at_most(caller):
    with pytest.raises(InvalidRequestError) as caught:
        caller.client.request("POST", "/x/v1/sessions", body={"minutes": 61})
    assert caught.value.problem_code == "exchange.session_length"
    session_of(caller)
    with pytest.raises(DeniedError) as denied:
        caller.client.request("POST", "/x/v1/sessions", body={})
    assert denied.value.problem_code == "exchange.session_by_key"


def test_a_receipt_made_among_many_is_that_of_the_ledger(caller):
    found = caller.look(purpose="restaurant", matter="LJ-1")
    assert json.loads(found.receipt) == json.loads(ledger.receipt(found.fact).to_json())


# -- keys -----------------------------------------------------------------------------------------


def test_during_rotation_both_keys_work_and_afterwards_only_the_new_one(caller, now, persona):
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    system = SystemKey.objects.get(pk=caller.key_id).system
    private = Ed25519PrivateKey.generate()
    fresh = organisation.rotate_key(
        system, private.public_key().public_bytes_raw(), actor=HELI, overlap=dt.timedelta(hours=1)
    )
    caller.look(purpose="restaurant", matter="LJ-1")
    old = caller.client._key_id, caller.client._key
    caller.client._key_id, caller.client._key = fresh.key_id, private
    caller.look(purpose="restaurant", matter="LJ-1")
    now.advance(hours=1)
    caller.look(purpose="restaurant", matter="LJ-1")
    caller.client._key_id, caller.client._key = old
    in_session(caller, "exchange.unknown_key")
