"""REST interface of extracts and traces.

Systems fetch extracts from the gateway at ``/x/v1/{department}/{resource}/extract``; here they read
what became of them.
"""

import datetime as dt
import uuid
from typing import Any

from django.http import HttpRequest
from ninja import Router, Status

from heli.exchange import policy, selectors, services
from heli.exchange.calls.model import Query
from heli.exchange.extracts.formats import MEDIA
from heli.exchange.extracts.outcome import LIMIT, Trace
from heli.exchange.extracts.schemas import ExtractIn, ExtractOut, ProofOut, TraceOut
from heli.exchange.models import Extract, ExtractFormat
from heli.kernel.downloads import Download
from heli.kernel.permissions import STAFF, Role, audience, require
from heli.kernel.rest import Limit, Page, decode_cursor, encode_cursor, idempotent, keyed
from heli.organisation.selectors import Person

router = Router(tags=["exchange"])

BINARY = {"schema": {"type": "string", "format": "binary"}}


@router.get("/extracts", response=Page[ExtractOut], summary="Extracts")
@audience(*STAFF, systems=True)
def list_extracts(request: HttpRequest, cursor: str = "", limit: Limit = 50) -> Any:
    """Extracts that the caller may see, the newest first; a system sees its department's."""
    system = getattr(request, "system", None)
    rows = (
        selectors.extracts_of(system.department)
        if system is not None
        else selectors.extracts_seen_by(request.user)
    )
    after = decode_cursor(cursor, dt.datetime, uuid.UUID)
    if after:
        at, key = after
        rows = rows.filter(asked_at__lt=at) | rows.filter(asked_at=at, pk__lt=key)
    found = list(rows[: limit + 1])
    more = len(found) > limit
    found = found[:limit]
    last = encode_cursor(found[-1].asked_at.isoformat(), found[-1].pk) if more else None
    return {"items": [extract_out(row) for row in found], "next": last}


@router.post("/grants/{uuid:grant_id}/extracts", response={202: ExtractOut},
             summary="Ask for an extract")  # fmt: skip
@audience(*policy.EXTRACTORS)
@idempotent
def ask_extract(request: HttpRequest, grant_id: uuid.UUID, body: ExtractIn) -> Any:
    """A file is made in the background; it is handed over once, to who asked, within a day."""
    grant = selectors.grant_by_id(grant_id)
    require(policy.may_ask_extract(request.user, grant))
    person = _person(request)
    row = services.ask_extract(
        Query(
            actor=person.actor,
            department=grant.consumer_id,
            resource=grant.resource.address,
            subject_type="",
            subject_id="",
            matter="",
            purpose=grant.purpose,
            project=body.project,
            task=body.task,
            extract=body.format,
        )
    )
    return Status(202, ExtractOut(**extract_out(row)))


@router.get("/extracts/{uuid:extract_id}", response=ExtractOut, summary="One extract")
@audience(*STAFF, systems=True)
def get_extract(request: HttpRequest, extract_id: uuid.UUID) -> Any:
    """Where an extract stands."""
    return extract_out(_seen(request, extract_id))


@router.post(
    "/extracts/{uuid:extract_id}/fetch",
    summary="Fetch an extract",
    openapi_extra={"responses": {200: {"description": "The file", "content": {"*/*": BINARY}}}},
)
@audience(*policy.EXTRACTORS)
@keyed
def fetch_extract(request: HttpRequest, extract_id: uuid.UUID) -> Download:
    """The file, handed over once; Heli keeps no copy."""
    row, file = services.fetch_extract(extract_id, actor=_person(request).actor)
    return Download(
        file,
        as_attachment=True,
        filename=row.name,
        content_type=MEDIA[ExtractFormat(row.file_format)],
        headers={"Content-Length": str(row.size)},
    )


@router.post("/extracts/{uuid:extract_id}/withdraw", response=ExtractOut,
             summary="Give an extract up")  # fmt: skip
@audience(*policy.EXTRACTORS)
@idempotent
def withdraw_extract(request: HttpRequest, extract_id: uuid.UUID) -> Any:
    """A file that was not fetched is deleted."""
    row = services.withdraw_extract(extract_id, actor=_person(request).actor)
    return ExtractOut(**extract_out(row))


@router.get("/extracts/{uuid:extract_id}/receipt", response=ProofOut,
            summary="Receipt of an extract")  # fmt: skip
@audience(*STAFF, systems=True)
def get_proof(request: HttpRequest, extract_id: uuid.UUID) -> Any:
    """The receipt, and the key with which it is held against the file."""
    return selectors.extract_proof(_seen(request, extract_id))


@router.post(
    "/traces",
    response=TraceOut,
    summary="Trace a found file",
    openapi_extra={"requestBody": {"required": True, "content": {"*/*": BINARY}}},
)
@audience(Role.SUPERVISOR, Role.AUDIT_ADMIN)
@keyed
def trace(request: HttpRequest) -> Any:
    """The body is the file: CSV, Excel, JSON, Parquet or Arrow. Whose extract does it come from?"""
    found = services.trace(request.body, actor=_person(request).actor)
    return TraceOut(**trace_out(found))


def _seen(request: HttpRequest, extract_id: uuid.UUID) -> Extract:
    row = selectors.extract_by_id(extract_id)
    system = getattr(request, "system", None)
    if system is None or row.consumer != system.department:
        require(policy.may_see_extract(request.user, row))
    return row


def _person(request: HttpRequest) -> Person:
    assert isinstance(request.user, Person)
    return request.user


def extract_out(row: Extract) -> dict[str, Any]:
    """An extract as REST and the command line tell it."""
    return {
        "id": str(row.pk),
        "resource": row.resource.address,
        "grant": str(row.grant_id),
        "consumer": row.consumer,
        "purpose": row.purpose,
        "matter": row.matter,
        "format": row.file_format,
        "state": row.state,
        "reason": row.reason,
        "asked_at": row.asked_at,
        "ready_at": row.ready_at,
        "expires_at": row.expires_at,
        "ended_at": row.ended_at,
        "rows_done": row.rows_done,
        "rows": row.rows,
        "size": row.size,
        "fact": str(row.fact_id) if row.fact_id else None,
    }


def trace_out(found: Trace) -> dict[str, Any]:
    """A trace as REST and the command line tell it."""
    return {
        "rows": found.rows,
        "suspects": found.suspects,
        "columns": found.columns,
        "values": found.values,
        "limit": LIMIT,
        "named": [
            {
                "extract": str(each.extract.pk),
                "resource": each.extract.resource.address,
                "grant": str(each.extract.grant_id),
                "consumer": each.extract.consumer,
                "actor": each.extract.actor,
                "released_at": each.extract.ready_at,
                "fact": str(each.extract.fact_id) if each.extract.fact_id else None,
                "error": each.error,
                "marks": round(each.marks, 1),
                "order": round(each.order, 1),
                "decoys": each.decoys,
            }
            for each in found.named
        ],
    }
