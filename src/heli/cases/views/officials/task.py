"""One task: all that is needed to decide it, and the acts that decide it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from heli.cases import services
from heli.cases.errors import AlreadyAskedError, MatterClosedError, TaskStateError
from heli.cases.models import Task
from heli.cases.plans import plan_of
from heli.cases.selectors import TaskDetail, queue, task_detail
from heli.cases.services.tasks import visible_task
from heli.cases.views.officials.common import (
    changed,
    demand,
    done,
    person_of,
    put,
    show,
    wants_pane,
)
from heli.cases.views.officials.forms import TaskForm, inputs
from heli.errors import BadInputError, HeliError, NotFoundError
from heli.kernel.localise import explain
from heli.kernel.permissions import STAFF, DeniedError, audience
from heli.organisation import selectors as organisation
from heli.organisation.selectors import Person

TEMPLATE = "cases/officer/task.html"
CHECK = "cases/officer/task_check.html"
Typed = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Act:
    """Something an officer does with a task.

    Attributes:
        may: The verb of ``TaskDetail.may`` that allows it.
        fields: What is filled in for it.
        needed: Those of them that cannot stay empty.
        errors: Fields of the service's errors by their names on the form.
        said: What is told afterwards.
        run: Does it.
        checked: It cannot be undone, so it is shown once more before it is done.
        button: What the button says that does it (after the check where there is one).
    """

    may: str
    label: Any
    fields: tuple[str, ...]
    errors: dict[str, str]
    said: Any
    run: Callable[[UUID, Person, Typed], object]
    checked: bool = False
    icon: str = ""
    key: str = ""
    danger: bool = False
    button: Any = ""
    hint: Any = ""
    needed: tuple[str, ...] = ()


def _ask(task_id: UUID, by: Person, typed: Typed) -> object:
    return services.ask_supplement(
        task_id,
        by=by,
        text=typed["supplement"],
        ground=typed["supplement_ground"],
        items=[{"field": key} for key in typed["corrected"]],
    )


def _request(task_id: UUID, by: Person, typed: Typed) -> object:
    task = visible_task(task_id, by)
    own = task if task.department_id == by.department_id else None
    return services.request_collaboration(
        task.matter,
        typed["asked"],
        by=by,
        text=typed["help"],
        task=own,
        allowance=typed["allowance"] or "H48",
    )


def _assign(task_id: UUID, by: Person, typed: Typed) -> object:
    if not typed["officer"].isdecimal():
        raise BadInputError(field="officer", reason=_("choose an officer"))
    return services.assign(task_id, organisation.person(int(typed["officer"])), by=by)


ACTS: dict[str, Act] = {
    "approve": Act(
        "approve",
        gettext_lazy("Check and approve"),
        ("opinion",),
        {},
        gettext_lazy("Approved: your department is through with its part."),
        lambda task_id, by, typed: services.approve(task_id, by=by, opinion=typed["opinion"]),
        checked=True,
        icon="clipboard-check",
        key="a",
        button=gettext_lazy("Approve"),
        hint=gettext_lazy(
            "With this your department is through with its part; the procedure goes on at once."
        ),
    ),
    "supplement": Act(
        "ask_supplement",
        gettext_lazy("Ask for a supplement"),
        ("supplement", "corrected", "supplement_ground"),
        {"text": "supplement", "items": "corrected", "ground": "supplement_ground"},
        gettext_lazy("The applicant was asked; the clock stands still until they answer."),
        _ask,
        icon="clock-pause",
        key="s",
        needed=("supplement", "supplement_ground"),
    ),
    "request": Act(
        "request",
        gettext_lazy("Ask another department for help"),
        ("asked", "help", "allowance"),
        {"text": "help"},
        gettext_lazy("The department was asked; its clock runs."),
        _request,
        icon="heart-handshake",
        key="h",
        needed=("asked", "help"),
    ),
    "assign": Act(
        "assign",
        gettext_lazy("Give to an officer"),
        ("officer",),
        {},
        gettext_lazy("The officer was given the task and told so."),
        _assign,
        icon="user-plus",
        needed=("officer",),
    ),
    "return": Act(
        "return",
        gettext_lazy("Send back"),
        ("opinion",),
        {},
        gettext_lazy("Sent back to the step before."),
        lambda task_id, by, typed: services.return_task(task_id, by=by, opinion=typed["opinion"]),
        checked=True,
        icon="arrow-back-up",
        button=gettext_lazy("Send back"),
        hint=gettext_lazy("The procedure goes back to the earlier step that it names for this."),
        needed=("opinion",),
    ),
    "refuse": Act(
        "refuse",
        pgettext_lazy("permit", "Refuse"),
        ("refusal_ground", "opinion"),
        {"ground": "refusal_ground"},
        gettext_lazy("Refused; the applicant is told with the ground."),
        lambda task_id, by, typed: services.refuse(
            task_id, by=by, ground=typed["refusal_ground"], opinion=typed["opinion"]
        ),
        checked=True,
        icon="gavel",
        danger=True,
        button=gettext_lazy("Refuse for good"),
        hint=gettext_lazy(
            "Where the procedure names nothing else, the whole matter ends with this refusal."
        ),
        needed=("refusal_ground",),
    ),
    "claim": Act(
        "claim",
        gettext_lazy("Claim"),
        (),
        {},
        gettext_lazy("It is yours now."),
        lambda task_id, by, typed: services.claim(task_id, by=by),
        icon="hand-grab",
        key="c",
    ),
    "release": Act(
        "release",
        gettext_lazy("Put back"),
        (),
        {},
        gettext_lazy("Put back: everybody in the department can claim it."),
        lambda task_id, by, typed: services.release(task_id, by=by),
        icon="arrow-back-up",
    ),
    "prepare": Act(
        "prepare",
        gettext_lazy("Fetch the data"),
        (),
        {},
        gettext_lazy("The data was looked up; each answer has its receipt."),
        lambda task_id, by, typed: services.prepare_data(task_id, by=by),
        icon="database",
    ),
}
PANELS = ("approve", "supplement", "request", "return", "refuse", "assign")
WRITTEN = ("opinion", "supplement", "corrected", "supplement_ground", "help", "refusal_ground")


@dataclass(frozen=True, slots=True)
class Panel:
    """What is open at the foot of a task: one act with its form.

    Attributes:
        refusal: Why the last try failed, where no field is to blame.
        said: What was just done.
    """

    act: str = ""
    form: TaskForm | None = None
    refusal: Any = None
    said: str = ""


@audience(*STAFF)
def task_page(request: HttpRequest, task_id: UUID) -> HttpResponse:
    """What has to be decided, and on what?"""
    by = person_of(request)
    if request.method == "POST":
        return _post(request, task_id, by)
    return show(request, TEMPLATE, context_of(by, task_id))


def _post(request: HttpRequest, task_id: UUID, by: Person) -> HttpResponse:
    name = request.POST.get("do") or request.POST.get("open", "")
    act = ACTS.get(name)
    if act is None:
        raise BadInputError(reason=_("there is no such act"), field="do")
    task = visible_task(task_id, by)
    if "do" not in request.POST:
        form = TaskForm(task, act.fields, initial=_posted(request))
        return show(request, TEMPLATE, context_of(by, task_id, Panel(name, form)))
    form = TaskForm(task, act.fields, request.POST)
    if not form.is_valid() or not demand(form, act.needed):
        return _again(request, by, task_id, Panel(name, form))
    if act.checked and "confirm" not in request.POST:
        return _check(request, by, task_id, name, form)
    try:
        act.run(task_id, by, form.cleaned_data)
    except NotFoundError:
        raise
    except HeliError as error:
        return _refused(request, by, task_id, Panel(name, form), error)
    if not wants_pane(request):
        return done(request, str(act.said), reverse("cases:task", args=[task_id]))
    context = context_of(by, task_id, Panel(said=str(act.said)))
    return changed(show(request, TEMPLATE, context))


def _posted(request: HttpRequest) -> dict[str, Any]:
    return request.POST.dict() | {"corrected": request.POST.getlist("corrected")}


def _refused(
    request: HttpRequest, by: Person, task_id: UUID, panel: Panel, error: HeliError
) -> HttpResponse:
    """Say why it could not be done, beside the field to blame; what was typed stays."""
    act = ACTS[panel.act]
    named = act.errors.get(error.field or "", error.field)
    if panel.form is not None and named in act.fields:
        put(panel.form, error, act.errors)
        return _again(request, by, task_id, panel, error.status)
    answer = _again(request, by, task_id, replace(panel, refusal=explain(error)), error.status)
    return changed(answer)


def _again(
    request: HttpRequest, by: Person, task_id: UUID, panel: Panel, status: int = 422
) -> HttpResponse:
    return show(request, TEMPLATE, context_of(by, task_id, panel), status)


def _check(
    request: HttpRequest, by: Person, task_id: UUID, name: str, form: TaskForm
) -> HttpResponse:
    """Show an act that cannot be undone once more."""
    act = ACTS[name]
    detail = task_detail(task_id, by)
    if not detail.may[act.may]:
        return changed(_again(request, by, task_id, Panel(name, form), 409))
    shown = [(item.label, form.cleaned_data[item.name]) for item in form.controls]
    context = {
        "nav": "tasks",
        "heading": act.label,
        "detail": detail,
        "task": detail.task,
        "act": act,
        "name": name,
        "shown": shown,
        "typed": inputs(form.cleaned_data.items()),
        "waiting": [task for task in detail.others if task.closed_at is None],
    }
    return show(request, CHECK, context)


def context_of(by: Person, task_id: UUID, panel: Panel | None = None) -> dict[str, Any]:
    """What the detail shows."""
    panel = panel or Panel()
    detail = task_detail(task_id, by)
    task = detail.task
    offered = [name for name in PANELS if detail.may[ACTS[name].may]]
    gone = bool(panel.act) and panel.act in PANELS and panel.act not in offered
    name = panel.act if panel.act in offered else next(iter(offered), "")
    typed = typed_in(panel.form) if gone else {}
    form = panel.form if panel.act == name else None
    if name and form is None:
        form = TaskForm(task, ACTS[name].fields, initial=typed)
    return {
        "nav": "tasks",
        "heading": _("What has to be decided?"),
        "detail": detail,
        "task": task,
        "cards": organisation.departments(),
        "department": organisation.departments()[task.department_id],
        "acts": [(key, ACTS[key]) for key in offered],
        "name": name,
        "act": ACTS.get(name),
        "form": form,
        "refusal": panel.refusal or (explain(why_not(detail, panel.act)) if gone else None),
        "kept": _kept(panel.form, form) if gone else [],
        "said": panel.said,
        "claim": ACTS["claim"] if detail.may["claim"] else None,
        "release": ACTS["release"] if detail.may["release"] else None,
        "prepare": ACTS["prepare"] if _may_prepare(detail) else None,
        "wants_data": _wants_data(detail),
        "assignment": _assignment(detail, by),
        "next": _next(by, task) if task.closed_at is not None else None,
    }


def why_not(detail: TaskDetail, name: str) -> HeliError:
    """What stands in the way of an act, as its service would say it."""
    task, matter = detail.task, detail.matter
    verdict = detail.may[ACTS[name].may]
    if verdict.code == "supplement" and name == "supplement":
        return AlreadyAskedError(task=task.name)
    if task.closed_at is not None or verdict.code == "supplement":
        return TaskStateError(task=task.name, state=task.get_state_display())
    if verdict.code == "closed":
        return MatterClosedError(code=matter.code, state=matter.get_state_display())
    return DeniedError(reason=verdict.reason, ground=verdict.code)


def typed_in(form: TaskForm | None) -> dict[str, Any]:
    """What somebody typed, by field."""
    if form is None:
        return {}
    found = {name: form[name].value() for name in form.fields}
    return {name: value for name, value in found.items() if value}


def _kept(gone: TaskForm | None, form: TaskForm | None) -> list[tuple[Any, str]]:
    """What was typed for an act that is no longer open, unless a field still shows it."""
    shown = set(form.shown) if form is not None else set()
    words = typed_in(gone)
    return [
        (gone.fields[name].label, gone.in_words(words[name]))
        for name in WRITTEN
        if gone is not None and name in words and name not in shown
    ]


def _wants_data(detail: TaskDetail) -> bool:
    task = detail.task
    assert detail.matter.procedure_id is not None
    return task.node in plan_of(detail.matter.procedure_id).form.lookups


def _may_prepare(detail: TaskDetail) -> bool:
    missing = not detail.prepared or any(item.refused for item in detail.prepared)
    return bool(detail.may["prepare"]) and missing and _wants_data(detail)


def _assignment(detail: TaskDetail, by: Person) -> str:
    """Why it was given to whom, in a sentence."""
    task, why = detail.task, detail.reason
    if task.assignee is None:
        return why or _("Nobody has claimed it yet.")
    if task.assignee_id == by.pk:
        words = _("Assigned to you because: {why}") if why else _("It is yours.")
    else:
        words = _("Assigned to {name} because: {why}") if why else _("{name} has it.")
    return words.format(name=task.assignee.name, why=why)


def _next(by: Person, task: Task) -> Task | None:
    return queue(by).exclude(pk=task.pk).first()
