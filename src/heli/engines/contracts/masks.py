"""Masks: ways to release less than a value.

Every mask but ``hash`` is idempotent: masking what is masked changes nothing. ``hash`` is
deterministic for one salt, so that equal values can be recognised within one grant and in no other.
"""

import hmac
import math
from datetime import date
from enum import StrEnum
from hashlib import sha256
from typing import Any

from heli.engines.contracts.model import Field, LogicalType
from heli.engines.contracts.semantics import semantic_type

STAR = "*"
PRESENT = STAR * 3
"""What ``redact`` shows of every value alike; what is absent stays ``None``."""
HASH_CHARACTERS = 32


class Mask(StrEnum):
    """How a granted field is shown.

    Attributes:
        CLEAR: The value.
        REDACT: :data:`PRESENT` for any value, nothing where there is none.
        PARTIAL: Head and tail, stars between.
        HASH: A pseudonym that differs in every grant.
        YEAR: The year of a date.
        BUCKET: The lower bound of the band that a number lies in.
    """

    CLEAR = "clear"
    REDACT = "redact"
    PARTIAL = "partial"
    HASH = "hash"
    YEAR = "year"
    BUCKET = "bucket"


def masks_for(field: Field) -> tuple[Mask, ...]:
    """The masks that make sense for a field, the most open one first."""
    if field.type is LogicalType.DATE:
        return (Mask.CLEAR, Mask.YEAR, Mask.REDACT)
    if field.type in (LogicalType.INTEGER, LogicalType.NUMBER):
        return (Mask.CLEAR, Mask.BUCKET, Mask.REDACT)
    if field.type is LogicalType.BOOLEAN:
        return (Mask.CLEAR, Mask.REDACT)
    return (Mask.CLEAR, Mask.PARTIAL, Mask.HASH, Mask.REDACT)


def kept_characters(field: Field, length: int) -> tuple[int, int]:
    """How many characters ``partial`` leaves at head and tail.

    Never more than half of the value, whatever its semantic type asks for, so that a short value
    is not given away by its ends.

    Args:
        field: The field; its semantic type says what is customary.
        length: Characters in the value.
    """
    head, tail = semantic_type(field.semantic).keep if field.semantic else (1, 0)
    room = length // 2
    head = min(head, room)
    return head, min(tail, room - head)


def apply_mask(field: Field, mask: Mask, value: Any, *, salt: bytes, width: int = 0) -> Any:
    """Mask one value.

    Args:
        field: The field the value belongs to.
        mask: One of :func:`masks_for`.
        value: The value; ``None`` stays ``None``.
        salt: Secret of the grant, used by ``hash``.
        width: Width of a band, used by ``bucket``; greater than 0.

    Returns:
        Text for ``redact``, ``partial``, ``hash`` and ``year``; for ``bucket`` the lower bound of
        the band.
    """
    if value is None or mask is Mask.REDACT:
        return None if value is None else PRESENT
    if mask is Mask.PARTIAL:
        return _partial(field, str(value))
    if mask is Mask.HASH:
        return hmac.new(salt, str(value).encode(), sha256).hexdigest()[:HASH_CHARACTERS]
    if mask is Mask.YEAR:
        return str(value.year) if isinstance(value, date) else str(value)[:4]
    if mask is Mask.BUCKET:
        return (
            math.floor(value / width) * width
            if isinstance(value, float)
            else (value // width * width)
        )
    return value.isoformat() if isinstance(value, date) else value


def _partial(field: Field, text: str) -> str:
    head, tail = kept_characters(field, len(text))
    hidden = len(text) - head - tail
    return text[:head] + STAR * hidden + text[len(text) - tail :]
