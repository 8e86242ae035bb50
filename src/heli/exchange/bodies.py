"""Reading what a request of the gateway asks for."""

import unicodedata
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from django.utils.translation import gettext

from heli.exchange.calls.cursors import MOST as MOST_CURSOR
from heli.exchange.calls.model import ListQuery, Nonce, Query
from heli.exchange.errors import BadRequestBodyError
from heli.organisation.selectors import RegisteredSystem

UNFIT = frozenset({"Cc", "Cs"})  # control characters, and surrogates that stand alone
MOST_TEXT = 100
MOST_RECORDS = 500
MOST_CONDITIONS = 20

_decode = msgspec.json.Decoder().decode


def read_lookup(system: RegisteredSystem, address: str, body: bytes, nonce: Nonce) -> Query:
    """The query of a lookup.

    Raises:
        BadRequestBodyError: The body is no lookup.
    """
    document = read_object(body)
    subject = document.get("subject")
    if not isinstance(subject, dict):
        raise BadRequestBodyError(
            field="subject", reason=gettext("“subject” must be an object with type and id")
        )
    return _query(
        system,
        address,
        document,
        nonce,
        subject_type=_text(subject, "type", "subject.type"),
        subject_id=_text(subject, "id", "subject.id"),
    )


def read_list(
    system: RegisteredSystem, address: str, body: bytes, query: str, nonce: Nonce
) -> Query:
    """The query of a list: a JSON body, or, for what names nobody, the address's query.

    Raises:
        BadRequestBodyError: It is no list.
    """
    document = read_object(body) if body else _from_address(query)
    where = document.get("where", [])
    if not isinstance(where, list) or len(where) > MOST_CONDITIONS:
        raise BadRequestBodyError(
            field="where",
            reason=gettext("“where” must be a list of at most {most} conditions").format(
                most=MOST_CONDITIONS
            ),
        )
    limit = document.get("limit", 100)
    if type(limit) is not int or not 1 <= limit <= MOST_RECORDS:
        raise BadRequestBodyError(
            field="limit",
            reason=gettext("“limit” must be a whole number from 1 to {most}").format(
                most=MOST_RECORDS
            ),
        )
    cursor = _text(document, "cursor", "cursor", MOST_CURSOR)
    listing = ListQuery(tuple(where), limit, cursor)
    return _query(system, address, document, nonce, listing=listing)


def read_extract(
    system: RegisteredSystem, address: str, body: bytes, query: str, nonce: Nonce
) -> Query:
    """The query of an extract: a JSON body, or the address's query.

    Raises:
        BadRequestBodyError: It is none.
    """
    document = read_object(body) if body else _from_address(query)
    wanted = _text(document, "format", "format", 20) or "csv"
    return _query(system, address, document, nonce, extract=wanted)


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object of a body.

    Raises:
        BadRequestBodyError: It is none.
    """
    try:
        document = _decode(body)
    except (ValueError, RecursionError):
        raise BadRequestBodyError(reason=gettext("it is not JSON")) from None
    if not isinstance(document, dict):
        raise BadRequestBodyError(reason=gettext("it is not a JSON object"))
    return document


def _from_address(query: str) -> dict[str, Any]:
    known = {"limit", "cursor", "matter", "purpose", "project", "task", "format"}
    document: dict[str, Any] = {k: v for k, v in parse_qsl(query, max_num_fields=20) if k in known}
    if "limit" in document:
        text = document["limit"]
        document["limit"] = int(text) if text.isascii() and text.isdigit() else None
    return document


def _query(
    system: RegisteredSystem,
    address: str,
    document: dict[str, Any],
    nonce: Nonce,
    *,
    subject_type: str = "",
    subject_id: str = "",
    listing: ListQuery | None = None,
    extract: str = "",
) -> Query:
    return Query(
        actor=system.actor,
        department=system.department,
        resource=address,
        subject_type=subject_type,
        subject_id=subject_id,
        matter=_text(document, "matter", "matter"),
        purpose=_text(document, "purpose", "purpose"),
        nonce=nonce,
        project=_text(document, "project", "project", 40),
        task=_text(document, "task", "task", 40),
        listing=listing,
        extract=extract,
    )


def _text(document: dict[str, Any], key: str, path: str, most: int = MOST_TEXT) -> str:
    value = document.get(key, "")
    if not isinstance(value, str) or len(value) > most:
        raise BadRequestBodyError(
            field=path,
            reason=gettext("“{path}” must be text of at most {most} characters").format(
                path=path, most=most
            ),
        )
    if not value.isascii() or not value.isprintable():
        _require_fit(value, path)
    return value


def _require_fit(value: str, path: str) -> None:
    if any(unicodedata.category(character) in UNFIT for character in value):
        raise BadRequestBodyError(
            field=path,
            reason=gettext("“{path}” holds control characters or half a character").format(
                path=path
            ),
        )
