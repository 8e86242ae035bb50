"""The cases room over REST, through Django's whole stack."""

import base64
import json
from uuid import UUID

import pytest
from django.urls import reverse
from tests.cases.conftest import RESIDENT_ID, restaurant_form

from heli.cases import services
from heli.cases.codes import new_code
from heli.cases.models import Matter
from heli.exchange.models import Access
from heli.kernel.models import IdempotencyRecord
from heli.organisation.models import Identity

BASE = "/api/v1/cases"


@pytest.fixture
def call(client, linjiang):
    def send(who, method, path, body=None, key=""):
        if who:
            client.force_login(linjiang[who] if isinstance(who, str) else who)
        else:
            client.logout()
        headers = {"Idempotency-Key": key} if key else {}
        return getattr(client, method)(
            BASE + path,
            *([json.dumps(body)] if body is not None else []),
            content_type="application/json",
            headers={"Accept-Language": "en", **headers},
        )

    return send


def test_nobody_is_looked_up_by_a_typed_number(call, client, now, applicant):
    """An account without an identity number, and a desk that named nobody, get no data."""
    Identity.objects.filter(pk=applicant.pk).delete()
    body = {"procedure": "open-restaurant", "form": {"person_id": RESIDENT_ID}}
    for who, status, code in [
        ("applicant1", 403, "cases.identity_needed"),
        ("zwzx02", 422, "cases.subject_not_declared"),
    ]:
        refused = call(who, "post", "/matters/prefill", body)
        assert (refused.status_code, refused.json()["code"]) == (status, code)
        assert refused.json()["remedy"]
    assert not Access.objects.exists()
    client.force_login(applicant)
    page = client.post(
        reverse("cases:begin", args=["open-restaurant"]), headers={"Accept-Language": "en"}
    )
    assert page.status_code == 403
    assert "at the service centre" in page.content.decode()
    assert not Matter.objects.exists()


def test_the_whole_thread(call, now):
    started = call(
        "applicant1",
        "post",
        "/matters",
        {"procedure": "open-restaurant", "form": restaurant_form()},
    )
    assert started.status_code == 201, started.content
    code, secret = started.json()["code"], started.json()["secret"]
    shown = call("applicant1", "get", f"/matters/{code}").json()
    assert {item["department"] for item in shown["tasks"]} == {"cgj", "scjg", "sthj", "xfjy"}
    assert shown["answers"]["shop_name"] == "江畔小馆"
    assert shown["may"]["withdraw"]

    public = call(None, "get", f"/matters/{code}/progress?secret={secret}")
    assert public.status_code == 200
    assert "江畔小馆" not in public.content.decode()

    matter = Matter.objects.get(code=code)
    for row in matter.tasks.select_related("assignee"):
        queue = call(row.assignee, "get", "/tasks").json()["items"]
        assert [item["id"] for item in queue] == [str(row.pk)]
        assert call(row.assignee, "post", f"/tasks/{row.pk}/claim").json()["state"] == "claimed"
        done = call(row.assignee, "post", f"/tasks/{row.pk}/approve", {"opinion": "同意"})
        assert done.json()["state"] == "done"
    timeline = call("applicant1", "get", f"/matters/{code}/timeline").json()
    assert timeline[0]["verb"] == "cases.task.opened"
    assert timeline[-1]["verb"] == "cases.matter.received"


def test_a_repeated_submission_gets_the_same_answer(call, now):
    body = {"procedure": "open-restaurant", "form": restaurant_form()}
    first = call("applicant1", "post", "/matters", body, key="abc")
    second = call("applicant1", "post", "/matters", body, key="abc")
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert Matter.objects.count() == 1
    other = call("applicant1", "post", "/matters", {**body, "title": "x", "form": {}}, key="abc")
    assert other.status_code == 409
    assert other.json()["code"] == "idempotency.reused"


def test_a_key_serves_one_write_whichever_it_is(call, matter, now):
    """Filing and every other operation share the caller's keys, in both orders."""
    filing = {"procedure": "open-restaurant", "form": restaurant_form()}
    withdraw = f"/matters/{matter.code}/withdraw"
    assert call("applicant1", "post", "/matters", filing, key="one").status_code == 201
    assert call("applicant1", "post", withdraw, {"reason": ""}, key="one").status_code == 409
    matter.refresh_from_db()
    assert matter.state == "running"
    assert call("applicant1", "post", withdraw, {"reason": ""}, key="two").status_code == 200
    refused = call("applicant1", "post", "/matters", filing, key="two")
    assert (refused.status_code, refused.json()["code"]) == (409, "idempotency.reused")
    assert Matter.objects.count() == 2
    # A caller's keys are the caller's own.
    assert call("applicant2", "post", "/matters", filing, key="one").status_code == 201


def test_a_key_serves_one_task(call, matter, now):
    task = matter.tasks.get(department="xfjy")
    who = task.assignee.username
    claimed = call(who, "post", f"/tasks/{task.pk}/claim", key="k")
    again = call(who, "post", f"/tasks/{task.pk}/claim", key="k")
    assert claimed.status_code == again.status_code == 200
    assert claimed.json() == again.json()
    assert call(who, "post", f"/tasks/{task.pk}/release", key="k").status_code == 409
    task.refresh_from_db()
    assert task.state == "claimed"


def test_a_draft_is_discarded_by_its_applicant_alone(call, matter, linjiang, now):
    draft = services.save_draft("open-restaurant", {}, by=linjiang["applicant1"])
    path = f"/matters/{draft.code}"
    assert call("applicant2", "delete", path).status_code == 404
    assert call("xfjy02", "delete", path).status_code == 403
    for _ in range(2):
        answer = call("applicant1", "delete", path, key="d")
        assert (answer.status_code, answer.json()) == (200, {"code": draft.code})
    assert call("applicant1", "delete", path).status_code == 404
    sent = call("applicant1", "delete", f"/matters/{matter.code}")
    assert (sent.status_code, sent.json()["code"]) == (409, "cases.matter_closed")
    assert list(Matter.objects.all()) == [matter]


def test_the_answer_to_a_filing_is_not_kept_with_its_secret(call, now):
    filing = {"procedure": "open-restaurant", "form": restaurant_form()}
    secret = call("applicant1", "post", "/matters", filing, key="one").json()["secret"]
    assert call("applicant1", "post", "/matters", filing, key="one").json()["secret"] == secret
    assert secret not in IdempotencyRecord.objects.get().body


def test_a_filing_that_was_refused_leaves_its_key_free(call, now):
    wrong = {"procedure": "open-restaurant", "form": restaurant_form(area=0)}
    right = {"procedure": "open-restaurant", "form": restaurant_form()}
    assert call("applicant1", "post", "/matters", wrong, key="one").status_code == 422
    assert call("applicant1", "post", "/matters", right, key="one").status_code == 201


@pytest.mark.parametrize("path", ["/matters", "/tasks", "/requests"])
@pytest.mark.parametrize(
    "values",
    [
        ["0001-01-01T00:00:00+14:00", str(UUID(int=1))],
        ["9999-12-31T23:59:59-14:00", str(UUID(int=1))],
        ["2026-11-23T10:00:00", str(UUID(int=1))],
        ["2026-11-23T10:00:00+00:00", 1],
        ["2026-11-23T10:00:00+00:00"],
    ],
)
def test_a_forged_cursor_is_refused_by_name(call, now, path, values):
    answer = call("xfjy02", "get", f"{path}?cursor={encode(values)}")
    assert (answer.status_code, answer.json()["code"]) == (422, "input.cursor")


def test_the_edges_of_time_are_cursors_like_any(call, matter, now):
    for instant in ("0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59.999999+00:00"):
        cursor = encode([instant, str(UUID(int=1))])
        assert call("xfjy02", "get", f"/matters?cursor={cursor}").status_code == 200


def encode(values):
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def test_every_wrong_field_is_in_the_problem(call, now):
    body = {"procedure": "open-restaurant", "form": restaurant_form(area=0, seats="many")}
    answer = call("applicant1", "post", "/matters", body)
    assert answer.status_code == 422
    assert answer["Content-Type"] == "application/problem+json"
    assert {item["field"] for item in answer.json()["errors"]} == {"area", "seats"}
    assert answer.json()["remedy"]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/matters/LJ-ABCDEF-00", 422, "cases.wrong_check_digit"),
        ("/matters/hello", 422, "cases.malformed_code"),
        ("/tasks/01a207f1-b898-7070-b745-27d7bac083ad", 404, "cases.task_not_found"),
        ("/procedures/fly", 404, "cases.no_procedure"),
        ("/tasks?cursor=nonsense", 422, "input.cursor"),
    ],
)
def test_fixed_errors(call, now, path, status, code):
    answer = call("xfjy02", "get", path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_an_unknown_code_and_somebody_elses_look_alike(call, matter):
    unknown = call("applicant2", "get", f"/matters/{new_code()}").json()
    hidden = call("applicant2", "get", f"/matters/{matter.code}").json()
    assert unknown["code"] == hidden["code"] == "cases.unknown_code"


def test_a_closed_matter_and_a_taken_task(call, matter, task, linjiang, applicant):
    fire = task("Task_Fire")
    assert call("xfjy02", "post", f"/tasks/{fire.pk}/claim").status_code == 200
    taken = call("xfjy03", "post", f"/tasks/{fire.pk}/claim")
    assert (taken.status_code, taken.json()["code"]) == (409, "cases.task_taken")
    assert call("applicant1", "post", f"/matters/{matter.code}/withdraw", {}).status_code == 200
    closed = call("xfjy02", "post", f"/tasks/{fire.pk}/approve", {})
    assert (closed.status_code, closed.json()["code"]) == (409, "cases.matter_closed")


def test_doors(call, matter, task):
    fire = task("Task_Fire")
    assert call(None, "get", "/tasks").status_code == 401
    assert call("applicant1", "get", "/tasks").status_code == 403
    assert call("leader1", "post", f"/tasks/{fire.pk}/claim").status_code == 403
    assert call("jyj02", "post", f"/tasks/{fire.pk}/approve", {}).status_code == 404
    assert call("scjg02", "post", f"/tasks/{fire.pk}/claim").status_code == 403
    version = {"key": "x", "name_zh": "甲", "xml": "<x/>", "form": {}}
    assert call("xfjy02", "post", "/procedures", version).status_code == 403
    assert call(None, "get", "/procedures").status_code == 200


def test_supplement_request_and_handover(call, matter, task):
    fire = task("Task_Fire")
    who = fire.assignee
    refused = call(who, "post", f"/tasks/{fire.pk}/supplements", {"text": "图纸"})
    assert refused.json()["errors"][0]["field"] == "ground"
    asked = call(who, "post", f"/tasks/{fire.pk}/supplements", {"text": "图纸", "ground": "某法"})
    assert asked.status_code == 201
    answer = f"/tasks/supplements/{asked.json()['id']}/answer"
    assert call("applicant1", "post", answer, {"answer": "已补"}).json()["state"] == "answered"

    request = call(
        who, "post", f"/matters/{matter.code}/requests", {"asked": "zjj", "text": "核对"}
    )
    assert request.status_code == 201
    astray = {"asked": "zjj", "text": "核对", "task": str(matter.pk)}
    assert call(who, "post", f"/matters/{matter.code}/requests", astray).status_code == 404
    owed = call("zjj02", "get", "/requests").json()["items"]
    assert [row["id"] for row in owed] == [request.json()["id"]]
    path = f"/requests/{request.json()['id']}"
    assert call("zjj02", "post", f"{path}/refuse", {}).json()["code"] == "cases.ground_required"
    assert call("zjj02", "post", f"{path}/answer", {"answer": "好"}).json()["state"] == "answered"

    offer = call(
        "zwzx02", "post", f"/matters/{matter.code}/handovers", {"taker": "scjg", "reason": "牵头"}
    )
    taken = call("scjg04", "post", f"/handovers/{offer.json()['id']}/accept", {})
    assert taken.json()["accountable"] == "scjg"
    assert call("applicant1", "get", "/notices").json()["items"]


def test_queues_are_paged_by_cursor(call, now, applicant, linjiang):
    from heli.cases import services

    for _ in range(5):
        now.advance(hours=1)
        services.start_matter("open-restaurant", restaurant_form(), by=applicant)
    seen, cursor = [], ""
    while True:
        page = call(
            "xfjy02", "get", f"/tasks?scope=department&limit=2{cursor and f'&cursor={cursor}'}"
        ).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
        if not cursor:
            break
    assert len(seen) == len(set(seen)) == 5


def test_a_procedure_is_published_and_shown(call, linjiang):
    shown = call(None, "get", "/procedures/open-restaurant").json()
    assert shown["xml"].startswith("<?xml")
    keys = [item["key"] for section in shown["sections"] for item in section["fields"]]
    assert keys[0] == "person_id"
    source = {item["key"]: item["source"] for s in shown["sections"] for item in s["fields"]}
    assert source["area"] == "zrzy/real_estate"
