"""Feeds over REST and on pages, for the fixed kinds of people."""

import json

import pytest
from django.urls import reverse
from django.utils import translation
from tests.feeds.conftest import PURPOSE, post, subscribe

from heli.feeds import services
from heli.feeds.models import Delivery, Feed, Subscription
from heli.feeds.policy import Caller
from heli.feeds.selectors import wanting
from heli.kernel import clock
from heli.kernel.actor import HELI, Actor
from heli.kernel.permissions import Role
from heli.organisation.models import Person
from heli.organisation.services import NewPerson, create_person

API = "/api/v1/feeds"
OPEN = "/api/v1/feeds/gaj/residents"


@pytest.fixture
def sign_in(exchange_city, client):
    def make(*roles, department=""):
        name = f"u{department}{'-'.join(roles)}"
        person = Person.objects.filter(username=name).first() or create_person(
            NewPerson(name, "演示人员", "Demo person",
                      department=department, roles=frozenset(roles)),
            actor=HELI,
        )  # fmt: skip
        client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
        return client

    return make


def send(client, path, body=None):
    return client.post(path, json.dumps(body or {}), content_type="application/json")


def make_delivery(row, state="dead"):
    now = clock.now()
    return Delivery.objects.create(
        subscription=row, after=0, through=1, count=1, state=state, attempts=14,
        error="timeout", created_at=now, ended_at=now,
    )  # fmt: skip


def test_a_source_opens_posts_and_closes(sign_in, people):
    steward = sign_in(Role.STEWARD, department="gaj")
    opened = send(steward, OPEN, {"keep_days": 7})
    assert opened.status_code == 201
    assert (opened.json()["keep_days"], opened.json()["head"]) == (7, 0)
    assert send(steward, OPEN).json()["code"] == "feeds.exists"
    changes = [{"kind": "update", "key": number} for number in people]
    posted = send(steward, f"{OPEN}/changes", {"changes": changes})
    assert posted.json()["head"] == 3
    bad = send(steward, f"{OPEN}/changes", {"changes": [{"kind": "update", "key": "1"}]})
    assert (bad.status_code, bad.json()["code"]) == (422, "feeds.change")
    assert bad.json()["remedy"]
    listed = steward.get(API).json()["items"]
    assert [each["resource"] for each in listed] == ["gaj/residents"]
    closed = send(steward, f"{OPEN}/close", {"reason": "moved"})
    assert closed.json()["closed_at"]
    assert send(steward, f"{OPEN}/changes", {"changes": []}).json()["code"] == "feeds.closed"


def test_a_repeated_post_has_one_effect(sign_in, feed, people):
    steward = sign_in(Role.STEWARD, department="gaj")
    body = json.dumps({"changes": [{"kind": "update", "key": people[0]}]})
    for _ in range(2):
        steward.post(
            f"{OPEN}/changes",
            body,
            content_type="application/json",
            headers={"Idempotency-Key": "k"},
        )
    assert Feed.objects.get().head == 1


def test_a_subscriber_subscribes_and_fetches(sign_in, feed, people):
    steward = sign_in(Role.STEWARD, department="scjg")
    made = send(steward, f"{OPEN}/subscriptions", {"purpose": PURPOSE, "transport": "stream"})
    assert made.status_code == 201
    post(feed, ("update", people[0]), ("update", people[2]))
    key = made.json()["id"]
    told = steward.get(f"{API}/subscriptions/{key}/changes").json()
    assert [event["key"] for event in told["events"]] == [people[0]]
    records = steward.get(f"{API}/subscriptions/{key}/records").json()
    assert len(records["events"]) == 2
    assert steward.get(f"{API}/subscriptions/{key}/changes?cursor=zzz").status_code == 422
    for verb, state in (("pause", "paused"), ("resume", "running"), ("stop", "stopped")):
        body = {} if verb == "resume" else {"reason": "test"}
        assert send(steward, f"{API}/subscriptions/{key}/{verb}", body).json()["state"] == state


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"purpose": "nothing", "transport": "stream"}, "exchange.no_grant"),
        ({"purpose": PURPOSE, "transport": "webhook", "address": "https://10.0.0.1/"},
         "feeds.webhook_address"),
        ({"purpose": PURPOSE, "transport": "broker"}, "feeds.no_broker"),
        ({"purpose": PURPOSE, "transport": "pigeon"}, "input.bad"),
    ],
)  # fmt: skip
def test_refusals_tell_their_remedy(sign_in, feed, body, code, monkeypatch):
    monkeypatch.delenv("HELI_BROKER_URL", raising=False)
    steward = sign_in(Role.STEWARD, department="scjg")
    told = send(steward, f"{OPEN}/subscriptions", body).json()
    assert told["code"] == code
    assert told["remedy"]


def test_dead_letters_are_worked_over_rest(sign_in, feed, receiver):
    row = subscribe(feed, "webhook", address=receiver.url)
    first, second = make_delivery(row), make_delivery(row)
    steward = sign_in(Role.STEWARD, department="scjg")
    dead = steward.get(f"{API}/deliveries?state=dead").json()["items"]
    assert {each["id"] for each in dead} == {str(first.pk), str(second.pk)}
    assert send(steward, f"{API}/deliveries/{first.pk}/retry").json()["state"] == "waiting"
    told = send(steward, f"{API}/deliveries/{second.pk}/discard", {"reason": "old"}).json()
    assert (told["state"], told["reason"]) == ("discarded", "old")
    assert send(steward, f"{API}/deliveries/{second.pk}/retry").status_code == 409


@pytest.mark.parametrize(
    ("roles", "department", "path", "status"),
    [
        ((Role.STEWARD,), "scjg", "get {sub}", 200),
        ((Role.STEWARD,), "gaj", "get {sub}", 200),
        ((Role.STEWARD,), "jyj", "get {sub}", 403),
        ((Role.SUPERVISOR,), "szf", "get {sub}", 200),
        ((Role.OFFICER,), "scjg", "get {sub}", 403),
        ((Role.STEWARD,), "gaj", "get {sub}/changes", 403),
        ((Role.SUPERVISOR,), "szf", "get {sub}/changes", 403),
        ((Role.HEAD,), "scjg", "get {sub}/records", 403),
        ((Role.STEWARD,), "jyj", "post {sub}/stop", 403),
        ((Role.STEWARD,), "scjg", "post " + OPEN + "/changes", 403),
        ((Role.OFFICER,), "gaj", "post " + OPEN + "/changes", 403),
        ((Role.APPLICANT,), "", "get " + API, 403),
        ((Role.OFFICER,), "jyj", "get " + OPEN, 200),
    ],
)
def test_who_may_do_what_over_rest(sign_in, feed, roles, department, path, status):
    row = subscribe(feed)
    verb, _, where = path.format(sub=f"{API}/subscriptions/{row.pk}").partition(" ")
    body = {"changes": []} if where.endswith("changes") else {"reason": "x"}
    client = sign_in(*roles, department=department)
    answer = client.get(where) if verb == "get" else send(client, where, body)
    assert answer.status_code == status


def test_the_number_of_subscribers_is_for_the_source(sign_in, feed):
    subscribe(feed)
    assert sign_in(Role.OFFICER, department="jyj").get(OPEN).json()["subscribers"] is None
    assert sign_in(Role.STEWARD, department="gaj").get(OPEN).json()["subscribers"] == 1


def test_the_key_of_webhooks_is_public(client, exchange_city):
    told = client.get(f"{API}/key").json()
    assert told["algorithm"] == "ed25519"
    assert told["key_id"].startswith("heli-feeds-")


@pytest.mark.parametrize(
    ("roles", "department", "name", "status"),
    [
        ((Role.OFFICER,), "jyj", "feeds", 200),
        ((Role.OFFICER,), "jyj", "subscriptions", 403),
        ((Role.STEWARD,), "jyj", "subscriptions", 200),
        ((Role.HEAD,), "jyj", "deliveries", 200),
        ((Role.AUDIT_ADMIN,), "szf", "dead", 200),
        ((Role.APPLICANT,), "", "feeds", 403),
    ],
)
def test_who_may_open_which_list(sign_in, feed, roles, department, name, status):
    client = sign_in(*roles, department=department)
    assert client.get(reverse(f"feeds:{name}")).status_code == status


def test_lists_show_only_what_concerns_the_reader(sign_in, feed, receiver):
    make_delivery(subscribe(feed, "webhook", address=receiver.url))
    for name in ("subscriptions", "deliveries", "dead"):
        page = reverse(f"feeds:{name}")
        assert "人口基础信息" in sign_in(Role.STEWARD, department="gaj").get(page).text
        assert "人口基础信息" not in sign_in(Role.STEWARD, department="jyj").get(page).text


def test_a_steward_opens_subscribes_and_works_on_pages(sign_in, exchange_city, people, receiver):
    source = sign_in(Role.STEWARD, department="gaj")
    page = reverse("feeds:feed", args=["gaj", "residents"])
    assert "开通" in source.get(page).text
    bad = source.post(reverse("feeds:open", args=["gaj", "residents"]), {"keep_days": 0})
    assert bad.status_code == 200
    assert not Feed.objects.exists()
    source.post(
        reverse("feeds:open", args=["gaj", "residents"]), {"compare_every": 0, "keep_days": 30}
    )
    feed = Feed.objects.get()
    post(feed, ("update", people[0]))
    shown = source.get(page).text
    assert people[0] not in shown
    consumer = sign_in(Role.STEWARD, department="scjg")
    form = reverse("feeds:subscribe", args=["gaj", "residents"])
    assert consumer.get(form).status_code == 200
    refused = consumer.post(form, {"purpose": PURPOSE, "transport": "webhook"})
    assert refused.status_code == 200
    unsafe = consumer.post(
        form, {"purpose": PURPOSE, "transport": "webhook", "address": "https://10.0.0.1/x"}
    )
    assert "https://10.0.0.1/x" in unsafe.text
    consumer.post(form, {"purpose": PURPOSE, "transport": "webhook", "address": receiver.url})
    row = Subscription.objects.get()
    mine = reverse("feeds:subscription", args=[row.pk])
    assert receiver.url in consumer.get(mine).text.replace("&amp;", "&")
    work = reverse("feeds:work", args=[row.pk])
    consumer.post(work, {"pause": 1})
    row.refresh_from_db()
    assert row.state == "running"
    consumer.post(work, {"pause": 1, "reason": "maintenance"})
    row.refresh_from_db()
    assert (row.state, row.because) == ("paused", "maintenance")
    assert "maintenance" in consumer.get(mine).text
    consumer.post(work, {"resume": 1})
    dead = make_delivery(row)
    letter = reverse("feeds:delivery", args=[dead.pk])
    assert consumer.get(letter).status_code == 200
    consumer.post(reverse("feeds:settle", args=[dead.pk]), {"reason": "not needed"})
    dead.refresh_from_db()
    assert dead.state == "discarded"
    again = make_delivery(row)
    consumer.post(reverse("feeds:settle", args=[again.pk]), {"retry": 1})
    again.refresh_from_db()
    assert again.state == "waiting"
    consumer.post(work, {"stop": 1, "reason": "over"})
    row.refresh_from_db()
    assert row.state == "stopped"


def test_a_way_that_cannot_be_taken_is_not_offered(sign_in, feed, monkeypatch):
    form = reverse("feeds:subscribe", args=["gaj", "residents"])
    consumer = sign_in(Role.STEWARD, department="scjg")
    monkeypatch.delenv("HELI_BROKER_URL", raising=False)
    shown = consumer.get(form)
    assert 'value="broker"' not in shown.text
    assert shown.context["form"]["address"].field.needed
    monkeypatch.setenv("HELI_BROKER_URL", "nats://127.0.0.1:4222")
    assert 'value="broker"' in consumer.get(form).text


@pytest.mark.parametrize(
    ("error", "meaning"),
    [("http.422", "对方读懂了这一批"), ("http.502", "对方自身出了故障"), ("timeout", "")],
)
def test_a_dead_letter_tells_what_happened_and_who_can_work_it(
    sign_in, feed, receiver, error, meaning
):
    dead = make_delivery(subscribe(feed, "webhook", address=receiver.url))
    Delivery.objects.filter(pk=dead.pk).update(error=error)
    letter = reverse("feeds:delivery", args=[dead.pk])
    head = sign_in(Role.HEAD, department="scjg").get(letter).text
    assert ("意思是" in head) == bool(meaning)
    assert meaning in head
    assert "演示scjg或演示gaj的数据管理员可以重新发送或放弃这一批" in head
    assert "接下来怎么办" not in head
    steward = sign_in(Role.STEWARD, department="scjg").get(letter).text
    assert "可以重新发送或放弃" not in steward
    assert 'name="retry"' in steward


def test_the_top_bar_counts_what_waits_for_a_steward(sign_in, feed, receiver):
    make_delivery(subscribe(feed, "webhook", address=receiver.url))
    with clock.frozen(clock.now()) as standing:
        standing.advance(seconds=feed.allowed_age + 1)
        services.watch_freshness()
        for department, count in (("gaj", 1), ("scjg", 1), ("jyj", 0)):
            caller = Caller(department, Actor("person", "1", department), True, False)
            assert wanting(caller) == count


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_pages_are_spoken_in_both_languages(sign_in, feed, people, language):
    post(feed, ("update", people[0]))
    subscribe(feed)
    steward = sign_in(Role.STEWARD, department="gaj")
    steward.cookies["django_language"] = language
    for page in (reverse("feeds:feeds"), reverse("feeds:feed", args=["gaj", "residents"])):
        assert steward.get(page).status_code == 200
    translation.deactivate()
