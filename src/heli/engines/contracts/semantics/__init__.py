"""Semantic types: what a field means, checked by the rule of the standard that defines it."""

from heli.engines.contracts.errors import UnknownSemanticTypeError
from heli.engines.contracts.semantics.base import RandomSource, SemanticType
from heli.engines.contracts.semantics.coordinates import LATITUDE, LONGITUDE, POSITION
from heli.engines.contracts.semantics.credit import CREDIT_CODE
from heli.engines.contracts.semantics.division import DIVISION_CODE
from heli.engines.contracts.semantics.identity import RESIDENT_ID
from heli.engines.contracts.semantics.numbers import MOBILE, PLATE
from heli.engines.contracts.semantics.plain import (
    ADDRESS,
    DATE,
    INSTANT,
    MONTH,
    ORGANISATION_NAME,
    PARCEL_CODE,
    PERSON_NAME,
    REAL_ESTATE_UNIT,
)

SEMANTIC_TYPES: dict[str, SemanticType] = {
    kind.code: kind
    for kind in (
        RESIDENT_ID,
        CREDIT_CODE,
        DIVISION_CODE,
        PARCEL_CODE,
        REAL_ESTATE_UNIT,
        PERSON_NAME,
        ORGANISATION_NAME,
        ADDRESS,
        MOBILE,
        PLATE,
        LONGITUDE,
        LATITUDE,
        POSITION,
        DATE,
        MONTH,
        INSTANT,
    )
}
"""Every semantic type by its code."""


def semantic_type(code: str) -> SemanticType:
    """Find a semantic type.

    Raises:
        UnknownSemanticTypeError: There is none of this code.
    """
    try:
        return SEMANTIC_TYPES[code]
    except KeyError:
        raise UnknownSemanticTypeError(what=code, supported=", ".join(SEMANTIC_TYPES)) from None


__all__ = ["SEMANTIC_TYPES", "RandomSource", "SemanticType", "semantic_type"]
