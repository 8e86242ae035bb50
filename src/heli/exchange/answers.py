"""What the gateway answers: documents, and problems in the caller's language."""

import json
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

import msgspec
from django.conf import settings
from django.utils import translation
from django.utils.translation.trans_real import parse_accept_lang_header

from heli.errors import HeliError
from heli.exchange.calls.model import LookupAnswer
from heli.kernel.localise import explain

_encode = msgspec.json.Encoder().encode

Headers = list[tuple[bytes, bytes]]


class Answer(msgspec.Struct, frozen=True):
    """Status, type and body of an answer, and headers of its own."""

    status: int
    kind: str
    body: bytes
    headers: Headers = []


def document(
    found: LookupAnswer, receipt: bytes, *, listed: bool, headers: Iterable[tuple[bytes, bytes]]
) -> Answer:
    """The answer to a lookup or a list, with its receipt and headers of its own."""
    body: dict[str, Any] = {
        "data": found.data,
        "withheld": [
            {
                "field": item.field,
                "mask": item.mask.value if item.mask else None,
                "reason": item.reason,
            }
            for item in found.withheld
        ],
        "resource": found.resource,
        "contract_version": found.contract_version,
        "grant": found.grant_id,
        "purpose": found.purpose,
        "fact": str(found.fact_id),
        "response_key": found.response_key.hex(),
        "receipt": msgspec.Raw(receipt),
    }
    if listed:
        body["next"] = found.next_cursor or None
    return Answer(HTTPStatus.OK, "application/json", _encode(body), [*headers])


def plain(status: int, body: Any) -> Answer:
    """Another document."""
    return Answer(status, "application/json", _encode(body))


def problem(headers: Iterable[tuple[bytes, bytes]], error: HeliError) -> Answer:
    """Problem details (RFC 9457)."""
    with translation.override(_language(headers)):
        told = explain(error)
    said: dict[str, Any] = {
        "type": f"urn:heli:problem:{told.code}",
        "title": told.detail,
        "status": told.status,
        "code": told.code,
        "detail": told.detail,
        "remedy": told.remedy,
    }
    if told.field:
        said["errors"] = [{"field": told.field, "message": told.detail}]
    content = json.dumps(said, ensure_ascii=False).encode(errors="replace")
    return Answer(told.status, "application/problem+json", content, _more(error))


def _more(error: HeliError) -> Headers:
    """When to come again, for who came too often or found no place."""
    wait = getattr(error, "retry_after", 0)
    return [(b"retry-after", str(wait).encode())] if wait else []


def _language(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The first accepted language that Heli speaks; who names none is answered in Chinese."""
    accepted = b",".join(value for key, value in headers if key == b"accept-language")
    for code, _quality in parse_accept_lang_header(accepted.decode("latin-1")):
        try:
            return translation.get_supported_language_variant(code)
        except LookupError:
            continue
    return settings.LANGUAGE_CODE
