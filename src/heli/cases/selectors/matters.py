"""Reading matters: finding them, lists of them, the page of one."""

import io
from collections.abc import Sequence
from typing import Any

import segno
from django.db.models import Exists, OuterRef, Q, QuerySet

from heli.cases import codes, policy
from heli.cases.callers import Caller, department_of, has_role, is_person
from heli.cases.errors import MalformedCodeError, UnknownCodeError
from heli.cases.forms_schema import Form
from heli.cases.models import CollaborationRequest, Handover, Matter, Procedure, Supplement, Task
from heli.cases.plans import Plan, plan_of
from heli.cases.selectors.clocks import with_clocks
from heli.cases.selectors.cycle import cycle
from heli.cases.selectors.data import prefilled_of
from heli.cases.selectors.drawing import in_order, tree
from heli.cases.selectors.shapes import Answer, MatterPage, TaskState
from heli.cases.selectors.standing import standing
from heli.cases.selectors.timeline import timeline
from heli.cases.waiting import awaited_messages, in_words
from heli.engines import bpmn
from heli.exchange.selectors import uses_of_matter
from heli.kernel.localise import bilingual
from heli.organisation.selectors import Person, departments
from heli.web.confluence import Block
from heli.web.confluence import Sequence as InSequence


def procedures() -> list[Procedure]:
    """The procedures a matter can be filed for now, by name."""
    return list(Procedure.objects.filter(active=True).order_by("name_zh"))


def form_of(procedure: Procedure) -> Form:
    """The form of a procedure."""
    return plan_of(procedure.pk).form


def find_matter(typed: str) -> Matter:
    """The matter whose code somebody typed; imported ones also by the code of their source.

    Raises:
        MalformedCodeError: It does not look like a code.
        WrongCheckDigitError: A typing mistake.
        UnknownCodeError: There is no such matter.
    """
    rows = Matter.objects.select_related("procedure", "accountable", "received_by")
    try:
        code = codes.parse(typed)
    except MalformedCodeError:
        imported = rows.filter(origin=Matter.Origin.IMPORTED, external_id=typed.strip()).first()
        if imported is None or not typed.strip():
            raise
        return imported
    matter = rows.filter(code=code).first()
    if matter is None:
        raise UnknownCodeError(field="code", code=code, what=code)
    return matter


def visible_matter(typed: str, by: Caller) -> Matter:
    """The matter, if the caller may know of it; otherwise it is as unknown as any other.

    Raises:
        UnknownCodeError: There is none, or it is none of the caller's business.
    """
    matter = find_matter(typed)
    if not policy.may_see_matter(by, matter):
        raise UnknownCodeError(field="code", code=matter.code, what=matter.code)
    return matter


def my_matters(person: Person) -> QuerySet[Matter]:
    """What somebody filed or took in, newest first, drafts included."""
    rows = Matter.objects.filter(Q(applicant=person) | Q(taken_in_by=person))
    return rows.select_related("procedure", "accountable").order_by("-drafted_at", "-opened_at")


def matters(by: Caller, search: str = "", state: str = "") -> QuerySet[Matter]:
    """Matters that somebody may see, newest first."""
    rows = Matter.objects.exclude(state=Matter.State.DRAFT)
    if not has_role(by, *policy.WATCHERS):
        rows = rows.filter(_part(by))
    if state:
        rows = rows.filter(state=state)
    if search.strip():
        text = search.strip()
        rows = rows.filter(Q(title__icontains=text) | Q(code__icontains=text) | Q(external_id=text))
    return rows.select_related("procedure", "accountable").order_by("-opened_at", "-id")


def _part(by: Caller) -> Q:
    department = department_of(by)
    own = Q(applicant=by) if is_person(by) else Q(pk=None)
    if not department or (is_person(by) and not has_role(by, *policy.HANDLERS)):
        return own
    # Asked matter by matter, newest first, a page is full long before all matters are looked at.
    # PostgreSQL would gather all the department's tasks first, were it not for the second
    # comparison, which adds nothing but cannot be hashed.
    here = {"matter": OuterRef("pk"), "matter__gte": OuterRef("pk")}
    asked = CollaborationRequest.objects.filter(Q(asked=department) | Q(asker=department))
    return (
        own
        | Q(accountable=department)
        | Q(received_by=department)
        | Q(Exists(Task.objects.filter(**here, department=department)))
        | Q(Exists(asked.filter(**here)))
        | Q(Exists(Handover.objects.filter(**here, taker=department)))
    )


def task_states(tasks: Sequence[Task]) -> list[TaskState]:
    """Every department's part as all who see the matter may see it."""
    cards = departments()
    return [
        TaskState(
            id=str(task.pk),
            label=task.name,
            department=cards[task.department_id],
            state=task.state,
            state_label=task.get_state_display(),
            clock=task.clock,
            node=task.node,
            opened_at=task.opened_at,
            closed_at=task.closed_at,
        )
        for task in with_clocks(tasks)
    ]


def answers_of(matter: Matter) -> list[Answer]:
    """The form's answers in the order of the form; identifiers are masked already."""
    if matter.procedure_id is None:
        return []
    form = plan_of(matter.procedure_id).form
    filled = {item.field: item for item in prefilled_of(matter, form).prepared}
    found = []
    for key, item in form.fields.items():
        if key not in matter.form:
            continue
        source = filled.get(key)
        known = source is not None and not source.refused
        found.append(
            Answer(
                field=key,
                label=item.label,
                value=item.shown(matter.form[key]),
                source=source.source if source and known else "",
                receipt_url=source.receipt_url if source and known else "",
            )
        )
    return found


def subjects_of(matter: Matter) -> list[tuple[str, str]]:
    """Whom and what the matter concerns: type and mask."""
    return [(row.get_type_display(), row.hint) for row in matter.subjects.all()]


def matter_page(typed: str, by: Caller) -> MatterPage:
    """The page of a matter, as far as the reader may see it; a constant number of queries.

    Raises:
        MalformedCodeError, WrongCheckDigitError: The code is mistyped.
        UnknownCodeError: There is none, or it is none of the reader's business.
    """
    matter = visible_matter(typed, by)
    data = bool(policy.may_see_data(by, matter))
    plan = plan_of(matter.procedure_id) if matter.procedure_id else None
    tasks = in_order(plan, task_states(list(matter.tasks.order_by("opened_at", "token"))))
    days = cycle(matter, plan, tasks)
    cards = departments()
    open_ones = matter.supplements.filter(state=Supplement.State.ASKED).order_by("asked_at")
    supplements = list(open_ones.select_related("task", "task__department"))
    return MatterPage(
        messages=messages_of(plan, matter),
        matter=matter,
        procedure_name=_procedure_name(plan, matter),
        accountable=cards.get(matter.accountable_id or ""),
        received_by=cards.get(matter.received_by_id or ""),
        tasks=tasks,
        tree=drawing(plan, matter, tasks),
        waiting_for=waiting_names(matter),
        needs=supplements if data else [],
        asked=[(row.task.name, row.asked_at) for row in supplements],
        standing=standing(matter, tasks, bool(supplements), own=policy.is_own(by, matter)),
        answers=answers_of(matter) if data else [],
        subjects=subjects_of(matter) if data else [],
        uses=uses_of_matter(matter.code),
        timeline=timeline(matter.code, by),
        handovers=list(matter.handovers.select_related("giver", "taker").order_by("-offered_at")),
        requests=with_clocks(
            matter.requests.select_related("asker", "asked").order_by("-asked_at")
        ),
        attachments=list(matter.attachments.order_by("uploaded_at")) if data else [],
        expected_at=days.expected_at,
        parallel_days=days.parallel,
        serial_days=days.serial,
        may=_may(matter, by),
    )


def _procedure_name(plan: Plan | None, matter: Matter) -> str:
    return bilingual(plan.name_zh, plan.name_en) if plan else matter.source


def _may(matter: Matter, by: Caller) -> dict[str, Any]:
    may = {
        "see_data": policy.may_see_data(by, matter),
        "withdraw": policy.may_withdraw(by, matter),
        "offer_handover": policy.may_offer_handover(by, matter),
        "request": policy.may_request(by, matter),
        "deliver_message": policy.may_deliver_message(by, matter),
        "attach": policy.may_see_data(by, matter),
    }
    offer = matter.handovers.filter(state=Handover.State.OFFERED).first()
    if offer is not None:
        may["answer_handover"] = policy.may_answer_handover(by, offer)
    return may


def drawing(plan: Plan | None, matter: Matter, tasks: Sequence[TaskState]) -> Block:
    """The confluence drawing of a matter."""
    if plan is None:
        return InSequence([])
    return tree(plan, tasks, matter.closed_at is not None)


def waiting_names(matter: Matter) -> list[str]:
    """Whom it waits for, in words."""
    return [in_words(entry) for entry in matter.waiting_for]


def messages_of(plan: Plan | None, matter: Matter) -> list[str]:
    """Messages that can be delivered to it now."""
    if plan is None or not matter.open:
        return []
    return awaited_messages(plan, bpmn.State.from_json(matter.marking))


def qr_svg(matter: Matter, url: str) -> str:
    """A QR code of ``url`` as inline SVG without styles, for the receipt of a matter."""
    buffer = io.BytesIO()
    segno.make(url, error="m").save(
        buffer, kind="svg", xmldecl=False, svgns=True, scale=4, border=2, title=matter.code
    )
    return buffer.getvalue().decode()
