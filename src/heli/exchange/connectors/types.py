"""Contract types as Arrow types, and the check that a source keeps to them."""

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa

from heli.engines.contracts import Contract, Field, LogicalType

_TYPES: dict[LogicalType, pa.DataType] = {
    LogicalType.STRING: pa.string(),
    LogicalType.INTEGER: pa.int64(),
    LogicalType.NUMBER: pa.float64(),
    LogicalType.BOOLEAN: pa.bool_(),
    LogicalType.DATE: pa.date32(),
}
_EXACT: dict[LogicalType, type] = {
    LogicalType.STRING: str,
    LogicalType.INTEGER: int,
    LogicalType.NUMBER: float,
    LogicalType.BOOLEAN: bool,
    LogicalType.DATE: dt.date,
}
_NONE = type(None)
_LARGEST = 2**63


def arrow_schema(contract: Contract, columns: Sequence[str]) -> pa.Schema:
    """The schema in which a connector delivers these fields."""
    types = {field.name: _TYPES[field.type] for field in contract.fields}
    return pa.schema([(name, types[name]) for name in columns])


def checked_record(contract: Contract, record: Mapping[str, Any]) -> dict[str, Any]:
    """A record with every field of the contract, each value of the contract's type.

    Raises:
        OSError: A value is of another type; names the field, never the value.
    """
    return {
        field.name: value
        if (value := record.get(field.name)) is None or (type(value) is _EXACT[field.type]
        and field.type is not LogicalType.NUMBER)
        else plain(field, value)
        for field in contract.fields
    }  # fmt: skip


def checked_batch(
    contract: Contract, columns: Sequence[str], rows: Sequence[Sequence[Any]]
) -> pa.RecordBatch:
    """Rows of values as one batch of the contract's types.

    Raises:
        OSError: A value is of another type; names the field, never the value.
    """
    schema = arrow_schema(contract, columns)
    fields = {field.name: field for field in contract.fields}
    given = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
    arrays = [
        pa.array(_plain_column(fields[name], values), type=schema.field(name).type)
        for name, values in zip(columns, given, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _plain_column(field: Field, values: Sequence[Any]) -> Sequence[Any]:
    kinds = set(map(type, values)) - {_NONE}
    if kinds <= {_EXACT[field.type]} and field.type in (LogicalType.STRING, LogicalType.BOOLEAN):
        return values
    return [None if value is None else plain(field, value) for value in values]


def plain(field: Field, value: Any) -> Any:
    """One value as the contract's type, where a source says the same thing in its own type.

    Databases without a type for yes and no keep 0 and 1, and decimals for whole numbers; text
    databases keep dates as ISO 8601. Nothing else is turned into what it is not.

    Raises:
        OSError: The value is of another type.
    """
    found = _CONVERT[field.type](value)
    if found is None:
        raise OSError(
            f"{field.name} holds a value of type {type(value).__name__}"
            f" where the contract promises {field.type.value}"
        )
    return found


def _whole(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, Decimal | float):
        if not math.isfinite(value) or value != int(value):
            return None
        value = int(value)
    return value if isinstance(value, int) and -_LARGEST <= value < _LARGEST else None


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    return float(value) if math.isfinite(value) else None


def _truth(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    return bool(value) if isinstance(value, int) and value in (0, 1) else None


def _day(value: Any) -> dt.date | None:
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time() and value.tzinfo is None
        return value.date() if midnight else None
    if isinstance(value, str):
        try:
            return dt.date.fromisoformat(value) if len(value) == len("2026-01-31") else None
        except ValueError:
            return None
    return value if isinstance(value, dt.date) else None


_CONVERT = {
    LogicalType.STRING: lambda value: value if isinstance(value, str) else None,
    LogicalType.INTEGER: _whole,
    LogicalType.NUMBER: _number,
    LogicalType.BOOLEAN: _truth,
    LogicalType.DATE: _day,
}
