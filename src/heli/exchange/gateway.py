"""The exchange gateway: an ASGI application of its own at ``/x/v1/{department}/{resource}``.

It answers one-subject lookups of other departments' systems. A request is signed by RFC 9421 with
the system's Ed25519 key, its body bound by Content-Digest; the identifier asked about stands in
the body, never in the address. Everything that blocks runs in a small thread pool.
"""

import asyncio
import datetime as dt
import json
import logging
import unicodedata
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any

from django.db import close_old_connections
from django.utils import translation
from django.utils.translation import gettext

from heli.engines.httpsig import (
    Request,
    Signature,
    check_age,
    check_content_digest,
    read_signature,
    require_coverage,
    verify,
)
from heli.errors import HeliError
from heli.exchange import errors
from heli.exchange.lookup import LookupAnswer, Nonce, Query, answer, deny
from heli.exchange.refusals import record_dropped, refuse
from heli.kernel import clock
from heli.kernel.localise import explain
from heli.ledger import selectors as ledger
from heli.organisation import selectors as organisation
from heli.organisation.selectors import RegisteredSystem

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

logger = logging.getLogger(__name__)

PREFIX = "/x/v1/"
MAX_BODY = 16 * 1024
MAX_AGE = 300
MAX_SKEW = 30
MAX_NONCE = 200
THREADS = 4
UNFIT = frozenset({"Cc", "Cs"})  # control characters, and surrogates that stand alone
REQUIRED: tuple[str | tuple[str, ...], ...] = (
    "@method",
    ("@path", "@target-uri"),
    "content-digest",
)

Answer = tuple[int, str, bytes]

_pool = ThreadPoolExecutor(THREADS, thread_name_prefix="exchange-gateway")


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one HTTP request."""
    try:
        body = await _body(receive)
    except errors.TooLargeError as error:
        status, kind, content = _problem(scope, error)
    else:
        loop = asyncio.get_running_loop()
        status, kind, content = await loop.run_in_executor(_pool, respond, scope, body)
    headers = [
        (b"content-type", kind.encode()),
        (b"content-length", str(len(content)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})


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


def respond(scope: Scope, body: bytes) -> Answer:
    """Answer one request whose body has been read; blocks."""
    close_old_connections()
    try:
        record_dropped()
        return _answered(scope, body)
    except HeliError as error:
        return _problem(scope, error)
    except Exception:
        # Whatever it was, the caller gets an answer that gives nothing away.
        logger.exception("the gateway failed on %s", scope["path"])
        return _problem(scope, HeliError())
    finally:
        close_old_connections()


def _answered(scope: Scope, body: bytes) -> Answer:
    if scope["method"] != "POST":
        raise errors.MethodError(method=scope["method"])
    address = scope["path"].removeprefix(PREFIX).strip("/")
    request = request_of(scope)
    claimed = ""
    try:
        signature = read_signature(request)
        claimed = signature.key_id
        system = _authenticate(request, signature, body)
    except HeliError as error:
        refuse(address, claimed, error)
        raise
    nonce = Nonce(
        signature.key_id,
        signature.nonce,
        clock.now() + dt.timedelta(seconds=MAX_AGE + 2 * MAX_SKEW),
    )
    try:
        query = _query(system, address, body, nonce)
    except errors.BadRequestBodyError as error:
        deny(Query(system.actor, system.department, address, "", "", "", "", nonce), error.code)
        raise
    return _document(answer(query))


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


def _authenticate(request: Request, signature: Signature, body: bytes) -> RegisteredSystem:
    require_coverage(signature, REQUIRED)
    if len(signature.nonce) > MAX_NONCE:
        raise errors.BadRequestBodyError(field="nonce", reason=gettext("the nonce is too long"))
    now = int(clock.now().timestamp())
    check_age(signature, now=now, max_age=MAX_AGE, max_skew=MAX_SKEW)
    system = organisation.system_by_key_id(signature.key_id)
    if system is None or not system.active:
        raise errors.UnknownKeyError(key_id=signature.key_id)
    verify(request, signature, system.public_key)
    check_content_digest(request.field("content-digest"), body)
    return system


def _query(system: RegisteredSystem, address: str, body: bytes, nonce: Nonce) -> Query:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise errors.BadRequestBodyError(reason=gettext("it is not JSON")) from None
    subject = document.get("subject") if isinstance(document, dict) else None
    if not isinstance(subject, dict):
        raise errors.BadRequestBodyError(
            field="subject", reason=gettext("“subject” must be an object with type and id")
        )
    return Query(
        actor=system.actor,
        department=system.department,
        resource=address,
        subject_type=_text(subject, "type", "subject.type"),
        subject_id=_text(subject, "id", "subject.id"),
        matter=_text(document, "matter", "matter"),
        purpose=_text(document, "purpose", "purpose"),
        nonce=nonce,
    )


def _text(document: dict[str, Any], key: str, path: str) -> str:
    value = document.get(key, "")
    if not isinstance(value, str) or len(value) > 100:
        raise errors.BadRequestBodyError(
            field=path,
            reason=gettext("“{path}” must be text of at most 100 characters").format(path=path),
        )
    if any(unicodedata.category(character) in UNFIT for character in value):
        raise errors.BadRequestBodyError(
            field=path,
            reason=gettext("“{path}” holds control characters or half a character").format(
                path=path
            ),
        )
    return value


def _document(found: LookupAnswer) -> Answer:
    receipt = json.loads(ledger.receipt(found.fact_id).to_json())
    body = {
        "data": found.data,
        "withheld": [
            {
                "field": item.field,
                "mask": item.mask.value if item.mask else None,
                "reason": item.reason,
            }
            for item in found.withheld
        ],
        "resource": found.resource,
        "contract_version": found.contract_version,
        "grant": found.grant_id,
        "purpose": found.purpose,
        "fact": str(found.fact_id),
        "response_key": found.response_key.hex(),
        "receipt": receipt,
    }
    return HTTPStatus.OK, "application/json", json.dumps(body, ensure_ascii=False).encode()


def _problem(scope: Scope, error: HeliError) -> Answer:
    with translation.override(_language(scope["headers"])):
        told = explain(error)
    document: dict[str, Any] = {
        "type": f"urn:heli:problem:{told.code}",
        "title": told.detail,
        "status": told.status,
        "code": told.code,
        "detail": told.detail,
        "remedy": told.remedy,
    }
    if told.field:
        document["errors"] = [{"field": told.field, "message": told.detail}]
    content = json.dumps(document, ensure_ascii=False).encode()
    return told.status, "application/problem+json", content


def _language(headers: Iterable[tuple[bytes, bytes]]) -> str:
    accepted = next((value for key, value in headers if key == b"accept-language"), b"")
    return "en" if accepted.strip().lower().startswith(b"en") else "zh-hans"
