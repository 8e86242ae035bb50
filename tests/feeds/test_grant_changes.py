"""What happens to a grant takes hold of feeds that run: each change of it, on each way of telling.

Nothing that leaves afterwards leaves under the old grant: that is the order of things and needs no
clock. A grant that holds again is told of within a second. The machine may be busy with other
things for as long as that, so the best of some rounds counts.
"""

import asyncio
import datetime as dt
import time

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from tests.feeds.conftest import PURPOSE, STEWARD, post
from tests.feeds.listening import Jetstream, Stream, Webhook, own_broker, told_by, until
from tests.feeds.test_feeds import change_grant, fetch
from tests.feeds.test_sending import work
from tests.feeds.test_stream import documents, place, subscribe

from heli.exchange.models import Grant
from heli.exchange.services import renew, resume, revoke, suspend
from heli.feeds import services, stream
from heli.feeds.models import Subscription
from heli.kernel import clock
from heli.kernel.worker import jobs
from heli.ledger.models import Fact

pytestmark = pytest.mark.django_db(transaction=True)

PROMISED = 1.0
ROUNDS = 3


@pytest.fixture
def feed(committed_feed):
    return committed_feed


@pytest.fixture(params=["stream", "webhook", "broker"])
def told(request, feed, people, monkeypatch):
    """A system that is told, and a worker that runs."""
    if request.param == "broker":
        made = Jetstream(feed, own_broker(monkeypatch))
    elif request.param == "webhook":
        made = Webhook(feed, request.getfixturevalue("receiver"))
    else:
        made = Stream(feed)
    with told_by(made):
        yield made


def grant_of(feed):
    return Grant.objects.get(resource=feed.resource, consumer="scjg", purpose=PURPOSE)


def events(told):
    return [event for document in list(told.documents) for event in document["events"]]


def positions(told):
    return [event["position"] for event in events(told)]


def state(told):
    return Subscription.objects.values_list("state", "because").get(pk=told.row.pk)


def batches():
    return Fact.objects.filter(verb="feeds.batch.released").count()


def first_told(feed, told, people):
    post(feed, ("update", people[0]))
    until(lambda: positions(told) == [1])


ENDS = {
    suspend: ("paused", "exchange.grant_suspended"),
    revoke: ("stopped", "exchange.grant_revoked"),
}


@pytest.mark.parametrize("act", ENDS)
def test_nothing_leaves_after_a_grant_was_taken_away(feed, people, told, act):
    first_told(feed, told, people)
    act(grant_of(feed).pk, actor=STEWARD, reason="under review")
    post(feed, ("update", people[1]))
    until(lambda: state(told) == ENDS[act])
    if isinstance(told, Stream):
        until(lambda: told.stopped == [ENDS[act][1]])
    assert (positions(told), batches()) == ([1], 1)


def test_a_suspension_that_is_lifted_lets_what_was_missed_follow_at_once(feed, people, told):
    first_told(feed, told, people)
    grant, took = grant_of(feed), []
    for number in range(2, ROUNDS + 2):
        suspend(grant.pk, actor=STEWARD, reason="under review")
        until(lambda: state(told)[0] == "paused")
        post(feed, ("update", people[1]))
        resume(grant.pk, actor=STEWARD, reason="reviewed")
        began = time.monotonic()
        until(lambda expected=number: len(positions(told)) == expected)
        took.append(time.monotonic() - began)
        if took[-1] < PROMISED:
            break
    assert positions(told) == list(range(1, len(took) + 2))
    assert min(took) < PROMISED


def test_what_a_renewed_grant_shows_is_what_is_told_from_then_on(feed, people, told):
    first_told(feed, told, people)
    assert len(events(told)[0]["data"]) > 1
    grant = grant_of(feed)
    policy = {"fields": [{"field": "name", "mask": "partial"}]}
    renew(grant.pk, actor=STEWARD, policy=policy, expires_at=grant.expires_at)
    post(feed, ("update", people[0]))
    until(lambda: positions(told) == [1, 2])
    assert set(events(told)[1]["data"]) == {"name"}
    assert state(told) == ("running", "")


@pytest.mark.parametrize("renewed", [True, False])
def test_a_feed_runs_on_beyond_the_end_that_its_grant_had(feed, people, told, renewed):
    grant = change_grant(feed, expires_at=clock.now() + dt.timedelta(hours=1))
    first_told(feed, told, people)
    if renewed:
        later = clock.now() + dt.timedelta(days=200)
        renew(grant.pk, actor=STEWARD, policy=grant.policy, expires_at=later)
    with clock.frozen(clock.now() + dt.timedelta(hours=2)):
        post(feed, ("update", people[1]))
        if renewed:
            until(lambda: positions(told) == [1, 2])
        else:
            until(lambda: state(told) == ("stopped", "exchange.grant_expired"))
            assert positions(told) == [1]


def test_one_look_is_enough_and_looks_come_often_enough(feed, people, receiver):
    row = subscribe(feed, "webhook", address=receiver.url)
    grant = grant_of(feed)
    suspend(grant.pk, actor=STEWARD, reason="under review")
    post(feed, ("update", people[0]))
    assert services.watch_grants() == 1
    resume(grant.pk, actor=STEWARD, reason="reviewed")
    assert services.watch_grants() == 1
    work()
    row.refresh_from_db()
    assert (row.state, row.position, len(receiver.got)) == ("running", 1, 1)
    every = {job.name: job.every for job in jobs()}
    assert every["feeds.grants"] + every["feeds.send"] <= PROMISED / 2
    assert stream.LOOK + stream.POLL <= PROMISED / 2


def test_who_asks_again_need_not_wait_for_the_worker(feed, people):
    row = subscribe(feed)
    grant = grant_of(feed)
    suspend(grant.pk, actor=STEWARD, reason="under review")
    post(feed, ("update", people[0]))
    services.watch_grants()
    resume(grant.pk, actor=STEWARD, reason="reviewed")
    assert [event["position"] for event in fetch(row)["events"]] == [1]
    row.refresh_from_db()
    assert (row.state, row.because) == ("running", "")
    assert Fact.objects.filter(verb="feeds.subscription.resumed").count() == 1


@pytest.mark.parametrize("by_hand", [True, False])
def test_subscribing_again_goes_on_where_it_rested(feed, people, by_hand):
    row = subscribe(feed)
    grant = grant_of(feed)
    if by_hand:
        services.pause(row, actor=STEWARD, reason="maintenance")
    else:
        suspend(grant.pk, actor=STEWARD, reason="under review")
        services.watch_grants()
    post(feed, ("update", people[0]))
    if not by_hand:
        resume(grant.pk, actor=STEWARD, reason="reviewed")
    feed.refresh_from_db()
    assert subscribe(feed).pk == row.pk
    assert [event["position"] for event in fetch(row)["events"]] == [1]


def test_a_person_who_paused_or_ended_it_is_not_overruled_by_the_grant(feed, people):
    row = subscribe(feed)
    grant = grant_of(feed)
    suspend(grant.pk, actor=STEWARD, reason="under review")
    services.watch_grants()
    row.refresh_from_db()
    resume(grant.pk, actor=STEWARD, reason="reviewed")
    services.stop(Subscription.objects.get(pk=row.pk), actor=STEWARD, reason="no need")
    # As the worker saw it before somebody ended it.
    assert services.subscriptions._grant_holds_again(row) is False
    row.refresh_from_db()
    assert (row.state, row.because) == ("stopped", "no need")


def test_what_waits_in_memory_for_a_slow_reader_follows_the_renewed_grant(feed, people):
    reader = place(subscribe(feed))
    grant = grant_of(feed)
    policy = {"fields": [{"field": "name", "mask": "partial"}]}
    posted = sync_to_async(lambda: post(feed, ("update", people[0])))

    async def run():
        events = stream.follow(reader, "en")
        sent = [await anext(events), await anext(events)]
        for _ in range(3):
            before = reader.queue.qsize()
            await posted()
            async with asyncio.timeout(20):
                while reader.queue.qsize() == before:
                    await asyncio.sleep(0.01)
        sent.append(await anext(events))
        await sync_to_async(renew)(
            grant.pk, actor=STEWARD, policy=policy, expires_at=grant.expires_at
        )
        async with asyncio.timeout(20):
            while not reader.queue.empty():
                await asyncio.sleep(0.01)
        async with asyncio.timeout(20):
            while len(documents(sent)) < 2:
                sent.append(await anext(events))
        await events.aclose()
        return documents(sent)

    first, second = async_to_sync(run)()
    assert [event["position"] for event in first["events"]] == [1]
    assert len(first["events"][0]["data"]) > 1
    assert [event["position"] for event in second["events"]] == [2, 3]
    assert all(set(event["data"]) == {"name"} for event in second["events"])
