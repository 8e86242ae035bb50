"""Contracts as documents: the subset of the Open Data Contract Standard that Heli writes.

A document is what a YAML or JSON reader returns. One contract describes one object (``schema``
with one entry). What the standard has no word for (semantic type, English title, subject marker,
code list and what its values are called) stands under ``customProperties``, as the standard
prescribes.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard

from heli.engines.contracts.errors import ContractError
from heli.engines.contracts.model import Contract, Field, LogicalType, Sensitivity
from heli.engines.contracts.semantics import SEMANTIC_TYPES

API_VERSION = "v3.1.0"
SUBJECT_TYPES = ("person", "enterprise", "household", "parcel", "property", "facility")

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_VERSION = re.compile(r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)")
_SENSITIVITIES = {level.code: level for level in Sensitivity}


def parse_contract(document: Mapping[str, Any]) -> Contract:
    """Read a contract document.

    Args:
        document: The plain mapping a YAML or JSON reader returned.

    Returns:
        The contract.

    Raises:
        ContractError: Something is missing or contradicts the rules; ``field`` is its path.
    """
    if document.get("kind") != "DataContract":
        raise _bad("kind", "its kind is not DataContract")
    if not str(document.get("apiVersion", "")).startswith("v3."):
        raise _bad("apiVersion", "only version 3 of the standard is read")
    version = _text(document, "version", "version")
    if _VERSION.fullmatch(version) is None:
        raise _bad("version", "the version is not written as 1.0.0")
    schema = document.get("schema")
    if not _is_list(schema) or len(schema) != 1 or not isinstance(schema[0], Mapping):
        raise _bad("schema", "schema must describe exactly one object")
    table = schema[0]
    extras = _custom(table, "schema[0]")
    contract = Contract(
        id=_text(document, "id", "id"),
        version=version,
        name=_text(table, "name", "schema[0].name"),
        title_zh=_text(table, "businessName", "schema[0].businessName"),
        title_en=_text(extras, "titleEn", "schema[0].titleEn"),
        subject_type=_text(extras, "subjectType", "schema[0].subjectType"),
        fields=_fields(table.get("properties")),
        purpose=str(_mapping(document, "description").get("purpose", "")),
    )
    _check_whole(contract)
    return contract


def dump_contract(contract: Contract) -> dict[str, Any]:
    """Write a contract as a document; :func:`parse_contract` reads it back unchanged."""
    document: dict[str, Any] = {
        "apiVersion": API_VERSION,
        "kind": "DataContract",
        "id": contract.id,
        "version": contract.version,
        "status": "active",
        "name": contract.name,
    }
    if contract.purpose:
        document["description"] = {"purpose": contract.purpose}
    document["schema"] = [
        {
            "name": contract.name,
            "logicalType": "object",
            "businessName": contract.title_zh,
            "customProperties": _pairs(
                titleEn=contract.title_en, subjectType=contract.subject_type
            ),
            "properties": [_dump_field(field) for field in contract.fields],
        }
    ]
    return document


def _dump_field(field: Field) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "name": field.name,
        "businessName": field.title_zh,
        "logicalType": field.type.value,
        "required": field.required,
        "classification": field.sensitivity.code,
    }
    if field.key:
        entry["primaryKey"] = True
    if field.description:
        entry["description"] = field.description
    entry["customProperties"] = _pairs(
        titleEn=field.title_en,
        semanticType=field.semantic or None,
        subject=field.subject or None,
        allowed=list(field.allowed) or None,
        allowedTitles=[{"value": v, "zh": zh, "en": en} for v, zh, en in field.titles] or None,
    )
    return entry


def _fields(properties: Any) -> tuple[Field, ...]:
    if not _is_list(properties) or not properties:
        raise _bad("schema[0].properties", "it has no properties")
    return tuple(
        _field(entry, f"schema[0].properties[{index}]") for index, entry in enumerate(properties)
    )


def _field(entry: Any, path: str) -> Field:
    if not isinstance(entry, Mapping):
        raise _bad(path, "a property is not an object")
    name = _text(entry, "name", f"{path}.name")
    if _NAME.fullmatch(name) is None:
        raise _bad(f"{path}.name", "a field name is lower-case letters, digits and underscores")
    extras = _custom(entry, path)
    semantic = str(extras.get("semanticType", ""))
    if semantic and semantic not in SEMANTIC_TYPES:
        raise _bad(f"{path}.semanticType", f"semantic type {semantic} is not known")
    sensitivity = _SENSITIVITIES.get(str(entry.get("classification", "internal")))
    if sensitivity is None:
        raise _bad(
            f"{path}.classification", f"classification is one of {', '.join(_SENSITIVITIES)}"
        )
    return Field(
        name=name,
        title_zh=_text(entry, "businessName", f"{path}.businessName"),
        title_en=_text(extras, "titleEn", f"{path}.titleEn"),
        type=_logical_type(entry.get("logicalType"), f"{path}.logicalType"),
        semantic=semantic,
        required=entry.get("required") is True,
        sensitivity=sensitivity,
        key=entry.get("primaryKey") is True,
        subject=extras.get("subject") is True,
        allowed=tuple(str(value) for value in extras.get("allowed", ())),
        description=str(entry.get("description", "")),
        titles=_titles(extras, path),
    )


def _titles(extras: Mapping[str, Any], path: str) -> tuple[tuple[str, str, str], ...]:
    """What the values of a code list are called; a value that is not in the list is a mistake."""
    given = extras.get("allowedTitles", [])
    where = f"{path}.allowedTitles"
    if not _is_list(given) or not all(isinstance(item, Mapping) for item in given):
        raise _bad(where, "allowedTitles is not a list of objects")
    known = {str(value) for value in extras.get("allowed", ())}
    titles = tuple((_text(i, "value", where), _text(i, "zh", where), _text(i, "en", where))
                   for i in given)  # fmt: skip
    if any(value not in known for value, _zh, _en in titles):
        raise _bad(where, "it names a value that is not allowed")
    return titles


def _logical_type(value: Any, path: str) -> LogicalType:
    try:
        return LogicalType(value)
    except ValueError:
        known = ", ".join(LogicalType)
        raise _bad(path, f"logicalType is one of {known}") from None


def _check_whole(contract: Contract) -> None:
    if _NAME.fullmatch(contract.name) is None:
        raise _bad("schema[0].name", "a resource name is lower-case letters, digits, underscores")
    if contract.subject_type not in SUBJECT_TYPES:
        raise _bad("schema[0].subjectType", f"subjectType is one of {', '.join(SUBJECT_TYPES)}")
    if len(set(contract.names)) != len(contract.names):
        raise _bad("schema[0].properties", "two properties have the same name")
    if sum(field.subject for field in contract.fields) != 1:
        raise _bad("schema[0].properties", "exactly one property must be marked as the subject")


def _custom(entry: Mapping[str, Any], path: str) -> dict[str, Any]:
    pairs = entry.get("customProperties", [])
    if not _is_list(pairs) or not all(isinstance(pair, Mapping) for pair in pairs):
        raise _bad(f"{path}.customProperties", "customProperties is not a list of objects")
    return {str(pair.get("property")): pair.get("value") for pair in pairs}


def _pairs(**values: Any) -> list[dict[str, Any]]:
    return [{"property": key, "value": value} for key, value in values.items() if value is not None]


def _mapping(entry: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = entry.get(key, {})
    return value if isinstance(value, Mapping) else {}


def _text(entry: Mapping[str, Any], key: str, path: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or not value.strip():
        raise _bad(path, f"{path} is missing or empty")
    return value.strip()


def _is_list(value: Any) -> TypeGuard[Sequence[Any]]:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _bad(path: str, reason: str) -> ContractError:
    return ContractError(field=path, path=path, reason=reason)
