"""Pages of applicants: my matters, the page of one matter, answering a supplement.

The page of a matter is the same for officials who may see it, wider and with more on it.
"""

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import path
from django.urls.resolvers import URLPattern
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from heli.cases import policy, services
from heli.cases.errors import AttachmentRefusedError, RecordNotFoundError
from heli.cases.forms.section import SupplementForm
from heli.cases.models import Handover, Matter, Procedure, Supplement
from heli.cases.plans import plan_of
from heli.cases.selectors import MatterPage, matter_page, my_matters
from heli.cases.selectors import attachment as attachment_of
from heli.cases.selectors.data import asked_of
from heli.cases.selectors.matters import visible_matter
from heli.cases.selectors.mine import with_progress
from heli.cases.selectors.outcome import outcome_of
from heli.cases.selectors.shapes import Entry, TaskState
from heli.cases.views import applying
from heli.cases.views.common import expected_words, person_of, progress_url, short_time
from heli.kernel import clock
from heli.kernel.downloads import Download
from heli.kernel.home import home
from heli.kernel.localise import explain
from heli.kernel.permissions import Role, audience, require
from heli.web.words import duration

FILERS = (Role.APPLICANT, Role.AMBASSADOR)
POLL_SECONDS = 5


@audience(*FILERS)
def mine(request: HttpRequest) -> HttpResponse:
    """What is needed of me, and how far are my matters?"""
    person = person_of(request)
    page = Paginator(my_matters(person), 20).get_page(request.GET.get("page"))
    lines = with_progress(list(page.object_list), person)
    context = {
        "nav": "mine",
        "page": page,
        "needs": [(line, supplement) for line in lines for supplement in line.needs],
        "drafts": [line for line in lines if line.matter.state == Matter.State.DRAFT],
        "running": [line for line in lines if line.matter.state == Matter.State.RUNNING],
        "ended": [line for line in lines if line.matter.closed_at is not None],
        "desk": Role.APPLICANT not in person.roles,
    }
    return render(request, "cases/applicant/mine.html", context)


@audience()
def matter(request: HttpRequest, code: str) -> HttpResponse:
    """How far is it, what is needed of you, and who is accountable?"""
    person = person_of(request)
    page = matter_page(code, person)
    row = page.matter
    own = row.applicant_id == person.pk
    if row.state == Matter.State.DRAFT and (own or policy.took_in(person, row)):
        return redirect("cases:step", row.code, 1)
    context = _live_context(page) | {
        "nav": "mine" if own else "",
        "layout": "web/base_applicant.html" if own else "web/base.html",
        "own": own,
        "official": not own,
        "imported": row.origin == Matter.Origin.IMPORTED,
        "marks": _marks(page.tasks),
        "chain": _chain(page) if row.procedure_id is None else [],
        "may_offer": may_offer(page),
        "may_withdraw": page.may["withdraw"] and row.state == Matter.State.RUNNING,
        "awaited": [(name, {"message": name}) for name in page.messages]
        if page.may["deliver_message"]
        else [],
        "files": page.attachments,
        "happened": _happened(page),
    }
    context["part"] = _live_part(request, context)
    context["fingerprint"] = _fingerprint(context["part"])
    return render(request, "cases/applicant/matter.html", context)


@audience()
def outcome(request: HttpRequest, code: str) -> HttpResponse:
    """What became of it: every decision with its receipt, to read, keep or print."""
    person = person_of(request)
    row = visible_matter(code, person)
    found = outcome_of(row)
    if found is None:
        return redirect("cases:matter", row.code)
    context = {
        "nav": "mine" if policy.is_own(person, row) else "",
        "matter": row,
        "outcome": found,
        "progress_url": progress_url(request, row),
        "printed_at": clock.now(),
    }
    return render(request, "cases/applicant/outcome.html", context)


def may_offer(page: MatterPage) -> bool:
    """Whether the reader may offer the matter to another department, and none has it on offer."""
    standing = any(item.state == Handover.State.OFFERED for item in page.handovers)
    running = page.matter.state == Matter.State.RUNNING
    return running and bool(page.may["offer_handover"]) and not standing


def _live_context(page: MatterPage) -> dict[str, Any]:
    """What the part of the page shows that follows the matter by itself."""
    row = page.matter
    acting = {task.department.code for task in page.tasks if task.closed_at is None}
    return {
        "page": page,
        "matter": row,
        "outcome": outcome_of(row),
        "acting": len(acting),
        "start": short_time(row.opened_at),
        "end": _end(page),
        "took": duration(dt.timedelta(days=page.parallel_days)),
        "serial": duration(dt.timedelta(days=page.serial_days)),
        "saves": page.serial_days >= page.parallel_days + 1,
        "overdue": page.expected_at is None and page.standing[0] == "late",
        "poll": POLL_SECONDS if row.state == Matter.State.RUNNING else 0,
    }


def _end(page: MatterPage) -> str:
    if page.matter.closed_at is not None:
        return short_time(page.matter.closed_at)
    return expected_words(page.expected_at, page.tasks)


def _marks(tasks: Sequence[TaskState]) -> dict[str, str]:
    """Where the tokens are: the diagram's elements by the state of the last task on them."""
    return {
        task.node: "done" if task.closed_at or task.clock is None else task.clock.state
        for task in tasks
    }


def _happened(page: MatterPage) -> list[Entry]:
    """The timeline; uses of data stand apart, and a badge only where no name is."""
    return [
        replace(entry, department=None)
        if entry.department and entry.department.name in entry.sentence
        else entry
        for entry in page.timeline
        if not entry.verb.startswith("exchange.")
    ]


def _chain(page: MatterPage) -> list[dict[str, Any]]:
    """Imported history: the departments it went through, repeats collapsed."""
    chain: list[dict[str, Any]] = []
    for entry in reversed(page.timeline):
        if entry.department is None:
            continue
        if chain and chain[-1]["department"] == entry.department:
            chain[-1]["count"] += 1
            chain[-1]["until"] = entry.at
        else:
            chain.append(
                {
                    "department": entry.department,
                    "count": 1,
                    "since": entry.at,
                    "until": entry.at,
                }
            )
    return chain


def _live_part(request: HttpRequest, context: dict[str, Any]) -> str:
    return render_to_string("cases/applicant/_matter_live.html", context, request)


def _fingerprint(part: str) -> str:
    return hashlib.sha256(part.encode()).hexdigest()[:16]


@audience()
def live(request: HttpRequest, code: str) -> HttpResponse:
    """The part of a matter's page that follows it; 204 while nothing has changed."""
    person = person_of(request)
    page = matter_page(code, person)
    own = page.matter.applicant_id == person.pk
    context = _live_context(page) | {"own": own, "official": not own}
    part = _live_part(request, context)
    fingerprint = _fingerprint(part)
    if request.GET.get("seen") == fingerprint:
        return HttpResponse(status=204)
    context |= {"fingerprint": fingerprint, "part": part}
    return render(request, "cases/applicant/_matter_region.html", context)


@audience()
@require_POST
def withdraw(request: HttpRequest, code: str) -> HttpResponse:
    """Take a matter back; asked about once before."""
    person = person_of(request)
    row = visible_matter(code, person)
    services.withdraw_matter(row, by=person)
    return redirect("cases:matter", row.code)


@audience()
@require_POST
def deliver(request: HttpRequest, code: str) -> HttpResponse:
    """Tell the matter that a message it waits for has arrived."""
    person = person_of(request)
    name = request.POST.get("message", "")
    row = services.deliver_message(code, name, by=person)
    messages.success(request, _("“{name}” was delivered; the matter goes on.").format(name=name))
    return redirect("cases:matter", row.code)


@audience()
def supplement(request: HttpRequest, code: str, supplement_id: UUID) -> HttpResponse:
    """What is needed, and the answer to it; the clock goes on with it."""
    person = person_of(request)
    row = visible_matter(code, person)
    asked = row.supplements.select_related("task", "task__department").filter(pk=supplement_id)
    wanted = asked.first()
    if wanted is None:
        raise RecordNotFoundError(what=_("request for a supplement"))
    require(policy.may_answer_supplement(person, wanted))
    if wanted.state != Supplement.State.ASKED:
        return render(request, "cases/applicant/supplement.html", _supplement_page(wanted, None))
    form = _supplement_form(request, row, wanted)
    if request.method == "POST" and form.is_valid() and _answered(request, wanted, form):
        words = _("Sent to {department}; its clock goes on.")
        messages.success(request, words.format(department=wanted.task.department.name))
        return redirect("cases:matter", row.code)
    context = _supplement_page(wanted, form)
    status = 422 if form.errors else 200
    return render(request, "cases/applicant/supplement.html", context, status=status)


def _supplement_page(wanted: Supplement, form: SupplementForm | None) -> dict[str, Any]:
    labels = [item["label"] for item in wanted.items if item["label"]]
    assert wanted.matter.procedure_id is not None
    item = asked_of(wanted, plan_of(wanted.matter.procedure_id).form)
    page = {"nav": "mine", "matter": wanted.matter, "wanted": wanted, "item": item}
    return page | {"labels": labels, "form": form}


def _supplement_form(request: HttpRequest, row: Matter, wanted: Supplement) -> SupplementForm:
    assert row.procedure_id is not None
    schema = plan_of(row.procedure_id).form
    keys = [item.get("field", "") for item in wanted.items]
    fields = [schema.fields[key] for key in keys if key in schema.fields]
    fields = [item for item in fields if not item.subject]
    data = request.POST if request.method == "POST" else None
    return SupplementForm(schema, fields, data, initial=row.form, files=request.FILES)


def _answered(request: HttpRequest, wanted: Supplement, form: SupplementForm) -> bool:
    """Hand in files and answer together, or nothing; tell of a refused file at its field."""
    person = person_of(request)
    try:
        with transaction.atomic():
            for upload in form.uploads:
                services.attach(
                    wanted.matter, upload.name, upload.read(), by=person, supplement=wanted
                )
            services.answer_supplement(
                wanted.pk,
                by=person,
                answer=form.cleaned_data["answer"],
                form=form.answers or None,
            )
    except AttachmentRefusedError as error:
        told = explain(error)
        form.add_error("files", told.in_form)
        return False
    return True


@audience()
def attachment(request: HttpRequest, code: str, attachment_id: UUID) -> Download:
    """A file that was handed in, for those who may see the matter's data; always downloaded."""
    found = attachment_of(code, attachment_id, person_of(request))
    stream = (home() / found.path).open("rb")
    return Download(stream, as_attachment=True, filename=found.name, content_type=found.media_type)


@audience()
def model(request: HttpRequest, procedure_id: UUID) -> HttpResponse:
    """The BPMN 2.0 model of a procedure, which the page draws."""
    row = get_object_or_404(Procedure, pk=procedure_id)
    answer = HttpResponse(row.xml, content_type="application/xml; charset=utf-8")
    # A version never changes.
    answer["Cache-Control"] = "private, max-age=86400"
    return answer


urlpatterns: list[URLPattern] = [
    *applying.urlpatterns,
    path("mine/", mine, name="mine"),
    path("m/<str:code>/", matter, name="matter"),
    path("m/<str:code>/live/", live, name="matter_live"),
    path("m/<str:code>/outcome/", outcome, name="outcome"),
    path("m/<str:code>/withdraw/", withdraw, name="withdraw"),
    path("m/<str:code>/messages/", deliver, name="deliver"),
    path("m/<str:code>/supplements/<uuid:supplement_id>/", supplement, name="supplement"),
    path("m/<str:code>/files/<uuid:attachment_id>/", attachment, name="attachment"),
    path("models/<uuid:procedure_id>.bpmn", model, name="model"),
]
