"""JSON Schema (draft 2020-12) of what a contract promises.

JSON Schema cannot carry check characters; the pattern of a semantic type's written form stands
there, and ``x-semantic-type`` names the rule. Fields that may be absent may also be ``null``.
"""

from collections.abc import Iterable
from typing import Any

from heli.engines.contracts.model import Contract, Field, LogicalType

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_OPTIONS = (
    "minLength", "maxLength", "pattern", "minimum", "maximum", "exclusiveMinimum",
    "exclusiveMaximum", "multipleOf",
)  # fmt: skip
_OF_DATES = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"})


def json_schema(contract: Contract, address: str = "") -> dict[str, Any]:
    """The schema of one record.

    Args:
        contract: The contract version.
        address: Department and resource, part of the schema's identifier; the contract's id if
            empty.
    """
    name = address or contract.id
    return {
        "$schema": DIALECT,
        "$id": f"urn:heli:contract:{name.replace('/', ':')}:{contract.version}",
        **record_schema(contract, contract.fields),
    }


def record_schema(contract: Contract, fields: Iterable[Field]) -> dict[str, Any]:
    """The schema of a record with these fields, to be placed in another document."""
    chosen = tuple(fields)
    return {
        "title": contract.title_zh,
        "description": contract.title_en,
        "type": "object",
        "properties": {field.name: field_schema(field) for field in chosen},
        "required": [field.name for field in chosen if field.required],
        "additionalProperties": False,
    }


def field_schema(field: Field) -> dict[str, Any]:
    """The schema of one value."""
    schema: dict[str, Any] = {"title": field.title_zh, **_type(field)}
    words = field.description or field.title_en
    if words:
        schema["description"] = words
    if field.allowed:
        values = [_coded(field, value) for value in field.allowed]
        schema["enum"] = values if field.required else [*values, None]
    schema |= _limits(field)
    kind = field.semantic_type
    if kind is not None:
        schema["x-semantic-type"] = kind.code
        if kind.standard:
            schema["x-standard"] = kind.standard
        if kind.pattern and field.type is LogicalType.STRING and "pattern" not in schema:
            schema["pattern"] = f"^{kind.pattern}$"
    if field.datum:
        schema["x-datum"] = field.datum
    schema["x-sensitivity"] = field.sensitivity.code
    return schema


def _type(field: Field) -> dict[str, Any]:
    plain = "string" if field.type is LogicalType.DATE else field.type.value
    shape: dict[str, Any] = {"type": plain if field.required else [plain, "null"]}
    if field.type is LogicalType.DATE:
        shape["format"] = "date"
    elif field.semantic == "instant":
        shape["format"] = "date-time"
    return shape


def _coded(field: Field, value: str) -> Any:
    """A value of a code list as it goes over the wire."""
    if field.type is LogicalType.INTEGER:
        return int(value)
    if field.type is LogicalType.NUMBER:
        return float(value)
    return value


def _limits(field: Field) -> dict[str, Any]:
    options = field.rest.get("logicalTypeOptions") or {}
    skipped = _OF_DATES if field.type is LogicalType.DATE else frozenset()
    found = {key: options[key] for key in _OPTIONS if key in options and key not in skipped}
    if "pattern" in found:
        found["pattern"] = f"^(?:{found['pattern']})$"
    return found
