"""What the cases room answers to lower rooms, and what it does when its clocks reach a rung."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from heli.cases import applicants, codes, facts, notices, policy, sealing
from heli.cases.errors import MalformedCodeError, WrongCheckDigitError
from heli.cases.models import (
    CollaborationRequest,
    Handover,
    Matter,
    MatterSubject,
    Notice,
    Procedure,
    Task,
)
from heli.cases.models.tasks import NEVER
from heli.cases.plans import plan_of
from heli.cases.services.handovers import HANDOVER_CLOCK, expire
from heli.cases.services.requests import REQUEST_CLOCK
from heli.cases.steps import TASK_CLOCK, Step, names
from heli.cases.timers import TIMER_CLOCK
from heli.clocks.kinds import OVERDUE, ClockKind, DueMoved, RungEvent, holding
from heli.clocks.kinds import register as register_clock
from heli.engines import bpmn
from heli.exchange.questions import (
    Notification,
    Standing,
    is_matter_code,
    matter_address,
    matter_kinds,
    matter_standing,
    matter_standings,
    notify,
)
from heli.feeds import questions as feeds_questions
from heli.kernel import clock, prepared
from heli.kernel.actor import HELI
from heli.ledger import questions as ledger_questions
from heli.ledger.services import record
from heli.ledger.verbs import FactData
from heli.openness.questions import tell_matter
from heli.organisation.selectors import Person


def kinds_of_matter() -> list[tuple[str, str]]:
    """The procedures that a matter can be filed for now, by name in Chinese and English."""
    rows = Procedure.objects.filter(active=True).order_by("name_zh")
    return list(rows.values_list("name_zh", "name_en").distinct())


def standing(matter_code: str, department: str, subject_type: str, subject_id: str) -> Standing:
    """Whether a department may ask about a subject for a matter, with one query.

    A draft takes a few more, and opens less; see :func:`_draft_standing`.
    """
    digest = sealing.digest(subject_type, subject_id)
    tasks = Task.objects.filter(matter=OuterRef("pk"), department=department)
    row = (
        Matter.objects.filter(code=matter_code)
        .annotate(
            has_task=Exists(tasks.filter(closed_at__isnull=True)),
            had_task=Exists(tasks),
            has_subject=Exists(MatterSubject.objects.filter(matter=OuterRef("pk"), digest=digest)),
        )
        .only(*_STANDS)
        .first()
    )
    if row is None:
        return Standing(False, False, False, "no such matter", known=False)
    if row.state == Matter.State.DRAFT and row.procedure_id is not None:
        return _draft_standing(row, department, subject_type, digest)
    return Standing(
        row.state == Matter.State.RUNNING,
        row.has_task,
        row.has_subject,
        str(row.state),
        took_part=row.had_task,
        own_filing=row.filed_by_system and row.received_by_id == department,
    )


def address(reader: object, code: str) -> str:
    """Where a matter is shown to somebody who may see it; otherwise empty."""
    if not isinstance(reader, Person):
        return ""
    row = Matter.objects.filter(code=code).first()
    if row is None or not policy.may_see_matter(reader, row):
        return ""
    return reverse("cases:matter", args=[row.code])


def standings(asked: Sequence[tuple[str, str, str, str]]) -> list[Standing]:
    """The same for many at once, with one query for all that are no drafts."""
    if len(asked) == 1:
        return [standing(*asked[0])]
    values: list[str] = []
    for number, (code, department, kind, identifier) in enumerate(asked):
        values += [str(number), code, department, sealing.digest(kind, identifier)]
    sql = _STANDINGS.format(rows=", ".join(["(%s, %s, %s, %s)"] * len(asked)))
    rows = {int(number): row for number, *row in prepared.run(connection, sql, values).fetchall()}
    return [_standing_of(each, rows.get(number)) for number, each in enumerate(asked)]


def _standing_of(each: tuple[str, str, str, str], row: Any) -> Standing:
    if row is None:
        return Standing(False, False, False, "no such matter", known=False)
    state, has_procedure, has_task, had_task, has_subject, own_filing = row
    if state == Matter.State.DRAFT and has_procedure:
        return standing(*each)
    return Standing(
        state == Matter.State.RUNNING,
        bool(has_task),
        bool(has_subject),
        state,
        took_part=bool(had_task),
        own_filing=bool(own_filing),
    )


_STANDS = (
    *("state", "procedure_id", "origin", "on_behalf"),
    *("applicant_id", "taken_in_by_id", "received_by_id"),
)
_TASKS = f"SELECT 1 FROM {Task._meta.db_table} t WHERE t.matter_id = m.id"  # noqa: S608
_STANDINGS = f"""
    WITH asked(n, code, department, digest) AS (VALUES {{rows}})
    SELECT a.n, m.state, m.procedure_id IS NOT NULL,
           EXISTS({_TASKS} AND t.department_id = a.department AND t.closed_at IS NULL),
           EXISTS({_TASKS} AND t.department_id = a.department),
           EXISTS(SELECT 1 FROM {MatterSubject._meta.db_table} s
                  WHERE s.matter_id = m.id AND s.digest = a.digest),
           m.applicant_id IS NULL AND m.taken_in_by_id IS NULL AND m.received_by_id = a.department
    FROM asked a JOIN {Matter._meta.db_table} m ON m.code = a.code
"""  # noqa: S608 - names of our own tables


def _draft_standing(row: Any, department: str, subject_type: str, digest: str) -> Standing:
    """A draft is pre-filled by the department that will receive it, and by no other.

    It stands for its applicant, by the number that their account or the intake holds and nobody
    can type, and for what is no person: the enterprise, premises and land they named.
    """
    receives = applicants.receiver_of(row, plan_of(row.procedure_id)) == department
    concerns: bool = row.has_subject
    if subject_type == MatterSubject.Type.PERSON:
        number = applicants.number_of(row)
        concerns = number is not None and sealing.digest(subject_type, number) == digest
    return Standing(True, receives, concerns, "draft being pre-filled", took_part=receives)


def open_matters(
    department: str, subject_type: str, subjects: Collection[str]
) -> Mapping[str, str]:
    """Subjects of running matters in which a department holds a task, with one query."""
    digests = {sealing.digest(subject_type, subject): subject for subject in subjects}
    rows = _at_work(department, subject_type).filter(digest__in=digests)
    return {digests[key]: code for key, code in rows.values_list("digest", "matter__code")}


def subjects_at_work(department: str, subject_type: str) -> Mapping[str, str]:
    """All subjects of such matters, unsealed."""
    rows = _at_work(department, subject_type).values_list("sealed", "matter__code")
    return {sealing.unseal(subject_type, bytes(sealed)): code for sealed, code in rows}


def _at_work(department: str, subject_type: str) -> QuerySet[MatterSubject]:
    tasks = Task.objects.filter(
        matter=OuterRef("matter"), department=department, closed_at__isnull=True
    )
    filed_by_its_system = Q(
        matter__applicant=None, matter__taken_in_by=None, matter__received_by=department
    )
    return MatterSubject.objects.filter(
        ~filed_by_its_system,
        Exists(tasks),
        type=subject_type,
        matter__state=Matter.State.RUNNING,
    ).order_by("-matter__opened_at")


def tell_of_lower_room(notification: Notification) -> None:
    """Put what lower rooms have to tell into inboxes."""
    Notice.objects.create(
        person_id=notification.person,
        department_id=None if notification.person else notification.department or None,
        role="" if notification.person else notification.role,
        level=Notice.Level.WARN if notification.urgent else Notice.Level.INFO,
        key=notification.key,
        data=dict(notification.data),
        link=notification.link,
        created_at=clock.now(),
    )


def tell_of_correction(
    matter: str, department: str, correction: str, resource: tuple[str, str]
) -> bool:
    """Tell who works on a running matter for a department that a record it rests on was wrong."""
    row = Matter.objects.filter(code=matter, state=Matter.State.RUNNING).first()
    tasks = list(row.tasks.filter(department=department, closed_at=None)) if row else []
    if row is None or not tasks:
        return False
    Notice.objects.bulk_create(
        notices.record_corrected(row, tasks, department, correction, resource)
    )
    return True


def is_code(text: str) -> bool:
    """Whether a text is a matter's code as codes are written, which leaves no room for words."""
    try:
        return codes.parse(text) == text
    except (MalformedCodeError, WrongCheckDigitError):
        return False


def concerns_matter(user: object, matter: str) -> bool:
    """Whether somebody may see the facts of a matter."""
    row = Matter.objects.filter(code=matter).first()
    return row is not None and bool(policy.may_see_matter(user, row))  # type: ignore[arg-type]


# -- clocks -------------------------------------------------------------------------------------


def _task_rung(event: RungEvent) -> None:
    task = Task.objects.select_related("matter").filter(pk=event.owner_id).first()
    if task is None or task.closed_at is not None:
        return
    data = facts.TaskRung(task=str(task.pk), rung=event.rung, **names(task))
    _record(event, data, f"cases.task:{task.pk}")
    Notice.objects.bulk_create(notices.rung(task.matter, task, event.rung))


def _task_due(event: DueMoved) -> None:
    Task.objects.filter(pk=event.owner_id, closed_at__isnull=True).update(
        due_at=event.due_at, order_at=event.due_at or NEVER
    )


def _request_rung(event: RungEvent) -> None:
    request = (
        CollaborationRequest.objects.select_related("matter").filter(pk=event.owner_id).first()
    )
    if request is None or request.closed_at is not None:
        return
    data = facts.RequestRung(
        request=str(request.pk), asker=request.asker_id, asked=request.asked_id, rung=event.rung
    )
    _record(event, data, f"cases.request:{request.pk}")
    if event.rung == "escalate":
        CollaborationRequest.objects.filter(pk=request.pk).update(escalated_at=event.fire_at)
    Notice.objects.bulk_create(notices.request_rung(request, event.rung))


def _request_due(event: DueMoved) -> None:
    CollaborationRequest.objects.filter(pk=event.owner_id, closed_at__isnull=True).update(
        due_at=event.due_at, order_at=event.due_at or NEVER
    )


def _handover_rung(event: RungEvent) -> None:
    if event.rung == OVERDUE:
        expire(event.owner_id)


def _handover_due(event: DueMoved) -> None:
    Handover.objects.filter(pk=event.owner_id).update(due_at=event.due_at)


def _timer_rung(event: RungEvent) -> None:
    """A timer event of a procedure is due: let the engine go on."""
    key, _colon, token = event.owner_id.partition(":")
    with transaction.atomic():
        matter = Matter.objects.select_for_update(no_key=True).filter(pk=key).first()
        if matter is None or matter.state != Matter.State.RUNNING:
            return
        state = bpmn.State.from_json(matter.marking)
        if state.token(int(token)) is None:
            return
        assert matter.procedure_id is not None
        step = Step(matter, plan_of(matter.procedure_id), HELI)
        step.happen(bpmn.TimerFired(int(token)))
        step.stopping.append(event.clock_id)
        step.save()


def _hold_timer(owner_id: str) -> None:
    holding("cases.Matter")(owner_id.partition(":")[0])


def _hold_request(owner_id: str) -> None:
    holding("cases.Matter", "requests")(owner_id)
    holding("cases.CollaborationRequest")(owner_id)


def _record(event: RungEvent, data: FactData, subject: str) -> None:
    record(data, actor=HELI, subject=subject, matter=event.matter, department=event.department)


def register() -> None:
    """Give the answers and make the clock kinds known; called when the application starts."""
    matter_standing.answer(standing)
    matter_standings.answer(standings)
    matter_address.answer(address)
    is_matter_code.answer(is_code)
    matter_kinds.answer(kinds_of_matter)
    tell_matter.answer(tell_of_correction)
    feeds_questions.open_matters.answer(open_matters)
    feeds_questions.subjects_at_work.answer(subjects_at_work)
    notify.answer(tell_of_lower_room)
    ledger_questions.concerns_matter.answer(concerns_matter)
    for kind in (
        ClockKind(
            TASK_CLOCK, _("Task of a department"), _task_rung, _task_due,
            holding("cases.Matter", "tasks"),
        ),
        ClockKind(
            REQUEST_CLOCK, _("Request for collaboration"), _request_rung, _request_due,
            _hold_request,
        ),
        ClockKind(
            HANDOVER_CLOCK, _("Offer of a handover"), _handover_rung, _handover_due,
            holding("cases.Matter", "handovers"),
        ),
        ClockKind(TIMER_CLOCK, _("Timer of a procedure"), _timer_rung, hold=_hold_timer),
    ):  # fmt: skip
        register_clock(kind)
