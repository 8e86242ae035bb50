"""Pages: describing resources, samples, legal grounds, conflicts about sources, combinations."""

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from heli.errors import HeliError
from heli.exchange import policy, selectors, services, statutory
from heli.exchange.describing.forms import (
    CombinationForm,
    EntryForm,
    ProvisionForm,
    ReasonForm,
    SettleForm,
)
from heli.exchange.describing.lists import ConflictTable, ProvisionTable
from heli.exchange.models import SubjectType
from heli.exchange.rest.shapes import person_of
from heli.exchange.words import spoken
from heli.kernel.localise import explain
from heli.kernel.permissions import STAFF, Role, audience, require
from heli.organisation import selectors as organisation


@audience(*STAFF)
def sample(request: HttpRequest, department: str, name: str) -> HttpResponse:
    """A few masked records; that they were shown is a fact."""
    row = selectors.resource_by_address(f"{department}/{name}")
    context: dict[str, Any] = {
        "nav": "exchange",
        "resource": row,
        "title": selectors.resource_title(row),
        "fields": selectors.field_rows(row.parsed_contract),
    }
    try:
        context["rows"] = services.show_sample(row, actor=person_of(request).actor)
    except OSError as error:
        told = str(error) if policy.may_publish(request.user, row.department_id) else ""
        context |= {"rows": [], "failed": True, "reason": told}
    part = bool(request.headers.get("HX-Request"))
    return render(request, "exchange/_sample.html" if part else "exchange/sample.html", context)


@audience(Role.STEWARD)
def describe(request: HttpRequest, department: str, name: str) -> HttpResponse:
    """Say what the catalogue shall say about a resource."""
    row = selectors.resource_by_address(f"{department}/{name}")
    require(policy.may_publish(request.user, row.department_id))
    form = EntryForm(row, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.describe(row, actor=person_of(request).actor, **form.cleaned_data)
            return HttpResponseRedirect(reverse("exchange:resource", args=[department, name]))
        except HeliError as error:
            _put(form, error)
    return render(
        request,
        "exchange/describe.html",
        {"nav": "exchange", "form": form, "resource": row, "title": selectors.resource_title(row)},
    )


@audience(*STAFF)
def provisions(request: HttpRequest) -> HttpResponse:
    """Which provisions can grounds refer to?"""
    may_register = policy.may_register_provision(request.user)
    form = ProvisionForm(request.POST or None)
    if request.method == "POST":
        require(may_register)
        if form.is_valid():
            try:
                services.register_provision(actor=person_of(request).actor, **form.cleaned_data)
                return HttpResponseRedirect(reverse("exchange:provisions"))
            except HeliError as error:
                _put(form, error)
    return ProvisionTable(request, selectors.provisions()).response(
        "exchange/provisions.html",
        {"nav": "exchange", "heading": _("Which provisions can grounds refer to?"),
         "form": form, "may_register": may_register},
    )  # fmt: skip


@audience(*STAFF)
def conflicts(request: HttpRequest) -> HttpResponse:
    """Who is the source of what?"""
    return ConflictTable(request, selectors.conflicts()).response(
        "exchange/conflicts.html",
        {"nav": "exchange", "heading": _("Which data have two sources?")},
    )


@audience(*STAFF)
def conflict(request: HttpRequest, conflict_id: uuid.UUID) -> HttpResponse:
    """Two claims to the same data element, and the decision between them."""
    row = selectors.conflict_by_id(conflict_id)
    may_settle = policy.is_authority(request.user)
    form = SettleForm(row, request.POST or None)
    if request.method == "POST":
        require(may_settle)
        if form.is_valid():
            try:
                services.settle_conflict(
                    conflict_id, actor=person_of(request).actor, **form.cleaned_data
                )
                return HttpResponseRedirect(reverse("exchange:conflict", args=[conflict_id]))
            except HeliError as error:
                _put(form, error)
    sides = [
        (claim, organisation.department(claim.resource.department_id),
         selectors.resource_title(claim.resource), _field_title(claim))
        for claim in (row.first, row.second)
    ]  # fmt: skip
    context = {
        "nav": "exchange",
        "conflict": row,
        "element": spoken(row.element.title_zh, row.element.title_en),
        "sides": sides,
        "clock": selectors.clock_of(statutory.CONFLICT, row.pk),
        "upheld": selectors.resource_title(row.upheld.resource) if row.upheld else "",
        "may_settle": may_settle,
        "form": form,
    }
    return render(request, "exchange/conflict.html", context)


def _field_title(claim: Any) -> str:
    field = claim.resource.parsed_contract.field(claim.field)
    return spoken(field.title_zh, field.title_en) if field else claim.field


@audience(*STAFF)
def combinations(request: HttpRequest) -> HttpResponse:
    """What may nobody hold together, and who holds which parts of it?"""
    may_rule = policy.is_authority(request.user)
    form, ending = CombinationForm(), ReasonForm()
    if request.method == "POST":
        require(may_rule)
        actor = person_of(request).actor
        ends = request.POST.get("end", "")
        form = form if ends else CombinationForm(request.POST)
        ending = ReasonForm(request.POST) if ends else ending
        try:
            if ends and ending.is_valid():
                services.allow_combination(ends, actor=actor, **ending.cleaned_data)
                return HttpResponseRedirect(reverse("exchange:combinations"))
            if not ends and form.is_valid():
                services.forbid_combination(actor=actor, **form.cleaned_data)
                return HttpResponseRedirect(reverse("exchange:combinations"))
        except HeliError as error:
            _put(ending if ends else form, error)
    rules = [
        (rule, spoken(rule.title_zh, rule.title_en), SubjectType(rule.subject_type).label,
         selectors.provision_words(rule.ground), selectors.combination_parts(rule),
         selectors.reach(rule))
        for rule in selectors.combination_rules()
    ]  # fmt: skip
    context = {"nav": "exchange", "rules": rules, "form": form, "ending": ending,
               "may_rule": may_rule}  # fmt: skip
    return render(request, "exchange/combinations.html", context)


def _put(form: Any, error: HeliError) -> None:
    """Show an error where it belongs in a form."""
    told = explain(error)
    text = told.in_form
    form.add_error(told.field if told.field in form.fields else None, text)
