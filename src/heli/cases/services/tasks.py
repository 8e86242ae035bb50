"""What officers do with tasks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction

from heli.cases import facts, notices, policy
from heli.cases.callers import Caller, actor_of, is_person
from heli.cases.errors import (
    GroundRequiredError,
    NotReturnableError,
    TaskNotFoundError,
    TaskStateError,
    TaskTakenError,
    TextRequiredError,
)
from heli.cases.models import Notice, Task
from heli.cases.plans import REFUSED, RETURNED, plan_of
from heli.cases.services.matters import refuse_closed
from heli.cases.steps import Step, names
from heli.cases.variables import take
from heli.engines import bpmn
from heli.kernel import clock, prepared
from heli.kernel.permissions import require
from heli.kernel.prepared import PreparedGet
from heli.ledger.services import record
from heli.ledger.verbs import FactData
from heli.organisation.selectors import Person

WORKABLE: tuple[str, ...] = (Task.State.OPEN, Task.State.CLAIMED)


_TASK = PreparedGet(Task.objects.select_related("matter"))
# The matter first, so that steps of one matter wait in line there; the task too, so that what is
# read of it is what it is now. Rows that only refer to the matter need not wait.
_LOCKED = PreparedGet(
    Task.objects.select_related("matter")
    .select_for_update(of=("matter", "self"), no_key=True)
    .defer(
        "prepared", "at_risk_at", "claimed_at", "order_at", "prepare_at", "suspended_at",
        "matter__form", "matter__prefilled", "matter__on_behalf", "matter__drafted_at",
        "matter__external_id", "matter__source", "matter__intake_hash", "matter__intake_key",
    )
)  # fmt: skip


def visible_task(task_id: UUID | str, by: Caller, *, lock: bool = False) -> Task:
    """A task the caller may know of; with ``lock`` its matter is locked.

    Raises:
        TaskNotFoundError: There is none, or the caller's department has no part in its matter.
    """
    try:
        task = (_LOCKED if lock else _TASK).get(task_id)
    except (ValidationError, ValueError):
        task = None
    if task is None:
        raise TaskNotFoundError(what=str(task_id))
    if task.department_id != by.actor.department and not policy.may_see_matter(by, task.matter):
        raise TaskNotFoundError(what=str(task_id))
    return task


def claim(task_id: UUID | str, *, by: Person) -> Task:
    """Take an open task. Of two officers who do so at once, exactly one gets it.

    Raises:
        DeniedError: It is not a task of the caller's department.
        TaskTakenError: Another officer was faster.
        MatterClosedError: The matter has ended.
    """
    with transaction.atomic():
        task = visible_task(task_id, by)
        require(policy.may_claim(by, task))
        refuse_closed(task.matter)
        reason = task.reason if task.assignee_id == by.pk else {"rule": "claimed"}
        taken = Task.objects.filter(pk=task.pk, state=Task.State.OPEN).update(
            state=Task.State.CLAIMED, assignee=by, claimed_at=clock.now(), reason=reason
        )
        if not taken:
            return _already(task.pk, by)
        _record(task, facts.TaskClaimed(task=str(task.pk), **names(task)), by)
    task.state, task.assignee, task.reason = Task.State.CLAIMED, by, reason
    return task


def _already(task_id: UUID, by: Person) -> Task:
    """Nothing to claim: fine for whoever holds it, an error for everybody else."""
    task = Task.objects.select_related("matter", "assignee").get(pk=task_id)
    if task.closed_at is None and task.assignee_id == by.pk:
        return task
    if task.closed_at is None and task.assignee is not None:
        raise TaskTakenError(task=task.name, officer=task.assignee.name)
    raise TaskStateError(task=task.name, state=task.get_state_display())


def release(task_id: UUID | str, *, by: Person) -> Task:
    """Put a claimed task back into the department's queue.

    Raises:
        DeniedError: The caller does not hold it, nor heads the department.
        TaskStateError: It is not claimed.
    """
    with transaction.atomic():
        task = visible_task(task_id, by)
        require(policy.may_release(by, task))
        changes: dict[str, Any] = {
            "state": Task.State.OPEN,
            "assignee_id": None,
            "claimed_at": None,
            "reason": {},
        }
        _change(task, (Task.State.CLAIMED,), changes)
        _record(task, facts.TaskReleased(task=str(task.pk), **names(task)), by)
    return task


def assign(task_id: UUID | str, person: Person, *, by: Person) -> Task:
    """Give an open or claimed task to an officer of the department.

    Raises:
        DeniedError: The caller does not head the department, or the officer is of another one.
        TaskStateError: It is closed or awaits a supplement.
    """
    with transaction.atomic():
        task = visible_task(task_id, by)
        require(policy.may_assign(by, task))
        require(policy.may_claim(person, task))
        reason = {"rule": "head", "by": by.pk}
        changes = {
            "assignee_id": person.pk,
            "reason": reason,
            "state": Task.State.OPEN,
            "claimed_at": None,
        }
        _change(task, WORKABLE, changes)
        data = facts.TaskAssigned(
            task=str(task.pk), assignee=str(person.pk), reason=reason, **names(task)
        )
        _record(task, data, by)
        Notice.objects.bulk_create(notices.assigned(task.matter, task))
    return task


def _change(task: Task, states: tuple[str, ...], changes: dict[str, Any]) -> None:
    if not prepared.update(Task, {"id": task.pk, "state": states}, changes):
        task.refresh_from_db(fields=["state"])
        raise TaskStateError(task=task.name, state=task.get_state_display())
    for name, value in changes.items():
        setattr(task, name, value)


def _record(task: Task, data: FactData, by: Caller) -> None:
    record(
        data,
        actor=actor_of(by),
        subject=f"cases.task:{task.pk}",
        matter=task.matter.code,
        department=task.department_id,
    )


def approve(
    task_id: UUID | str,
    *,
    by: Caller,
    opinion: str = "",
    variables: Mapping[str, Any] | None = None,
) -> Task:
    """Approve: the department is through with its part; the procedure goes on.

    Args:
        task_id: The task.
        by: Who holds it, or the department's system.
        opinion: For the file; not part of any fact.
        variables: What the task found out, for the procedure's conditions; the model names what
            it may set.

    Raises:
        DeniedError: The caller does not hold the task.
        TaskStateError: It is closed or awaits a supplement.
        MatterClosedError: The matter has ended.
        VariableNotDeclaredError: The model does not leave such a variable to the task.
    """

    def event(step: Step, task: Task) -> bpmn.Event:
        node = step.plan.engine.nodes[task.node]
        found = take(step, [node], variables or {}, department=task.department_id)
        return bpmn.TaskCompleted(task.token, found)

    return _finish(task_id, by, Ending(Task.State.DONE, "approved", opinion), event)


def refuse(task_id: UUID | str, *, by: Caller, ground: str, opinion: str = "") -> Task:
    """Refuse on a legal ground; what follows is for the procedure to say.

    An error boundary event with the code ``refused`` on the task, or on a sub-process around it,
    is where the procedure goes on; without one the matter ends refused.

    Raises:
        GroundRequiredError: No legal ground is given.
        DeniedError: The caller does not hold the task.
    """
    if not ground.strip():
        raise GroundRequiredError(field="ground")

    def event(step: Step, task: Task) -> bpmn.Event | None:
        step.refusal = ground.strip()
        caught = step.plan.nodes[task.node].refusal_caught
        return bpmn.ErrorRaised(task.token, REFUSED) if caught else None

    ending = Ending(Task.State.REFUSED, "refused", opinion, ground.strip())
    return _finish(task_id, by, ending, event)


def return_task(task_id: UUID | str, *, by: Caller, opinion: str) -> Task:
    """Send back (退回) to the earlier step that the procedure names for it.

    Raises:
        NotReturnableError: The procedure has no way back from this task.
        TextRequiredError: Nothing says what is wrong.
    """
    if not opinion.strip():
        raise TextRequiredError(field="opinion")

    def event(step: Step, task: Task) -> bpmn.Event:
        if not step.plan.nodes[task.node].returnable:
            raise NotReturnableError(task=task.name)
        return bpmn.ErrorRaised(task.token, RETURNED)

    return _finish(task_id, by, Ending(Task.State.RETURNED, "returned", opinion), event)


Event = Callable[[Step, Task], bpmn.Event | None]


@dataclass(frozen=True, slots=True)
class Ending:
    """How a task ends."""

    state: Task.State
    outcome: str
    opinion: str
    ground: str = ""


def _finish(task_id: UUID | str, by: Caller, ending: Ending, event: Event) -> Task:
    with transaction.atomic():
        task = visible_task(task_id, by, lock=True)
        require(policy.may_work(by, task))
        refuse_closed(task.matter)
        if task.state not in WORKABLE:
            raise _not_workable(task)
        matter = task.matter
        assert matter.procedure_id is not None
        step = Step(matter, plan_of(matter.procedure_id), actor_of(by))
        _close(task, by, ending, step)
        happening = event(step, task)
        matter.serial_seconds += int((step.now - task.opened_at).total_seconds())
        if task.clock_id:
            step.stopping.append(task.clock_id)
        step.fact(_closing_fact(task, step), f"cases.task:{task.pk}", task.department_id)
        if happening is None:
            _end_refused(step, task)
        else:
            step.happen(happening)
        step.save()
    return task


def _not_workable(task: Task) -> TaskStateError:
    task.refresh_from_db(fields=["state"])
    return TaskStateError(task=task.name, state=task.get_state_display())


def _close(task: Task, by: Caller, ending: Ending, step: Step) -> None:
    """Close, with the step, the row of a task that is being worked on, and only then."""
    changes: dict[str, Any] = {
        "state": ending.state.value,
        "outcome": ending.outcome,
        "opinion": ending.opinion.strip(),
        "ground": ending.ground,
        "closed_at": step.now,
        "closed_by": str(actor_of(by)),
    }
    if not is_person(by):
        changes["reason"] = {"rule": "department"}
    where = {"id": task.pk, "state": WORKABLE}
    step.batch.update(Task, where, changes, lambda: _not_workable(task))
    for name, value in changes.items():
        setattr(task, name, value)


def _closing_fact(task: Task, step: Step) -> FactData:
    late = task.due_at is not None and task.due_at < step.now
    given: dict[str, Any] = {
        "task": str(task.pk),
        "node": task.node,
        **names(task),
        "seconds": int((step.now - task.opened_at).total_seconds()),
        "late": late,
    }
    if task.state == Task.State.REFUSED:
        return facts.TaskRefused(ground=task.ground, **given)
    if task.state == Task.State.RETURNED:
        return facts.TaskReturned(**given)
    return facts.TaskCompleted(outcome=task.outcome, **given)


def _end_refused(step: Step, task: Task) -> None:
    """The procedure does not say what follows a refusal: the matter ends."""
    state = bpmn.State.from_json(step.matter.marking)
    nodes = step.plan.engine.nodes
    step.state = state
    step.withdrawn = [token.id for token in state.open_tasks() if token.id != task.token]
    step.disarmed = [token.id for token in state.tokens if nodes[token.node].timer is not None]
    step.completed = bpmn.Completed("failed", REFUSED)
