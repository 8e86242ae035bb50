"""Sources that hang, lie or die, a full disk, a request that was tampered with: no data leaves."""

import asyncio
import datetime as dt
import json
import threading
import time
from types import SimpleNamespace

import pyarrow as pa
import pytest
from django.db import connection
from tests.exchange.conftest import NOW, new_system
from tests.exchange.test_gateway import ADDRESS, Asgi

from heli.client import HeliClient, ProblemError, ServerError
from heli.exchange import compiled, gateway, pipeline, refusals
from heli.exchange.models import Access, Resource, UsedNonce
from heli.kernel import clock
from heli.kernel.home import folder
from heli.ledger.models import Fact


@pytest.fixture
def now():
    with clock.frozen(NOW) as frozen:
        yield frozen


@pytest.fixture
def caller(now, committed_city, matters, persona, monkeypatch):
    monkeypatch.setattr(refusals, "PER_SECOND", 100)
    monkeypatch.setattr(refusals, "limiter", refusals.Limiter())
    number = persona[0].resident_id
    matters.add("LJ-1", departments=["scjg"], subjects=[("person", number)])
    key_id, private = new_system("scjg")
    wire = Asgi()
    with HeliClient(
        ADDRESS, key_id, private, transport=wire, clock=lambda: int(clock.now().timestamp())
    ) as client:

        def look(resource="gaj/residents"):
            subject = ("person", number)
            return client.lookup(resource, subject, matter="LJ-1", purpose="restaurant")

        yield SimpleNamespace(client=client, wire=wire, look=look, number=number)


def with_connector(monkeypatch, connector, address="gaj/residents"):
    """The catalogue as it is, but for one connector."""
    real = compiled._resource

    def made(row, contract, grants, **more):
        found = real(row, contract, grants, **more)
        if found.address != address:
            return found
        import dataclasses

        return dataclasses.replace(found, connector=connector)

    monkeypatch.setattr(compiled, "_resource", made)
    compiled.catalogue.forget()


class Source:
    """A connector that does what it is told."""

    def __init__(self, act):
        self.act = act

    def lookup(self, subject):
        return self.act()

    def scan(self, columns, **more):
        self.act()
        return iter([pa.RecordBatch.from_pylist([{"resident_id": 7}])])


def dies():
    raise OSError("connection reset")


def breaks():
    raise KeyError("column")


@pytest.mark.parametrize("act", [dies, breaks, lambda: {"name": object()}, lambda: 7])
def test_a_source_that_dies_or_lies_gives_503_or_500_and_no_answer(caller, monkeypatch, act):
    with_connector(monkeypatch, Source(act))
    with pytest.raises(ServerError):
        caller.look()
    assert not Fact.objects.filter(verb="exchange.lookup.answered").exists()


def test_a_source_that_hangs_keeps_only_its_own_callers_waiting(caller, monkeypatch):
    going_on = threading.Event()
    with_connector(monkeypatch, Source(going_on.wait))
    monkeypatch.setattr(pipeline, "PATIENCE", 1.0)
    outcomes = {}

    def hang():
        try:
            caller.look()
        except ProblemError as error:
            outcomes["hung"] = error.problem_code

    hung = threading.Thread(target=hang)
    hung.start()
    time.sleep(0.1)
    began = time.monotonic()
    with pytest.raises(ProblemError) as other:  # another resource, refused on its own ground
        caller.look("gaj/households")
    assert time.monotonic() - began < 1.0
    assert other.value.problem_code != "exchange.source_unavailable"
    hung.join(10)
    going_on.set()
    assert outcomes == {"hung": "exchange.source_unavailable"}
    denied = Access.objects.filter(reason="exchange.source_unavailable")
    assert denied.count() == 1


@pytest.mark.skipif(connection.vendor != "sqlite", reason="fills the file of SQLite")
def test_a_full_disk_answers_503_keeps_nothing_and_recovers(caller, monkeypatch):
    caller.look()
    before = Fact.objects.count()
    real = gateway.settle

    def full(calls):
        with connection.cursor() as cursor:
            cursor.execute("VACUUM")  # What earlier tests left free would take it all in.
            cursor.execute("PRAGMA page_count")
            cursor.execute(f"PRAGMA max_page_count = {cursor.fetchone()[0]}")
            try:
                for _ in range(60):
                    real(calls)
            finally:
                cursor.execute("PRAGMA max_page_count = 1073741823")

    monkeypatch.setattr(gateway, "settle", full)
    with pytest.raises(ServerError) as caught:
        caller.look()
    assert caught.value.http_status == 503
    assert caught.value.problem_code == "ledger.not_durable"
    monkeypatch.setattr(gateway, "settle", real)
    again = caller.look()
    assert Fact.objects.get(pk=again.fact).leaf_index is not None
    assert Fact.objects.filter(leaf_index=None).count() == 0
    assert Fact.objects.count() > before


def test_what_cannot_be_made_durable_does_not_leave(caller, monkeypatch):
    from heli.ledger.services import NotDurableError

    def refuse(facts):
        raise NotDurableError(size=0)

    monkeypatch.setattr(gateway.bundles, "prove", refuse)
    with pytest.raises(ServerError) as caught:
        caller.look()
    assert caught.value.problem_code == "ledger.not_durable"
    assert "data" not in caught.value.problem


@pytest.mark.parametrize("cut", [1, 10, -1])
def test_a_truncated_body_is_refused(caller, cut):
    import httpx

    def truncated(request):
        body = request.read()[:cut]
        headers = [(k, v) for k, v in request.headers.items() if k != "content-length"]
        return httpx.Request(request.method, request.url, headers=headers, content=body)

    caller.wire.change = truncated
    with pytest.raises(ProblemError) as caught:
        caller.look()
    assert caught.value.problem_code == "httpsig.digest"


def test_a_request_that_breaks_off_is_refused(caller):
    """The line is cut after the first half of the body."""
    caller.look()
    request = caller.wire.seen[-1]
    answered = Fact.objects.filter(verb="exchange.lookup.answered").count()
    parts = iter(
        [
            {"type": "http.request", "body": request.read()[:20], "more_body": True},
            {"type": "http.disconnect"},
        ]
    )
    sent = []

    async def receive():
        return next(parts)

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http", "method": "POST", "scheme": "http", "path": request.url.path,
        "raw_path": request.url.raw_path, "query_string": b"",
        "headers": [(key.lower(), value) for key, value in request.headers.raw],
    }  # fmt: skip
    asyncio.run(gateway.application(scope, receive, send))
    assert sent[0]["status"] == 400
    assert json.loads(sent[1]["body"])["code"] == "httpsig.digest"
    assert Fact.objects.filter(verb="exchange.lookup.answered").count() == answered


def test_a_source_that_is_gone_is_told_on_record_and_read_again_when_it_is_back(caller):
    """Servers that are gone are in ``test_connector_faults``; here it is the whole way."""
    row = Resource.objects.get(department="gaj", name="residents")
    register = folder("registers") / row.options["file"]
    assert caller.look().data["name"]
    away = register.with_suffix(".away")
    register.rename(away)
    try:
        with pytest.raises(ServerError) as caught:
            caller.look()
    finally:
        away.rename(register)
    assert caught.value.problem_code == "exchange.source_unavailable"
    assert Access.objects.filter(reason="exchange.source_unavailable").count() == 1
    assert caller.look().data["name"]


def test_a_request_for_one_address_opens_no_other(caller):
    import httpx

    def elsewhere(request):
        url = f"{ADDRESS}/x/v1/gaj/residents/records"
        return httpx.Request("POST", url, headers=request.headers, content=request.read())

    caller.wire.change = elsewhere
    with pytest.raises(ProblemError) as caught:
        caller.look()
    assert caught.value.problem_code == "httpsig.invalid"


def test_of_one_request_sent_many_times_at_once_one_is_answered(caller):
    caller.look()
    request = caller.wire.seen[-1]
    UsedNonce.objects.all().delete()  # as if it had never arrived
    statuses = []
    threads = [
        threading.Thread(
            target=lambda: statuses.append(caller.wire.handle_request(request).status_code)
        )
        for _ in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] + [401] * 11


def test_one_call_that_spoils_its_transaction_spoils_no_other(caller, monkeypatch):
    real = gateway.settle

    def picky(calls):
        if len(calls) > 1 or calls[0].query.matter == "LJ-BAD":
            raise RuntimeError("one of them is bad")
        real(calls)

    monkeypatch.setattr(gateway, "settle", picky)
    assert caller.look().data["name"]


def test_clocks_beyond_the_window_are_refused(caller, now):
    for skew in (dt.timedelta(seconds=301), dt.timedelta(seconds=-31)):
        instant = int((NOW - skew).timestamp())
        caller.client._clock = lambda instant=instant: instant
        with pytest.raises(ProblemError) as caught:
            caller.look()
        assert caught.value.problem_code == "httpsig.stale"
