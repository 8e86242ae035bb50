"""Witnesses at an address: asking them over HTTP, the C2SP tlog-witness protocol."""

import time
from enum import StrEnum
from functools import cache
from hashlib import sha256

import httpx

from heli.engines.translog import Answer, Checkpoint, Note, NoteError, Submission

CONNECT_SECONDS = 1.0
WHOLE_SECONDS = 3.0
"""Longest that one question to a witness may take."""
MAX_BYTES = 256 * 1024


class Fault(StrEnum):
    """What a witness did instead of answering."""

    UNREACHABLE = "unreachable"
    SLOW = "slow"
    BROKEN = "broken"


class SilentError(Exception):
    """A witness did not answer as the protocol demands."""

    def __init__(self, fault: Fault, detail: str) -> None:
        super().__init__(detail)
        self.fault = fault


def submit(address: str, offer: Submission) -> Answer:
    """Offer a checkpoint.

    Args:
        address: The witness's submission prefix.
        offer: The checkpoint and its proof.

    Raises:
        SilentError: It cannot be reached, takes too long, or answers something else.
    """
    found = _ask("POST", f"{address.rstrip('/')}/add-checkpoint", str(offer).encode())
    if found.status not in {200, 400, 403, 404, 409, 422}:
        raise SilentError(Fault.BROKEN, f"status {found.status}")
    return found


def checkpoint(address: str, origin: str) -> Note | None:
    """The checkpoint a witness signed last for a log; None when it never did.

    Args:
        address: The witness's monitoring prefix.
        origin: The log's origin.

    Raises:
        SilentError: It cannot be reached, takes too long, or answers something else.
    """
    name = sha256(origin.encode()).hexdigest()
    found = _ask("GET", f"{address.rstrip('/')}/{name}/checkpoint", b"")
    if found.status == 404:
        return None
    try:
        if found.status == 200:
            note = Note.parse(found.body)
            Checkpoint.parse(note.text)
            return note
    except NoteError as error:
        raise SilentError(Fault.BROKEN, error.detail()) from error
    raise SilentError(Fault.BROKEN, f"status {found.status}")


@cache
def _client() -> httpx.Client:
    limits = httpx.Limits(max_keepalive_connections=64)
    timeout = httpx.Timeout(WHOLE_SECONDS, connect=CONNECT_SECONDS)
    return httpx.Client(timeout=timeout, limits=limits, follow_redirects=False)


def _ask(method: str, url: str, body: bytes) -> Answer:
    end, read = time.monotonic() + WHOLE_SECONDS, bytearray()
    try:
        with _client().stream(method, url, content=body) as answer:
            for chunk in answer.iter_bytes():
                read += chunk
                if len(read) > MAX_BYTES:
                    raise SilentError(Fault.BROKEN, f"more than {MAX_BYTES} bytes")
                if time.monotonic() > end:
                    raise SilentError(Fault.SLOW, f"more than {WHOLE_SECONDS:.0f} s")
            kind = answer.headers.get("Content-Type", "")
            return Answer(answer.status_code, read.decode(), kind)
    except httpx.TimeoutException as error:
        fault = Fault.UNREACHABLE if isinstance(error, httpx.ConnectTimeout) else Fault.SLOW
        raise SilentError(fault, str(error)) from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise SilentError(Fault.UNREACHABLE, str(error)) from error
    except UnicodeDecodeError as error:
        raise SilentError(Fault.BROKEN, "it is not UTF-8") from error
