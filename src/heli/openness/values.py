"""What people type for a field, as the contract's type."""

import datetime as dt
import math
from typing import Any

from heli.engines.contracts import Field, LogicalType, check_value
from heli.errors import BadInputError, gettext_noop

LONGEST = 500
_WORDS = {"true": True, "1": True, "yes": True, "是": True,
          "false": False, "0": False, "no": False, "否": False}  # fmt: skip


def typed_value(field: Field, text: str) -> Any:
    """The value that was typed, checked against the contract.

    Raises:
        BadInputError: It is not of the field's type.
        FieldError: It is not what the field may hold.
    """
    text = text.strip()
    if not text or len(text) > LONGEST:
        raise BadInputError(field=field.name, reason=gettext_noop("it is empty or too long"))
    try:
        value = _READ[field.type](text)
    except (ValueError, KeyError, OverflowError):
        raise BadInputError(
            field=field.name, reason=gettext_noop("it is not of the field's type")
        ) from None
    check_value(field, value)
    return value


def _number(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value


_READ: dict[LogicalType, Any] = {
    LogicalType.STRING: str,
    LogicalType.INTEGER: int,
    LogicalType.NUMBER: _number,
    LogicalType.BOOLEAN: lambda text: _WORDS[text.lower()],
    LogicalType.DATE: dt.date.fromisoformat,
}


def same(left: Any, right: Any) -> bool:
    """Whether two values of a field are the same, dates also where one is ISO 8601 text."""
    return bool(_plain(left) == _plain(right))


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value
