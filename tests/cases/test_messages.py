"""Messages between the events of a matter, and from outside to them."""

import json

import pytest
from tests.engines.bpmn.build import model

from heli.cases import selectors, services
from heli.cases.errors import (
    MatterClosedError,
    MessageNotAwaitedError,
    UnknownCodeError,
    VariableNotDeclaredError,
)
from heli.cases.models import Matter, Task
from heli.cases.variables import digest
from heli.kernel.actor import Actor
from heli.kernel.permissions import DeniedError
from heli.ledger.models import Fact

EMPTY = {"title": "", "sections": []}
PROCESS = '<process id="process" heli:department="zwzx"'


@pytest.fixture
def start(now, linjiang, applicant):
    """Publish a model and start a matter on it."""

    def begin(text):
        xml = model(text).replace('<process id="process"', PROCESS)
        services.publish_procedure(xml, EMPTY, by=None, key="talk", name_zh="消息")
        return services.start_matter("talk", {}, by=applicant).matter

    return begin


def facts(matter, verb):
    rows = Fact.objects.filter(matter=matter.code, verb=verb).order_by("pk")
    return [row.data for row in rows]


def open_tasks(matter):
    return sorted(Task.objects.filter(matter=matter, closed_at=None).values_list("node", flat=True))


PAYMENT = """
    start s
    user a heli:department=xfjy heli:sets=amount
    receive pay message=paid heli:sets=amount
    xor g default=g-e
    user more heli:department=xfjy
    end e
    s -> a -> pay -> g
    g -> more : amount < 100
    g -> e
    more -> e
"""


@pytest.fixture
def waiting(start, linjiang):
    """A matter that waits for ``paid``."""
    matter = start(PAYMENT)
    task = Task.objects.get(matter=matter)
    services.approve(task.pk, by=task.assignee, variables={"amount": 500})
    matter.refresh_from_db()
    return matter


def test_what_it_waits_for_is_shown(waiting, applicant):
    assert waiting.waiting_for == ["message:paid"]
    page = selectors.matter_page(waiting.code, applicant)
    assert page.waiting_for == ["消息“paid”"]
    assert page.messages == ["paid"]


def test_a_message_from_outside_lets_it_go_on(waiting, linjiang):
    services.deliver_message(waiting.code, "paid", by=linjiang["xfjy02"], variables={"amount": 50})
    waiting.refresh_from_db()
    assert open_tasks(waiting) == ["more"]
    assert waiting.waiting_for == ["xfjy"]
    assert facts(waiting, "cases.message.received") == [
        {"message": "paid", "node": "pay", "inside": False}
    ]
    [row] = Fact.objects.filter(matter=waiting.code, verb="cases.message.received")
    assert (row.department, row.actor) == ("xfjy", str(linjiang["xfjy02"].actor))


def test_it_ends_where_nothing_is_left(waiting, linjiang):
    services.deliver_message(waiting.code, "paid", by=linjiang["zwzx02"])
    waiting.refresh_from_db()
    assert waiting.state == Matter.State.COMPLETED
    assert selectors.matter_page(waiting.code, linjiang["zwzx02"]).messages == []
    with pytest.raises(MatterClosedError):
        services.deliver_message(waiting.code, "paid", by=linjiang["zwzx02"])


def test_what_decides_the_way_is_a_fact_that_tells_no_value(waiting, linjiang):
    services.deliver_message(waiting.code, "paid", by=linjiang["xfjy02"], variables={"amount": 50})
    task, message = facts(waiting, "cases.variables.set")
    assert (task["node"], message["node"]) == ("a", "pay")
    assert task["names"] == message["names"] == "amount"
    assert task["digest"] == digest({"amount": 500}) != message["digest"]


def test_a_task_or_message_sets_only_what_the_model_leaves_to_it(start, waiting, linjiang):
    other = start(PAYMENT.replace(" heli:sets=amount", ""))
    task = Task.objects.get(matter=other)
    with pytest.raises(VariableNotDeclaredError, match="amount"):
        services.approve(task.pk, by=task.assignee, variables={"amount": 500})
    task.refresh_from_db()
    assert task.closed_at is None
    with pytest.raises(VariableNotDeclaredError) as caught:
        services.deliver_message(
            waiting.code, "paid", by=linjiang["xfjy02"], variables={"amount": 1, "shop_name": "x"}
        )
    assert "shop_name" in caught.value.detail()
    assert "amount" in caught.value.advice()
    waiting.refresh_from_db()
    assert waiting.waiting_for == ["message:paid"]


def test_what_it_does_not_wait_for_is_refused_and_changes_nothing(waiting, linjiang):
    before = waiting.revision
    with pytest.raises(MessageNotAwaitedError) as caught:
        services.deliver_message(waiting.code, "payed", by=linjiang["zwzx02"])
    assert "paid" in caught.value.advice()
    waiting.refresh_from_db()
    assert waiting.revision == before
    assert not facts(waiting, "cases.message.received")


def test_who_may_deliver(waiting, linjiang):
    with pytest.raises(UnknownCodeError):
        services.deliver_message(waiting.code, "paid", by=linjiang["jyj02"])
    for name in ("applicant1", "leader1", "auditadmin"):
        with pytest.raises(DeniedError):
            services.deliver_message(waiting.code, "paid", by=linjiang[name])
    system = type("System", (), {"actor": Actor("system", "7", department="xfjy")})()
    stranger = type("System", (), {"actor": Actor("system", "8", department="jyj")})()
    with pytest.raises(UnknownCodeError):
        services.deliver_message(waiting.code, "paid", by=stranger)
    services.deliver_message(waiting.code, "paid", by=system)
    assert Matter.objects.get(pk=waiting.pk).state == Matter.State.COMPLETED


def test_a_message_boundary_event_gets_its_message(start, linjiang):
    matter = start("""
        start s
        user a heli:department=xfjy
        boundary stop on=a message=stop
        user b heli:department=scjg
        end e
        s -> a -> e
        stop -> b -> e
    """)
    assert matter.waiting_for == ["xfjy"]
    assert selectors.matter_page(matter.code, linjiang["xfjy02"]).messages == ["stop"]
    services.deliver_message(matter.code, "stop", by=linjiang["zwzx02"])
    matter.refresh_from_db()
    assert (open_tasks(matter), matter.waiting_for) == (["b"], ["scjg"])


def test_a_message_sent_inside_is_delivered_in_the_same_step(start):
    matter = start("""
        start s
        and f
        user a heli:department=xfjy
        send tell message=ready
        receive hear message=ready
        user b heli:department=scjg
        throw nobody message=outside
        and j
        end e
        s -> f -> a -> tell -> nobody -> j
        f -> hear -> b -> j -> e
    """)
    assert matter.waiting_for == ["xfjy", "message:ready"]
    task = Task.objects.get(matter=matter)
    services.approve(task.pk, by=task.assignee)
    assert open_tasks(matter) == ["b"]
    assert facts(matter, "cases.message.sent") == [
        {"message": "ready", "node": "tell", "awaited": True},
        {"message": "outside", "node": "nobody", "awaited": False},
    ]
    assert facts(matter, "cases.message.received") == [
        {"message": "ready", "node": "hear", "inside": True}
    ]


def test_over_rest_a_repeat_delivers_nothing_again(waiting, linjiang, client):
    client.force_login(linjiang["xfjy02"])
    path = f"/api/v1/cases/matters/{waiting.code}"

    def send(key, **body):
        return client.post(
            f"{path}/messages",
            json.dumps(body),
            content_type="application/json",
            headers={"Idempotency-Key": key, "Accept-Language": "en"},
        )

    assert client.get(path).json()["messages"] == ["paid"]
    wrong = send("k0", name="x")
    assert (wrong.status_code, wrong.json()["code"]) == (409, "cases.message_not_awaited")
    first = send("k1", name="paid", variables={"amount": 1})
    assert (first.status_code, first.json()["waiting_for"]) == (200, ["xfjy"])
    again = send("k1", name="paid", variables={"amount": 1})
    assert (again.status_code, again.json()) == (200, first.json())
    assert len(facts(waiting, "cases.message.received")) == 1
    client.force_login(linjiang["applicant1"])
    assert send("k2", name="paid").status_code == 403


def test_an_officer_says_on_the_page_that_it_has_arrived(waiting, linjiang, client):
    client.force_login(linjiang["xfjy02"], backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(f"/cases/m/{waiting.code}/")
    assert f"/cases/m/{waiting.code}/messages/" in page.content.decode()
    answer = client.post(f"/cases/m/{waiting.code}/messages/", {"message": "paid"})
    assert answer.status_code == 302
    assert Matter.objects.get(pk=waiting.pk).state == Matter.State.COMPLETED


def test_an_applicant_is_not_offered_to(waiting, linjiang, client):
    client.force_login(linjiang["applicant1"], backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(f"/cases/m/{waiting.code}/")
    assert "/messages/" not in page.content.decode()
    answer = client.post(f"/cases/m/{waiting.code}/messages/", {"message": "paid"})
    assert answer.status_code == 403
