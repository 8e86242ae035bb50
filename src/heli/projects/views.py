"""Pages of digital projects: what they promise, whether it is kept, what was decided."""

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from heli.engines.contracts import read_text, write_yaml
from heli.errors import HeliError
from heli.exchange.contracts import words as contract_words
from heli.exchange.selectors import field_rows
from heli.kernel.localise import explain
from heli.kernel.permissions import audience, require
from heli.organisation.selectors import Person
from heli.projects import policy, selectors, services, words
from heli.projects.forms import (
    DecisionForm,
    ExemptionForm,
    InterfaceForm,
    ProjectForm,
    ReasonForm,
)
from heli.projects.gate import shut_again, standing
from heli.projects.lists import ProjectTable
from heli.projects.models import Gate, Interface, Project
from heli.projects.policy import OWNERS, READERS
from heli.projects.services.projects import NewProject, declared


@audience(*READERS)
def listing(request: HttpRequest) -> HttpResponse:
    """Which digital projects may go on?"""
    return ProjectTable(request, selectors.projects(request.user)).response(
        "projects/list.html",
        {
            "nav": "projects",
            "heading": _("Which digital projects may go on?"),
            "may_register": policy.may_register(request.user),
        },
    )


@audience(*READERS)
def project(request: HttpRequest, code: str) -> HttpResponse:
    """May this project go on, and what keeps it?"""
    row = _seen(request, code)
    return render(request, "projects/project.html", _context(request, row))


def _context(request: HttpRequest, row: Project) -> dict[str, Any]:
    gate = selectors.gate_of(row)
    found = standing(row, gate or Gate.ACCEPTANCE)
    (shown,) = selectors.project_rows([row])
    open_run = selectors.open_run(row)
    return {
        "nav": "projects",
        "row": row,
        "shown": shown,
        "gate": gate,
        "found": found,
        "interfaces": selectors.interface_rows(found),
        "shut_again": [words.title(each.interface) for each in shut_again(row)],
        "run": open_run,
        "step": words.step(open_run) if open_run else "",
        "last": selectors.last_run(row),
        "decisions": selectors.decisions(row),
        "needs": selectors.needs(row),
        "exemptions": selectors.exemptions(row),
        "may_change": bool(gate) and policy.may_change(request.user, row),
        "may_review": bool(gate) and policy.may_review(request.user, row),
        "may_except": policy.may_review(request.user, row),
        "may_test": bool(gate) and policy.may_test(request.user, row),
    }


@audience(*READERS)
def progress(request: HttpRequest, code: str) -> HttpResponse:
    """How far is the test? Asks the page to load itself anew, once, when it has ended."""
    row = _seen(request, code)
    open_run = selectors.open_run(row)
    context = {
        "row": row,
        "run": open_run,
        "step": words.step(open_run) if open_run else "",
        "last": selectors.last_run(row),
        "ready": open_run is None,
    }
    answer = render(request, "projects/_progress.html", context)
    if open_run is None and "anew" in request.GET:
        answer["HX-Refresh"] = "true"
    return answer


@audience(*READERS)
def run(request: HttpRequest, code: str, run_id: uuid.UUID) -> HttpResponse:
    """What did the test find?"""
    row = _seen(request, code)
    found = selectors.run_by_id(row, run_id)
    results = [
        (
            each,
            words.title(each.interface),
            selectors.check_rows(each.report, each.interface.contract),
        )
        for each in selectors.results(found)
    ]
    context = {
        "nav": "projects",
        "row": row,
        "title": words.title(row),
        "run": found,
        "results": results,
    }
    return render(request, "projects/run.html", context)


@audience(*READERS)
def interface(request: HttpRequest, code: str, name: str) -> HttpResponse:
    """What does this interface promise, and is it kept?"""
    row = _seen(request, code)
    promised = declared(row, name)
    gate = selectors.gate_of(row) or Gate.ACCEPTANCE
    (shown,) = [
        each
        for each in selectors.interface_rows(standing(row, gate))
        if each.standing.interface.name == name
    ]
    contract = promised.contract
    result = shown.standing.result
    context = {
        "nav": "projects",
        "row": row,
        "title": words.title(row),
        "interface": promised,
        "shown": shown,
        "fields": field_rows(contract),
        "levels": [contract_words.level(each) for each in contract.service_levels],
        "rules": [contract_words.rule(each, contract) for each in contract.quality_rules],
        "result": result,
        "checks": selectors.check_rows(result.report, contract) if result else [],
        "may_change": bool(selectors.gate_of(row)) and policy.may_change(request.user, row),
        "may_except": policy.may_review(request.user, row),
    }
    return render(request, "projects/interface.html", context)


@audience(*OWNERS)
def new(request: HttpRequest) -> HttpResponse:
    """Register a project."""
    require(policy.may_register(request.user))
    form = ProjectForm(request.POST or None)
    heading = _("Which project is to be registered?")
    if request.method == "POST" and form.is_valid():
        person = _person(request)
        try:
            row = services.register(
                NewProject(**form.cleaned_data), department=_own(person), actor=person.actor
            )
        except HeliError as error:
            return _form(request, form, heading, reverse("projects:list"), error=error)
        return _done(request, _("The project is registered."), row)
    return _form(request, form, heading, reverse("projects:list"))


@audience(*OWNERS)
def declare(request: HttpRequest, code: str) -> HttpResponse:
    """Declare an interface, or declare it anew."""
    row = _changed(request, code)
    heading = _("Which interface does the project promise?")
    if request.method != "POST":
        form = InterfaceForm(initial=_known(row, request.GET.get("name", "")))
        return _form(request, form, heading, _url(row))
    form = InterfaceForm(request.POST, request.FILES)
    if not form.is_valid():
        return _form(request, form, heading, _url(row))
    typed = form.cleaned_data
    kept = InterfaceForm({"contract": typed["contract"], "url": typed["url"]})
    kept.is_valid()
    try:
        services.declare(
            row,
            read_text(typed["contract"]),
            typed["url"],
            actor=_person(request).actor,
            key=typed["key"],
        )
    except HeliError as error:
        return _form(request, kept, heading, _url(row), error=error)
    return _done(request, _("The interface is declared."), row)


def _known(row: Project, name: str) -> dict[str, str]:
    found = Interface.objects.filter(project=row, name=name, removed_at=None).first()
    return {"contract": write_yaml(found.document), "url": found.url} if found else {}


@audience(*OWNERS)
def remove(request: HttpRequest, code: str, name: str) -> HttpResponse:
    """Take the promise of an interface back."""
    row = _changed(request, code)
    form = ReasonForm(request.POST or None)
    heading = _("Take the promise of {name} back?").format(name=_named(row, name))
    if request.method == "POST" and form.is_valid():
        try:
            services.remove_interface(
                row, name, actor=_person(request).actor, reason=form.cleaned_data["reason"]
            )
        except HeliError as error:
            return _form(request, form, heading, _url(row), error=error, danger=True)
        return _done(request, _("The interface is no longer promised."), row)
    return _form(request, form, heading, _url(row), danger=True)


@audience(*OWNERS)
def withdraw(request: HttpRequest, code: str) -> HttpResponse:
    """Give a project up."""
    row = _changed(request, code)
    form = ReasonForm(request.POST or None)
    heading = _("Give the project {code} up?").format(code=row.code)
    if request.method == "POST" and form.is_valid():
        try:
            services.withdraw(row, actor=_person(request).actor, reason=form.cleaned_data["reason"])
        except HeliError as error:
            return _form(request, form, heading, _url(row), error=error, danger=True)
        return _done(request, _("The project is withdrawn."), row)
    return _form(request, form, heading, _url(row), danger=True)


@audience(*OWNERS)
@require_POST
def test(request: HttpRequest, code: str) -> HttpResponse:
    """Have the interfaces tested."""
    row = selectors.project_by_code(code)
    person = _person(request)
    require(policy.may_test(person, row))
    try:
        services.ask_run(row, actor=person.actor, department=_own(person))
    except HeliError as error:
        told = explain(error)
        messages.error(request, f"{told.detail} {told.remedy}")
    return HttpResponseRedirect(_url(row))


@audience(*OWNERS)
def decide(request: HttpRequest, code: str) -> HttpResponse:
    """Decide at the gate."""
    row = selectors.project_by_code(code)
    require(policy.may_review(request.user, row))
    gate = selectors.gate_of(row)
    form = DecisionForm(request.POST or None)
    heading = _("May {code} pass: {gate}?").format(code=row.code, gate=gate.label if gate else "—")
    found = standing(row, gate or Gate.ACCEPTANCE)
    above = {"found": found, "interfaces": selectors.interface_rows(found)}
    if request.method == "POST" and form.is_valid():
        person, typed = _person(request), form.cleaned_data
        try:
            services.decide(
                row,
                passed=typed["passed"] == "yes",
                reason=typed["reason"],
                actor=person.actor,
                department=_own(person),
            )
        except HeliError as error:
            return _form(request, form, heading, _url(row), error=error, above=above)
        return _done(request, _("The decision is entered."), row)
    return _form(request, form, heading, _url(row), above=above)


@audience(*OWNERS)
def exempt(request: HttpRequest, code: str, name: str) -> HttpResponse:
    """Decide an exception."""
    row = selectors.project_by_code(code)
    require(policy.may_review(request.user, row))
    form = ExemptionForm(request.POST or None)
    heading = _("Why and until when need {name} not conform?").format(name=_named(row, name))
    if request.method == "POST" and form.is_valid():
        person = _person(request)
        try:
            services.grant_exemption(
                row, name, actor=person.actor, department=_own(person), **form.cleaned_data
            )
        except HeliError as error:
            return _form(request, form, heading, _url(row), error=error)
        return _done(request, _("The exception is decided."), row)
    return _form(request, form, heading, _url(row))


@audience(*OWNERS)
def end_exemption(request: HttpRequest, code: str, name: str) -> HttpResponse:
    """Take an exception back."""
    row = selectors.project_by_code(code)
    require(policy.may_review(request.user, row))
    form = ReasonForm(request.POST or None)
    heading = _("End the exception for {name}?").format(name=_named(row, name))
    if request.method == "POST" and form.is_valid():
        person = _person(request)
        try:
            services.end_exemption(
                row,
                name,
                reason=form.cleaned_data["reason"],
                actor=person.actor,
                department=_own(person),
            )
        except HeliError as error:
            return _form(request, form, heading, _url(row), error=error, danger=True)
        return _done(request, _("The exception is ended."), row)
    return _form(request, form, heading, _url(row), danger=True)


def _form(
    request: HttpRequest,
    form: forms.Form,
    heading: str,
    back: str,
    *,
    error: HeliError | None = None,
    above: dict[str, Any] | None = None,
    danger: bool = False,
) -> HttpResponse:
    status = 200
    if error is not None:
        told = explain(error)
        field = told.field if told.field in form.fields else None
        place = f" ({told.field})" if told.field and field is None else ""
        said = f"{told.detail}{place} {told.remedy}" if place else told.in_form
        form.add_error(field, said)
        status = told.status
    context = {"nav": "projects", "form": form, "heading": heading, "back_url": back,
               "danger": danger, **(above or {})}  # fmt: skip
    return render(request, "projects/form.html", context, status=status)


def _named(row: Project, name: str) -> str:
    """What people call an interface that the project promises."""
    return pgettext("interface", "“{title}”").format(title=words.title(declared(row, name)))


def _done(request: HttpRequest, sentence: str, row: Project) -> HttpResponse:
    messages.success(request, sentence)
    return HttpResponseRedirect(_url(row))


def _url(row: Project) -> str:
    return reverse("projects:project", args=[row.code])


def _seen(request: HttpRequest, code: str) -> Project:
    row = selectors.project_by_code(code)
    require(policy.may_see(request.user, row))
    return row


def _changed(request: HttpRequest, code: str) -> Project:
    row = selectors.project_by_code(code)
    require(policy.may_change(request.user, row))
    return row


def _person(request: HttpRequest) -> Person:
    assert isinstance(request.user, Person)
    return request.user


def _own(person: Person) -> str:
    return person.department_id or ""
