"""Records as people may see them without a grant: starred out and made coarse."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from heli.engines.contracts import Contract, Field, Sensitivity
from heli.exchange.words import value_words

STARS = "***"
DATE = "****-**-**"


def masked_words(contract: Contract, record: Mapping[str, Any]) -> list[str]:
    """A record as people may see it without a grant, in the order of the contract's fields."""
    return [value_words(field, _masked(field, record[field.name])) for field in contract.fields]


def _masked(field: Field, value: Any) -> Any:
    """A value without what would tell whose it is."""
    if value is None or (field.allowed and field.sensitivity <= Sensitivity.INTERNAL):
        return value
    if field.subject or field.sensitivity >= Sensitivity.SENSITIVE:
        return DATE if isinstance(value, dt.date) else STARS
    if isinstance(value, dt.date):
        return str(value.year)
    if isinstance(value, bool):
        return STARS
    if isinstance(value, int | float):
        return int(value // 10 * 10)
    return value[:1] + STARS
