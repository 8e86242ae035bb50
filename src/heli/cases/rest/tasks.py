"""Tasks over REST."""

from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status

from heli.cases import services
from heli.cases.models import Task
from heli.cases.rest.caller import caller
from heli.cases.schemas.asks import AnswerIn, SupplementIn, SupplementOut
from heli.cases.schemas.matters import PreparedOut, TaskStateOut
from heli.cases.schemas.tasks import (
    ApproveIn,
    AssignIn,
    RefuseIn,
    ReturnIn,
    TaskDetailOut,
    TaskOut,
    TaskResultOut,
)
from heli.cases.selectors import queue, task_detail
from heli.cases.selectors.clocks import with_clocks
from heli.kernel.permissions import Role, audience
from heli.kernel.rest import Limit, Page, idempotent, keyed, page_of
from heli.organisation.selectors import person as person_by_id

router = Router(tags=["tasks"])
OFFICIALS = (Role.OFFICER, Role.HEAD, Role.AMBASSADOR)


@router.get("", response=Page[TaskOut], summary="The queue, most urgent first")
@audience(*OFFICIALS, systems=True)
def list_tasks(
    request: HttpRequest,
    scope: Literal["mine", "department", "unclaimed"] = "mine",
    cursor: str | None = None,
    limit: Limit = 50,
) -> Page[TaskOut]:
    """Open tasks of the caller, or of the caller's department."""

    def show(found: list[Task]) -> list[TaskOut]:
        return [TaskOut.of(task) for task in with_clocks(found)]

    return page_of(queue(caller(request), scope), "order_at", cursor, limit, show)


@router.get("/{uuid:task_id}", response=TaskDetailOut, summary="A task")
@audience(systems=True)
def read_task(request: HttpRequest, task_id: UUID) -> TaskDetailOut:
    """A task with what is needed to decide it, as far as the caller may see it."""
    shown = task_detail(task_id, caller(request))
    shown.task.clock = shown.clock
    return TaskDetailOut(
        **TaskOut.of(shown.task).model_dump(),
        reason=shown.reason,
        answers={item.field: item.value for item in shown.answers},
        prepared=[PreparedOut.of(item) for item in shown.prepared],
        others=[TaskStateOut.of(task) for task in shown.others],
        may={name: bool(decision) for name, decision in shown.may.items()},
        documentation=shown.documentation,
    )


@router.post("/{uuid:task_id}/claim", response=TaskResultOut, summary="Take a task")
@audience(*OFFICIALS)
@idempotent
def claim(request: HttpRequest, task_id: UUID) -> TaskResultOut:
    """Take an open task; of two officers at once exactly one gets it."""
    person: Any = request.user
    return TaskResultOut.of(services.claim(task_id, by=person))


@router.post("/{uuid:task_id}/release", response=TaskResultOut, summary="Put a task back")
@audience(*OFFICIALS)
@idempotent
def release(request: HttpRequest, task_id: UUID) -> TaskResultOut:
    """Put a claimed task back into the department's queue."""
    person: Any = request.user
    return TaskResultOut.of(services.release(task_id, by=person))


@router.post("/{uuid:task_id}/assign", response=TaskResultOut, summary="Give a task to an officer")
@audience(Role.HEAD)
@idempotent
def assign(request: HttpRequest, task_id: UUID, body: AssignIn) -> TaskResultOut:
    """Give a task to an officer of one's department."""
    head: Any = request.user
    return TaskResultOut.of(services.assign(task_id, person_by_id(body.person), by=head))


@router.post("/{uuid:task_id}/prepare", response=list[PreparedOut], summary="Look data up")
@audience(*OFFICIALS)
@keyed
def prepare(request: HttpRequest, task_id: UUID) -> list[PreparedOut]:
    """Look up again what the department is entitled to for this task, under receipt."""
    person: Any = request.user
    return [PreparedOut.of(item) for item in services.prepare_data(task_id, by=person)]


@router.post("/{uuid:task_id}/approve", response=TaskResultOut, summary="Approve")
@audience(*OFFICIALS, systems=True)
@idempotent
def approve(request: HttpRequest, task_id: UUID, body: ApproveIn) -> TaskResultOut:
    """Approve one's part; the procedure goes on."""
    by = caller(request)
    task = services.approve(task_id, by=by, opinion=body.opinion, variables=body.variables)
    return TaskResultOut.of(task)


@router.post("/{uuid:task_id}/refuse", response=TaskResultOut, summary="Refuse")
@audience(*OFFICIALS, systems=True)
@idempotent
def refuse(request: HttpRequest, task_id: UUID, body: RefuseIn) -> TaskResultOut:
    """Refuse on a legal ground."""
    by = caller(request)
    return TaskResultOut.of(
        services.refuse(task_id, by=by, ground=body.ground, opinion=body.opinion)
    )


@router.post("/{uuid:task_id}/return", response=TaskResultOut, summary="Send back")
@audience(*OFFICIALS, systems=True)
@idempotent
def return_task(request: HttpRequest, task_id: UUID, body: ReturnIn) -> TaskResultOut:
    """Send back to the earlier step that the procedure names."""
    by = caller(request)
    return TaskResultOut.of(services.return_task(task_id, by=by, opinion=body.opinion))


@router.post(
    "/{uuid:task_id}/supplements", response={201: SupplementOut}, summary="Ask for a supplement"
)
@audience(*OFFICIALS, systems=True)
@idempotent
def ask_supplement(
    request: HttpRequest, task_id: UUID, body: SupplementIn
) -> Status[SupplementOut]:
    """Ask the applicant to add something; the clock stands still meanwhile."""
    asked = services.ask_supplement(
        task_id, by=caller(request), text=body.text, ground=body.ground, items=body.items
    )
    return Status(201, SupplementOut.of(asked))


@router.post(
    "/supplements/{uuid:supplement_id}/answer", response=SupplementOut, summary="Supplement"
)
@audience(systems=True)
@idempotent
def answer_supplement(request: HttpRequest, supplement_id: UUID, body: AnswerIn) -> SupplementOut:
    """Answer a request for a supplement; the clock goes on."""
    row = services.answer_supplement(
        supplement_id, by=caller(request), answer=body.answer, form=body.form
    )
    return SupplementOut.of(row)
