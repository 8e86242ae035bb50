"""The gateway as another department's system meets it, over ASGI with the real client."""

import asyncio
import json
from contextlib import suppress

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.urls import reverse
from tests.exchange.conftest import NOW, new_system

from heli.client import (
    DeniedError,
    HeliClient,
    InvalidRequestError,
    MissingError,
    RefusedSignatureError,
)
from heli.client.answers import response_hash
from heli.exchange import credentials, gateway, refusals, services
from heli.exchange.answers import problem
from heli.exchange.errors import TooLargeError
from heli.exchange.models import Access, UsedNonce
from heli.exchange.services import forget_nonces
from heli.kernel import clock
from heli.kernel.actor import HELI
from heli.kernel.permissions import Role
from heli.ledger.models import Fact
from heli.organisation import services as organisation
from heli.organisation.models import SystemKey
from heli.organisation.services import NewPerson, create_person

ADDRESS = "http://heli.example"


class Asgi(httpx.BaseTransport):
    """Hands requests to the application; ``change`` may tamper with them on the way."""

    def __init__(self):
        self.change = lambda request: request
        self.seen = []

    def handle_request(self, request):
        request = self.change(request)
        self.seen.append(request)
        return asyncio.run(self._call(request))

    async def _call(self, request):
        sent = []
        scope = {
            "type": "http",
            "method": request.method,
            "scheme": request.url.scheme,
            "path": request.url.path,
            "raw_path": request.url.raw_path.split(b"?")[0],
            "query_string": request.url.query,
            "headers": [(k.lower(), v) for k, v in request.headers.raw],
        }

        async def receive():
            return {"type": "http.request", "body": request.read(), "more_body": False}

        async def send(message):
            sent.append(message)

        await gateway.application(scope, receive, send)
        content = b"".join(message["body"] for message in sent[1:])
        return httpx.Response(sent[0]["status"], headers=sent[0]["headers"], content=content)


@pytest.fixture
def now():
    with clock.frozen(NOW) as frozen:
        yield frozen


@pytest.fixture
def wire():
    return Asgi()


@pytest.fixture
def heli(now, committed_city, matters, persona, wire, monkeypatch):
    monkeypatch.setattr(refusals, "PER_SECOND", 100)
    monkeypatch.setattr(refusals, "limiter", refusals.Limiter())
    matters.add("LJ-1", departments=["scjg"], subjects=[("person", persona[0].resident_id)])
    key_id, private = new_system("scjg")
    with HeliClient(
        ADDRESS, key_id, private, transport=wire, clock=lambda: int(clock.now().timestamp())
    ) as client:
        client.key_id, client.private = key_id, private
        yield client


def ask(heli, persona, resource="gaj/residents", **more):
    values = {"matter": "LJ-1", "purpose": "restaurant"} | more
    subject = values.pop("subject", ("person", persona[0].resident_id))
    return heli.lookup(resource, subject, **values)


def refused(error, code, heli, persona, **more):
    with pytest.raises(error) as caught:
        ask(heli, persona, **more)
    assert caught.value.problem_code == code
    assert caught.value.problem["remedy"]
    assert Access.objects.order_by("-at", "-fact_id").first().reason == code
    return caught.value


def test_a_signed_lookup_is_answered_with_data_and_receipt(heli, persona):
    found = ask(heli, persona)
    assert found.data["name"] == persona[0].name
    assert found.data["resident_id"].count("*") == 11
    assert {item["field"] for item in found.withheld} >= {"address", "mobile"}
    fact = Fact.objects.get(pk=found.fact)
    assert fact.actor.startswith("system:")
    assert fact.leaf_index is not None
    assert found.response_key not in found.receipt + json.dumps(fact.data)
    assert (
        response_hash(found.data, bytes.fromhex(found.response_key)) == (fact.data["response_hash"])
    )


def test_identifiers_stand_neither_in_addresses_nor_in_answers_of_denials(heli, persona, wire):
    other = persona[1].resident_id
    error = refused(
        DeniedError, "exchange.subject_outside_matter", heli, persona, subject=("person", other)
    )
    assert other not in json.dumps(error.problem)
    assert other not in str(wire.seen[-1].url)


def test_denials_say_why_and_are_recorded(heli, persona, matters):
    refused(MissingError, "exchange.unknown_resource", heli, persona, resource="gaj/nothing")
    refused(DeniedError, "exchange.not_shared", heli, persona, resource="jyj/pupils")
    refused(DeniedError, "exchange.no_grant", heli, persona, purpose="curiosity")
    refused(DeniedError, "exchange.no_task", heli, persona, matter="LJ-2")
    refused(InvalidRequestError, "contracts.wrong_length", heli, persona, subject=("person", "123"))
    matters.live["LJ-1"] = False
    refused(DeniedError, "exchange.matter_closed", heli, persona)


def test_messages_come_in_the_callers_language(heli, persona, wire, now):
    with HeliClient(
        ADDRESS, heli.key_id, heli.private, transport=wire, language="en",
        clock=lambda: int(now().timestamp()),
    ) as english:  # fmt: skip
        error = refused(DeniedError, "exchange.no_task", english, persona, matter="LJ-2")
    assert error.problem["detail"] == "Your department holds no open task in the matter LJ-2."


@pytest.mark.parametrize(
    ("accepted", "told"),
    [
        ("en", "The body is longer"),
        ("en-GB,en;q=0.9", "The body is longer"),
        ("fr, en;q=0.8, zh-CN;q=0.5", "The body is longer"),
        ("fr, zh-CN;q=0.8, en;q=0.5", "请求正文"),
        ("en;q=0.1, zh;q=0.9", "请求正文"),
        ("*", "请求正文"),
        ("", "请求正文"),
        ("\xff;;q=", "请求正文"),
    ],
)
def test_a_refusal_is_told_in_the_first_language_that_heli_speaks(accepted, told):
    headers = [(b"host", b"heli.example"), (b"accept-language", accepted.encode("latin-1"))]
    answer = problem(headers, TooLargeError(limit=16384))
    assert json.loads(answer.body)["detail"].startswith(told)


def test_what_was_signed_for_another_server_is_not_answered_here(heli, persona, wire):
    """A client signs to somebody else, who hands its request on with the name it was signed for."""
    with HeliClient(
        "http://elsewhere.example", heli.key_id, heli.private, transport=wire,
        clock=lambda: int(clock.now().timestamp()),
    ) as misled:  # fmt: skip
        refused(InvalidRequestError, "exchange.wrong_host", misled, persona)


def test_an_unregistered_key_is_refused(heli, persona, wire):
    with HeliClient(
        ADDRESS, "nobody", Ed25519PrivateKey.generate(), transport=wire,
        clock=lambda: int(clock.now().timestamp()),
    ) as stranger:  # fmt: skip
        refused(RefusedSignatureError, "exchange.unknown_key", stranger, persona)


def test_a_wrong_key_is_refused(heli, persona, wire):
    with HeliClient(
        ADDRESS, heli.key_id, Ed25519PrivateKey.generate(), transport=wire,
        clock=lambda: int(clock.now().timestamp()),
    ) as thief:  # fmt: skip
        refused(RefusedSignatureError, "httpsig.invalid", thief, persona)


def denial_of(access):
    fact = Fact.objects.get(pk=access.fact_id)
    assert (access.consumer, access.actor) == (fact.department, fact.actor)
    return fact.actor, fact.department, fact.data["key_id"], fact.data["reason"]


def test_denials_under_a_registered_key_are_attributed_to_it(heli, persona, wire):
    """The key misused by somebody else, withdrawn, or of a system that is shut out."""
    with HeliClient(
        ADDRESS, heli.key_id, Ed25519PrivateKey.generate(), transport=wire,
        clock=lambda: int(clock.now().timestamp()),
    ) as thief:  # fmt: skip
        refused(RefusedSignatureError, "httpsig.invalid", thief, persona)
    key = SystemKey.objects.get(pk=heli.key_id)
    organisation.revoke_key(key, actor=HELI)
    refused(RefusedSignatureError, "exchange.unknown_key", heli, persona)
    organisation.close_system(key.system, actor=HELI)
    refused(RefusedSignatureError, "exchange.unknown_key", heli, persona)
    assert [denial_of(row) for row in Access.objects.order_by("at", "fact_id")] == [
        ("public", "scjg", heli.key_id, "httpsig.invalid"),
        ("public", "scjg", heli.key_id, "exchange.unknown_key"),
        ("public", "scjg", heli.key_id, "exchange.unknown_key"),
    ]


def test_a_key_that_nobody_registered_is_not_written_down(heli, persona, wire):
    with HeliClient(
        ADDRESS, "zhang-san", Ed25519PrivateKey.generate(), transport=wire,
        clock=lambda: int(clock.now().timestamp()),
    ) as stranger:  # fmt: skip
        refused(RefusedSignatureError, "exchange.unknown_key", stranger, persona)
    assert denial_of(Access.objects.get()) == ("public", "", "", "exchange.unknown_key")


def _without_signature(request):
    del request.headers["Signature"]
    return request


def _other_address(request):
    return httpx.Request("POST", f"{ADDRESS}/x/v1/zrzy/parcels", headers=request.headers,
                         content=request.read())  # fmt: skip


def _other_body(request):
    content = request.read().replace(b"LJ-1", b"LJ-7")
    return httpx.Request("POST", request.url, headers=request.headers, content=content)


def _other_query(request):
    return httpx.Request("POST", f"{request.url}?task=other", headers=request.headers,
                         content=request.read())  # fmt: skip


def _other_host(request, host="localhost"):
    return httpx.Request("POST", request.url, content=request.read(),
                         headers=dict(request.headers) | {"host": host})  # fmt: skip


def _unknown_host(request):
    return _other_host(request, "other.example")


@pytest.mark.parametrize(
    ("change", "error", "code"),
    [
        (_other_query, RefusedSignatureError, "httpsig.invalid"),
        (_other_host, RefusedSignatureError, "httpsig.invalid"),
        (_unknown_host, InvalidRequestError, "exchange.wrong_host"),
        (_without_signature, RefusedSignatureError, "httpsig.missing"),
        (_other_address, RefusedSignatureError, "httpsig.invalid"),
        (_other_body, InvalidRequestError, "httpsig.digest"),
    ],
)
def test_tampering_on_the_way_is_found(heli, persona, wire, change, error, code):
    wire.change = change
    refused(error, code, heli, persona)


@pytest.mark.parametrize("seconds", [-301, 31])
def test_old_and_future_signatures_are_refused(heli, persona, wire, now, seconds):
    with HeliClient(
        ADDRESS, heli.key_id, heli.private, transport=wire,
        clock=lambda: int(now().timestamp()) + seconds,
    ) as late:  # fmt: skip
        refused(RefusedSignatureError, "httpsig.stale", late, persona)


def test_a_replayed_request_is_refused_even_if_the_first_was_denied(heli, persona, wire):
    ask(heli, persona)
    assert wire.handle_request(wire.seen[-1]).json()["code"] == "exchange.replayed"
    refused(DeniedError, "exchange.no_grant", heli, persona, purpose="curiosity")
    assert wire.handle_request(wire.seen[-1]).json()["code"] == "exchange.replayed"
    assert Fact.objects.filter(verb="exchange.lookup.answered").count() == 1


def test_nonces_are_forgotten_once_their_signature_is_too_old(heli, persona, now):
    ask(heli, persona)
    assert (forget_nonces(), UsedNonce.objects.count()) == (0, 1)
    now.advance(seconds=credentials.MAX_AGE + 2 * credentials.MAX_SKEW + 1)
    assert (forget_nonces(), UsedNonce.objects.count()) == (1, 0)


@pytest.mark.parametrize(
    "body",
    [
        [],
        "text",
        {"subject": "x"},
        {"subject": {"type": 1, "id": "2"}},
        {"subject": {"id": "9" * 101}},
        {"subject": {"type": "person", "id": "\ud800"}},
        {"subject": {"type": "person", "id": "1\x00"}},
        {"subject": {"type": "\x7f", "id": "1"}},
        {"subject": {"type": "person", "id": "1"}, "matter": "LJ\x00"},
        {"subject": {"type": "person", "id": "1"}, "matter": "\udfff"},
        {"subject": {"type": "person", "id": "1"}, "purpose": "a\nb"},
    ],
)
def test_unreadable_bodies_are_refused(heli, body):
    content = json.dumps(body).encode()
    request = heli._http.build_request("POST", "/x/v1/gaj/residents", content=content)
    heli.sign(request, content)
    answer = heli._http.send(request)
    assert (answer.status_code, answer.json()["code"]) == (400, "exchange.body")
    assert answer.json()["remedy"]
    access = Access.objects.get()
    assert (access.reason, access.consumer) == ("exchange.body", "scjg")
    assert Fact.objects.get(pk=access.fact_id).data["key_id"] == heli.key_id


def test_other_methods_and_long_bodies_are_refused(heli):
    with pytest.raises(InvalidRequestError) as caught:
        heli.request("GET", "/x/v1/gaj/residents")
    assert caught.value.problem_code == "exchange.method"
    with pytest.raises(InvalidRequestError) as caught:
        heli.request("POST", "/x/v1/gaj/residents", body="x" * 20_000)
    assert caught.value.problem_code == "exchange.too_large"


def test_callers_without_a_key_cannot_fill_the_ledger(heli, persona, wire, now, monkeypatch):
    """What is too much is counted, and the count becomes a fact with the next request."""
    monkeypatch.setattr(refusals, "PER_SECOND", 3)
    wire.change = _without_signature
    for _ in range(10):
        with pytest.raises(RefusedSignatureError):
            ask(heli, persona)
    assert Access.objects.count() == 3
    dropped = Fact.objects.filter(verb="exchange.lookup.denials_dropped")
    assert not dropped.exists()
    now.advance(seconds=1)
    wire.change = lambda request: request
    ask(heli, persona)
    ask(heli, persona)
    fact = dropped.get()
    assert fact.data == {"key_id": "", "count": 7, "second": NOW.isoformat()}
    assert (fact.actor, fact.department) == ("public", "")


def test_a_flood_of_strangers_hides_no_misuse_of_a_key(heli, persona, wire, now, monkeypatch):
    monkeypatch.setattr(refusals, "PER_SECOND", 2)
    wire.change = _without_signature
    for _ in range(5):
        with pytest.raises(RefusedSignatureError):
            ask(heli, persona)
    wire.change = _other_address
    for _ in range(3):
        with pytest.raises(RefusedSignatureError):
            ask(heli, persona)
    kept = [denial_of(row)[2] for row in Access.objects.order_by("at", "fact_id")]
    assert kept == ["", "", heli.key_id, heli.key_id]
    now.advance(seconds=1)
    assert refusals.record_dropped() == 2
    assert refusals.record_dropped() == 0
    dropped = Fact.objects.filter(verb="exchange.lookup.denials_dropped")
    assert sorted(
        (fact.department, fact.data["key_id"], fact.data["count"]) for fact in dropped
    ) == [("", "", 3), ("scjg", heli.key_id, 1)]


def test_a_count_that_cannot_be_recorded_is_not_lost(heli, persona, wire, now, monkeypatch):
    monkeypatch.setattr(refusals, "PER_SECOND", 0)
    wire.change = _without_signature
    with pytest.raises(RefusedSignatureError):
        ask(heli, persona)
    now.advance(seconds=1)
    with monkeypatch.context() as broken:
        broken.setattr(refusals.ledger, "record", lambda *args, **more: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            refusals.record_dropped()
    assert refusals.record_dropped() == 1


def test_what_was_counted_is_recorded_without_another_request(
    heli, persona, wire, now, monkeypatch
):
    """A server that runs looks by itself; one that ends takes the second that goes on along."""
    monkeypatch.setattr(refusals, "PER_SECOND", 0)
    monkeypatch.setattr(refusals, "LOOK", 0.01)
    wire.change = _without_signature
    dropped = Fact.objects.filter(verb="exchange.lookup.denials_dropped")

    def turn_away():
        with pytest.raises(RefusedSignatureError):
            ask(heli, persona)

    async def serve():
        ended = asyncio.Event()
        task = asyncio.create_task(refusals.keep_recording(ended))
        for _ in range(300):
            await asyncio.sleep(0.02)
            if await asyncio.to_thread(dropped.count):
                break
        await asyncio.to_thread(turn_away)
        ended.set()
        await task

    turn_away()
    now.advance(seconds=1)
    asyncio.run(serve())
    assert [fact.data["count"] for fact in dropped.order_by("id")] == [1, 1]


def raw(method, path, body=b""):
    return httpx.Request(method, ADDRESS + path, content=body)


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (raw("PUT", "/x/v1/gaj/residents"), "exchange.method"),
        (raw("POST", "/x/v1/gaj/residents", b" " * 20_000), "exchange.too_large"),
        (raw("DELETE", "/x/v1/gaj/residents/extract"), "exchange.method"),
    ],
)
def test_what_cannot_be_a_call_is_on_record_too(heli, wire, request_, code):
    answer = wire.handle_request(request_)
    assert answer.json()["code"] == code
    assert Fact.objects.filter(verb="exchange.lookup.denied").latest("id").data["reason"] == code


def test_a_session_that_is_refused_is_on_record(heli):
    with pytest.raises(InvalidRequestError), heli.session(minutes=600):
        pass
    fact = Fact.objects.filter(verb="exchange.lookup.denied").latest("id")
    assert fact.data["reason"] == "exchange.session_length"
    assert (fact.department, fact.data["key_id"]) == ("scjg", heli.key_id)


def test_a_person_sees_a_session_and_ends_it_with_the_next_call(heli, persona, client):
    steward = create_person(
        NewPerson("keeper", "演示", "Demo", department="scjg", roles=frozenset({Role.STEWARD})),
        actor=HELI,
    )
    client.force_login(steward, backend="django.contrib.auth.backends.ModelBackend")
    # Closing it at the end is refused, too.
    with suppress(RefusedSignatureError), heli.session(minutes=10):
        ask(heli, persona)
        with pytest.raises(DeniedError):
            ask(heli, persona, matter="LJ-9")
        (row,) = client.get("/api/v1/exchange/sessions").json()
        assert (row["key_id"], row["calls"], row["department"]) == (heli.key_id, 2, "scjg")
        page = client.get(reverse("exchange:sessions")).text
        assert "scjg 系统" in page
        to = reverse("exchange:session_end", args=[row["id"]])
        assert to in page
        assert client.post(to).status_code == 302
        assert "本部门没有打开的会话" in client.get(reverse("exchange:sessions")).text
        with pytest.raises(RefusedSignatureError) as caught:
            ask(heli, persona)
    assert caught.value.problem_code == "exchange.session_ended"
    fact = Fact.objects.get(verb="exchange.session.ended")
    assert (fact.actor, fact.department) == (str(steward.actor), "scjg")
    assert (fact.data["key_id"], fact.data["calls"]) == (heli.key_id, 2)
    assert client.post(to).status_code == 404
    assert ask(heli, persona)  # The key itself is not withdrawn.


def test_a_key_shows_when_it_was_last_used(heli, persona, now):
    key = SystemKey.objects.get(pk=heli.key_id)
    assert key.last_used_at is None
    ask(heli, persona)
    key.refresh_from_db()
    assert key.last_used_at == NOW
    now.advance(seconds=30)
    ask(heli, persona)
    key.refresh_from_db()
    assert key.last_used_at == NOW
    now.advance(seconds=31)
    ask(heli, persona)
    key.refresh_from_db()
    assert key.last_used_at == clock.now()


def test_a_sample_is_recorded_in_a_transaction_of_its_own(committed_city):
    services.show_sample(committed_city["residents"], actor=HELI)
    assert Fact.objects.filter(verb="exchange.sample.read").count() == 1
