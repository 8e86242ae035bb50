"""Whom a page of a list told of, and in which version: what corrections find its readers by.

A page's fact names no subjects. Beside its access stands an index: for each record the beginning
of its subject's keyed hash, and a mark of what was released of it, both eight octets, in order. The
fact commits to the whole under the key of the page, which the access log keeps, so that nobody can
add to it or take from it later without being found out.
"""

import hmac
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from heli.exchange.calls.hashes import canonical

PART = 8
ENTRY = 2 * PART


def index_of(subjects: Iterable[str], records: Iterable[Mapping[str, Any]], key: bytes) -> bytes:
    """The index of a page.

    Args:
        subjects: Keyed hash of each record's subject, in hexadecimal.
        records: What is released of each, in the same order.
        key: Of the page.
    """
    pairs = zip(subjects, records, strict=True)
    return b"".join(sorted(_start(subject) + mark_of(data, key) for subject, data in pairs))


def mark_of(data: Mapping[str, Any], key: bytes) -> bytes:
    """What an index keeps of one released record."""
    return hmac.digest(key, b"record:" + canonical(data), "sha256")[:PART]


def commitment(index: bytes, key: bytes) -> str:
    """What the fact of a page holds of its index: HMAC-SHA256 under the page's key."""
    return hmac.digest(key, b"told:" + index, "sha256").hex()


def marks_in(index: bytes, subject: str) -> Iterator[bytes]:
    """Marks of the records of a subject, by its keyed hash."""
    wanted = _start(subject)
    for place in range(0, len(index), ENTRY):
        if index[place : place + PART] == wanted:
            yield index[place + PART : place + ENTRY]


def _start(subject: str) -> bytes:
    return bytes.fromhex(subject[: 2 * PART])
