"""Cursors of lists: sealed, because they name a subject, and bound to the list they go on with."""

import base64
import binascii
import json
import os
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from heli.exchange.calls.model import Call
from heli.kernel.home import folder, keep_secret
from heli.kernel.rest import BadCursorError

_NONCE = 12
MOST = 600


def bound(grant: str, call: Call) -> str:
    """What a cursor is good for: this grant, its policy as it is, and these conditions."""
    listing, policy = call.query.listing, call.policy
    where = listing.where if listing else ()
    digest = policy.digest if policy else ""
    return json.dumps([grant, digest, call.query.resource, where], sort_keys=True, default=str)


def seal_cursor(subject: str, *, bound_to: str) -> str:
    """A cursor that goes on after a subject."""
    nonce = os.urandom(_NONCE)
    sealed = _cipher().encrypt(nonce, subject.encode(), bound_to.encode())
    return base64.urlsafe_b64encode(nonce + sealed).decode().rstrip("=")


def open_cursor(cursor: str, *, bound_to: str) -> str:
    """The subject after which a page begins.

    Raises:
        BadCursorError: It was not given out for this grant and these conditions.
    """
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        return _cipher().decrypt(raw[:_NONCE], raw[_NONCE:], bound_to.encode()).decode()
    except (binascii.Error, InvalidTag, ValueError):
        raise BadCursorError(field="cursor") from None


@cache
def _cipher() -> AESGCM:
    return AESGCM(keep_secret(folder("keys", private=True) / "exchange-cursors", os.urandom(32)))
