"""Streams: as it happens, from where it was cut off, at the reader's pace, and no longer than the
grant."""

import asyncio
import json
import time
from collections.abc import Callable

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from tests.feeds.conftest import PURPOSE, STEWARD, SYSTEM, post, subscribe

from heli.exchange.models import Grant
from heli.exchange.services import revoke
from heli.feeds import services, stream
from heli.feeds.cursors import cursor_at
from heli.feeds.models import Feed, Subscription
from heli.kernel.actor import Actor
from heli.ledger.models import Fact
from heli.ledger.selectors import receipt

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def feed(committed_feed):
    return committed_feed


def place(row, cursor="", actor=SYSTEM):
    row = Subscription.objects.select_related("feed__resource").get(pk=row.pk)
    return stream.open_reader(row, cursor, actor)


def documents(sent):
    found = []
    for item in sent:
        text = item.decode()
        if "event: changes" in text:
            found.append(json.loads(text.split("data: ", 1)[1]))
    return found


def positions(sent):
    return [event["position"] for each in documents(sent) for event in each["events"]]


async def take(events, until: Callable[[list[bytes]], bool], seconds=15):
    sent = []
    async with asyncio.timeout(seconds):
        async for item in events:
            sent.append(item)
            if until(sent):
                break
    await events.aclose()
    return sent


a_post = sync_to_async(post)


def test_what_changes_is_told_as_it_changes_and_proven_before(feed, people):
    row = subscribe(feed)
    reader = place(row)

    async def run():
        events = stream.follow(reader, "en")
        task = asyncio.create_task(take(events, lambda sent: len(positions(sent)) >= 3))
        await asyncio.sleep(0.2)
        await a_post(feed, ("update", people[0]), ("update", people[2]), ("update", people[1]))
        await asyncio.sleep(0.2)
        await a_post(feed, ("delete", people[0]))
        return await task

    sent = async_to_sync(run)()
    assert positions(sent) == [1, 3, 4]
    assert sent[0] == b"retry: 2000\n\n"
    for document in documents(sent):
        fact = Fact.objects.get(pk=document["fact"])
        assert fact.actor == str(SYSTEM)
        assert receipt(fact.id).index == fact.leaf_index
        assert f"id: {document['cursor']}\n" in b"".join(sent).decode()
    row.refresh_from_db()
    assert row.position == 4


def test_cut_off_and_back_nothing_is_lost_and_nothing_told_twice(feed, people):
    row = subscribe(feed)
    post(feed, *(("update", people[n % 2]) for n in range(5)))

    async def first():
        events = stream.follow(place_then, "en")
        return await take(events, lambda sent: len(positions(sent)) >= 5)

    place_then = place(row, cursor_at(feed, 0))
    before = async_to_sync(first)()
    post(feed, *(("update", people[n % 2]) for n in range(250)))
    last = documents(before)[-1]["cursor"]
    again = place(row, last)

    async def second():
        events = stream.follow(again, "en")
        task = asyncio.create_task(take(events, lambda sent: len(positions(sent)) >= 253))
        await asyncio.sleep(0.3)
        await a_post(feed, *(("update", people[n % 2]) for n in range(3)))
        return await task

    after = async_to_sync(second)()
    assert positions(before) + positions(after) == list(range(1, 259))


def test_a_slow_reader_is_served_at_its_own_pace(feed, people, monkeypatch):
    monkeypatch.setattr(stream, "QUEUE", 2)
    row = subscribe(feed)
    reader = place(row)

    async def run():
        events = stream.follow(reader, "en")
        sent = [await anext(events), await anext(events), await anext(events)]
        for _ in range(12):
            await a_post(feed, ("update", people[0]))
            await asyncio.sleep(0.05)
        assert reader.queue.qsize() <= 2
        async with asyncio.timeout(15):
            while len(positions(sent)) < 12:
                sent.append(await anext(events))
        await events.aclose()
        return sent

    assert positions(async_to_sync(run)()) == list(range(1, 13))


@pytest.mark.parametrize("quiet", [True, False])
def test_revoked_a_stream_ends_within_a_second(feed, people, quiet):
    row = subscribe(feed)
    reader = place(row)
    grant = Grant.objects.get(resource=feed.resource, consumer="scjg", purpose=PURPOSE)
    times = {}

    def end():
        revoke(grant.pk, actor=STEWARD, reason="over")
        times["revoked"] = time.monotonic()
        if not quiet:
            post(feed, ("update", people[0]))

    async def run():
        events = stream.follow(reader, "en")
        task = asyncio.create_task(take(events, lambda sent: b"event: stopped" in sent[-1]))
        await asyncio.sleep(0.3)
        await sync_to_async(end)()
        sent = await task
        times["ended"] = time.monotonic()
        return sent

    sent = async_to_sync(run)()
    told = json.loads(sent[-1].decode().split("data: ", 1)[1])
    assert told["code"] == "exchange.grant_revoked"
    assert positions(sent) == []
    assert times["ended"] - times["revoked"] < 1
    assert not Fact.objects.filter(verb="feeds.batch.released").exists()


def test_a_paused_subscription_ends_its_stream(feed, people):
    row = subscribe(feed)
    reader = place(row)

    async def run():
        events = stream.follow(reader, "en")
        task = asyncio.create_task(take(events, lambda sent: b"event: stopped" in sent[-1]))
        await asyncio.sleep(0.2)
        await sync_to_async(services.pause)(row, actor=SYSTEM, reason="maintenance")
        return await task

    assert b"feeds.not_running" in async_to_sync(run)()[-1]


def test_many_readers_are_told_in_one_round(feed, people, monkeypatch):
    rows = [subscribe(feed), subscribe(feed, consumer="scjg")]
    readers = [place(rows[n % 2], actor=Actor("system", f"s{n}", "scjg")) for n in range(20)]
    rounds = []
    from heli.ledger import services as ledger

    real = ledger.ensure_durable
    monkeypatch.setattr(ledger, "ensure_durable", lambda ids: (rounds.append(1), real(ids))[1])

    async def run():
        tasks = [
            asyncio.create_task(take(stream.follow(r, "en"), lambda sent: bool(positions(sent))))
            for r in readers
        ]
        await asyncio.sleep(0.5)
        await a_post(feed, ("update", people[0]))
        return await asyncio.gather(*tasks)

    told = async_to_sync(run)()
    assert [positions(sent) for sent in told] == [[1]] * 20
    assert len(rounds) == 1
    assert Fact.objects.filter(verb="feeds.batch.released").count() == 20


def test_a_reader_of_nothing_of_its_own_still_gets_on(feed, people):
    row = subscribe(feed)
    reader = place(row)

    async def run():
        events = stream.follow(reader, "en")
        task = asyncio.create_task(take(events, lambda sent: sent[-1].startswith(b"id: ")))
        await asyncio.sleep(0.2)
        await a_post(feed, ("update", people[2]))
        return await task

    last = async_to_sync(run)()[-1].decode()
    assert last == f"id: {cursor_at(Feed.objects.get(), 1)}\n\n"


def test_there_is_room_for_so_many_and_no_more(feed, monkeypatch):
    monkeypatch.setattr(stream, "READERS", 0)

    async def run():
        stream.hub().require_room()

    with pytest.raises(stream.TooManyStreamsError):
        async_to_sync(run)()
