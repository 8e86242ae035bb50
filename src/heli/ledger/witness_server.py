"""A witness as a server of its own: C2SP tlog-witness over HTTP, without Django or a database."""

import asyncio
import re
import signal
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from hashlib import sha256
from typing import Any

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server

from heli.engines.translog import Answer
from heli.errors import HeliError
from heli.ledger.witness_home import WitnessHome

MAX_BODY = 256 * 1024
"""Bytes of a request; a checkpoint with its proof and sixteen large signatures has 60 kB."""

_CHECKPOINT = re.compile(r"/([0-9a-f]{64})/checkpoint")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


Application = Callable[[Scope, Receive, Send], Awaitable[None]]


def application(home: WitnessHome) -> Application:
    """The ASGI application of one witness."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        found = await _answer(home, scope["method"], scope["path"], receive)
        await _send(found, send, head=scope["method"] == "HEAD")

    return answer


async def _answer(home: WitnessHome, method: str, path: str, receive: Receive) -> Answer:
    if path == "/add-checkpoint":
        if method != "POST":
            return Answer(405, "POST a checkpoint here\n")
        body = await _body(receive)
        if body is None:
            return Answer(413, f"a request has at most {MAX_BODY} bytes\n")
        return await asyncio.to_thread(_guarded, _submit, home, body)
    if method not in {"GET", "HEAD"}:
        return Answer(405, "POST checkpoints to /add-checkpoint; the rest is read\n")
    return await asyncio.to_thread(_guarded, _read, home, path)


def serve(home: WitnessHome, host: str, port: int) -> None:
    """Answer until told to stop, in this process alone.

    Raises:
        OSError: The address cannot be listened on.
    """
    with socket.create_server((host, port)):
        pass
    asyncio.run(_serve(home, host, port))


async def _serve(home: WitnessHome, host: str, port: int) -> None:
    server = Server(
        application(home),
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        websockets=False,
        log_level=LogLevels.error,
    )
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stop)
    await server.serve()


def _guarded(work: Callable[[WitnessHome, Any], Answer], home: WitnessHome, what: Any) -> Answer:
    """A witness that cannot read its key or write its memory signs nothing and says so."""
    try:
        return work(home, what)
    except HeliError as error:
        return Answer(500, f"{error.code}: {error.detail()} {error.advice()}\n")
    except OSError as error:
        return Answer(500, f"the witness cannot keep its memory: {error.strerror}\n")


def _submit(home: WitnessHome, body: bytes) -> Answer:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return Answer(400, "the request is not UTF-8\n")
    return home.submit(text)


def _read(home: WitnessHome, path: str) -> Answer:
    if path == "/":
        keys = [f"witness {key.verifier.name} {key.verifier}\n" for key in home.signers()]
        return Answer(200, "".join([*keys, *(f"log {key}\n" for key in home.logs())]))
    match = _CHECKPOINT.fullmatch(path)
    for watched in home.watched() if match else []:
        named = sha256(watched.origin.encode()).hexdigest()
        if match and named == match[1] and watched.note is not None:
            return Answer(200, str(watched.note))
    return Answer(404, "not found\n")


async def _body(receive: Receive) -> bytes | None:
    """The body of the request; None when it is too long."""
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if len(body) > MAX_BODY:
            return None
        if not message.get("more_body"):
            return body


async def _send(found: Answer, send: Send, *, head: bool) -> None:
    content = found.body.encode()
    headers = [
        (b"content-type", found.media_type.encode()),
        (b"content-length", str(len(content)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    ]
    if found.status == 405:
        headers.append((b"allow", b"GET, HEAD, POST"))
    await send({"type": "http.response.start", "status": found.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head else content})


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
