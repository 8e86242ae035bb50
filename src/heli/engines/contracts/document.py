"""Contracts as documents of the Open Data Contract Standard 3.1, read and written without loss.

A document is what a YAML or JSON reader returns. One contract describes one object (``schema``
with one entry). What the standard has no word for (semantic type, datum, English title, subject
marker, code list and what its values are called) stands under ``customProperties``, as the
standard prescribes. Whatever else a document says (servers, team, roles, price, quality, service
levels, tags …) is kept and written back.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard

from heli.engines.contracts.errors import ContractError, MissingPartError, NotOneOfError
from heli.engines.contracts.limits import check_options
from heli.engines.contracts.model import Contract, Field, LogicalType, Sensitivity
from heli.engines.contracts.semantics import SEMANTIC_TYPES
from heli.engines.contracts.semantics.coordinates import DATUMS
from heli.errors import gettext_noop

API_VERSION = "v3.1.0"
SUBJECT_TYPES = ("person", "enterprise", "household", "parcel", "property", "facility")

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_VERSION = re.compile(r"(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)")
_SENSITIVITIES = {level.code: level for level in Sensitivity}

_OWN = frozenset({"apiVersion", "kind", "id", "version", "status", "schema"})
_OWN_TABLE = frozenset({"name", "logicalType", "businessName", "customProperties", "properties"})
_OWN_FIELD = frozenset(
    {"name", "businessName", "logicalType", "required", "classification", "primaryKey",
     "description", "customProperties"}
)  # fmt: skip
_CUSTOM_TABLE = frozenset({"titleEn", "subjectType"})
_CUSTOM_FIELD = frozenset(
    {"titleEn", "semanticType", "subject", "allowed", "allowedTitles", "datum"}
)


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
        raise _bad("kind", gettext_noop("its kind is not DataContract"))
    if not str(document.get("apiVersion", "")).startswith("v3."):
        raise _bad("apiVersion", gettext_noop("only version 3 of the standard is read"))
    version = _text(document, "version", "version")
    if _VERSION.fullmatch(version) is None:
        raise _bad("version", gettext_noop("the version is not written as 1.0.0"))
    schema = document.get("schema")
    if not _is_list(schema) or len(schema) != 1 or not isinstance(schema[0], Mapping):
        raise _bad("schema", gettext_noop("schema must describe exactly one object"))
    table = schema[0]
    extras = _custom(table, "schema[0]")
    name = _text(table, "name", "schema[0].name")
    contract = Contract(
        id=_text(document, "id", "id"),
        version=version,
        name=name,
        title_zh=_text(table, "businessName", "schema[0].businessName"),
        title_en=_text(extras, "titleEn", "schema[0].titleEn"),
        subject_type=_text(extras, "subjectType", "schema[0].subjectType"),
        fields=_fields(table.get("properties")),
        purpose=str(_mapping(document, "description").get("purpose", "")),
        status=str(document.get("status") or "active"),
        rest=_rest_of_document(document, name),
        table=_rest(table, _OWN_TABLE),
        custom=_rest_of_custom(table, _CUSTOM_TABLE),
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
        "status": contract.status,
        "name": contract.name,
    }
    rest = dict(contract.rest)
    description = dict(rest.pop("description", {}))
    if contract.purpose:
        description = {"purpose": contract.purpose, **description}
    if description:
        document["description"] = description
    document["schema"] = [
        {
            "name": contract.name,
            "logicalType": "object",
            "businessName": contract.title_zh,
            "customProperties": _pairs(
                contract.custom, titleEn=contract.title_en, subjectType=contract.subject_type
            ),
            **contract.table,
            "properties": [_dump_field(field) for field in contract.fields],
        }
    ]
    return document | rest


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
    entry |= field.rest
    entry["customProperties"] = _pairs(
        field.custom,
        titleEn=field.title_en,
        semanticType=field.semantic or None,
        datum=field.datum or None,
        subject=field.subject or None,
        allowed=list(field.allowed) or None,
        allowedTitles=[{"value": v, "zh": zh, "en": en} for v, zh, en in field.titles] or None,
    )
    return entry


def _fields(properties: Any) -> tuple[Field, ...]:
    if not _is_list(properties) or not properties:
        raise _bad("schema[0].properties", gettext_noop("it has no properties"))
    return tuple(
        _field(entry, f"schema[0].properties[{index}]") for index, entry in enumerate(properties)
    )


def _field(entry: Any, path: str) -> Field:
    if not isinstance(entry, Mapping):
        raise _bad(path, gettext_noop("a property is not an object"))
    name = _text(entry, "name", f"{path}.name")
    if _NAME.fullmatch(name) is None:
        reason = gettext_noop("a field name is lower-case letters, digits and underscores")
        raise _bad(f"{path}.name", reason)
    extras = _custom(entry, path)
    sensitivity = _SENSITIVITIES.get(str(entry.get("classification", "internal")))
    if sensitivity is None:
        raise _none_of(f"{path}.classification", _SENSITIVITIES)
    check_options(entry.get("logicalTypeOptions"), f"{path}.logicalTypeOptions")
    semantic = _semantic(extras, path)
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
        allowed=_allowed(extras, path),
        description=str(entry.get("description", "")),
        titles=_titles(extras, path),
        datum=_datum(extras, semantic, path),
        rest=_rest(entry, _OWN_FIELD),
        custom=_rest_of_custom(entry, _CUSTOM_FIELD),
    )


def _semantic(extras: Mapping[str, Any], path: str) -> str:
    semantic = str(extras.get("semanticType", ""))
    if semantic and semantic not in SEMANTIC_TYPES:
        raise _none_of(f"{path}.semanticType", SEMANTIC_TYPES)
    return semantic


def _datum(extras: Mapping[str, Any], semantic: str, path: str) -> str:
    """The datum of a coordinate, which must be said: the same figures lie 500 m apart in two."""
    datum = str(extras.get("datum") or "")
    located = bool(semantic) and SEMANTIC_TYPES[semantic].located
    if located and datum not in DATUMS:
        raise _none_of(f"{path}.datum", DATUMS)
    if datum and not located:
        raise _bad(f"{path}.datum", gettext_noop("only a coordinate has a datum"))
    return datum


def _allowed(extras: Mapping[str, Any], path: str) -> tuple[str, ...]:
    given = extras.get("allowed") or ()
    if not _is_list(given):
        raise _bad(f"{path}.allowed", gettext_noop("the code list is not a list"))
    return tuple(str(value) for value in given)


def _titles(extras: Mapping[str, Any], path: str) -> tuple[tuple[str, str, str], ...]:
    """What values are called; one that is not in the field's code list, if any, is a mistake."""
    given = extras.get("allowedTitles", [])
    where = f"{path}.allowedTitles"
    if not _is_list(given) or not all(isinstance(item, Mapping) for item in given):
        raise _bad(where, gettext_noop("allowedTitles is not a list of objects"))
    known = set(_allowed(extras, path))
    titles = tuple((_text(i, "value", where), _text(i, "zh", where), _text(i, "en", where))
                   for i in given)  # fmt: skip
    if known and any(value not in known for value, _zh, _en in titles):
        raise _bad(where, gettext_noop("it names a value that is not allowed"))
    return titles


def _logical_type(value: Any, path: str) -> LogicalType:
    try:
        return LogicalType(value)
    except ValueError:
        raise _none_of(path, LogicalType) from None


def _check_whole(contract: Contract) -> None:
    if _NAME.fullmatch(contract.name) is None:
        reason = gettext_noop("a resource name is lower-case letters, digits and underscores")
        raise _bad("schema[0].name", reason)
    if contract.subject_type not in SUBJECT_TYPES:
        raise _none_of("schema[0].subjectType", SUBJECT_TYPES)
    if len(set(contract.names)) != len(contract.names):
        raise _bad("schema[0].properties", gettext_noop("two properties have the same name"))
    if sum(field.subject for field in contract.fields) != 1:
        reason = gettext_noop("exactly one property must be marked as the subject")
        raise _bad("schema[0].properties", reason)
    # Read here once, so that what is wrong with them is said when the contract is read.
    contract.service_levels  # noqa: B018
    contract.quality_rules  # noqa: B018


def _rest(entry: Mapping[str, Any], own: frozenset[str]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key not in own}


def _rest_of_document(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    rest = _rest(document, _OWN)
    if rest.get("name") in (name, None):
        rest.pop("name", None)
    if "description" in rest:
        beyond = _rest(_mapping(document, "description"), frozenset({"purpose"}))
        rest.pop("description")
        rest |= {"description": beyond} if beyond else {}
    return rest


def _rest_of_custom(entry: Mapping[str, Any], own: frozenset[str]) -> tuple[dict[str, Any], ...]:
    pairs = entry.get("customProperties", [])
    return tuple(
        dict(pair)
        for pair in pairs
        if pair.get("property") not in own or not pair.keys() <= {"property", "value"}
    )


def _custom(entry: Mapping[str, Any], path: str) -> dict[str, Any]:
    pairs = entry.get("customProperties", [])
    if not _is_list(pairs) or not all(isinstance(pair, Mapping) for pair in pairs):
        raise _bad(
            f"{path}.customProperties", gettext_noop("customProperties is not a list of objects")
        )
    return {str(pair.get("property")): pair.get("value") for pair in pairs}


def _pairs(kept: Sequence[Mapping[str, Any]], **values: Any) -> list[dict[str, Any]]:
    """Heli's properties, then those kept; what was said about one of Heli's stays with it."""
    beside = {str(pair.get("property")): pair for pair in kept}
    own = [
        {**beside.pop(key, {}), "property": key, "value": value}
        for key, value in values.items()
        if value is not None
    ]
    return own + [dict(pair) for name, pair in beside.items() if name not in values]


def _mapping(entry: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = entry.get(key, {})
    return value if isinstance(value, Mapping) else {}


def _text(entry: Mapping[str, Any], key: str, path: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or not value.strip():
        raise MissingPartError(field=path, path=path)
    return value.strip()


def _is_list(value: Any) -> TypeGuard[Sequence[Any]]:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _bad(path: str, reason: str) -> ContractError:
    return ContractError(field=path, path=path, reason=reason)


def _none_of(path: str, known: Any) -> NotOneOfError:
    return NotOneOfError(field=path, path=path, known=", ".join(known))
