"""Salted commitments: the log binds to content without holding it.

``commitment = HMAC-SHA256(salt, frame(kind) || frame(canonical content))`` with a salt of 32 random
bytes. Whoever has content and salt can check it; whoever has only the commitment learns nothing,
and once the salt is destroyed nobody can test guesses against it.
"""

import hmac
from binascii import b2a_base64
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any

from heli.engines.translog.canonical import canonical_json
from heli.engines.translog.encoding import decode64, encode64
from heli.engines.translog.errors import CanonicalError, ReceiptError
from heli.engines.translog.hashing import HASH_SIZE, leaf_hash

SALT_SIZE = 32
_LEAF_FORMAT = "heli-leaf/1"


def commit(kind: str, content: Any, salt: bytes) -> bytes:
    """Commit to ``content``.

    Args:
        kind: What the content is, such as ``fact``; part of what is committed to.
        content: A JSON value.
        salt: 32 bytes from a cryptographic random source, used once.

    Returns:
        The commitment, 32 bytes.

    Raises:
        CanonicalError: when the content has no canonical form or the salt has another length.
    """
    return _digest(kind, canonical_json(content), salt)


def commit_bytes(kind: str, content: bytes, salt: bytes) -> bytes:
    """Commit to content whose canonical UTF-8 text is at hand; else as :func:`commit`."""
    return _digest(kind, content, salt)


def _digest(kind: str, content: bytes, salt: bytes) -> bytes:
    if len(salt) != SALT_SIZE:
        raise CanonicalError(path="salt", reason=f"it has {len(salt)} bytes, not {SALT_SIZE}")
    return hmac.digest(salt, _framed(kind) + _frame(content), "sha256")


def _frame(data: bytes) -> bytes:
    return len(data).to_bytes(8, "big") + data


@lru_cache(maxsize=64)
def _framed(kind: str) -> bytes:
    return _frame(kind.encode())


def leaf_hashes(kind: str, commitments: Iterable[bytes]) -> list[bytes]:
    """Hashes of the leaves of one kind that hold these commitments, in order."""
    # RFC 6962's mark of a leaf, then the entry as Leaf.encode writes it; b2a_base64 ends the line.
    before = b"\0" + f"{_LEAF_FORMAT}\n{kind}\n".encode()
    return [sha256(before + b2a_base64(commitment)).digest() for commitment in commitments]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A log entry: a kind and a commitment, nothing about anybody."""

    kind: str
    commitment: bytes

    def encode(self) -> bytes:
        """The entry as the log hashes it: three lines, format, kind, commitment in base64."""
        return f"{_LEAF_FORMAT}\n{self.kind}\n{encode64(self.commitment)}\n".encode()

    def hash(self) -> bytes:
        """The leaf hash."""
        return leaf_hash(self.encode())

    @classmethod
    def decode(cls, entry: bytes) -> "Leaf":
        """Read a log entry.

        Raises:
            ReceiptError: when it is no leaf of this format.
        """
        try:
            form, kind, commitment, end = entry.decode().split("\n")
            leaf = cls(kind, decode64(commitment))
        except ValueError as error:
            raise ReceiptError(reason="the leaf is malformed") from error
        if form != _LEAF_FORMAT or end or not kind or len(leaf.commitment) != HASH_SIZE:
            raise ReceiptError(reason="the leaf is malformed")
        return leaf
