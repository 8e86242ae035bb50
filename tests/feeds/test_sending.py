"""Batches for webhooks and the broker: signed, in order, tried again, and never lost."""

import datetime as dt
import json
import os
import socket

import nats
import pytest
from asgiref.sync import async_to_sync
from hypothesis import given
from hypothesis import strategies as st
from tests.feeds.conftest import PURPOSE, STEWARD, SYSTEM, post, subscribe
from tests.feeds.listening import own_broker

from heli.engines.httpsig import Request, check_content_digest, read_signature, verify
from heli.exchange.models import Grant
from heli.exchange.services import revoke
from heli.feeds import broker, sending, services, webhooks
from heli.feeds.errors import BadWebhookError, BrokerMissingError, EndedDeliveryError
from heli.feeds.models import Delivery, Subscription
from heli.kernel import clock
from heli.ledger.models import Fact

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def feed(committed_feed):
    return committed_feed


def work():
    """One turn of the worker, without its threads."""
    sending.plan()
    for row in sending.claim():
        sending.attempt(row)


def events(receiver):
    return [event["position"] for document in receiver.documents for event in document["events"]]


def test_a_batch_arrives_signed_and_proven(feed, people, receiver):
    row = subscribe(feed, "webhook", address=receiver.url)
    post(feed, *(("update", number) for number in people))
    work()
    ((path, headers, body),) = receiver.got
    message = Request(
        method="POST", scheme="http", authority=headers["Host"], path="/changes",
        query="from=heli", headers=tuple(headers.items()),
    )  # fmt: skip
    assert path == "/changes?from=heli"
    signature = read_signature(message)
    key_id, raw = webhooks.public_key()
    assert signature.key_id == key_id
    verify(message, signature, raw)
    check_content_digest(headers["Content-Digest"], body)
    document = json.loads(body)
    assert [event["key"] for event in document["events"]] == people[:2]
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts, delivery.count) == ("delivered", 1, 2)
    assert document["delivery"] == headers["Heli-Delivery"] == str(delivery.pk)
    assert Fact.objects.get(pk=document["fact"]).leaf_index is not None
    row.refresh_from_db()
    assert row.position == 3


def test_what_is_not_open_to_the_subscriber_makes_no_delivery(feed, people, receiver):
    row = subscribe(feed, "webhook", address=receiver.url)
    post(feed, ("update", people[2]))
    work()
    row.refresh_from_db()
    assert (row.position, receiver.got, Delivery.objects.count()) == (1, [], 0)


def test_failures_are_tried_again_in_order_under_the_same_id_and_fact(feed, people, receiver):
    subscribe(feed, "webhook", address=receiver.url)
    receiver.answers = [503, 500]
    with clock.frozen(clock.now()) as standing:
        post(feed, ("update", people[0]))
        for _ in range(3):
            work()
            work()
            post(feed, ("update", people[1]))
            standing.advance(seconds=10)
        work()
    assert events(receiver) == [1, 1, 1, 2, 3, 4]
    ids = [document["delivery"] for document in receiver.documents]
    assert len(set(ids[:3])) == 1
    assert len({document["fact"] for document in receiver.documents[:3]}) == 1
    assert len({headers["Signature"] for _, headers, _ in receiver.got}) == len(receiver.got)


def test_a_batch_that_changed_meanwhile_is_a_new_release(feed, people, receiver, matters):
    subscribe(feed, "webhook", address=receiver.url)
    receiver.answers = [500]
    with clock.frozen(clock.now()) as standing:
        post(feed, ("update", people[0]), ("update", people[1]))
        work()
        matters.subjects.discard(("LJ-1", "person", people[1]))
        standing.advance(seconds=10)
        work()
    first, second = receiver.documents
    assert [len(first["events"]), len(second["events"])] == [2, 1]
    assert first["fact"] != second["fact"]
    assert first["delivery"] == second["delivery"]


def test_after_its_last_attempt_a_batch_waits_for_a_person(feed, people, receiver, monkeypatch):
    row = subscribe(feed, "webhook", address=receiver.url)
    receiver.default = 422
    with clock.frozen(clock.now()) as standing:
        post(feed, ("update", people[0]))
        for _ in range(sending.FATAL_ATTEMPTS):
            work()
            standing.advance(minutes=1)
        dead = Delivery.objects.get()
        assert (dead.state, dead.error, dead.attempts) == ("dead", "http.422", 4)
        assert Fact.objects.filter(verb="feeds.delivery.failed").count() == 1
        # The next batch does not wait for it.
        receiver.default = 204
        post(feed, ("update", people[1]))
        work()
        assert receiver.documents[-1]["events"][0]["position"] == 2
        services.retry(dead, actor=SYSTEM)
        work()
        assert receiver.documents[-1]["events"][0]["position"] == 1
    dead.refresh_from_db()
    assert dead.state == "delivered"
    with pytest.raises(EndedDeliveryError):
        services.discard(dead, actor=SYSTEM, reason="late")
    row.refresh_from_db()
    assert (row.position, row.failures) == (2, 0)


def test_a_dead_letter_can_be_discarded_with_its_reason(feed, people, receiver):
    subscribe(feed, "webhook", address=receiver.url)
    receiver.default = 404
    with clock.frozen(clock.now()) as standing:
        post(feed, ("update", people[0]))
        for _ in range(4):
            work()
            standing.advance(minutes=1)
    dead = Delivery.objects.get()
    services.discard(dead, actor=SYSTEM, reason="no longer needed")
    (fact,) = Fact.objects.filter(verb="feeds.delivery.discarded")
    assert (dead.state, fact.data["reason"]) == ("discarded", "no longer needed")


def test_a_receiver_that_is_away_rests_the_subscription_and_is_looked_after(feed, people):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    os.environ["HELI_WEBHOOK_NETWORKS"] = "127.0.0.0/8"
    try:
        row = subscribe(feed, "webhook", address=f"http://127.0.0.1:{port}/")
        with clock.frozen(clock.now()) as standing:
            post(feed, ("update", people[0]))
            for _ in range(sending.PATIENCE):
                work()
                standing.advance(minutes=2)
            row.refresh_from_db()
            assert row.failures == sending.PATIENCE
            rest = row.rests_until
            standing.instant = rest - dt.timedelta(seconds=1)
            Delivery.objects.update(next_at=clock.now())
            assert sending.claim() == []
            standing.instant = rest
            assert len(sending.claim()) == 1
    finally:
        del os.environ["HELI_WEBHOOK_NETWORKS"]


def test_a_batch_is_claimed_once_and_again_when_its_worker_died(feed, people, receiver):
    subscribe(feed, "webhook", address=receiver.url)
    with clock.frozen(clock.now()) as standing:
        post(feed, ("update", people[0]))
        sending.plan()
        assert len(sending.claim()) == 1
        assert sending.claim() == []
        assert sending.plan() == 0
        standing.advance(seconds=61)
        (row,) = sending.claim()
        sending.attempt(row)
    assert events(receiver) == [1]


def test_a_revoked_grant_stops_what_was_planned_already(feed, people, receiver):
    row = subscribe(feed, "webhook", address=receiver.url)
    post(feed, ("update", people[0]))
    sending.plan()
    grant = Grant.objects.get(resource=feed.resource, consumer="scjg", purpose=PURPOSE)
    revoke(grant.pk, actor=STEWARD, reason="over")
    for each in sending.claim():
        sending.attempt(each)
    row.refresh_from_db()
    assert (receiver.got, row.state, row.because) == ([], "stopped", "exchange.grant_revoked")


def test_redirections_are_not_followed(feed, people, receiver):
    subscribe(feed, "webhook", address=receiver.url)
    receiver.answers = [302]
    post(feed, ("update", people[0]))
    work()
    assert Delivery.objects.get().error == "http.302"
    assert len(receiver.got) == 1


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/", "https://127.0.0.1/", "https://localhost/", "https://[::1]/x",
        "https://10.1.2.3/", "https://192.168.0.1/", "https://169.254.169.254/latest/meta-data",
        "https://[::ffff:127.0.0.1]/", "https://0.0.0.0/", "https://224.0.0.1/",
        "https://[fe80::1%25eth0]/", "ftp://example.org/", "https://", "nonsense",
        "https://user:password@8.8.8.8/", "https://8.8.8.8/#part", "http://8.8.8.8/",
        "https://0x7f000001/", "https://2130706433/", "https://no-such-name.invalid/",
    ],
)  # fmt: skip
def test_addresses_that_lead_where_they_must_not(address):
    with pytest.raises(BadWebhookError):
        webhooks.check_address(address)


def test_one_protected_answer_condemns_a_name(monkeypatch):
    found = [(2, 1, 6, "", (ip, 443)) for ip in ("8.8.8.8", "10.0.0.7")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: found)
    with pytest.raises(BadWebhookError):
        webhooks.check_address("https://example.org/")


def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch):
    found = [(2, 1, 6, "", ("8.8.4.4", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: found)
    target = webhooks.check_address("https://example.org:8443/a?b=c")
    assert target.url == "https://8.8.4.4:8443/a?b=c"
    assert (target.authority, target.host) == ("example.org:8443", "example.org")


@given(attempts=st.integers(1, 40))
def test_pauses_grow_and_stay_below_an_hour(attempts):
    longest = min(sending.FIRST_PAUSE * 2 ** (attempts - 1), sending.LONGEST_PAUSE)
    assert longest / 2 <= sending.pause(attempts) <= longest


def test_the_broker_keeps_each_batch_once(feed, people, monkeypatch):
    broker_url, stream = own_broker(monkeypatch), broker.STREAM
    subscribe(feed, "broker")
    post(feed, ("update", people[0]))
    work()
    post(feed, ("update", people[1]))
    work()
    first = Delivery.objects.order_by("created_at").first()
    # Its worker died before it noted that the stream had it.
    Delivery.objects.filter(pk=first.pk).update(state="waiting", next_at=clock.now())
    work()

    async def read():
        client = await nats.connect(broker_url)
        context = client.jetstream()
        info = await context.stream_info(stream)
        puller = await context.pull_subscribe(f"{stream}.scjg", stream=stream)
        messages = await puller.fetch(2, timeout=3)
        await context.delete_stream(stream)
        await client.close()
        return info.state.messages, [json.loads(message.data) for message in messages]

    count, documents = async_to_sync(read)()
    assert count == 2
    assert [each["events"][0]["position"] for each in documents] == [1, 2]


def test_without_a_broker_none_can_be_chosen(feed, monkeypatch):
    monkeypatch.delenv("HELI_BROKER_URL", raising=False)
    with pytest.raises(BrokerMissingError):
        subscribe(feed, "broker")
    assert not Subscription.objects.exists()
