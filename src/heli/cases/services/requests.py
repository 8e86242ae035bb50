"""Requests for collaboration (协作请求) between departments."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from heli.cases import facts, notices, policy
from heli.cases.callers import Caller, actor_of, department_of
from heli.cases.errors import (
    AlreadyAnsweredError,
    GroundRequiredError,
    RecordNotFoundError,
    RequestTimeError,
    SameDepartmentError,
    TaskNotFoundError,
    TextRequiredError,
    UnknownDepartmentError,
)
from heli.cases.models import CollaborationRequest, Matter, Notice, Task
from heli.cases.models.tasks import NEVER
from heli.cases.plans import parse_allowance
from heli.cases.services.matters import locked
from heli.clocks import services as clocks
from heli.engines.legaltime import Allowance, Unit
from heli.errors import BadInputError, gettext_noop
from heli.kernel import clock
from heli.kernel.permissions import require
from heli.ledger.services import record
from heli.ledger.verbs import FactData
from heli.organisation.selectors import departments

WHAT = gettext_noop("request for collaboration")
REQUEST_CLOCK = "cases.request"
TIMES = {
    Unit.NATURAL_HOURS: (4, 240),
    Unit.NATURAL_DAYS: (1, 10),
    Unit.WORKING_HOURS: (4, 80),
    Unit.WORKING_DAYS: (1, 10),
}
"""Least and most time that one department may give another to answer."""


def request_collaboration(
    matter: Matter,
    asked: str,
    *,
    by: Caller,
    text: str,
    task: Task | None = None,
    allowance: str = "H48",
) -> CollaborationRequest:
    """Ask another department for help; its clock starts now.

    Args:
        matter: The matter it is about.
        asked: Code of the department asked.
        by: Somebody of the accountable department, or of one with a task in the matter.
        text: What is needed.
        task: The task it is needed for, one of the caller's department.
        allowance: ``H48`` (48 natural hours), ``WD5``, ``WH16``, …; from four hours to ten days.

    Raises:
        DeniedError: The caller's department has no part in the matter that allows it.
        UnknownDepartmentError: There is no such department.
        SameDepartmentError: It is one's own.
        MatterClosedError: The matter has ended.
        RequestTimeError: The time is so short or long that the duty to answer would mean nothing.
    """
    if not text.strip():
        raise TextRequiredError(field="text")
    limit = _limit(allowance)
    with transaction.atomic():
        row = locked(matter)
        require(policy.may_request(by, row))
        _check(row, asked, by, task)
        request = CollaborationRequest(
            matter=row,
            task=task,
            asker_id=department_of(by),
            asked_id=asked,
            text=text.strip(),
            allowance=allowance,
            asked_by=str(actor_of(by)),
            asked_at=clock.now(),
        )
        running = clocks.start(
            clocks.ClockRequest(
                REQUEST_CLOCK, REQUEST_CLOCK, str(request.pk), asked, limit, row.code
            ),
            actor=actor_of(by),
        )
        request.clock_id, request.due_at = running.pk, running.due_at
        request.at_risk_at, request.order_at = running.at_risk_at, running.due_at or NEVER
        request.save(force_insert=True)
        data = facts.RequestAsked(
            **_who(request),
            allowance=allowance,
            due=request.due_at.isoformat() if request.due_at else "",
        )
        _record(request, data, by)
        Notice.objects.bulk_create(notices.request_asked(request))
    return request


def _limit(allowance: str) -> Allowance:
    try:
        limit = parse_allowance(allowance)
    except ValueError:
        limit = None
    if limit is None:
        reason = _("a time is written H48, WD5 or WH16")
        raise BadInputError(field="allowance", reason=reason)
    least, most = TIMES[limit.unit]
    if not least <= limit.amount <= most:
        raise RequestTimeError(field="allowance", allowance=allowance)
    return limit


def _check(matter: Matter, asked: str, by: Caller, task: Task | None) -> None:
    known = departments()
    if asked not in known or not known[asked].is_active:
        raise UnknownDepartmentError(field="asked", department=asked)
    if asked == department_of(by):
        raise SameDepartmentError(field="asked", department=known[asked].name)
    if task is not None and (
        task.matter_id != matter.pk or task.department_id != department_of(by)
    ):
        raise TaskNotFoundError(field="task", what=str(task.pk))


def answer_request(request_id: UUID | str, *, by: Caller, answer: str) -> CollaborationRequest:
    """Help: answer a request.

    Raises:
        RecordNotFoundError: There is none, or the caller may not know of it.
        DeniedError: Another department is asked.
        AlreadyAnsweredError: It is closed.
        TextRequiredError: The answer is empty.
    """
    if not answer.strip():
        raise TextRequiredError(field="answer")
    return _answer(request_id, by, CollaborationRequest.State.ANSWERED, answer.strip(), "")


def refuse_request(
    request_id: UUID | str, *, by: Caller, ground: str, answer: str = ""
) -> CollaborationRequest:
    """Refuse a request, which needs a legal ground and is recorded.

    Raises:
        GroundRequiredError: No ground is given.
        DeniedError: Another department is asked.
        AlreadyAnsweredError: It is closed.
    """
    if not ground.strip():
        raise GroundRequiredError(field="ground")
    state = CollaborationRequest.State.REFUSED
    return _answer(request_id, by, state, answer.strip(), ground.strip())


def _answer(
    request_id: UUID | str,
    by: Caller,
    state: CollaborationRequest.State,
    answer: str,
    ground: str,
) -> CollaborationRequest:
    with transaction.atomic():
        row = _open(request_id, by)
        require(policy.may_answer_request(by, row))
        row.answer, row.ground = answer, ground
        late = row.due_at is not None and row.due_at < clock.now()
        _close(row, state, by)
        assert row.closed_at is not None
        seconds = int((row.closed_at - row.asked_at).total_seconds())
        given: dict[str, Any] = {**_who(row), "seconds": seconds, "late": late}
        data: FactData = (
            facts.RequestRefused(ground=ground, **given)
            if state == CollaborationRequest.State.REFUSED
            else facts.RequestAnswered(**given)
        )
        _record(row, data, by)
        Notice.objects.bulk_create(notices.request_closed(row, row.asked_by))
    return row


def withdraw_request(request_id: UUID | str, *, by: Caller) -> CollaborationRequest:
    """Take a request back.

    Raises:
        DeniedError: Another department asked.
        AlreadyAnsweredError: It is closed.
    """
    with transaction.atomic():
        row = _open(request_id, by)
        require(policy.may_withdraw_request(by, row))
        _close(row, CollaborationRequest.State.WITHDRAWN, by)
        _record(row, facts.RequestWithdrawn(**_who(row)), by)
    return row


def _open(request_id: UUID | str, by: Caller) -> CollaborationRequest:
    row = (
        CollaborationRequest.objects.select_related("matter")
        .select_for_update(of=("self",))
        .filter(pk=request_id)
        .first()
    )
    if row is None or not policy.may_see_matter(by, row.matter):
        raise RecordNotFoundError(what=_(WHAT))
    if row.closed_at is not None:
        raise AlreadyAnsweredError(what=_(WHAT), state=row.get_state_display())
    return row


def _close(row: CollaborationRequest, state: CollaborationRequest.State, by: Caller) -> None:
    row.state, row.closed_at, row.answered_by = state, clock.now(), str(actor_of(by))
    row.save(update_fields=["state", "closed_at", "answered_by", "answer", "ground"])
    if row.clock_id:
        clocks.stop(row.clock_id, actor=actor_of(by))


def _who(row: CollaborationRequest) -> dict[str, str]:
    return {"request": str(row.pk), "asker": row.asker_id, "asked": row.asked_id}


def _record(row: CollaborationRequest, data: FactData, by: Caller) -> None:
    record(
        data,
        actor=actor_of(by),
        subject=f"cases.request:{row.pk}",
        matter=row.matter.code,
        department=department_of(by),
    )
