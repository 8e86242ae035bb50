"""Identifiers at rest: a keyed hash to compare, a sealed value to open again.

A room keeps a key of its own under ``HELI_HOME/keys`` and never in the database (ADR 0071), so what
one room stored cannot be matched against another's rows without both keys.
"""

import base64
import hmac
import os
from functools import cache

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from heli.kernel.home import folder, keep_secret

SEALED = "sealed:"
_NONCE = 12


def normalise(identifier: str) -> str:
    """One spelling of an identifier: upper case, no spaces."""
    return "".join(identifier.split()).upper()


def hint(kind: str, identifier: str) -> str:
    """An identifier masked so that only who knows it recognises it."""
    text = normalise(identifier)
    if kind == "parcel":
        return text
    head, tail = (4, 4) if kind == "enterprise" else (3, 2)
    if len(text) <= head + tail:
        return text[:1] + "*" * (len(text) - 1)
    return text[:head] + "*" * (len(text) - head - tail) + text[-tail:]


class Sealing:
    """Hashes and seals with the key of one file.

    Args:
        name: The file below ``HELI_HOME/keys``; made on first use.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def digest(self, kind: str, identifier: str) -> str:
        """Keyed hash of an identifier: equal for equal ones, telling nothing without the key."""
        text = f"{kind}\n{normalise(identifier)}"
        return hmac.digest(self._keys()[0], text.encode(), "sha256").hex()

    def seal(self, kind: str, identifier: str) -> bytes:
        """Encrypt an identifier (AES-256-GCM), bound to its kind."""
        return self.seal_bytes(kind, normalise(identifier).encode())

    def unseal(self, kind: str, sealed: bytes | memoryview) -> str:
        """The identifier in a sealed value."""
        return self.unseal_bytes(kind, sealed).decode()

    def seal_bytes(self, kind: str, content: bytes) -> bytes:
        """Encrypt any content as it is, bound to its kind."""
        nonce = os.urandom(_NONCE)
        return nonce + self._keys()[1].encrypt(nonce, content, kind.encode())

    def unseal_bytes(self, kind: str, sealed: bytes | memoryview) -> bytes:
        """The content of a sealed value."""
        sealed = bytes(sealed)
        return self._keys()[1].decrypt(sealed[:_NONCE], sealed[_NONCE:], kind.encode())

    def seal_text(self, kind: str, identifier: str) -> str:
        """A sealed identifier as text, for where it is kept among other answers."""
        return SEALED + base64.b64encode(self.seal(kind, identifier)).decode()

    def unseal_text(self, kind: str, text: str) -> str:
        """The identifier in a sealed text."""
        return self.unseal(kind, base64.b64decode(text.removeprefix(SEALED)))

    def _keys(self) -> tuple[bytes, AESGCM]:
        return _load(self._name)


@cache
def _load(name: str) -> tuple[bytes, AESGCM]:
    both = keep_secret(folder("keys", private=True) / name, os.urandom(64))
    return both[:32], AESGCM(both[32:])
