"""Corrections over REST: who was told, and what a department has to answer."""

import datetime as dt
from typing import Annotated, Any, cast

from django.http import HttpRequest
from ninja import Query, Router, Status

from heli.engines.contracts import parse_subject
from heli.errors import BadInputError, gettext_noop
from heli.exchange.selectors import resource_by_address
from heli.kernel import clock
from heli.kernel.permissions import Role, audience, require
from heli.kernel.rest import Page, idempotent, keyed, page_of
from heli.openness import policy, selectors, services
from heli.openness.errors import UnknownCorrectionError
from heli.openness.models import Correction, Recipient
from heli.openness.rest.objections import recipient
from heli.openness.schemas import AnswerIn, CheckOut, CorrectionIn, CorrectionOut, NoticeOut
from heli.openness.values import typed_value
from heli.openness.views.common import person_of

router = Router(tags=["openness"])
Limit = Annotated[int, Query(ge=1, le=200)]
READERS = (Role.STEWARD, Role.OFFICER, Role.HEAD, Role.SUPERVISOR, Role.AUDIT_ADMIN)


@router.get("/corrections", response=Page[CorrectionOut], summary="Corrections")
@audience(*READERS)
def list_corrections(request: HttpRequest, cursor: str | None = None, limit: Limit = 50) -> Any:
    """Those of the caller's department and those sent to it, the newest first."""
    rows = selectors.corrections_for(person_of(request))
    return page_of(
        rows,
        "decided_at",
        cursor,
        limit,
        lambda page: [_shown(row, request) for row in page],
        newest_first=True,
    )


@router.post("/corrections", response={201: CorrectionOut}, summary="Correct a record")
@audience(Role.STEWARD)
@keyed
def correct(request: HttpRequest, body: CorrectionIn) -> Any:
    """A mistake that the source department found itself; who received it is told at once."""
    resource = resource_by_address(body.resource)
    require(policy.may_open(request.user, resource))
    contract = resource.parsed_contract
    values = {}
    for name, text in body.values.items():
        field = contract.field(name)
        if field is None or field.subject:
            raise BadInputError(field=name[:60], reason=gettext_noop("there is no such field"))
        values[name] = typed_value(field, text)
    subject = parse_subject(contract, body.subject, latest=clock.today())
    since = body.wrong_since
    if since is not None and since.tzinfo is None:
        raise BadInputError(
            field="wrong_since", reason=gettext_noop("the instant has no time zone")
        )
    agreed = services.read_record(resource, contract.subject_type, subject, values, since)
    row = services.open_correction(agreed, actor=person_of(request).actor)
    return Status(201, _shown(row, request))


@router.get("/corrections/{code}", response=CorrectionOut, summary="One correction")
@audience(*READERS)
def get_correction(request: HttpRequest, code: str) -> Any:
    """For the source department everybody who was told; for these their own part."""
    return _shown(selectors.visible_correction(code, request.user), request)


@router.post("/corrections/{code}/check", response=CheckOut, summary="Read the source now")
@audience(Role.STEWARD)
@keyed
def check(request: HttpRequest, code: str) -> Any:
    """Whether the register itself gives the right values; kept as evidence when it does."""
    row = selectors.visible_correction(code, request.user)
    require(policy.may_correct(request.user, row))
    return {"right": services.check_source(row, actor=person_of(request).actor)}


@router.get("/notices", response=list[NoticeOut], summary="Corrections to answer")
@audience(Role.STEWARD, Role.OFFICER, Role.HEAD, systems=True)
def list_notices(request: HttpRequest) -> Any:
    """What the caller's department received wrongly and has not answered; at most 200."""
    rows = selectors.waiting_for(_department(request)).select_related("correction__resource")
    return [_notice(row) for row in rows.order_by("notified_at")[:200]]


@router.post("/notices/{code}/answer", response=CorrectionOut, summary="Answer a correction")
@audience(Role.STEWARD, Role.OFFICER, Role.HEAD, systems=True)
@idempotent
def answer(request: HttpRequest, code: str, body: AnswerIn) -> Any:
    """Say what the caller's department did with it."""
    row = selectors.correction_by_code(code)
    own = selectors.recipient_of(row, _department(request))
    if own is None:
        raise UnknownCorrectionError(code=row.code)
    caller = _caller(request)
    require(policy.may_answer(caller, own))
    services.acknowledge(own, actor=caller.actor, action=body.action, note=body.note)
    row.refresh_from_db()
    return _shown(row, request)


def _caller(request: HttpRequest) -> Any:
    return getattr(request, "system", None) or request.user


def _department(request: HttpRequest) -> str:
    caller = _caller(request)
    found = getattr(caller, "department_id", None) or getattr(caller, "department", None)
    return cast(str, found or "-")


def _notice(row: Recipient) -> dict[str, Any]:
    from heli.clocks.selectors import views

    ticking = views([row.clock_id]) if row.clock_id else {}
    due: dt.datetime | None = ticking[row.clock_id].due_at if row.clock_id in ticking else None
    return {
        "correction": row.correction.code,
        "resource": row.correction.resource.address,
        "subject_hint": row.correction.subject_hint,
        "fields": row.fields,
        "matters": sorted({use.matter for use in row.uses.all() if use.matter}),
        "values": {each.name: each.plain for each in selectors.right_values(row)},
        "fact": str(row.fact_id),
        "key": bytes(row.key).hex(),
        "notified_at": row.notified_at,
        "due_at": due,
    }


def _shown(row: Correction, request: HttpRequest) -> dict[str, Any]:
    caller, own = _caller(request), _department(request)
    watching = bool(getattr(caller, "roles", frozenset()) & policy.WATCHERS)
    whole = watching or own == row.department_id
    view = selectors.correction_view(row, only="" if whole else own)
    return {
        "code": row.code,
        "resource": row.resource.address,
        "department": row.department_id,
        "fields": row.fields,
        "state": row.state,
        "decided_at": row.decided_at,
        "wrong_since": row.wrong_since,
        "applied_at": row.applied_at,
        "closed_at": row.closed_at,
        "recipients": [recipient(each) for each in view.recipients],
        "alarms": [
            {
                "kind": each.kind,
                "department": each.department.code,
                "matter": each.matter,
                "fact": each.fact,
                "raised_at": each.raised_at,
                "settled_at": each.settled_at,
            }
            for each in view.alarms
        ],
    }
