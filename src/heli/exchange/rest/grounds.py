"""REST: statutory duties and second persons."""

import datetime as dt
import uuid
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from heli.errors import BadInputError, gettext_noop
from heli.exchange import policy, selectors, services
from heli.exchange.models import Confirmation, PublicDuty
from heli.kernel.permissions import STAFF, Role, audience, require
from heli.kernel.rest import Limit, Page, decode_cursor, encode_cursor, idempotent
from heli.organisation.selectors import Person

router = Router(tags=["exchange"])
OFFICERS = (Role.OFFICER, Role.HEAD, Role.STEWARD)


class DutyOut(Schema):
    """A statutory duty for which grants may be called."""

    id: str
    code: str
    department: str
    title_zh: str
    title_en: str
    legal_ground: str
    valid_from: dt.datetime
    valid_until: dt.datetime | None
    withdrawn_at: dt.datetime | None
    withdrawn_because: str


class DutyIn(Schema):
    """A duty to be registered."""

    department: Annotated[str, Field(max_length=40)]
    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
    title_zh: Annotated[str, Field(min_length=1, max_length=200)]
    title_en: Annotated[str, Field(max_length=300)] = ""
    legal_ground: Annotated[str, Field(min_length=1, max_length=300)]
    valid_from: dt.datetime | None = None
    valid_until: dt.datetime | None = None


class ReasonIn(Schema):
    """Why."""

    reason: Annotated[str, Field(min_length=1, max_length=300)]


class ConfirmationOut(Schema):
    """What an officer asked a colleague to stand by."""

    id: str
    department: str
    resource: str
    serves: str
    reason: str
    asked_by: str
    asked_at: dt.datetime
    until: dt.datetime
    answered_by: str
    answered_at: dt.datetime | None
    confirmed: bool | None


class ConfirmationIn(Schema):
    """What a colleague is to stand by."""

    resource: Annotated[str, Field(max_length=110)]
    serves: Annotated[str, Field(min_length=1, max_length=60)]
    hours: Annotated[int, Field(ge=1, le=72)]
    reason: Annotated[str, Field(min_length=1, max_length=300)]


class AnswerIn(Schema):
    """Whether somebody stands by it."""

    confirmed: bool


@router.get("/duties", response=Page[DutyOut])
@audience(*STAFF, systems=True)
def list_duties(
    request: HttpRequest, department: str = "", cursor: str = "", limit: Limit = 50
) -> Any:
    """Registered statutory duties, by department and code."""
    rows = selectors.duties(department=department)
    after = decode_cursor(cursor, uuid.UUID)
    rows = rows.order_by("id")
    if after:
        rows = rows.filter(id__gt=after[0])
    found = list(rows[: limit + 1])
    more = encode_cursor(found[limit - 1].pk) if len(found) > limit else None
    return {"items": [_duty(row) for row in found[:limit]], "next": more}


@router.post("/duties", response={201: DutyOut})
@audience(Role.STEWARD)
@idempotent
def register_duty(request: HttpRequest, body: DutyIn) -> Any:
    """Register a duty; only the office that administers the sharing of data may."""
    person = _person(request)
    require(policy.may_register_duty(person))
    for name in ("valid_from", "valid_until"):
        instant = getattr(body, name)
        if instant is not None and instant.tzinfo is None:
            raise BadInputError(field=name, reason=gettext_noop("the instant has no time zone"))
    row = services.register_duty(actor=person.actor, **body.model_dump())
    return Status(201, DutyOut(**_duty(row)))


@router.post("/duties/{uuid:duty_id}/withdraw", response=DutyOut)
@audience(Role.STEWARD)
@idempotent
def withdraw_duty(request: HttpRequest, duty_id: uuid.UUID, body: ReasonIn) -> Any:
    """Strike a duty off; the next call that names it is denied."""
    person = _person(request)
    require(policy.may_register_duty(person))
    return DutyOut(**_duty(services.withdraw_duty(duty_id, actor=person.actor, reason=body.reason)))


@router.get("/confirmations", response=Page[ConfirmationOut])
@audience(*OFFICERS)
def list_confirmations(request: HttpRequest, cursor: str = "", limit: Limit = 50) -> Any:
    """What officers of the caller's department asked each other to stand by, newest first."""
    rows = selectors.confirmations(_person(request).department_id or "-").order_by("-id")
    after = decode_cursor(cursor, uuid.UUID)
    if after:
        rows = rows.filter(id__lt=after[0])
    found = list(rows[: limit + 1])
    more = encode_cursor(found[limit - 1].pk) if len(found) > limit else None
    return {"items": [_confirmation(row) for row in found[:limit]], "next": more}


@router.post("/confirmations", response={201: ConfirmationOut})
@audience(*OFFICERS)
@idempotent
def ask_confirmation(request: HttpRequest, body: ConfirmationIn) -> Any:
    """Ask another officer of the same department to stand by calls for a while."""
    row = services.ask_confirmation(
        by=_person(request),
        resource=selectors.resource_by_address(body.resource),
        serves=body.serves,
        hours=body.hours,
        reason=body.reason,
    )
    return Status(201, ConfirmationOut(**_confirmation(row)))


@router.post("/confirmations/{uuid:confirmation_id}/answer", response=ConfirmationOut)
@audience(*OFFICERS)
@idempotent
def answer_confirmation(request: HttpRequest, confirmation_id: uuid.UUID, body: AnswerIn) -> Any:
    """Stand by calls, or refuse to; never what one asked oneself."""
    row = services.answer_confirmation(
        confirmation_id, by=_person(request), confirmed=body.confirmed
    )
    return ConfirmationOut(**_confirmation(row))


def _person(request: HttpRequest) -> Person:
    assert isinstance(request.user, Person)
    return request.user


def _duty(row: PublicDuty) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "code": row.code,
        "department": row.department_id,
        "title_zh": row.title_zh,
        "title_en": row.title_en,
        "legal_ground": row.legal_ground,
        "valid_from": row.valid_from,
        "valid_until": row.valid_until,
        "withdrawn_at": row.withdrawn_at,
        "withdrawn_because": row.withdrawn_because,
    }


def _confirmation(row: Confirmation) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "department": row.department_id,
        "resource": row.resource.address,
        "serves": row.serves,
        "reason": row.reason,
        "asked_by": f"person:{row.asked_by_id}",
        "asked_at": row.asked_at,
        "until": row.until,
        "answered_by": f"person:{row.answered_by_id}" if row.answered_by_id else "",
        "answered_at": row.answered_at,
        "confirmed": row.confirmed,
    }
