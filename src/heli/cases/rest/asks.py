"""What departments ask of each other, over REST: help with a matter, and taking it over."""

from typing import Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status

from heli.cases import services
from heli.cases.errors import TaskNotFoundError
from heli.cases.models import CollaborationRequest, Handover, Task
from heli.cases.rest.caller import caller
from heli.cases.schemas.asks import (
    AnswerIn,
    DeclineIn,
    HandoverIn,
    HandoverOut,
    RefuseRequestIn,
    RequestIn,
    RequestOut,
)
from heli.cases.selectors import handovers, requests_queue, visible_handover
from heli.cases.selectors.handovers import Side
from heli.cases.selectors.matters import visible_matter
from heli.kernel.permissions import STAFF, Role, audience
from heli.kernel.rest import Limit, Page, idempotent, page_of

router = Router(tags=["requests"])
OFFICIALS = (Role.OFFICER, Role.HEAD, Role.AMBASSADOR)


@router.get("/requests", response=Page[RequestOut], summary="Open requests, most urgent first")
@audience(*OFFICIALS, systems=True)
def list_requests(
    request: HttpRequest,
    side: Literal["owed", "asked"] = "owed",
    cursor: str | None = None,
    limit: Limit = 50,
) -> Page[RequestOut]:
    """Requests the caller's department owes an answer to, or has asked."""

    def show(found: list[CollaborationRequest]) -> list[RequestOut]:
        return [RequestOut.of(row) for row in found]

    return page_of(requests_queue(caller(request), side), "order_at", cursor, limit, show)


@router.post(
    "/matters/{code}/requests", response={201: RequestOut}, summary="Ask a department for help"
)
@audience(*OFFICIALS, systems=True)
@idempotent
def ask(request: HttpRequest, code: str, body: RequestIn) -> Status[RequestOut]:
    """Ask another department for help; 48 natural hours unless said otherwise."""
    by = caller(request)
    matter = visible_matter(code, by)
    task = Task.objects.filter(pk=body.task, matter=matter).first() if body.task else None
    if body.task and task is None:
        raise TaskNotFoundError(field="task", what=str(body.task))
    row = services.request_collaboration(
        matter, body.asked, by=by, text=body.text, task=task, allowance=body.allowance
    )
    return Status(201, RequestOut.of(row))


@router.post("/requests/{uuid:request_id}/answer", response=RequestOut, summary="Help")
@audience(*OFFICIALS, systems=True)
@idempotent
def answer(request: HttpRequest, request_id: UUID, body: AnswerIn) -> RequestOut:
    """Answer a request."""
    by = caller(request)
    return RequestOut.of(services.answer_request(request_id, by=by, answer=body.answer))


@router.post("/requests/{uuid:request_id}/refuse", response=RequestOut, summary="Refuse to help")
@audience(*OFFICIALS, systems=True)
@idempotent
def refuse(request: HttpRequest, request_id: UUID, body: RefuseRequestIn) -> RequestOut:
    """Refuse a request on a legal ground; the refusal is recorded."""
    by = caller(request)
    return RequestOut.of(
        services.refuse_request(request_id, by=by, ground=body.ground, answer=body.answer)
    )


@router.post("/requests/{uuid:request_id}/withdraw", response=RequestOut, summary="Take back")
@audience(*OFFICIALS, systems=True)
@idempotent
def withdraw(request: HttpRequest, request_id: UUID) -> RequestOut:
    """Take a request back."""
    return RequestOut.of(services.withdraw_request(request_id, by=caller(request)))


@router.post("/matters/{code}/handovers", response={201: HandoverOut}, summary="Offer a matter")
@audience(*OFFICIALS, systems=True)
@idempotent
def offer(request: HttpRequest, code: str, body: HandoverIn) -> Status[HandoverOut]:
    """Offer to hand a matter over; it stays one's own until the other side accepts."""
    by = caller(request)
    row = services.offer_handover(visible_matter(code, by), body.taker, by=by, reason=body.reason)
    return Status(201, HandoverOut.of(row))


@router.get("/handovers", response=Page[HandoverOut], summary="Offers made and received")
@audience(*OFFICIALS, systems=True)
def list_handovers(
    request: HttpRequest,
    side: Side = "both",
    state: Handover.State | None = None,
    cursor: str | None = None,
    limit: Limit = 50,
) -> Page[HandoverOut]:
    """Offers that the caller's department made or received, newest first."""

    def show(found: list[Handover]) -> list[HandoverOut]:
        return [HandoverOut.of(row) for row in found]

    rows = handovers(caller(request), side, state or "")
    return page_of(rows, "offered_at", cursor, limit, show, newest_first=True)


@router.get("/handovers/{uuid:handover_id}", response=HandoverOut, summary="An offer")
@audience(*STAFF, systems=True)
def read_handover(request: HttpRequest, handover_id: UUID) -> HandoverOut:
    """An offer in a matter that the caller may know of."""
    return HandoverOut.of(visible_handover(handover_id, caller(request)))


@router.post("/handovers/{uuid:handover_id}/accept", response=HandoverOut, summary="Take over")
@audience(*OFFICIALS, systems=True)
@idempotent
def accept(request: HttpRequest, handover_id: UUID) -> HandoverOut:
    """Take a matter over; from now on the caller's department is accountable."""
    return HandoverOut.of(services.accept_handover(handover_id, by=caller(request)))


@router.post("/handovers/{uuid:handover_id}/decline", response=HandoverOut, summary="Decline")
@audience(*OFFICIALS, systems=True)
@idempotent
def decline(request: HttpRequest, handover_id: UUID, body: DeclineIn) -> HandoverOut:
    """Decline; the matter bounces back and the supervisors learn of it."""
    by = caller(request)
    return HandoverOut.of(services.decline_handover(handover_id, by=by, reason=body.reason))


@router.post("/handovers/{uuid:handover_id}/withdraw", response=HandoverOut, summary="Take back")
@audience(*OFFICIALS, systems=True)
@idempotent
def withdraw_offer(request: HttpRequest, handover_id: UUID) -> HandoverOut:
    """Take an offer back."""
    return HandoverOut.of(services.withdraw_handover(handover_id, by=caller(request)))
