"""What lands in inboxes: each notice has a key, whose text is a message id with figures."""

from typing import Any

from heli.cases.models import CollaborationRequest, Handover, Matter, Notice, Supplement, Task
from heli.errors import gettext_noop
from heli.kernel import clock, prepared
from heli.kernel.permissions import Role

TEXTS: dict[str, str] = {
    "task.unassigned": gettext_noop("{code}: “{name}” has no officer; please assign one."),
    "task.assigned": gettext_noop("{code}: “{name}” was given to you."),
    "task.remind": gettext_noop("{code}: “{name}” is past half of its time."),
    "task.warn": gettext_noop("{code}: “{name}” is nearly due."),
    "task.overdue": gettext_noop("{code}: “{name}” is overdue."),
    "task.escalate": gettext_noop("{code}: “{name}” of {department} is overdue and escalated."),
    "supplement.asked": gettext_noop("{code}: “{name}” needs something from you."),
    "supplement.answered": gettext_noop("{code}: the applicant supplemented “{name}”."),
    "form.corrected": gettext_noop(
        "{code}: the applicant corrected answers after you had decided “{name}”."
    ),
    "request.asked": gettext_noop("{code}: {department} asks for your help."),
    "request.answered": gettext_noop("{code}: {department} answered your request."),
    "request.refused": gettext_noop("{code}: {department} refused your request: {ground}"),
    "request.remind": gettext_noop("{code}: the request of {department} is waiting for you."),
    "request.warn": gettext_noop("{code}: the request of {department} is nearly due."),
    "request.overdue": gettext_noop("{code}: the request of {department} is overdue."),
    "request.escalate": gettext_noop("{code}: {department} has not answered a request in time."),
    "handover.offered": gettext_noop("{code}: {department} offers to hand the matter over to you."),
    "handover.accepted": gettext_noop("{code}: {department} took the matter over."),
    "handover.bounced": gettext_noop("{code}: {department} did not take the matter; it is yours."),
    "handover.escalate": gettext_noop(
        "{code}: a handover between {department} and {other} failed."
    ),
    "matter.completed": gettext_noop("{code} was completed."),
    "matter.refused": gettext_noop("{code} ended with a refusal."),
    "matter.withdrawn": gettext_noop("{code} was withdrawn."),
    "matter.stalled": gettext_noop("{code} cannot move on: the procedure is stuck at {nodes}."),
    "alerts.issue": gettext_noop("Alert {code}: {name}. Please acknowledge."),
    "alerts.recall": gettext_noop("The alert {code} was recalled: {name}. Please acknowledge."),
    "alerts.second": gettext_noop("{department} has not answered the alert {code} yet: {name}."),
    "alerts.escalated": gettext_noop("{department} did not answer the alert {code} in time."),
    "alerts.matched": gettext_noop("{department} met whom the alert {code} is about: {name}."),
    "exchange.application.waits": gettext_noop("{department} applied for “{name}”; please review."),
    "exchange.application.reviewed": gettext_noop(
        "The application of {department} for “{name}” was reviewed and waits for the decision."
    ),
    "exchange.application.returned": gettext_noop(
        "Your application for “{name}” was returned for correction: {ground}"
    ),
    "exchange.application.granted": gettext_noop(
        "“{name}” of {other} was granted to your department."
    ),
    "exchange.application.partly": gettext_noop(
        "“{name}” of {other} was granted in part: {ground}"
    ),
    "exchange.application.refused": gettext_noop(
        "Your application for “{name}” was refused: {ground}"
    ),
    "exchange.application.withdrawn": gettext_noop(
        "{department} withdrew its application for “{name}”."
    ),
    "exchange.application.silent": gettext_noop(
        "{other} let the time to decide on your application for “{name}” run out."
    ),
    "exchange.application.overdue": gettext_noop(
        "The time to decide on the application of {department} for “{name}” has run out."
    ),
    "exchange.application.passed_on": gettext_noop(
        "{other} has not decided on the application of {department} for “{name}”; please decide in "
        "its place."
    ),
    "exchange.application.appeal_waits": gettext_noop(
        "{department} appeals about “{name}” of {other}; please decide."
    ),
    "exchange.application.appealed": gettext_noop("{department} appealed about “{name}”."),
    "exchange.application.appeal_filed": gettext_noop(
        "Your department appealed about “{name}” of {other}."
    ),
    "exchange.application.appeal_upheld": gettext_noop(
        "The appeal of {department} about “{name}” was upheld: {ground}"
    ),
    "exchange.application.appeal_dismissed": gettext_noop(
        "The appeal of {department} about “{name}” was dismissed: {ground}"
    ),
    "exchange.application.appeal_late": gettext_noop(
        "The time to decide on your appeal about “{name}” has run out."
    ),
    "exchange.application.appeal_overdue": gettext_noop(
        "The appeal of {department} about “{name}” was not decided in time."
    ),
    "exchange.override.used": gettext_noop(
        "Emergency: {department} used “{name}” of {other} without a grant: {ground}"
    ),
    "exchange.override.unjustified": gettext_noop(
        "The emergency access of {department} to “{name}” was not justified in time."
    ),
    "feeds.late": gettext_noop("“{name}” is not up to date: its feed was not confirmed in time."),
    "feeds.undeliverable": gettext_noop("Changes of “{name}” could not be delivered to you."),
    "openness.correction.told": gettext_noop(
        "{code}: a record of “{name}” that your department received was wrong; please put it right "
        "and answer."
    ),
    "openness.correction.reminded": gettext_noop(
        "{code}: the correction of “{name}” is waiting for your department's answer."
    ),
    "openness.alarm.source": gettext_noop(
        "{code}: “{name}” of {department} does not give the right value."
    ),
    "openness.alarm.answer": gettext_noop(
        "{code}: {department} was given the wrong version of a record of “{name}” again."
    ),
    "openness.alarm.decision": gettext_noop(
        "{code}: {department} decided a matter on the wrong version of a record of “{name}”."
    ),
    "openness.alarm.silence": gettext_noop(
        "{code}: {department} has not answered the correction of “{name}” in time."
    ),
    "record.corrected": gettext_noop(
        "{code}: a record of “{name}” that this matter rests on was corrected ({nodes})."
    ),
    "service.failed": gettext_noop("{code}: “{name}” could not be done automatically."),
}

Level = Notice.Level


def _notice(
    matter: Matter,
    key: str,
    link: str,
    level: Notice.Level = Level.INFO,
    *,
    person: int | None = None,
    department: str | None = None,
    role: str = "",
    **data: Any,
) -> Notice:
    assert key in TEXTS, key
    return prepared.make(
        Notice,
        person_id=person,
        department_id=department,
        role=role,
        matter_id=matter.pk,
        level=level,
        key=key,
        data={"code": matter.code, **data},
        link=link,
        created_at=clock.now(),
    )


def _task_data(task: Task) -> dict[str, Any]:
    return {
        "name_zh": task.name_zh,
        "name_en": task.name_en,
        "about": task.department_id,
    }


def unassigned(matter: Matter, task: Task) -> list[Notice]:
    """Nobody competent is present: the head must choose."""
    link = f"cases.task:{task.pk}"
    return [
        _notice(
            matter,
            "task.unassigned",
            link,
            Level.WARN,
            department=task.department_id,
            role=Role.HEAD,
            **_task_data(task),
        )
    ]


def assigned(matter: Matter, task: Task) -> list[Notice]:
    """A head gave somebody a task."""
    link = f"cases.task:{task.pk}"
    return [_notice(matter, "task.assigned", link, person=task.assignee_id, **_task_data(task))]


def rung(matter: Matter, task: Task, name: str) -> list[Notice]:
    """A rung of a task's clock: first the officer, then the head, then those above."""
    link, data = f"cases.task:{task.pk}", _task_data(task)
    level = {"remind": Level.REMIND, "escalate": Level.ESCALATE}.get(name, Level.WARN)
    key = f"task.{name}"
    found = []
    if task.assignee_id:
        found.append(_notice(matter, key, link, level, person=task.assignee_id, **data))
    if name != "remind" or not task.assignee_id:
        found.append(
            _notice(matter, key, link, level, department=task.department_id, role=Role.HEAD, **data)
        )
    if name == "escalate":
        found.append(_notice(matter, key, link, level, role=Role.SUPERVISOR, **data))
        if matter.accountable_id and matter.accountable_id != task.department_id:
            found.append(
                _notice(matter, key, link, level, department=matter.accountable_id, **data)
            )
    return found


def supplement_asked(supplement: Supplement, task: Task) -> list[Notice]:
    """The applicant has to add something; the desk that took it in where there is no account."""
    matter = task.matter
    link = f"cases.supplement:{supplement.pk}"
    to: dict[str, Any] = {"person": matter.applicant_id or matter.taken_in_by_id}
    if to["person"] is None:
        to = {"department": matter.accountable_id}
    return [_notice(matter, "supplement.asked", link, Level.WARN, **to, **_task_data(task))]


def supplement_answered(task: Task) -> list[Notice]:
    """The officer can go on."""
    link = f"cases.task:{task.pk}"
    to: dict[str, Any] = (
        {"person": task.assignee_id} if task.assignee_id else {"department": task.department_id}
    )
    return [_notice(task.matter, "supplement.answered", link, **to, **_task_data(task))]


def form_corrected(matter: Matter, asking: Task) -> list[Notice]:
    """Whoever decided before is told; whether it changes anything is for them to say."""
    decided = matter.tasks.filter(state=Task.State.DONE).exclude(pk=asking.pk)
    return [
        _notice(
            matter,
            "form.corrected",
            f"cases.task:{task.pk}",
            Level.WARN,
            **(
                {"person": task.assignee_id}
                if task.assignee_id
                else {"department": task.department_id}
            ),
            **_task_data(task),
        )
        for task in decided.exclude(kind=Task.Kind.SERVICE)
    ]


def request_asked(request: CollaborationRequest) -> list[Notice]:
    """A department is asked for help."""
    link = f"cases.request:{request.pk}"
    return [
        _notice(
            request.matter,
            "request.asked",
            link,
            department=request.asked_id,
            about=request.asker_id,
        )
    ]


def request_closed(request: CollaborationRequest, by: str) -> list[Notice]:
    """The asker learns the answer."""
    link = f"cases.request:{request.pk}"
    kind, _, number = by.partition(":")
    to: dict[str, Any] = (
        {"person": int(number)} if kind == "person" else {"department": request.asker_id}
    )
    key = f"request.{request.state}"
    return [_notice(request.matter, key, link, **to, about=request.asked_id, ground=request.ground)]


def request_rung(request: CollaborationRequest, name: str) -> list[Notice]:
    """A rung of a request's clock."""
    link = f"cases.request:{request.pk}"
    level = {"remind": Level.REMIND, "escalate": Level.ESCALATE}.get(name, Level.WARN)
    found = [
        _notice(
            request.matter,
            f"request.{name}",
            link,
            level,
            department=request.asked_id,
            about=request.asked_id if name == "escalate" else request.asker_id,
        )
    ]
    if name == "escalate":
        found.append(_escalated(request, link, None, Role.SUPERVISOR))
        found.append(_escalated(request, link, request.asker_id, ""))
    return found


def _escalated(
    request: CollaborationRequest, link: str, department: str | None, role: str
) -> Notice:
    return _notice(
        request.matter,
        "request.escalate",
        link,
        Level.ESCALATE,
        department=department,
        role=role,
        about=request.asked_id,
    )


def handover_offered(offer: Handover) -> list[Notice]:
    """A department is offered a matter."""
    link = f"cases.handover:{offer.pk}"
    return [
        _notice(
            offer.matter, "handover.offered", link, department=offer.taker_id, about=offer.giver_id
        )
    ]


def handover_answered(offer: Handover) -> list[Notice]:
    """The giver learns the answer; a refusal goes up."""
    link = f"cases.handover:{offer.pk}"
    if offer.state == Handover.State.ACCEPTED:
        return [
            _notice(
                offer.matter,
                "handover.accepted",
                link,
                department=offer.giver_id,
                about=offer.taker_id,
            )
        ]
    return [
        _notice(
            offer.matter,
            "handover.bounced",
            link,
            Level.WARN,
            department=offer.giver_id,
            about=offer.taker_id,
        ),
        _notice(
            offer.matter,
            "handover.escalate",
            link,
            Level.ESCALATE,
            role=Role.SUPERVISOR,
            about=offer.giver_id,
            other=offer.taker_id,
        ),
    ]


def closed(matter: Matter) -> list[Notice]:
    """The applicant learns the end."""
    if matter.applicant_id is None:
        return []
    link = f"cases.matter:{matter.pk}"
    return [_notice(matter, f"matter.{matter.state}", link, person=matter.applicant_id)]


def stalled(matter: Matter, nodes: str) -> list[Notice]:
    """The procedure is unsound: the accountable department must act."""
    link = f"cases.matter:{matter.pk}"
    return [
        _notice(
            matter,
            "matter.stalled",
            link,
            Level.ESCALATE,
            department=matter.accountable_id,
            nodes=nodes,
        )
    ]


def service_failed(task: Task) -> list[Notice]:
    """The department must look after an automatic task itself."""
    link = f"cases.task:{task.pk}"
    return [
        _notice(
            task.matter,
            "service.failed",
            link,
            Level.WARN,
            department=task.department_id,
            **_task_data(task),
        )
    ]


def record_corrected(
    matter: Matter, tasks: list[Task], department: str, correction: str, title: tuple[str, str]
) -> list[Notice]:
    """A record that a running matter rests on was wrong: whoever holds its tasks is told."""
    data: dict[str, Any] = {"name_zh": title[0], "name_en": title[1], "nodes": correction}
    link = f"openness.correction:{correction}"
    people = {task.assignee_id for task in tasks if task.assignee_id}
    found = [
        _notice(matter, "record.corrected", link, Level.WARN, person=person, **data)
        for person in sorted(people)
    ]
    if len(people) < len(tasks):
        found.append(
            _notice(matter, "record.corrected", link, Level.WARN, department=department, **data)
        )
    return found
