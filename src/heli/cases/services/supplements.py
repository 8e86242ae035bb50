"""Asking the applicant for a supplement (补正), and its answer."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
from django.db import transaction
from django.utils.translation import gettext as _

from heli.cases import facts, forms_schema, notices, policy
from heli.cases.callers import Caller, actor_of, department_of
from heli.cases.errors import (
    AlreadyAnsweredError,
    AlreadyAskedError,
    FormError,
    GroundRequiredError,
    NotCorrectableError,
    RecordNotFoundError,
    TaskStateError,
    TextRequiredError,
)
from heli.cases.models import Matter, Notice, Supplement, Task
from heli.cases.models.tasks import NEVER
from heli.cases.plans import plan_of
from heli.cases.selectors.data import correctable, questions_of
from heli.cases.services.matters import refuse_closed
from heli.cases.services.tasks import WORKABLE, visible_task
from heli.cases.steps import names
from heli.cases.variables import digest
from heli.clocks import services as clocks
from heli.engines import bpmn
from heli.errors import gettext_noop
from heli.kernel import clock
from heli.kernel.permissions import require
from heli.ledger.services import record

WHAT = gettext_noop("request for a supplement")


def ask_supplement(
    task_id: UUID | str,
    *,
    by: Caller,
    text: str,
    ground: str,
    items: Sequence[Mapping[str, str]] = (),
) -> Supplement:
    """Ask the applicant to add something; the task's clock stands still until they have.

    The suspended time is at the account of the department that asked, on the ground it gives.

    Args:
        task_id: The task.
        by: Who holds it.
        text: What is needed, for the applicant.
        ground: Legal ground of the suspension.
        items: Single things needed: ``{"label": …, "field": form field key or ""}``; only these
            answers can be corrected. What is named twice counts once.

    Raises:
        DeniedError: The caller does not hold the task.
        NotCorrectableError: A field identifies somebody, is a register's to fill, or is none.
        GroundRequiredError: No legal ground is given.
        TextRequiredError: Nothing says what is needed.
        AlreadyAskedError: A previous request is unanswered.
    """
    if not text.strip():
        raise TextRequiredError(field="text")
    if not ground.strip():
        raise GroundRequiredError(field="ground")
    with transaction.atomic():
        task = visible_task(task_id, by, lock=True)
        require(policy.may_work(by, task))
        refuse_closed(task.matter)
        if task.state == Task.State.SUPPLEMENT:
            raise AlreadyAskedError(task=task.name)
        _require_correctable(task.matter, [item.get("field", "") for item in items])
        asked = _suspend(task, by, text.strip(), ground.strip(), items)
        record(
            facts.SupplementAsked(
                supplement=str(asked.pk), task=str(task.pk), ground=asked.ground, **names(task)
            ),
            actor=actor_of(by),
            subject=f"cases.supplement:{asked.pk}",
            matter=task.matter.code,
            department=task.department_id,
        )
        Notice.objects.bulk_create(notices.supplement_asked(asked, task))
    return asked


def _suspend(
    task: Task, by: Caller, text: str, ground: str, items: Sequence[Mapping[str, str]]
) -> Supplement:
    now = clock.now()
    named = [(item.get("label", ""), item.get("field", "")) for item in items]
    changes: dict[str, Any] = {"state": Task.State.SUPPLEMENT, "suspended_at": now}
    if task.clock_id:
        row = clocks.suspend(
            task.clock_id, department=task.department_id, ground=ground, actor=actor_of(by)
        )
        # A clock that is overdue stays so; its task keeps its place in the queue.
        changes |= {"due_at": row.due_at, "at_risk_at": row.at_risk_at}
        changes["order_at"] = row.due_at or NEVER
    if not Task.objects.filter(pk=task.pk, state__in=WORKABLE).update(**changes):
        raise TaskStateError(task=task.name, state=task.get_state_display())
    matter = task.matter
    waiting = [*dict.fromkeys([*matter.waiting_for, "applicant"])]
    Matter.objects.filter(pk=matter.pk).update(waiting_for=waiting)
    return Supplement.objects.create(
        task=task,
        matter=matter,
        text=text,
        ground=ground,
        items=[{"label": label, "field": field} for label, field in dict.fromkeys(named)],
        asked_by=str(actor_of(by)),
        asked_at=now,
    )


def answer_supplement(
    supplement_id: UUID | str,
    *,
    by: Caller,
    answer: str = "",
    form: Mapping[str, Any] | None = None,
) -> Supplement:
    """Answer a request for a supplement; the clock goes on where it stood.

    Args:
        supplement_id: The request.
        by: The applicant, or the accountable department for them.
        answer: In words.
        form: Corrected answers by field key, of those that were asked for.

    Raises:
        RecordNotFoundError: There is none, or the caller has nothing to do with it.
        AlreadyAnsweredError: It was answered, or the task was withdrawn.
        TextRequiredError: There is neither a text, nor a corrected field, nor a new file.
        FormError: A corrected answer is wrong, or was not asked for.
    """
    with transaction.atomic():
        row = _open(supplement_id, by)
        row.corrected = _correct(row, form, by) if form else {}
        if not (answer.strip() or row.corrected or row.attachments.exists()):
            raise TextRequiredError(field="answer")
        now = clock.now()
        row.state, row.answer = Supplement.State.ANSWERED, answer.strip()
        row.answered_by, row.answered_at = str(actor_of(by)), now
        row.save(update_fields=["state", "answer", "corrected", "answered_by", "answered_at"])
        task = row.task
        _resume(task, by)
        _no_longer_waiting(row.matter)
        record(
            facts.SupplementAnswered(supplement=str(row.pk), task=str(task.pk), **names(task)),
            actor=actor_of(by),
            subject=f"cases.supplement:{row.pk}",
            matter=row.matter.code,
            department=department_of(by),
        )
        Notice.objects.bulk_create(notices.supplement_answered(task))
    return row


def _open(supplement_id: UUID | str, by: Caller) -> Supplement:
    row = (
        Supplement.objects.select_related("matter", "task", "task__matter")
        .select_for_update(of=("matter",))
        .filter(pk=supplement_id)
        .first()
    )
    if row is None or not policy.may_see_matter(by, row.matter):
        raise RecordNotFoundError(what=_(WHAT))
    require(policy.may_answer_supplement(by, row))
    row.refresh_from_db(fields=["state"])
    if row.state != Supplement.State.ASKED:
        raise AlreadyAnsweredError(what=_(WHAT), state=row.get_state_display())
    return row


def _resume(task: Task, by: Caller) -> None:
    back = Task.State.CLAIMED if task.claimed_at else Task.State.OPEN
    changes: dict[str, Any] = {"state": back, "suspended_at": None}
    if task.clock_id:
        row = clocks.resume(task.clock_id, actor=actor_of(by), department=task.department_id)
        changes |= {"due_at": row.due_at, "at_risk_at": row.at_risk_at}
        changes["order_at"] = row.due_at or NEVER
    Task.objects.filter(pk=task.pk, state=Task.State.SUPPLEMENT).update(**changes)
    for name, value in changes.items():
        setattr(task, name, value)


def _no_longer_waiting(matter: Matter) -> None:
    if not matter.supplements.filter(state=Supplement.State.ASKED).exists():
        waiting = [name for name in matter.waiting_for if name != "applicant"]
        Matter.objects.filter(pk=matter.pk).update(waiting_for=waiting)


def _require_correctable(matter: Matter, fields: Sequence[str]) -> None:
    """Refuse to ask for answers that name whom the matter concerns, or that a register gave."""
    allowed = correctable(matter)
    for key in fields:
        if key and key not in allowed:
            item = questions_of(matter).get(key)
            raise NotCorrectableError(field="items", name=item.label if item else key)


def _correct(row: Supplement, form: Mapping[str, Any], by: Caller) -> dict[str, list[Any]]:
    """Take corrected answers, also for the procedure, and tell who decided on the old ones.

    Returns:
        What changed, by field key: before and after.
    """
    matter = row.matter
    assert matter.procedure_id is not None
    plan = plan_of(matter.procedure_id)
    fields = plan.form
    asked = {item["field"] for item in row.items}
    others = [key for key in form if key not in asked]
    if others:
        known = fields.fields.get(others[0])
        raise FormError(
            field=others[0],
            count=len(others),
            first=known.label if known else others[0],
            problem=_("It was not asked for."),
        )
    answers = forms_schema.check_some(fields, form)
    before = {key: matter.form.get(key) for key in answers}
    changed = sorted(key for key in answers if answers[key] != before[key])
    if not changed:
        return {}
    state = bpmn.State.from_json(matter.marking)
    found = {key: answers[key] for key in changed if fields.fields[key].variable}
    state = msgspec.structs.replace(state, variables=state.variables | found)
    named = matter.title == plan.title_of(matter.form)
    Matter.objects.filter(pk=matter.pk).update(
        form=matter.form | answers,
        title=plan.title_of(matter.form | answers) if named else matter.title,
        marking=state.to_json().decode(),
        revision=matter.revision + 1,
    )
    record(
        facts.FormCorrected(
            supplement=str(row.pk),
            fields=", ".join(changed),
            name_zh="、".join(fields.fields[key].zh for key in changed),
            name_en=", ".join(fields.fields[key].en or fields.fields[key].zh for key in changed),
            before=digest({key: before[key] for key in changed}),
            after=digest({key: answers[key] for key in changed}),
        ),
        actor=actor_of(by),
        subject=f"cases.supplement:{row.pk}",
        matter=matter.code,
        department=department_of(by),
    )
    Notice.objects.bulk_create(notices.form_corrected(matter, row.task))
    return {key: [before[key], answers[key]] for key in changed}
