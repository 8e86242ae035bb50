"""An officer's detail pane."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from heli.cases import assignment, policy
from heli.cases.callers import Caller, is_person
from heli.cases.errors import TaskNotFoundError
from heli.cases.models import Matter, Task
from heli.cases.plans import plan_of
from heli.cases.selectors.clocks import with_clocks
from heli.cases.selectors.data import asked_of, prepared_of
from heli.cases.selectors.drawing import in_order
from heli.cases.selectors.matters import answers_of, subjects_of, task_states
from heli.cases.selectors.shapes import TaskDetail
from heli.cases.selectors.timeline import timeline
from heli.kernel.localise import bilingual
from heli.kernel.permissions import Decision, deny


def task_detail(task_id: UUID | str, by: Caller) -> TaskDetail:
    """A task with all an officer needs to decide it; a constant number of queries.

    Raises:
        TaskNotFoundError: There is none, or the reader may not know of its matter.
    """
    task = (
        Task.objects.select_related("matter", "department", "assignee").filter(pk=task_id).first()
    )
    if task is None or not policy.may_see_matter(by, task.matter):
        raise TaskNotFoundError(what=str(task_id))
    matter = task.matter
    assert matter.procedure_id is not None
    plan = plan_of(matter.procedure_id)
    data = bool(policy.may_see_data(by, matter))
    rows = with_clocks(matter.tasks.order_by("opened_at", "token"))
    clock = next((row.clock for row in rows if row.pk == task.pk), None)
    return TaskDetail(
        task=task,
        matter=matter,
        procedure_name=bilingual(plan.name_zh, plan.name_en),
        clock=clock,
        reason=assignment.explain(task.reason),
        may=_may(task, by, plan.nodes[task.node].returnable),
        answers=answers_of(matter) if data else [],
        prepared=prepared_of(task) if data else [],
        subjects=subjects_of(matter) if data else [],
        others=in_order(plan, task_states([row for row in rows if row.pk != task.pk])),
        supplements=(
            [asked_of(row, plan.form) for row in task.supplements.order_by("-asked_at")]
            if data
            else []
        ),
        requests=with_clocks(task.requests.select_related("asked", "asker").order_by("-asked_at")),
        attachments=list(matter.attachments.order_by("uploaded_at")) if data else [],
        documentation=bilingual(*plan.nodes[task.node].documentation),
        timeline=timeline(matter.code, by, 30),
    )


def _may(task: Task, by: Caller, returnable: bool) -> dict[str, Decision]:
    """What the reader may do now: by right, and by the state the task is in."""
    closed = deny("closed", _("this is closed"))
    if task.closed_at is not None or task.matter.state != Matter.State.RUNNING:
        return dict.fromkeys(_VERBS, closed)
    working: Any = policy.may_work(by, task)
    if working and task.state == Task.State.SUPPLEMENT:
        working = deny("supplement", _("the applicant has to answer first"))
    claim = policy.may_claim(by, task)
    if claim and task.state != Task.State.OPEN:
        claim = deny("claimed", _("somebody has claimed it already"))
    back = working if returnable else deny("not_returnable", _("the procedure has no way back"))
    release = policy.may_release(by, task)
    if release and task.state != Task.State.CLAIMED:
        release = deny("not_claimed", _("nobody has claimed it"))
    return {
        "claim": claim,
        "release": release,
        "approve": working,
        "refuse": working,
        "return": back,
        "ask_supplement": working,
        "request": policy.may_request(by, task.matter),
        "prepare": working if is_person(by) else deny("system", _("systems use the exchange")),
        "assign": policy.may_assign(by, task),
    }


_VERBS = (
    "claim",
    "release",
    "approve",
    "refuse",
    "return",
    "ask_supplement",
    "request",
    "prepare",
    "assign",
)
