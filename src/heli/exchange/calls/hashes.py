"""Keyed hashes that facts hold instead of data and of names."""

import hmac
import json
import secrets
from functools import cache
from hashlib import sha256
from typing import Any

import msgspec

from heli.kernel.home import folder, keep_secret

KEY_LENGTH = 32

_encode = msgspec.json.Encoder(order="sorted").encode


def response_hash(data: Any, key: bytes) -> str:
    """HMAC-SHA256 of released data: JSON, keys sorted, no spaces, UTF-8.

    Keyed, because a record has so few possible values that a plain hash would let a reader of the
    fact try them all.
    """
    return hmac.digest(key, canonical(data), "sha256").hex()


def canonical(data: Any) -> bytes:
    """The text that clients hash, too, as Python's ``json`` writes it.

    Where msgspec writes nothing otherwise (fractions, escaped characters), it is faster.
    """
    if _simple(data):
        text = _encode(data)
        if b"\\" not in text:
            return text
    plain = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return plain.encode()


_SIMPLE = frozenset({str, int, bool, type(None)})


def _simple(data: Any) -> bool:
    """Whether data is a record, or a list of records, of text, whole numbers and truth."""
    if type(data) is dict:
        return _SIMPLE.issuperset(map(type, data.values()))
    return data is None or (
        type(data) is list and all(type(d) is dict and _simple(d) for d in data)
    )


def subject_hash(subject_type: str, subject_id: str) -> str:
    """Keyed hash of a subject; without the installation's key it says nothing about whom."""
    text = f"{subject_type}:{subject_id.strip().upper()}"
    return _keyed(text)


def filter_hash(text: str) -> str:
    """Keyed hash of a list's conditions, which may name people."""
    return _keyed(f"filter:{text}")


def _keyed(text: str) -> str:
    return hmac.new(_key(), text.encode(errors="surrogatepass"), sha256).hexdigest()[:32]


@cache
def _key() -> bytes:
    return keep_secret(folder("keys", private=True) / "exchange-subjects", secrets.token_bytes(32))
