"""Pages: applying for data, the queue of applications, one application, appeals, suspending."""

import uuid
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from heli.errors import HeliError
from heli.exchange import policy, selectors, services
from heli.exchange.applying.context import about_application, kind_words, tabs
from heli.exchange.applying.forms import (
    ApplyForm,
    DecideForm,
    RefuseForm,
    TextForm,
    VerdictForm,
)
from heli.exchange.applying.lists import ApplicationTable
from heli.exchange.describing.forms import ReasonForm
from heli.exchange.models import Application, Resource
from heli.exchange.rest.shapes import person_of
from heli.kernel.localise import explain
from heli.kernel.permissions import Role, audience, require
from heli.web.shapes import Answer

READERS = (Role.STEWARD, Role.HEAD, Role.LEADER, Role.SUPERVISOR, Role.AUDIT_ADMIN)


@audience(Role.STEWARD)
def apply(request: HttpRequest, department: str, name: str) -> HttpResponse:
    """Fill in an application, check it, hand it in."""
    resource = selectors.resource_by_address(f"{department}/{name}")
    return _apply(request, resource)


@audience(Role.STEWARD)
def renew(request: HttpRequest, grant_id: uuid.UUID) -> HttpResponse:
    """Apply for the renewal of a grant."""
    grant = selectors.grant_by_id(grant_id)
    require(policy.may_apply(request.user, grant.consumer_id))
    return _apply(request, grant.resource, renews=grant)


@audience(Role.STEWARD)
def correct(request: HttpRequest, application_id: uuid.UUID) -> HttpResponse:
    """Correct a returned application and hand it in again."""
    row = selectors.application_by_id(application_id)
    require(policy.may_apply(request.user, row.consumer_id))
    return _apply(request, row.resource, corrects=row)


def _apply(
    request: HttpRequest, resource: Resource, *, renews: Any = None, corrects: Any = None
) -> HttpResponse:
    person = person_of(request)
    require(policy.may_apply(person, person.department_id or ""))
    form = ApplyForm(resource, request.POST or None, present=corrects or renews)
    context: dict[str, Any] = {
        "nav": "exchange",
        "resource": resource,
        "title": selectors.resource_title(resource),
        "form": form,
        "corrects": corrects,
        "renews": renews,
        "duties": selectors.duties_in_force(person.department_id or "-"),
        "own_duties": True,
        "at_once": resource.sharing == "unconditional",
    }
    if request.method != "POST" or not form.is_valid() or "edit" in request.POST:
        return render(request, "exchange/apply.html", context)
    if "confirm" not in request.POST:
        return render(request, "exchange/apply_check.html", context | {"rows": _answers(form)})
    try:
        if corrects is not None:
            row = services.correct_application(corrects.pk, form.wish(), actor=person.actor)
        else:
            row = services.apply(
                resource,
                form.wish(),
                actor=person.actor,
                consumer=person.department_id or "",
                renews=renews,
            )
    except HeliError as error:
        _put(form, error)
        return render(request, "exchange/apply.html", context)
    return HttpResponseRedirect(reverse("exchange:application", args=[row.pk]))


def _answers(form: ApplyForm) -> list[Answer]:
    values = form.cleaned_data
    basis = dict(form.fields["basis"].choices)[values["basis"]]  # type: ignore[attr-defined]
    words = selectors.policy_words(form.contract, form.policy)
    rows = [Answer(str(form.fields[name].label), values[name]) for name in
            ("purpose_zh", "purpose_en", "purpose", "need") if values[name]]  # fmt: skip
    rows.append(Answer(str(form.fields["basis"].label), basis))
    if values["matter_type"]:
        said = kind_words(values["matter_type"])
        rows.append(Answer(str(form.fields["matter_type"].label), said))
    rows.append(Answer(str(form.fields["until"].label), values["until"].isoformat()))
    return rows + [Answer(_("Fields") if i == 0 else "", text) for i, text in enumerate(words)]


@audience(*READERS)
def applications(request: HttpRequest) -> HttpResponse:
    """Which applications wait, and for whom?"""
    person = person_of(request)
    everything = bool(policy.watches_all(person)) or Role.LEADER in person.roles
    rows = selectors.applications_concerning(person.department_id or "-", everything=everything)
    chosen, choices = tabs(request, rows)
    return ApplicationTable(request, chosen).response(
        "exchange/applications.html",
        {"nav": "exchange", "heading": _("Who wants to use which data?"), "tabs": choices},
    )


@audience(*READERS)
def application(request: HttpRequest, application_id: uuid.UUID) -> HttpResponse:
    """One application with everything that can be done with it."""
    row = selectors.application_by_id(application_id)
    require(policy.may_see_application(request.user, row))
    forms = _forms(row)
    if request.method == "POST":
        answer = _act(request, row, forms)
        if answer is not None:
            return answer
    context = about_application(request, row) | {"forms": forms, "nav": "exchange"}
    return render(request, "exchange/application.html", context)


def _forms(row: Application, data: Any = None) -> dict[str, Any]:
    return {
        "review": TextForm(_("Opinion for whoever decides"), data, prefix="review"),
        "return": TextForm(_("What is to be corrected"), data, prefix="return"),
        "grant": DecideForm(row, data, prefix="grant"),
        "refuse": RefuseForm(data, prefix="refuse"),
        "appeal": TextForm(_("Why you appeal"), data, prefix="appeal"),
    }


def _act(request: HttpRequest, row: Application, forms: dict[str, Any]) -> HttpResponse | None:
    """Do what was asked; ``None`` where the form is to be shown again."""
    person, wanted = person_of(request), request.POST.get("do", "")
    actor = person.actor
    form: Any = None
    if wanted in forms:
        form = forms[wanted] = _forms(row, request.POST)[wanted]
        if not form.is_valid():
            return None
    acts: dict[str, tuple[Any, Callable[[], Any]]] = {
        "review": (policy.may_review_application, lambda: services.review_application(
            row.pk, actor=actor, opinion=form.cleaned_data["text"])),
        "return": (policy.may_review_application, lambda: services.return_application(
            row.pk, actor=actor, reason=form.cleaned_data["text"])),
        "grant": (policy.may_decide, lambda: services.grant_application(
            row.pk, actor=actor, **form.values())),
        "refuse": (policy.may_decide, lambda: services.refuse_application(
            row.pk, actor=actor, **form.cleaned_data)),
        "withdraw": (_may_apply, lambda: services.withdraw_application(row.pk, actor=actor)),
        "appeal": (_may_apply, lambda: services.file_appeal(
            row.pk, actor=actor, argument=form.cleaned_data["text"])),
    }  # fmt: skip
    if wanted not in acts:
        return None
    allowed, act = acts[wanted]
    require(allowed(person, row))
    try:
        act()
    except HeliError as error:
        if form is None:
            raise
        _put(form, error)
        return None
    return HttpResponseRedirect(reverse("exchange:application", args=[row.pk]))


def _may_apply(person: object, row: Application) -> Any:
    return policy.may_apply(person, row.consumer_id)


@audience(Role.STEWARD, Role.LEADER)
def appeal(request: HttpRequest, appeal_id: uuid.UUID) -> HttpResponse:
    """Decide an appeal."""
    row = selectors.appeal_by_id(appeal_id)
    require(policy.may_decide_appeal(request.user, row))
    form = VerdictForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.decide_appeal(
                appeal_id,
                actor=person_of(request).actor,
                upheld=form.cleaned_data["upheld"] == "yes",
                reason=form.cleaned_data["reason"],
            )
            return HttpResponseRedirect(reverse("exchange:application", args=[row.application_id]))
        except HeliError as error:
            _put(form, error)
    context = about_application(request, selectors.application_by_id(row.application_id))
    return render(
        request, "exchange/appeal.html", context | {"form": form, "appeal": row, "nav": "exchange"}
    )


@audience(Role.STEWARD)
def suspend(request: HttpRequest, grant_id: uuid.UUID) -> HttpResponse:
    """Let a grant open nothing until further notice."""
    return _change(request, grant_id, "suspend", services.suspend)


@audience(Role.STEWARD)
def resume(request: HttpRequest, grant_id: uuid.UUID) -> HttpResponse:
    """Lift the suspension of a grant."""
    return _change(request, grant_id, "resume", services.resume)


def _change(
    request: HttpRequest, grant_id: uuid.UUID, what: str, act: Callable[..., Any]
) -> HttpResponse:
    row = selectors.grant_by_id(grant_id)
    require(policy.may_grant(request.user, row.resource))
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        act(grant_id, actor=person_of(request).actor, reason=form.cleaned_data["reason"])
        return HttpResponseRedirect(reverse("exchange:grant", args=[grant_id]))
    (view,) = selectors.grant_views([row])
    title = selectors.resource_title(row.resource)
    return render(
        request,
        "exchange/grant_change.html",
        {"nav": "exchange", "form": form, "grant": view, "title": title, "what": what},
    )


def _put(form: Any, error: HeliError) -> None:
    """Show an error where it belongs in a form."""
    told = explain(error)
    text = told.in_form
    form.add_error(told.field if told.field in form.fields else None, text)
