"""What a fact commits to: its content in the one form that is hashed, for ever."""

import datetime as dt
import uuid
from functools import lru_cache
from typing import Any

import msgspec

from heli.engines.translog import Leaf, commit
from heli.engines.translog.canonical import MAX_SAFE, canonical_text
from heli.engines.translog.commitments import commit_bytes
from heli.ledger.models import Fact
from heli.ledger.verbs import FactData

KIND = "fact"


def content_of(fact: Fact) -> dict[str, Any]:
    """Everything a fact says, as a JSON value; instants in UTC with microseconds."""
    return {
        "id": str(fact.id),
        "at": _instant(fact.at),
        "actor": fact.actor,
        "department": fact.department,
        "verb": fact.verb,
        "subject": fact.subject,
        "matter": fact.matter,
        "data": fact.data,
    }


def commitment_of(fact: Fact, salt: bytes) -> bytes:
    """The commitment to a fact under its salt."""
    return commit(KIND, content_of(fact), salt)


class _Content(msgspec.Struct):
    """:func:`content_of` with its members in canonical order, which msgspec writes as they stand.

    It writes text as RFC 8785 does, but for what that has no form for.
    """

    actor: str
    at: str
    data: msgspec.Raw
    department: str
    id: uuid.UUID
    matter: str
    subject: str
    verb: str


_encode = msgspec.json.Encoder().encode
_encode_sorted = msgspec.json.Encoder(order="sorted").encode


def data_text(data: FactData, plain: dict[str, Any]) -> str:
    """The canonical text of a fact's data.

    Args:
        data: As typed.
        plain: The same as plain values.
    """
    # Most values are text, which both ways write alike, as they do truth.
    for value in plain.values():
        if type(value) not in _PLAIN and not _alike(value):
            return canonical_text(plain)
    try:
        return _encode_sorted(data).decode()
    except UnicodeEncodeError:
        return canonical_text(plain)


_PLAIN = frozenset({str, bool})


def _alike(value: Any) -> bool:
    """Whether RFC 8785 and msgspec write a value alike: a safe number, a flat object or list of it.

    RFC 8785 has ways of its own for other numbers, and for the order of names beyond ASCII.
    """
    if type(value) is dict:
        return all(type(n) is str and n.isascii() and _plain(v) for n, v in value.items())
    return all(map(_plain, value)) if type(value) is list else _plain(value)


def _plain(value: Any) -> bool:
    kind = type(value)
    return kind in _PLAIN or (kind is int and -MAX_SAFE <= value <= MAX_SAFE)


def commitment_with(fact: Fact, data: str, salt: bytes) -> bytes:
    """The same commitment where the canonical text of the fact's data is at hand."""
    try:
        content = _encode(
            _Content(
                fact.actor,
                _instant(fact.at),
                msgspec.Raw(data),
                fact.department,
                fact.id,
                fact.matter,
                fact.subject,
                fact.verb,
            )
        )
    except UnicodeEncodeError:
        content = _NUL
    if _NUL in content:
        # U+0000 or half a surrogate pair: the slower way tells which text holds it.
        return commitment_of(fact, salt)
    return commit_bytes(KIND, content, salt)


_NUL = rb"\u0000"


@lru_cache(maxsize=256)
def _instant(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).isoformat(timespec="microseconds")


def leaf_of(commitment: bytes | memoryview) -> Leaf:
    """The log entry of a fact."""
    return Leaf(KIND, bytes(commitment))
