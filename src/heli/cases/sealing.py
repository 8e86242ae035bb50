"""Identifiers of subjects at rest: a keyed hash to compare, a sealed value to ask with.

Both keys lie under ``HELI_HOME/keys`` and never in the database (ADR 0071).
"""

import base64
import hmac
import os
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from heli.kernel.home import folder, keep_secret

SEALED = "sealed:"
_NONCE = 12


def key_file(path: Path, size: int = 32) -> bytes:
    """The key in a file, made on first use; safe when several processes come first at once."""
    return keep_secret(path, os.urandom(size))


@cache
def _keys() -> tuple[bytes, AESGCM]:
    both = key_file(folder("keys", private=True) / "subjects", 64)
    return both[:32], AESGCM(both[32:])


def normalise(identifier: str) -> str:
    """One spelling of an identifier: upper case, no spaces."""
    return "".join(identifier.split()).upper()


def digest(kind: str, identifier: str) -> str:
    """Keyed hash of a subject: equal for equal subjects, telling nothing without the key."""
    return hmac.digest(_keys()[0], f"{kind}\n{normalise(identifier)}".encode(), "sha256").hex()


def seal(kind: str, identifier: str) -> bytes:
    """Encrypt an identifier (AES-256-GCM), bound to its kind."""
    nonce = os.urandom(_NONCE)
    return nonce + _keys()[1].encrypt(nonce, normalise(identifier).encode(), kind.encode())


def unseal(kind: str, sealed: bytes) -> str:
    """The identifier in a sealed value."""
    sealed = bytes(sealed)
    return _keys()[1].decrypt(sealed[:_NONCE], sealed[_NONCE:], kind.encode()).decode()


def seal_text(kind: str, identifier: str) -> str:
    """A sealed identifier as text, for where it is kept among other answers."""
    return SEALED + base64.b64encode(seal(kind, identifier)).decode()


def unseal_text(kind: str, text: str) -> str:
    """The identifier in a sealed text."""
    return unseal(kind, base64.b64decode(text.removeprefix(SEALED)))


def hint(kind: str, identifier: str) -> str:
    """An identifier masked so that only who knows it recognises it."""
    text = normalise(identifier)
    if kind == "parcel":
        return text
    head, tail = (4, 4) if kind == "enterprise" else (3, 2)
    if len(text) <= head + tail:
        return text[:1] + "*" * (len(text) - 1)
    return text[:head] + "*" * (len(text) - head - tail) + text[-tail:]
