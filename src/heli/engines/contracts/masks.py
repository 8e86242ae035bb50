"""Masks: ways to release less than a value.

Every mask but ``hash`` is idempotent: masking what is masked changes nothing. ``hash`` is
deterministic for one salt, so that equal values can be recognised within one grant and in no other.
"""

import hmac
import math
import re
from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Any

from heli.engines.contracts.model import Field, LogicalType
from heli.engines.contracts.semantics import semantic_type

STAR = "*"
PRESENT = STAR * 3
"""What ``redact`` shows of every value alike; what is absent stays ``None``."""
HASH_CHARACTERS = 32

# Province, city, district; 区 as the last part of 小区 (a housing estate) and its like is none.
_DISTRICT = re.compile(
    r"(?:[^省市区县旗]{1,12}(?:省|自治区))?(?:[^省市区县旗]{1,12}(?:市|自治州|地区|盟))?"
    r"[^省市区县旗]{1,12}(?:(?<![小园社校厂景街片院营矿])区|县|旗|市)"
)
_LEVELS = {"division_code": ("city", "province"), "address": ("district",)}
_DATE_LEVELS = ("month", "decade")


class Mask(StrEnum):
    """How a granted field is shown.

    Attributes:
        CLEAR: The value.
        REDACT: :data:`PRESENT` for any value, nothing where there is none.
        PARTIAL: Head and tail, stars between.
        HASH: A pseudonym that differs in every grant.
        YEAR: The year of a date.
        BUCKET: The lower bound of the band that a number lies in.
        GENERALISE: A step up the value's own hierarchy: a division code as its city or province,
            an address as its district, a date as its month or decade, a number as one of a few
            bands, other text as its first characters.
    """

    CLEAR = "clear"
    REDACT = "redact"
    PARTIAL = "partial"
    HASH = "hash"
    YEAR = "year"
    BUCKET = "bucket"
    GENERALISE = "generalise"


def masks_for(field: Field) -> tuple[Mask, ...]:
    """The masks that make sense for a field, the most open one first."""
    if field.type is LogicalType.DATE:
        return (Mask.CLEAR, Mask.GENERALISE, Mask.YEAR, Mask.REDACT)
    if field.type in (LogicalType.INTEGER, LogicalType.NUMBER):
        return (Mask.CLEAR, Mask.BUCKET, Mask.GENERALISE, Mask.REDACT)
    if field.type is LogicalType.BOOLEAN:
        return (Mask.CLEAR, Mask.REDACT)
    return (Mask.CLEAR, Mask.PARTIAL, Mask.GENERALISE, Mask.HASH, Mask.REDACT)


def levels_for(field: Field) -> tuple[str, ...]:
    """Levels to which ``generalise`` can raise a field; empty where it has no such hierarchy."""
    if field.type is LogicalType.DATE:
        return _DATE_LEVELS
    return _LEVELS.get(field.semantic, ()) if field.type is LogicalType.STRING else ()


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


def apply_mask(
    field: Field,
    mask: Mask,
    value: Any,
    *,
    salt: bytes,
    width: int = 0,
    level: str = "",
    edges: Sequence[int] = (),
    digits: int = 0,
) -> Any:
    """Mask one value.

    Args:
        field: The field the value belongs to.
        mask: One of :func:`masks_for`.
        value: The value; ``None`` stays ``None``.
        salt: Secret of the grant, used by ``hash``.
        width: Width of a band, used by ``bucket``; greater than 0.
        level: One of :func:`levels_for`, used by ``generalise`` where the field has levels.
        edges: Where bands begin, in order, used by ``generalise`` of numbers.
        digits: Characters kept at the head, used by ``generalise`` of other text.

    Returns:
        Text for all masks but ``clear`` and ``bucket``, which gives the lower bound of the band.
    """
    if value is None or mask is Mask.REDACT:
        return None if value is None else PRESENT
    if mask is Mask.CLEAR:
        return value.isoformat() if isinstance(value, date) else value
    if mask is Mask.PARTIAL:
        return _partial(field, str(value))
    if mask is Mask.HASH:
        return hmac.digest(salt, str(value).encode(), "sha256").hex()[:HASH_CHARACTERS]
    if mask in (Mask.GENERALISE, Mask.YEAR):
        return _generalised(value, "year" if mask is Mask.YEAR else level, edges, digits)
    return (
        math.floor(value / width) * width if isinstance(value, float) else (value // width * width)
    )


def _generalised(value: Any, level: str, edges: Sequence[int], digits: int) -> str:
    if edges:
        return value if isinstance(value, str) else _band(value, edges)
    text = value.isoformat() if isinstance(value, date) else str(value)
    return _raise(text, level) if level else _head(text, digits)


def _raise(text: str, level: str) -> str:
    if level in ("year", "month"):
        return text[: 4 if level == "year" else 7]
    if level == "decade":
        return f"{text[:3]}0s"
    if level == "district":
        found = _DISTRICT.match(text)
        return found.group() if found else PRESENT
    kept = 2 if level == "province" else 4
    return text[:kept] + "0" * (6 - kept)


def _band(value: float, edges: Sequence[int]) -> str:
    """The band of a number: ``<18``, ``18-34`` or ``60+``; of a fraction, ``18-<35``."""
    if math.isnan(value):
        return PRESENT
    if value < edges[0]:
        return f"<{edges[0]}"
    if value >= edges[-1]:
        return f"{edges[-1]}+"
    number = next(n for n, edge in enumerate(edges) if value < edge)
    low, high = edges[number - 1], edges[number]
    if isinstance(value, float):
        return f"{low}-<{high}"
    return str(low) if high == low + 1 else f"{low}-{high - 1}"


def _head(text: str, digits: int) -> str:
    """The first characters, never more than half of all, with a star for each of the others."""
    kept = min(digits, len(text) // 2)
    return text[:kept] + STAR * (len(text) - kept)


def _partial(field: Field, text: str) -> str:
    head, tail = kept_characters(field, len(text))
    hidden = len(text) - head - tail
    return text[:head] + STAR * hidden + text[len(text) - tail :]
