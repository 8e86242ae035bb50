"""Extracts as another department's system fetches them."""

import io
import json
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pyarrow.parquet as pq
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.exchange.conftest import new_system
from tests.exchange.extracts.conftest import QUERY
from tests.exchange.extracts.test_extracts import spooled

from heli.engines.httpsig import Request, content_digest, sign
from heli.exchange import gateway, refusals
from heli.exchange.connectors.parquet import ParquetConnector
from heli.exchange.extracts import making
from heli.exchange.models import Access, Extract, ExtractState
from heli.kernel import clock
from heli.kernel.home import home
from heli.ledger import selectors as ledger
from heli.ledger.models import Fact

ADDRESS = "http://heli.example"


class Asgi(httpx.AsyncBaseTransport):
    """Hands requests to the application and keeps the messages it sends."""

    def __init__(self):
        self.sent = []

    async def handle_async_request(self, request):
        body = await request.aread()
        scope = {
            "type": "http", "method": request.method, "scheme": request.url.scheme,
            "path": request.url.path, "raw_path": request.url.raw_path.split(b"?")[0],
            "query_string": request.url.query,
            "headers": [(k.lower(), v) for k, v in request.headers.raw],
        }  # fmt: skip

        async def receive():
            return {"type": "http.request", "body": body, "more_body": False}

        sent = []

        async def send(message):
            sent.append(message)

        await gateway.application(scope, receive, send)
        self.sent = sent
        start, *pieces = sent
        content = b"".join(piece["body"] for piece in pieces)
        return httpx.Response(start["status"], headers=start["headers"], content=content)


@pytest.fixture
def ask(grant, monkeypatch):
    """Signs and sends: ``ask("csv", matter="LJ-1")``."""
    import asyncio

    monkeypatch.setattr(refusals, "PER_SECOND", 100)
    monkeypatch.setattr(refusals, "limiter", refusals.Limiter())
    key_id, private = new_system("fgw")
    wire = Asgi()

    async def send(url, key, nonce):
        digest = content_digest(b"")
        headers = {"host": "heli.example", "content-digest": digest}
        target = httpx.URL(url)
        request = Request(
            method="GET", scheme="http", authority="heli.example", path=target.path,
            query=target.query.decode(), headers=tuple(headers.items()),
        )  # fmt: skip
        signed = sign(
            request,
            ("@method", "@target-uri", "content-digest"),
            key=key,
            parameters=[
                ("created", int(clock.now().timestamp())), ("nonce", nonce), ("keyid", key_id)
            ],
        )  # fmt: skip
        async with httpx.AsyncClient(transport=wire) as http:
            return await http.get(url, headers=headers | dict(signed))

    def call(kind="parquet", resource="rsj/employment", key=private, nonce="", **parameters):
        given = {"format": kind, "task": "survey", "purpose": "statistics"} | parameters
        url = str(httpx.URL(f"{ADDRESS}/x/v1/{resource}/extract", params=given))
        call.count += 1
        return asyncio.run(send(url, key, nonce or f"n{call.count}"))

    call.count = 0
    call.wire = wire
    return call


def test_a_system_fetches_an_extract_with_its_proof(ask):
    answer = ask()
    assert answer.status_code == 200
    table = pq.read_table(io.BytesIO(answer.content))
    row = Extract.objects.get()
    assert row.state == ExtractState.FETCHED
    assert table.num_rows == row.rows
    assert int(answer.headers["content-length"]) == row.size == len(answer.content)
    assert answer.headers["heli-extract"] == str(row.pk)
    assert f"/extracts/{row.pk}/receipt" in answer.headers["link"]
    assert "attachment" in answer.headers["content-disposition"]
    assert spooled() == []
    released = Fact.objects.get(pk=row.fact_id)
    assert released.leaf_index is not None
    assert released.actor.startswith("system:")


def test_it_is_streamed_in_pieces(ask, monkeypatch):
    from heli.exchange.extracts import delivery

    monkeypatch.setattr(delivery, "PIECE", 1000)
    answer = ask("csv")
    pieces = [len(message["body"]) for message in ask.wire.sent[1:]]
    assert len(pieces) > 10
    assert max(pieces) == 1000
    assert sum(pieces) == len(answer.content)


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"task": "nothing"}, 403, "exchange.task_standing"),
        ({"task": ""}, 422, "exchange.task_missing"),
        ({"purpose": "curiosity"}, 403, "exchange.no_grant"),
        ({"resource": "rsj/nothing"}, 404, "exchange.unknown_resource"),
        ({"kind": "xlsx"}, 422, "exchange.extract_format"),
        ({"key": Ed25519PrivateKey.generate()}, 401, "httpsig.invalid"),
    ],
)
def test_refusals_are_problems_and_facts(ask, changes, status, code):
    answer = ask(**changes)
    assert answer.status_code == status
    problem = answer.json()
    assert problem["code"] == code
    assert problem["remedy"]
    assert Access.objects.order_by("-at", "-fact_id").first().reason == code
    assert not Fact.objects.filter(verb="exchange.extract.released").exists()


def test_a_request_is_good_once(ask):
    assert ask(nonce="same").status_code == 200
    again = ask(nonce="same")
    assert (again.status_code, again.json()["code"]) == (401, "exchange.replayed")
    assert Extract.objects.count() == 1


def test_of_two_that_come_at_once_the_slower_is_refused_on_record(ask, monkeypatch):
    """Both were looked at before either had used the nonce up."""
    assert ask(nonce="same").status_code == 200
    monkeypatch.setattr("heli.exchange.lookup.nonces.look", lambda calls: None)
    answer = ask(nonce="same")
    assert (answer.status_code, answer.json()["code"]) == (401, "exchange.replayed")
    fact = Fact.objects.filter(verb="exchange.lookup.denied").get()
    assert fact.data["reason"] == "exchange.replayed"
    assert Access.objects.get(fact_id=fact.id).reason == "exchange.replayed"
    assert Extract.objects.count() == 1


@pytest.fixture
def slow(monkeypatch):
    """A source that begins to answer and goes on when it is let."""
    begun, on = threading.Semaphore(0), threading.Event()
    sweep = ParquetConnector.sweep

    def waiting(self, *arguments, **more):
        begun.release()
        assert on.wait(60)
        yield from sweep(self, *arguments, **more)

    monkeypatch.setattr(ParquetConnector, "sweep", waiting)
    yield begun, on
    on.set()


def test_slow_extracts_keep_nobody_waiting_for_a_refusal(ask, slow, monkeypatch):
    begun, on = slow
    monkeypatch.setattr(making, "SHARE", 2)
    with ThreadPoolExecutor(2) as callers:
        try:
            going = [callers.submit(ask, nonce=f"slow{number}") for number in range(2)]
            assert begun.acquire(timeout=30)
            until(lambda: Extract.objects.count() == 2)
            refused = ask(purpose="curiosity")
            assert (refused.status_code, refused.json()["code"]) == (403, "exchange.no_grant")
            full = ask(nonce="late")
            assert (full.status_code, full.json()["code"]) == (429, "exchange.extracts_share")
            assert full.headers["retry-after"] == "30"
            assert "2" in full.json()["detail"]
            monkeypatch.setattr(making, "SHARE", 9)
            monkeypatch.setattr(making, "PLACES", 2)
            full = ask()
            assert (full.status_code, full.json()["code"]) == (503, "exchange.extracts_full")
            assert full.headers["retry-after"] == "60"
        finally:
            on.set()
        assert [call.result().status_code for call in going] == [200, 200]
    reasons = Access.objects.exclude(reason="").values_list("reason", flat=True)
    assert sorted(reasons) == [
        "exchange.extracts_full", "exchange.extracts_share", "exchange.no_grant"
    ]  # fmt: skip
    assert ask().status_code == 200


def until(condition):
    ends = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.01)


def test_a_source_that_dies_gives_a_problem_and_no_half_file(ask, monkeypatch):
    sweep = ParquetConnector.sweep

    def dying(self, *arguments, **more):
        yield from sweep(self, *arguments, **(more | {"limit": 100}))
        raise OSError("gone")

    monkeypatch.setattr(ParquetConnector, "sweep", dying)
    answer = ask()
    assert (answer.status_code, answer.json()["code"]) == (503, "exchange.source_unavailable")
    assert spooled() == []


def heli(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "heli.site", *map(str, arguments)],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def test_whoever_has_the_file_can_hold_it_against_its_receipt(ask, tmp_path):
    from heli.exchange import selectors

    content = ask().content
    row = Extract.objects.get()
    file, proof, keys = tmp_path / "a.parquet", tmp_path / "a.json", tmp_path / "keys.txt"
    file.write_bytes(content)
    proof.write_text(json.dumps(selectors.extract_proof(row)))
    keys.write_text(str(ledger.trusted_keys()))
    told = heli("exchange", "verify-extract", file, proof, "--keys", keys)
    assert told.returncode == 0, told.stderr
    assert "VALID" in told.stdout
    assert "rsj/employment" in told.stdout
    found = json.loads(heli("exchange", "verify-extract", file, proof, "--json").stdout)
    assert (found["same"], found["proven"]) == (True, None)

    file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    told = heli("exchange", "verify-extract", file, proof, "--keys", keys)
    assert told.returncode == 1
    assert "NOT VALID" in told.stdout

    file.write_bytes(content)
    document = json.loads(proof.read_text())
    document["receipt"]["content"]["data"]["rows"] += 1
    proof.write_text(json.dumps(document))
    told = heli("exchange", "verify-extract", file, proof, "--keys", keys)
    assert told.returncode == 1
    assert heli("exchange", "verify-extract", file, keys).returncode == 2
    assert home().is_dir()
    assert QUERY.extract == "parquet"
