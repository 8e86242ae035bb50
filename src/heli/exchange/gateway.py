"""The exchange gateway: an ASGI application of its own below ``/x/v1/``.

``POST /x/v1/{department}/{resource}`` looks one subject up, the same with ``/records`` at its end
reads a list page by page, with ``/extract`` it gives the whole as a file, ``POST /x/v1/sessions``
opens a session. Requests are signed by RFC 9421, their bodies bound by Content-Digest; an
identifier asked about stands in the body, never in the address. What blocks runs in the threads of
:mod:`heli.exchange.pipeline`, for many calls at once.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

from django.db import DatabaseError

from heli.engines.httpsig import Request, Signature, read_signature
from heli.errors import HeliError
from heli.exchange import bodies, errors, sessions
from heli.exchange.answers import Answer, document, problem
from heli.exchange.calls import reading
from heli.exchange.calls.model import Call, Nonce, Query, answered
from heli.exchange.calls.settling import settle
from heli.exchange.contracts import deprecation
from heli.exchange.credentials import Keyring, nonce_of
from heli.exchange.extracts import delivery
from heli.exchange.lookup import check, deny
from heli.exchange.pipeline import Sources, Step, one_by_one
from heli.exchange.refusals import record_dropped, refuse
from heli.ledger import bundles
from heli.ledger.services import NotDurableError
from heli.organisation.selectors import RegisteredSystem

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

logger = logging.getLogger(__name__)

PREFIX = "/x/v1/"
RECORDS = "/records"
SESSIONS = "sessions"
MAX_BODY = 16 * 1024


class Incoming:
    """A request on its way through the gateway."""

    __slots__ = (
        "address", "answer", "body", "fault", "given", "loop", "path", "scope", "signature",
    )  # fmt: skip

    def __init__(self, scope: Scope, body: bytes, fault: HeliError | None = None) -> None:
        self.scope = scope
        self.body = body
        self.fault = fault
        self.path = scope["path"].removeprefix(PREFIX).strip("/")
        self.address = self.path.removesuffix(RECORDS)
        self.loop = asyncio.get_running_loop()
        self.answer: asyncio.Future[Answer] = self.loop.create_future()
        self.signature: Signature | None = None
        self.given = False

    def refuse(self, error: HeliError) -> None:
        """Answer with a problem."""
        self.give(problem(self.scope["headers"], error))

    def give(self, answer: Answer) -> None:
        """Answer, from whichever thread."""
        self.given = True
        self.loop.call_soon_threadsafe(self.settle, answer)

    def settle(self, answer: Answer) -> None:
        """Answer, from the thread of the loop."""
        if not self.answer.done():
            self.answer.set_result(answer)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one HTTP request."""
    try:
        body = await _body(receive)
        _check_method(scope)
    except HeliError as error:
        incoming = Incoming(scope, b"", error)
    else:
        if delivery.is_meant(scope):
            await delivery.serve(scope, request_of(scope), body, send)
            return
        incoming = Incoming(scope, body)
    _judging.put([incoming])
    answer = await incoming.answer
    headers = [
        (b"content-type", answer.kind.encode()),
        (b"content-length", str(len(answer.body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        *answer.headers,
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


async def _body(receive: Receive) -> bytes:
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return b""
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > MAX_BODY:
            raise errors.TooLargeError(limit=MAX_BODY)
        if not message.get("more_body", False):
            return b"".join(parts)


def _check_method(scope: Scope) -> None:
    listed = scope["path"].rstrip("/").endswith((RECORDS, delivery.EXTRACT))
    if scope["method"] != "POST" and not (listed and scope["method"] == "GET"):
        raise errors.MethodError(method=scope["method"])


def request_of(scope: Scope) -> Request:
    """The signable parts of an ASGI request."""
    headers = tuple((k.decode("latin-1"), v.decode("latin-1")) for k, v in scope["headers"])
    raw_path: bytes = scope.get("raw_path") or scope["path"].encode()
    return Request(
        method=scope["method"],
        scheme=scope.get("scheme", "http"),
        authority=next((value for key, value in headers if key == "host"), ""),
        path=raw_path.split(b"?")[0].decode("latin-1"),
        query=scope.get("query_string", b"").decode("latin-1"),
        headers=headers,
    )


# -- the first step: who, what, on what ground ---------------------------------------------------


def _judge(batch: list[Incoming]) -> None:
    try:
        record_dropped()
        calls = _calls(batch)
        check(calls)
    except Exception as error:  # noqa: BLE001 - whatever it was, each caller is answered
        if len(batch) > 1:
            one_by_one(_judge, [each for each in batch if not each.given])
        else:
            _fail(batch[0], error)
        return
    # Told apart before any source is read: it may refuse a call while this goes on.
    refused = [call for call in calls if call.error is not None]
    going = [call for call in calls if call.error is None]
    _settling.put(refused)  # Also of none: its thread gives sources up that take too long.
    sources.read(going)


def _calls(batch: list[Incoming]) -> list[Call]:
    """The calls of those requests whose sender is known; the others are refused and recorded."""
    signed = []
    for incoming in batch:
        if incoming.fault is not None:
            _refuse(incoming, "", incoming.fault)
            continue
        request = request_of(incoming.scope)
        try:
            incoming.signature = read_signature(request)
        except HeliError as error:
            _refuse(incoming, "", error)
        else:
            signed.append((incoming, request, incoming.signature))
    keyring = Keyring(signature for _incoming, _request, signature in signed)
    calls = []
    for incoming, request, signature in signed:
        try:
            system = keyring.sender(request, signature, incoming.body)
        except HeliError as error:
            _refuse(incoming, keyring.key_id(signature), error)
            continue
        call = _call(incoming, system, nonce_of(keyring.key_id(signature), signature))
        if call is not None:
            calls.append(call)
    return calls


def _refuse(incoming: Incoming, key_id: str, error: HeliError) -> None:
    refuse(incoming.address, key_id, error)
    incoming.refuse(error)


def _call(incoming: Incoming, system: RegisteredSystem, nonce: Nonce) -> Call | None:
    """The call of a request; ``None`` where it is about sessions and answered already."""
    if incoming.path.partition("/")[0] == SESSIONS:
        _about_session(incoming, system, nonce)
        return None
    address, body = incoming.address, incoming.body
    try:
        if incoming.path.endswith(RECORDS):
            text = incoming.scope.get("query_string", b"").decode("latin-1")
            call = Call(bodies.read_list(system, address, body, text, nonce))
        else:
            call = Call(bodies.read_lookup(system, address, body, nonce))
    except errors.BadRequestBodyError as error:
        call = Call(Query(system.actor, system.department, address, "", "", "", "", nonce))
        call.refuse(error)
    call.waiting = incoming
    return call


def _about_session(incoming: Incoming, system: RegisteredSystem, nonce: Nonce) -> None:
    assert incoming.signature is not None
    try:
        answer = sessions.handle(
            incoming.path, incoming.body, system=system, nonce=nonce, signature=incoming.signature
        )
    except HeliError as error:
        deny(Query(system.actor, system.department, "", "", "", ""), error, key_id=nonce.key_id)
        incoming.refuse(error)
    else:
        incoming.give(answer)


# -- the second step: record, prove, answer ------------------------------------------------------


def _settle(calls: list[Call]) -> None:
    try:
        reading.release_all(calls)
        settle(calls)
    except Exception as error:  # noqa: BLE001 - whatever it was, each caller is answered
        if len(calls) > 1 and not isinstance(error, DatabaseError):
            one_by_one(_settle, calls)
        else:
            _fail_all(calls, error)
        return
    _answer(calls)


def _answer(calls: Sequence[Call]) -> None:
    """Prove what was answered and let it go; nothing leaves before its leaf is on disk."""
    released = [call for call in calls if call.error is None]
    receipts: list[bytes] = []
    lacking: tuple[str, ...] = ()
    try:
        if released:
            receipts, lacking = bundles.prove([call.fact for call in released if call.fact])
    except Exception as error:  # noqa: BLE001 - whatever it was, nothing leaves
        _fail_all(released, error)
    answers = [
        (call.waiting, _document(call, receipt, lacking))
        for call, receipt in zip(released, receipts, strict=False)
    ]
    answers += [
        (call.waiting, problem(call.waiting.scope["headers"], call.error))
        for call in calls
        if call.error is not None
    ]
    _hand_out(answers)


def _document(call: Call, receipt: bytes, lacking: Sequence[str]) -> Answer:
    found = answered(call)
    told = deprecation.headers(found.resource, lambda: call.revision)
    if lacking:
        # What says so in the receipt is read when it is verified; this, at once.
        told = (*told, (b"heli-lacking-witnesses", ", ".join(lacking).encode()))
    return document(found, receipt, listed=call.query.listing is not None, headers=told)


def _hand_out(answers: Sequence[tuple[Incoming, Answer]]) -> None:
    """Answer many, waking each loop once."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[Incoming, Answer]]] = {}
    for incoming, answer in answers:
        by_loop.setdefault(incoming.loop, []).append((incoming, answer))
    for loop, mine in by_loop.items():
        loop.call_soon_threadsafe(_set_all, mine)


def _set_all(answers: Sequence[tuple[Incoming, Answer]]) -> None:
    for incoming, answer in answers:
        incoming.settle(answer)


def _fail_all(calls: Sequence[Call], error: Exception) -> None:
    for number, call in enumerate(calls):
        _fail(call.waiting, error, quiet=number > 0)


def _fail(incoming: Incoming, error: Exception, *, quiet: bool = False) -> None:
    """Whatever it was, the caller gets an answer that gives nothing away."""
    if isinstance(error, HeliError):
        incoming.refuse(error)
        return
    if not quiet:
        logger.error("the gateway failed on %s", incoming.scope["path"], exc_info=error)
    unable = NotDurableError(size=0) if isinstance(error, DatabaseError) else HeliError()
    incoming.refuse(unable)


_settling: Step[Call] = Step("exchange-settling", _settle)
sources = Sources(_settling.put)
_settling.idle = sources.give_up
_judging: Step[Incoming] = Step("exchange-judging", _judge)
_judging.ahead = _settling
