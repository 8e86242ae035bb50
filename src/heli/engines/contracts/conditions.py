"""Conditions on fields: what a source is asked to leave out, as plain data.

The same conditions stand in a policy's row filter, in a caller's list filter and in what a
connector pushes down to the source, so one meaning holds everywhere: a record without a value
fits no condition but ``absent``.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from heli.engines.contracts.errors import ConditionError
from heli.engines.contracts.model import Contract, Field, LogicalType
from heli.errors import gettext_noop

MOST_VALUES = 100
MOST_TEXT = 200


class Op(StrEnum):
    """How a field is compared."""

    EQ = "eq"
    NE = "ne"
    LT = "lt"
    LE = "le"
    GT = "gt"
    GE = "ge"
    IN = "in"
    PREFIX = "prefix"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison.

    Attributes:
        field: Name of a contract field.
        op: How it is compared.
        value: With what, of the field's type; for ``in`` a tuple of such, for ``absent`` unused.
    """

    field: str
    op: Op
    value: Any = None

    def fits(self, record: Mapping[str, Any]) -> bool:
        """Whether a record fits."""
        given = record.get(self.field)
        if self.op is Op.ABSENT:
            return given is None
        return given is not None and _COMPARE[self.op](given, self.value)


_COMPARE: dict[Op, Callable[[Any, Any], bool]] = {
    Op.EQ: lambda given, value: bool(given == value),
    Op.NE: lambda given, value: bool(given != value),
    Op.LT: lambda given, value: bool(given < value),
    Op.LE: lambda given, value: bool(given <= value),
    Op.GT: lambda given, value: bool(given > value),
    Op.GE: lambda given, value: bool(given >= value),
    Op.IN: lambda given, value: given in value,
    Op.PREFIX: lambda given, value: str(given).startswith(value),
}


def all_fit(conditions: Sequence[Condition], record: Mapping[str, Any]) -> bool:
    """Whether a record fits every condition."""
    return all(condition.fits(record) for condition in conditions)


_ORDERED = frozenset({Op.LT, Op.LE, Op.GT, Op.GE})
_COMPARABLE = frozenset({LogicalType.INTEGER, LogicalType.NUMBER, LogicalType.DATE})


def parse_conditions(contract: Contract, document: Any) -> tuple[Condition, ...]:
    """Read conditions: ``[{"field": …, "op": "eq", "value": …}, …]``; all must fit.

    Args:
        contract: Its fields are compared; a value must be of the field's type.
        document: Plain data as :func:`dump_conditions` writes it; ``op`` defaults to ``eq``.

    Raises:
        ConditionError: Not a list of such objects, an unknown field or operator, or a value that
            the field cannot have.
    """
    if not isinstance(document, Sequence) or isinstance(document, str | bytes):
        raise ConditionError(reason=gettext_noop("the conditions are not a list"))
    return tuple(_parsed(contract, entry) for entry in document)


def dump_conditions(conditions: Sequence[Condition]) -> list[dict[str, Any]]:
    """Write conditions as plain data."""
    return [
        {"field": each.field, "op": each.op.value}
        | ({} if each.op is Op.ABSENT else {"value": _plain(each.value)})
        for each in conditions
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def _parsed(contract: Contract, entry: Any) -> Condition:
    if not isinstance(entry, Mapping):
        raise ConditionError(reason=gettext_noop("a condition is not an object"))
    if unknown := set(entry) - {"field", "op", "value"}:
        reason = f"a condition has no member {min(map(str, unknown))[:40]}"
        raise ConditionError(reason=reason)
    name = str(entry.get("field", ""))[:80]
    field = contract.field(name)
    if field is None:
        raise ConditionError(field=name, reason=f"the contract has no field {name}")
    op = _op(field, str(entry.get("op", Op.EQ.value))[:20])
    if op is Op.ABSENT:
        return Condition(name, op)
    value = entry.get("value")
    if op is not Op.IN:
        return Condition(name, op, _value(field, value, listed=op in (Op.EQ, Op.NE)))
    if not isinstance(value, list | tuple) or not 0 < len(value) <= MOST_VALUES:
        reason = f"“in” needs a list of 1 to {MOST_VALUES} values"
        raise ConditionError(field=name, reason=reason)
    return Condition(name, op, tuple(_value(field, item, listed=True) for item in value))


def _op(field: Field, chosen: str) -> Op:
    try:
        op = Op(chosen)
    except ValueError:
        known = ", ".join(Op)
        raise ConditionError(field=field.name, reason=f"the operator is one of {known}") from None
    ordered = op in _ORDERED and field.type not in _COMPARABLE
    if ordered or (op is Op.PREFIX and field.type is not LogicalType.STRING):
        reason = f"{op.value} cannot compare a field of type {field.type.value}"
        raise ConditionError(field=field.name, reason=reason)
    return op


def _value(field: Field, value: Any, *, listed: bool) -> Any:
    """A value as the field's type has it; one of its code list where ``listed``."""
    made = _typed(field.type, value)
    if made is None or (isinstance(made, str) and not 0 < len(made) <= MOST_TEXT):
        reason = f"field {field.name} is compared with a value of type {field.type.value}"
        raise ConditionError(field=field.name, reason=reason)
    if listed and field.allowed and str(made) not in field.allowed:
        reason = f"field {field.name} has a code list without this value"
        raise ConditionError(field=field.name, reason=reason)
    return made


def _typed(kind: LogicalType, value: Any) -> Any:
    """The value in this type; ``None`` where it is of another."""
    if kind is LogicalType.DATE and isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            return None
    fitting: dict[LogicalType, tuple[type, ...]] = {
        LogicalType.STRING: (str,),
        LogicalType.INTEGER: (int,),
        LogicalType.NUMBER: (int, float),
        LogicalType.BOOLEAN: (bool,),
        LogicalType.DATE: (date,),
    }
    if isinstance(value, bool) and kind is not LogicalType.BOOLEAN:
        return None
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if isinstance(value, fitting[kind]) else None
