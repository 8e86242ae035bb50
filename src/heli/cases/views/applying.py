"""From what can be applied for to the slip with the code: one thing per page."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.urls.resolvers import URLPattern
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from heli.cases import policy, questions, sealing, services
from heli.cases.errors import MatterClosedError, UnknownCodeError
from heli.cases.forms.section import DeclarationForm, DeskForm, SectionForm
from heli.cases.forms_schema import Field, Form, Section
from heli.cases.models import Matter, Procedure
from heli.cases.plans import plan_of
from heli.cases.selectors import find_matter, my_matters
from heli.cases.selectors.data import prefilled_of
from heli.cases.selectors.matters import visible_matter
from heli.cases.selectors.offers import offer_of, offers
from heli.cases.services.matters import active_procedure, draft_answers, draft_problems
from heli.cases.views.common import grant_slip, person_of, progress_url, slip_secret
from heli.kernel.localise import explain
from heli.kernel.permissions import Role, audience, require
from heli.web.shapes import Answer

FILERS = (Role.APPLICANT, Role.AMBASSADOR)


@audience(public=True)
def procedures(request: HttpRequest) -> HttpResponse:
    """What can be applied for?"""
    context = {"nav": "apply", "offers": offers(), "target": "cases:apply"}
    return render(request, "cases/applicant/procedures.html", context)


@audience(public=True)
def apply(request: HttpRequest, key: str) -> HttpResponse:
    """What one procedure gives, takes and spares, before it is begun."""
    row = active_procedure(key)
    drafts = _drafts(request, row)
    context = {"nav": "apply", "offer": offer_of(row), "drafts": drafts}
    return render(request, "cases/applicant/apply.html", context)


def _drafts(request: HttpRequest, row: Procedure) -> list[Matter]:
    if not request.user.is_authenticated:
        return []
    rows = my_matters(person_of(request)).filter(state=Matter.State.DRAFT, procedure__key=row.key)
    return list(rows.filter(taken_in_by=None)[:3])


@audience(Role.APPLICANT)
def begin(request: HttpRequest, key: str) -> HttpResponse:
    """Make the draft, filled with what the city knows already."""
    if request.method != "POST":
        return redirect("cases:apply", key)
    filled = services.prefill(key, person_of(request))
    return redirect("cases:step", filled.draft.code, 1)


@audience(Role.AMBASSADOR)
def intake(request: HttpRequest) -> HttpResponse:
    """What does the person at the desk need?"""
    context = {"nav": "intake", "offers": offers(), "target": "cases:intake_for", "desk": True}
    return render(request, "cases/applicant/procedures.html", context)


@audience(Role.AMBASSADOR)
def intake_for(request: HttpRequest, key: str) -> HttpResponse:
    """Who is at the desk?"""
    row = active_procedure(key)
    schema = plan_of(row.pk).form
    number = next((item.key for item in schema.fields.values() if item.account), "")
    known = questions.examples(person_of(request))
    form = DeskForm(schema, request.POST or None, key=number, examples=known)
    if request.method == "POST" and form.is_valid():
        filled = services.prefill(row, person_of(request), on_behalf=form.on_behalf)
        return redirect("cases:step", filled.draft.code, 1)
    context = {"nav": "intake", "form": form, "procedure": row}
    return render(
        request, "cases/applicant/intake.html", context, status=422 if form.errors else 200
    )


@dataclass(slots=True)
class Draft:
    """A draft with what is known and what is still asked."""

    matter: Matter
    schema: Form
    answers: dict[str, Any]
    known: dict[str, Answer]
    notes: dict[str, str]

    @classmethod
    def of(cls, matter: Matter) -> "Draft":
        """Read a draft."""
        assert matter.procedure_id is not None
        schema = plan_of(matter.procedure_id).form
        draft = cls(matter, schema, draft_answers(matter), {}, {})
        draft._account()
        for item in prefilled_of(matter, schema).prepared:
            if item.field in matter.prefilled and "value" in matter.prefilled[item.field]:
                draft.known[item.field] = Answer(
                    item.label, item.value, receipt_url=item.receipt_url, source=item.source
                )
            else:
                nothing = _("The city has no record of this; please fill it in.")
                draft.notes[item.field] = item.refused or nothing
        return draft

    def _account(self) -> None:
        desk = bool(self.matter.on_behalf)
        source = _("taken from the identity card at the desk") if desk else _("from your account")
        for key, item in self.schema.fields.items():
            number = self.answers.get(key)
            if item.account and number:
                masked = sealing.hint(str(item.subject), str(number))
                self.known[key] = Answer(item.label, masked, source=source)

    def asked(self, section: Section) -> list[Field]:
        """Questions of a section that the city cannot answer, as far as it can know yet."""
        return [item for item in section.fields if item.key not in self.known and self._due(item)]

    def _due(self, item: Field) -> bool:
        """Whether to ask now: not while the number is missing by which the city would know it."""
        if item.source is None or item.key in self.notes:
            return True
        by = self.schema.fields[item.source.by]
        return by.optional and not self.answers.get(by.key)

    def known_in(self, section: Section) -> list[Answer]:
        """What needs not be asked in a section."""
        return [self.known[item.key] for item in section.fields if item.key in self.known]


def _own_draft(request: HttpRequest, code: str) -> Matter:
    """Somebody's own draft, or what became of it.

    Raises:
        UnknownCodeError: It is somebody else's.
    """
    matter = find_matter(code)
    person = person_of(request)
    if person.pk not in (matter.applicant_id, matter.taken_in_by_id):
        raise UnknownCodeError(field="code", code=matter.code, what=matter.code)
    return matter


@audience(*FILERS)
def step(request: HttpRequest, code: str, number: int) -> HttpResponse:
    """One section of the form."""
    matter = _own_draft(request, code)
    if matter.state != Matter.State.DRAFT:
        return _sent_already(request, matter)
    draft = Draft.of(matter)
    sections = draft.schema.sections
    if not 1 <= number <= len(sections):
        return redirect("cases:check", matter.code)
    section = sections[number - 1]
    asked = draft.asked(section)
    form = SectionForm(
        draft.schema, asked, request.POST if request.method == "POST" else None,
        initial=draft.answers, notes=_notes(request, draft, asked),
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        try:
            return _kept(request, draft, number, form)
        except MatterClosedError:
            return _sent_already(request, matter)
    context = _page(draft, number) | {"section": section, "form": form}
    context["known"] = draft.known_in(section)
    context["found"] = "found" in request.GET
    return render(request, "cases/applicant/step.html", context, status=422 if form.errors else 200)


def _sent_already(request: HttpRequest, matter: Matter) -> HttpResponse:
    """To the matter that the draft became; an answer that came too late is told, not swallowed."""
    if request.method == "POST":
        words = _(
            "This was already sent, from another window. The change you just made was not taken: "
            "tell the department if it matters, or withdraw and send anew."
        )
        messages.warning(request, words)
    return redirect("cases:matter", matter.code)


def _notes(request: HttpRequest, draft: Draft, asked: list[Field]) -> dict[str, str]:
    """Why something is asked although the city might know it, and in a demo city what to type."""
    known = questions.examples(person_of(request))
    tips = {item.key: known[item.subject] for item in asked if item.subject in known}
    return draft.notes | {
        key: _("For this demonstration: {number}").format(number=number)
        for key, number in tips.items()
    }


def _page(draft: Draft, number: int) -> dict[str, Any]:
    """What every page of the form shows around its question."""
    matter = draft.matter
    steps = [
        {
            "label": section.label,
            "url": reverse("cases:step", args=[matter.code, place]),
            "current": place == number,
            "done": place < number,
        }
        for place, section in enumerate(draft.schema.sections, 1)
    ]
    last = len(steps) + 1
    check = reverse("cases:check", args=[matter.code])
    steps.append(
        {
            "label": _("Check and send"),
            "url": check,
            "current": number == last,
            "done": False,
        }
    )
    return {
        "nav": "intake" if matter.on_behalf else "apply",
        "matter": matter,
        "procedure": matter.procedure,
        "steps": steps,
        "number": number,
        "back_url": steps[number - 2]["url"] if number > 1 else "",
    }


def _kept(request: HttpRequest, draft: Draft, number: int, form: SectionForm) -> HttpResponse:
    """Keep the answers; show what the city found by them, else go on."""
    assert draft.matter.procedure is not None
    section = draft.schema.sections[number - 1]
    before = set(draft.known), {item.key for item in draft.asked(section)}
    filled = services.prefill(
        draft.matter.procedure, person_of(request), draft=draft.matter, given=form.answers
    )
    after = Draft.of(filled.draft)
    fresh = {key for key in after.known if key not in before[0]} & {i.key for i in section.fields}
    changed = any(
        after.known[key].value != draft.known[key].value
        for key in set(after.known) & before[0] & {item.key for item in section.fields}
    )
    code, back = draft.matter.code, "check" if request.GET.get("back") == "check" else ""
    if fresh or changed or {item.key for item in after.asked(section)} - before[1]:
        return HttpResponseRedirect(
            reverse("cases:step", args=[code, number]) + f"?found&back={back}"
        )
    if back == "check" or number == len(draft.schema.sections):
        return redirect("cases:check", code)
    return redirect("cases:step", code, number + 1)


@audience(*FILERS)
@require_POST
def discard(request: HttpRequest, code: str) -> HttpResponse:
    """Throw a draft away; asked about once before."""
    matter = _own_draft(request, code)
    try:
        services.discard_draft(matter, by=person_of(request))
    except MatterClosedError as error:
        messages.warning(request, explain(error).detail)
        return redirect("cases:matter", matter.code)
    messages.success(request, _("The draft is discarded; nothing of it was sent."))
    return redirect("cases:mine")


@audience(*FILERS)
def check(request: HttpRequest, code: str) -> HttpResponse:
    """Is everything right? Then send it, once."""
    matter = _own_draft(request, code)
    if matter.state != Matter.State.DRAFT:
        return redirect("cases:slip", matter.code)
    draft = Draft.of(matter)
    desk = bool(matter.on_behalf)
    form = DeclarationForm(request.POST if request.method == "POST" else None, desk=desk)
    problems: list[tuple[str, str]] = []
    if request.method == "POST":
        problems = _problems(draft, draft_problems(matter, person_of(request)))
        if form.is_valid() and not problems:
            return _send(request, draft)
        problems += [(f"id_{name}", str(fault[0])) for name, fault in form.errors.items()]
    context = _page(draft, len(draft.schema.sections) + 1)
    context |= {"form": form, "groups": _groups(draft), "problems": problems, "desk": desk}
    status = 422 if problems else 200
    return render(request, "cases/applicant/check.html", context, status=status)


def _send(request: HttpRequest, draft: Draft) -> HttpResponse:
    matter = draft.matter
    assert matter.procedure is not None
    try:
        started = services.start_matter(
            matter.procedure,
            draft.answers,
            by=person_of(request),
            on_behalf=matter.on_behalf or None,
            draft=matter,
            idempotency_key=f"draft {matter.code}",
        )
    except MatterClosedError:
        # Another tab, or the second click, was faster: it is the same matter.
        return redirect("cases:slip", matter.code)
    grant_slip(request, started.matter)
    return redirect("cases:slip", started.matter.code)


def _problems(draft: Draft, problems: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """What is missing or wrong, each leading to its row."""
    fields = draft.schema.fields
    return [
        (f"answer-{key}", f"{fields[key].label if key in fields else key} · {problem}")
        for key, problem in problems
    ]


def _groups(draft: Draft) -> list[dict[str, Any]]:
    """The answers by section, each leading back to where it can be changed."""
    groups = []
    for number, section in enumerate(draft.schema.sections, 1):
        change = reverse("cases:step", args=[draft.matter.code, number]) + "?back=check"
        rows = []
        for item in section.fields:
            known = draft.known.get(item.key)
            value = item.shown(draft.answers.get(item.key))
            rows.append((item.key, known or Answer(item.label, value, change_url=change)))
        groups.append({"section": section, "rows": rows, "change": change})
    return groups


@audience(*FILERS, Role.OFFICER, Role.HEAD)
def slip(request: HttpRequest, code: str) -> HttpResponse:
    """It is sent: code, secret and QR, to note, copy or print; and what happens now."""
    matter = visible_matter(code, person_of(request))
    if matter.state == Matter.State.DRAFT:
        return redirect("cases:check", matter.code)
    require(policy.may_withdraw(person_of(request), matter))
    assert matter.procedure is not None
    context = {
        "nav": "intake" if matter.on_behalf else "mine",
        "matter": matter,
        "desk": bool(matter.on_behalf),
        "secret": slip_secret(request, matter),
        "progress_url": progress_url(request, matter),
        "offer": offer_of(matter.procedure),
        "tasks": matter.tasks.filter(closed_at=None).exclude(kind="service").count(),
    }
    return render(request, "cases/applicant/slip.html", context)


@audience(*FILERS, Role.OFFICER, Role.HEAD)
@require_POST
def renew(request: HttpRequest, code: str) -> HttpResponse:
    """Give out a new secret; the old one opens nothing any more."""
    person = person_of(request)
    matter = visible_matter(code, person)
    services.renew_secret(matter, by=person)
    grant_slip(request, matter)
    return redirect("cases:slip", matter.code)


urlpatterns: list[URLPattern] = [
    path("apply/", procedures, name="procedures"),
    path("apply/<slug:key>/", apply, name="apply"),
    path("apply/<slug:key>/begin/", begin, name="begin"),
    path("intake/", intake, name="intake"),
    path("intake/<slug:key>/", intake_for, name="intake_for"),
    path("drafts/<str:code>/<int:number>/", step, name="step"),
    path("drafts/<str:code>/check/", check, name="check"),
    path("drafts/<str:code>/discard/", discard, name="discard"),
    path("m/<str:code>/slip/", slip, name="slip"),
    path("m/<str:code>/secret/", renew, name="renew"),
]
