"""Does a record keep its contract?"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from heli.engines.contracts.errors import (
    FieldError,
    LimitError,
    MissingFieldError,
    NotAllowedError,
    SemanticError,
    UnknownFieldError,
    WrongTypeError,
)
from heli.engines.contracts.model import Contract, Field, LogicalType
from heli.engines.contracts.semantics import semantic_type
from heli.engines.contracts.semantics.coordinates import check_coordinate

_TYPE_CHECKS: dict[LogicalType, Callable[[Any], bool]] = {
    LogicalType.STRING: lambda value: isinstance(value, str),
    LogicalType.INTEGER: lambda value: isinstance(value, int) and not isinstance(value, bool),
    LogicalType.NUMBER: lambda value: (
        isinstance(value, int | float) and not isinstance(value, bool)
    ),
    LogicalType.BOOLEAN: lambda value: isinstance(value, bool),
    LogicalType.DATE: lambda value: isinstance(value, date | str),
}


def validate_record(contract: Contract, record: Mapping[str, Any]) -> tuple[FieldError, ...]:
    """Check a record against its contract.

    Args:
        contract: The contract in force.
        record: Values by field name; dates as :class:`datetime.date` or ISO 8601 text.

    Returns:
        One error for each field that is wrong, in the contract's order, then the fields the
        contract does not know. Empty when the record keeps the contract.
    """
    problems = [_problem(field, record.get(field.name)) for field in contract.fields]
    unknown = [
        UnknownFieldError(field=name, name=name, contract=contract.id)
        for name in record
        if contract.field(name) is None
    ]
    return (*(problem for problem in problems if problem is not None), *unknown)


def check_value(field: Field, value: Any) -> None:
    """Check one value.

    Raises:
        FieldError: The value is missing though required, of another type, outside the code list
            or not what its semantic type says.
    """
    problem = _problem(field, value)
    if problem is not None:
        raise problem


def parse_subject(contract: Contract, identifier: str, *, latest: date) -> str:
    """The normal form of an identifier by which a subject is looked up.

    Args:
        contract: The contract in force.
        identifier: As it was given.
        latest: Today; nobody is looked up who would be born later.

    Raises:
        SemanticError: The identifier is malformed; ``field`` names the contract's subject field.
    """
    field = contract.subject_field
    if not field.semantic:
        return identifier.strip()
    try:
        return semantic_type(field.semantic).read(identifier, latest=latest)
    except SemanticError as error:
        error.field = field.name
        raise


def _problem(field: Field, value: Any) -> FieldError | None:
    if value is None or value == "":
        return MissingFieldError(field=field.name, title=field.title_zh) if field.required else None
    if not _TYPE_CHECKS[field.type](value):
        return WrongTypeError(
            field=field.name,
            title=field.title_zh,
            expected=field.type.value,
            found=type(value).__name__,
        )
    if field.allowed and str(value) not in field.allowed:
        return NotAllowedError(
            field=field.name, title=field.title_zh, allowed=", ".join(field.allowed)
        )
    return _limit_problem(field, value) or _semantic_problem(field, value)


def _limit_problem(field: Field, value: Any) -> FieldError | None:
    plain = value.isoformat() if isinstance(value, date) else value
    options = field.rest.get("logicalTypeOptions")
    limit = field.limits.broken_by(plain) if options else ""
    if not options or not limit:
        return None
    return LimitError(field=field.name, title=field.title_zh, limit=limit, bound=options[limit])


def _semantic_problem(field: Field, value: Any) -> FieldError | None:
    kind = "date" if field.type is LogicalType.DATE else field.semantic
    if not kind:
        return None
    try:
        normal = semantic_type(kind).parse(_written(value))
        if field.datum:
            check_coordinate(kind, normal, field.datum)
    except SemanticError as error:
        error.field = field.name
        return error
    return None


def _written(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    return f"{value:.9f}" if isinstance(value, float) else str(value)
