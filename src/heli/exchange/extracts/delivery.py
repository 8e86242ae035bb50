"""Extracts over the gateway: ``/x/v1/{department}/{resource}/extract?format=…``.

Who asks for what, and whether that is granted, is looked at apart from the making, so that refusals
come at once. The file is made in its turn (:mod:`heli.exchange.extracts.making`) while the caller
waits, and streamed once the fact that proves it is durable. It
comes with ``Content-Length``: what ends before is not the whole, and Heli keeps no copy. Where its
receipt is, the header ``Link`` says.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from typing import Any, BinaryIO

from django.db import close_old_connections

from heli.engines.httpsig import Request, read_signature
from heli.errors import HeliError
from heli.exchange import bodies, services
from heli.exchange.answers import problem
from heli.exchange.calls.model import Query
from heli.exchange.credentials import Keyring, nonce_of
from heli.exchange.errors import BadRequestBodyError
from heli.exchange.extracts.formats import MEDIA
from heli.exchange.extracts.making import Making
from heli.exchange.lookup import deny
from heli.exchange.models import Extract, ExtractFormat
from heli.exchange.refusals import refuse

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

logger = logging.getLogger(__name__)

EXTRACT = "/extract"
PREFIX = "/x/v1/"
PIECE = 256 * 1024

_checking = ThreadPoolExecutor(4, thread_name_prefix="exchange-extracts-checking")
_reading = ThreadPoolExecutor(2, thread_name_prefix="exchange-extracts-reading")
making = Making()


def is_meant(scope: Scope) -> bool:
    """Whether a request asks for an extract."""
    path: str = scope["path"]
    return path.rstrip("/").endswith(EXTRACT)


async def serve(scope: Scope, request: Request, body: bytes, send: Send) -> None:
    """Answer a request for an extract."""
    loop = asyncio.get_running_loop()
    try:
        query, asked = await loop.run_in_executor(_checking, _ask, scope, request, body)
        row, file = await _made(query, asked)
    except HeliError as error:
        await _tell(scope, error, send)
        return
    except Exception:
        # Whatever it was, the caller gets an answer that gives nothing away.
        logger.exception("the gateway failed on %s", scope["path"])
        await _tell(scope, HeliError(), send)
        return
    with file:
        start = {"type": "http.response.start", "status": HTTPStatus.OK, "headers": _headers(row)}
        await send(start)
        while piece := await loop.run_in_executor(_reading, file.read, PIECE):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


async def _tell(scope: Scope, error: HeliError, send: Send) -> None:
    answer = problem(scope["headers"], error)
    headers = [
        (b"content-type", answer.kind.encode()),
        (b"content-length", str(len(answer.body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        *answer.headers,
    ]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


def _headers(row: Extract) -> list[tuple[bytes, bytes]]:
    said = {
        "content-type": MEDIA[ExtractFormat(row.file_format)],
        "content-length": str(row.size),
        "content-disposition": f'attachment; filename="{row.name}"',
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        "heli-extract": str(row.pk),
        "heli-fact": str(row.fact_id),
        "link": f'</api/v1/exchange/extracts/{row.pk}/receipt>; rel="describedby"',
    }
    return [(name.encode(), value.encode()) for name, value in said.items()]


def _ask(scope: Scope, request: Request, body: bytes) -> tuple[Query, Extract]:
    """Look at who asks, and hold a place for what is granted; blocks."""
    close_old_connections()
    try:
        query = _query(scope, request, body)
        place = making.place(query.department)
        return query, services.ask_extract(query, attended=True, place=place)
    finally:
        close_old_connections()


async def _made(query: Query, asked: Extract) -> tuple[Extract, BinaryIO]:
    """The row and the open file, when its turn has come; a caller who leaves keeps no place."""
    told = making.make(query.department, lambda: _make(query, asked))
    told.add_done_callback(lambda _told: making.leave(query.department))
    row, file = await asyncio.wrap_future(told)
    return row, file


def _make(query: Query, asked: Extract) -> tuple[Extract, BinaryIO]:
    """Make and take the file; blocks."""
    close_old_connections()
    try:
        services.make_extract(asked.pk)
        return services.fetch_extract(asked.pk, actor=query.actor)
    finally:
        close_old_connections()


def _query(scope: Scope, request: Request, body: bytes) -> Query:
    """Who asks for what; whoever does not prove who they are is refused, on record."""
    path: str = scope["path"]
    address = path.removeprefix(PREFIX).strip("/").removesuffix(EXTRACT)
    claimed = ""
    try:
        signature = read_signature(request)
        keyring = Keyring([signature])
        claimed = keyring.key_id(signature)
        system = keyring.sender(request, signature, body)
    except HeliError as error:
        refuse(address, claimed, error)
        raise
    nonce = nonce_of(claimed, signature)
    text = scope.get("query_string", b"").decode("latin-1")
    try:
        return bodies.read_extract(system, address, body, text, nonce)
    except BadRequestBodyError as error:
        deny(Query(system.actor, system.department, address, "", "", "", "", nonce), error)
        raise
