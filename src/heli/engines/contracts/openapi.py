"""OpenAPI 3.1 of the interface that a contract promises.

The same interface on both sides of the exchange, so that one conformance test fits both: a lookup
of one subject, whose identifier stands in the body and never in an address, and a paged list. A
*source* is called by its own means; the *gateway* asks for a signature, a purpose and a matter,
and answers with a receipt.
"""

from typing import Any

from heli.engines.contracts.conditions import Op
from heli.engines.contracts.levels import allowed_age, allowed_answer_time
from heli.engines.contracts.model import Contract
from heli.engines.contracts.schemas import DIALECT, field_schema, record_schema

PROBLEM = "application/problem+json"
DEFAULT_PAGE, MOST_PAGE = 100, 1000


def openapi(contract: Contract, server: str) -> dict[str, Any]:
    """The interface a source offers: lookup and list of whole records.

    Args:
        contract: The contract version.
        server: Where it is served, ``https://…/hospital-beds``.
    """
    record = record_schema(contract, contract.fields)
    document = _frame(contract, server)
    document["paths"] = {
        "/lookup": {"post": _lookup(contract)},
        "/records": {"get": _list(contract)},
    }
    document["components"] = {
        "schemas": {
            "Record": record,
            "Lookup": _lookup_request(contract),
            "Found": _object(
                {
                    "data": {"oneOf": [_ref("Record"), {"type": "null"}]},
                    "as_of": _instant("When the data was last brought up to date."),
                },
                "data",
            ),
            "Page": _page(),
            "Problem": _problem(),
        }
    }
    return document


def gateway_openapi(contract: Contract, address: str, server: str) -> dict[str, Any]:
    """The interface of the exchange's gateway for a resource.

    Args:
        contract: The contract version.
        address: Department and resource.
        server: Where the exchange is reached, ``https://heli.example``.
    """
    granted = record_schema(contract, contract.fields)
    granted["required"] = []
    granted["properties"] = {
        field.name: {"description": f"{field.title_zh} {field.title_en}",
                     "anyOf": [field_schema(field), {"type": ["string", "number", "null"]}]}
        for field in contract.fields
    }  # fmt: skip
    granted["description"] = "The granted fields only, each in the clear or masked."
    document = _frame(contract, server)
    place, name = f"/x/v1/{address}", address.replace("/", "_")
    document["paths"] = {
        place: {"post": _gateway_lookup(name)},
        f"{place}/records": {
            "get": _gateway_list(name, body=False),
            "post": _gateway_list(name, body=True),
        },
        f"{place}/extract": {"get": _gateway_extract(name)},
    }
    document["components"] = {
        "schemas": {
            "Record": granted,
            "Lookup": _gateway_request(contract),
            "Listing": _listing(contract),
            "Answer": _gateway_answer(),
            "List": _gateway_list_answer(),
            "Problem": _problem(),
        },
        "securitySchemes": {
            "signature": {
                "type": "apiKey",
                "in": "header",
                "name": "Signature",
                "description": "RFC 9421 HTTP message signature by the key of a registered "
                "system, over @method, @target-uri and Content-Digest.",
            }
        },
    }
    document["security"] = [{"signature": []}]
    return document


def _frame(contract: Contract, server: str) -> dict[str, Any]:
    info: dict[str, Any] = {
        "title": contract.title_zh,
        "summary": contract.title_en,
        "version": contract.version,
    }
    if contract.purpose:
        info["description"] = contract.purpose
    return {
        "openapi": "3.1.0",
        "jsonSchemaDialect": DIALECT,
        "info": info,
        "servers": [{"url": server}],
        **_promises(contract),
    }


def _promises(contract: Contract) -> dict[str, Any]:
    age = allowed_age(contract.service_levels)
    answer = allowed_answer_time(contract.service_levels)
    said = {"x-freshness-seconds": age, "x-response-time-seconds": answer}
    return {key: value for key, value in said.items() if value is not None}


def _lookup(contract: Contract) -> dict[str, Any]:
    return {
        "operationId": f"lookup_{contract.name}",
        "summary": "The record of one subject",
        "requestBody": _body("Lookup"),
        "responses": {"200": _answer("Found", "The record, or null."), **_refusals("400", "422")},
    }


def _list(contract: Contract) -> dict[str, Any]:
    return {
        "operationId": f"list_{contract.name}",
        "summary": "All records, in a fixed order, page by page",
        "parameters": [
            _query("cursor", {"type": "string", "maxLength": 1000}, "The “next” of a page."),
            _query(
                "limit",
                {"type": "integer", "minimum": 1, "maximum": MOST_PAGE, "default": DEFAULT_PAGE},
                "Records on a page at most.",
            ),
        ],
        "responses": {"200": _answer("Page", "One page."), **_refusals("400", "422")},
    }


def _gateway_lookup(name: str) -> dict[str, Any]:
    return {
        "operationId": f"lookup_{name}",
        "summary": "The granted part of the record of one subject, with its receipt",
        "parameters": _signed(),
        "requestBody": _body("Lookup"),
        "responses": {"200": _gateway_ok("Answer"), **_refusals(*_GATEWAY_CODES)},
    }


def _gateway_list(name: str, *, body: bool) -> dict[str, Any]:
    """A list by address, for what names nobody, or by body, with conditions."""
    operation: dict[str, Any] = {
        "operationId": f"{'search' if body else 'list'}_{name}",
        "summary": "The granted part of the records that the grant opens, page by page",
        "parameters": _signed(),
        "responses": {"200": _gateway_ok("List"), **_refusals(*_GATEWAY_CODES)},
    }
    if body:
        operation["requestBody"] = _body("Listing")
    else:
        operation["parameters"] += [
            _query(key, schema, words) for key, (schema, words) in _LISTED.items()
        ]
    return operation


def _gateway_extract(name: str) -> dict[str, Any]:
    file = {"schema": {"type": "string", "format": "binary"}}
    kinds = ("text/csv", "application/vnd.apache.parquet", "application/vnd.apache.arrow.stream")
    form = {"type": "string", "enum": ["csv", "parquet", "arrow"], "default": "csv"}
    known = {key: _LISTED[key] for key in ("matter", "purpose", "project", "task")}
    return {
        "operationId": f"extract_{name}",
        "summary": "All records that the grant opens as one file, marked for its recipient",
        "parameters": [
            *_signed(),
            _query("format", form, "Kind of the file."),
            *(_query(key, schema, words) for key, (schema, words) in known.items()),
        ],
        "responses": {
            "200": {
                "description": "The file; its receipt is where Link says.",
                "headers": {"Link": _told("The receipt, as describedby.")},
                "content": dict.fromkeys(kinds, file),
            },
            **_refusals(*_GATEWAY_CODES),
        },
    }


_GATEWAY_CODES = ("400", "401", "403", "404", "409", "422", "429", "503")
MOST_GATEWAY_PAGE = 500
_LISTED: dict[str, tuple[dict[str, Any], str]] = {
    "cursor": ({"type": "string", "maxLength": 1000}, "The “next” of a page."),
    "limit": (
        {"type": "integer", "minimum": 1, "maximum": MOST_GATEWAY_PAGE, "default": 100},
        "Records on a page at most.",
    ),
    "matter": ({"type": "string", "maxLength": 100}, "Code of the matter the data is needed for."),
    "purpose": (
        {"type": "string", "maxLength": 100},
        "May be left out if one grant only is valid.",
    ),
    "project": (
        {"type": "string", "maxLength": 40},
        "Code of the approved project the data is needed for.",
    ),
    "task": ({"type": "string", "maxLength": 40}, "The public task the data is needed for."),
}


def _signed() -> list[dict[str, Any]]:
    return [
        _header("Content-Digest", "RFC 9530 digest of the body."),
        _header("Signature-Input", "RFC 9421: what is signed, when, by which key."),
    ]


def _gateway_ok(name: str) -> dict[str, Any]:
    return {
        **_answer(name, "What the grant lets the caller see."),
        "headers": {
            "Deprecation": _told("RFC 9745: since when this version is deprecated."),
            "Sunset": _told("RFC 8594: when this version ends."),
            "Link": _told("The successor, as successor-version."),
            "Heli-Lacking-Witnesses": _told(
                "Only while too few witnesses sign the log: who has not signed this receipt yet."
            ),
        },
    }


def _told(words: str) -> dict[str, Any]:
    return {"description": words, "schema": {"type": "string"}}


def _lookup_request(contract: Contract) -> dict[str, Any]:
    return _object({"subject": _subject(contract)}, "subject")


def _gateway_request(contract: Contract) -> dict[str, Any]:
    return _object({"subject": _subject(contract), **_grounds()}, "subject")


def _grounds() -> dict[str, Any]:
    return {
        key: {**_LISTED[key][0], "description": _LISTED[key][1]}
        for key in ("matter", "purpose", "project", "task")
    }


def _listing(contract: Contract) -> dict[str, Any]:
    condition = _object(
        {
            "field": {"enum": list(contract.names)},
            "op": {"enum": [op.value for op in Op], "default": Op.EQ.value},
            "value": {},
        },
        "field",
    )
    paging = {key: {**_LISTED[key][0]} for key in ("cursor", "limit")}
    where = {"type": "array", "items": condition, "maxItems": 20}
    return _object({"where": where, **paging, **_grounds()})


def _subject(contract: Contract) -> dict[str, Any]:
    identifier = field_schema(contract.subject_field)
    identifier["type"] = "string"
    identifier["maxLength"] = 100
    return _object({"type": {"const": contract.subject_type}, "id": identifier}, "type", "id")


def _gateway_answer() -> dict[str, Any]:
    return _released({"oneOf": [_ref("Record"), {"type": "null"}]})


def _gateway_list_answer() -> dict[str, Any]:
    shape = _released({"type": "array", "items": _ref("Record")})
    shape["properties"]["next"] = {"type": ["string", "null"]}
    shape["required"].append("next")
    return shape


def _released(data: dict[str, Any]) -> dict[str, Any]:
    text = {"type": "string"}
    reasons = _object(
        {"field": text, "mask": {"type": ["string", "null"]}, "reason": text},
        "field", "mask", "reason",
    )  # fmt: skip
    properties = {
        "data": data,
        "withheld": {"type": "array", "items": reasons},
        "resource": text,
        "contract_version": text,
        "grant": text,
        "purpose": text,
        "fact": {"type": "string", "format": "uuid"},
        "response_key": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        "receipt": {"type": "object"},
    }
    return _object(properties, *properties) | {"additionalProperties": True}


def _page() -> dict[str, Any]:
    return _object(
        {
            "items": {"type": "array", "items": _ref("Record"), "maxItems": MOST_PAGE},
            "next": {"type": ["string", "null"], "description": "Cursor of the next page."},
            "as_of": _instant("When the data was last brought up to date."),
        },
        "items",
        "next",
    )


def _problem() -> dict[str, Any]:
    text = {"type": "string"}
    shape = _object(
        {
            "type": text,
            "title": text,
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "code": text,
            "detail": text,
            "remedy": text,
        },
        "title",
        "status",
    )
    return {**shape, "description": "RFC 9457 problem details.", "additionalProperties": True}


def _object(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required)}


def _instant(words: str) -> dict[str, Any]:
    return {"type": "string", "format": "date-time", "description": words}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _body(name: str) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": _ref(name)}}}


def _answer(name: str, words: str) -> dict[str, Any]:
    return {"description": words, "content": {"application/json": {"schema": _ref(name)}}}


def _refusals(*codes: str) -> dict[str, Any]:
    problem = {"description": "Refused.", "content": {PROBLEM: {"schema": _ref("Problem")}}}
    return dict.fromkeys((*codes, "default"), problem)


def _query(name: str, schema: dict[str, Any], words: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema, "description": words}


def _header(name: str, words: str) -> dict[str, Any]:
    schema = {"type": "string"}
    return {"name": name, "in": "header", "required": True, "schema": schema, "description": words}
