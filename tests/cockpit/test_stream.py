"""The stream: in the ledger's order, nothing lost and nothing twice."""

import asyncio
import re

import pytest
from asgiref.sync import async_to_sync
from django.db import transaction
from django.utils import translation

from heli.cases.facts import MatterWithdrawn, RequestRung, TaskClaimed
from heli.cases.history.facts import HistoryPerformed
from heli.cockpit import stream
from heli.cockpit.selectors import news
from heli.kernel.actor import HELI, Actor
from heli.kernel.permissions import Role
from heli.ledger import services

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def home(transactional_db, tmp_path, monkeypatch):
    monkeypatch.setenv("HELI_HOME", str(tmp_path))
    monkeypatch.setattr(stream, "POLL", 0.02)
    with translation.override("en"):
        yield


def happen(*names):
    """Facts that have their place in the ledger."""
    with transaction.atomic():
        for name in names:
            services.record(
                TaskClaimed(task=name, name_zh=name, name_en=name),
                actor=Actor("person", "1", "fire"),
                matter="LJ-AAAAAA-00",
            )
    services.integrate()


def told(sent):
    return [int(match) for match in re.findall(rb"^id: (\d+)$", b"".join(sent), re.M)]


async def take(events, count):
    sent = []
    async with asyncio.timeout(20):
        async for item in events:
            sent.append(item)
            if len(told(sent)) >= count:
                break
    await events.aclose()
    return sent


def show(item):
    return item.sentence()


def a_happen(*names):
    from asgiref.sync import sync_to_async

    return sync_to_async(happen)(*names)


def test_what_happens_is_told_as_it_happens(departments):
    happen("before")

    async def run():
        events = stream.follow(None, show)
        reader = asyncio.create_task(take(events, 2))
        await asyncio.sleep(0.1)
        await a_happen("a", "b")
        return await reader

    sent = b"".join(async_to_sync(run)()).decode()
    assert "before" not in sent
    assert sent.startswith("retry: 3000\n\n")
    assert "event: fact\ndata: Fire Brigade began “a”\n\n" in sent


def test_cut_off_and_back_nothing_is_lost_and_nothing_told_twice(departments):
    async def run():
        await a_happen(*"abc")
        first = await take(stream.follow(-1, show), 2)
        # While nobody listens, more happens.
        await a_happen(*"defg")
        events = stream.follow(told(first)[-1], show)
        second = asyncio.create_task(take(events, 8))
        await asyncio.sleep(0.15)
        await a_happen(*"hij")
        return first, await second

    first, second = async_to_sync(run)()
    positions = told(first) + told(second)
    assert positions == sorted(set(positions))
    names = re.findall(r"began “(.)”$", b"".join(first + second).decode(), re.M)
    assert len(positions) == 10
    assert names == list("abcdefghij")


def test_more_than_a_stretch_is_caught_up_with(departments, monkeypatch):
    monkeypatch.setattr(stream, "BATCH", 3)
    happen(*(f"n{number}" for number in range(10)))
    sent = async_to_sync(take)(stream.follow(-1, show), 10)
    assert told(sent) == list(range(10))


def test_a_slow_reader_reads_from_the_ledger_what_its_queue_could_not_hold(
    departments, monkeypatch
):
    monkeypatch.setattr(stream, "QUEUE", 2)

    async def run():
        events = stream.follow(-1, show)
        await anext(events)
        await a_happen("a")
        sent = [await anext(events)]
        for name in "bcdefgh":
            await a_happen(name)
            await asyncio.sleep(0.05)
        return sent + await take(events, 7)

    assert told(async_to_sync(run)()) == list(range(8))


def test_a_quiet_stream_is_kept_alive(departments, monkeypatch):
    monkeypatch.setattr(stream, "HEARTBEAT", 0.05)

    async def run():
        events = stream.follow(None, show)
        sent = [await anext(events), await anext(events)]
        await events.aclose()
        return sent

    assert async_to_sync(run)()[1] == b": still here\n\n"


def test_who_leaves_frees_the_place(departments):
    async def run():
        events = stream.follow(None, show)
        await anext(events)
        here = len(stream.hub()._readers)
        await events.aclose()
        return here, len(stream.hub()._readers), stream.hub()._task

    assert async_to_sync(run)() == (1, 0, None)


def test_there_is_room_for_so_many(departments, monkeypatch, client, person):
    monkeypatch.setattr(stream, "READERS", 0)
    client.force_login(person(Role.LEADER), backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get("/api/v1/cockpit/stream")
    assert answer.status_code == 503
    assert answer.json()["code"] == "cockpit.too_many_readers"


def test_the_stream_over_http_resumes_by_header(departments, person, async_client):
    happen(*"abc")
    leader = person(Role.LEADER)

    async def run():
        await async_client.aforce_login(leader, backend="django.contrib.auth.backends.ModelBackend")
        answer = await async_client.get("/cockpit/stream/", headers={"Last-Event-ID": "0"})
        assert answer.status_code == 200
        assert answer["Content-Type"] == "text/event-stream"
        assert answer["Cache-Control"] == "no-store"
        return await take(answer.streaming_content, 2)

    sent = async_to_sync(run)()
    assert told(sent) == [1, 2]
    assert b'data: <li data-position="1">' in b"".join(sent)


def test_a_position_beyond_the_end_is_reset_and_goes_on_from_the_end(departments):
    happen(*"abc")

    async def run():
        events = stream.follow(9000, show)
        reader = asyncio.create_task(take(events, 3))
        await asyncio.sleep(0.1)
        await a_happen("d", "e")
        return await reader

    sent = async_to_sync(run)()
    assert sent[1] == b"id: 2\nevent: reset\ndata: reload\n\n"
    assert told(sent) == [2, 3, 4]


def test_a_position_in_an_empty_ledger_is_reset_to_its_beginning(departments):
    async def run():
        events = stream.follow(7, show)
        reader = asyncio.create_task(take(events, 1))
        await asyncio.sleep(0.1)
        await a_happen("a")
        return await reader

    sent = async_to_sync(run)()
    assert sent[1] == b"id: -1\nevent: reset\ndata: reload\n\n"
    assert told(sent) == [0]


def test_who_is_ahead_of_the_hub_but_not_of_the_ledger_is_not_reset(departments, monkeypatch):
    async def run():
        await a_happen("a")
        first = stream.follow(None, show)
        await anext(first)
        # The hub reads again much later than the page that asks now was made.
        monkeypatch.setattr(stream, "POLL", 0.2)
        await asyncio.sleep(0.05)
        await a_happen("b")
        events = stream.follow(1, show)
        reader = asyncio.create_task(take(events, 1))
        await asyncio.sleep(0.3)
        await a_happen("c")
        sent = await reader
        await first.aclose()
        return sent

    sent = async_to_sync(run)()
    assert told(sent) == [2]
    assert b"reset" not in b"".join(sent)


@pytest.mark.parametrize("position", ["1000", str(1 << 62), "9" * 40])
def test_a_position_beyond_the_end_is_reset_over_http(departments, person, async_client, position):
    happen(*"abc")
    leader = person(Role.LEADER)

    async def run():
        await async_client.aforce_login(leader, backend="django.contrib.auth.backends.ModelBackend")
        answer = await async_client.get("/cockpit/stream/", headers={"Last-Event-ID": position})
        return await take(answer.streaming_content, 1)

    assert b"id: 2\nevent: reset\n" in b"".join(async_to_sync(run)())


@pytest.mark.parametrize("text", ["x", "1;2", "-2", "-1000", "1_0", " 1", "١", "1.0", "9" * 5000])
def test_a_position_that_is_none_is_refused(departments, person, client, text):
    client.force_login(person(Role.LEADER), backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get("/api/v1/cockpit/stream", headers={"Last-Event-ID": text})
    assert answer.status_code == 422


def test_imported_history_is_no_news(departments):
    with transaction.atomic():
        for _ in range(5):
            services.record(
                HistoryPerformed(source="log", activity="old"), actor=HELI, matter="LJ-AAAAAA-00"
            )
    happen("new")
    found, position = news.after(-1, 100)
    assert [item.data["task"] for item in found] == ["new"]
    assert position == news.head() == 5


def test_sentences_are_told_in_the_readers_language(departments):
    with transaction.atomic():
        services.record(
            RequestRung(request="r", asker="hall", asked="fire", rung="escalate"),
            actor=HELI,
            matter="LJ-AAAAAA-00",
        )
        services.record(MatterWithdrawn(), actor=HELI, matter="LJ-AAAAAA-00")
    services.integrate()
    withdrawn, rung = news.latest()
    with translation.override("en"):
        assert rung.sentence() == "Time limit of the request to Fire Brigade: escalation"
        assert withdrawn.sentence() == "The applicant withdrew the matter"
    assert rung.state == "late"
    with translation.override("zh-hans"):
        assert "消防支队" in rung.sentence()
