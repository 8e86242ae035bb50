"""Pages of the exchange: catalogue, resource, grants, access log."""

import uuid
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from heli.engines.contracts import Op
from heli.errors import HeliError
from heli.exchange import policy, selectors, services
from heli.exchange.contracts import selectors as contracts
from heli.exchange.describing.context import about
from heli.exchange.forms import GrantForm, RevokeForm
from heli.exchange.lists import AccessTable, CatalogueTable, GrantTable, sharing_tag
from heli.exchange.models import SubjectType, UpdateCycle
from heli.exchange.restrictions import ConditionForm
from heli.kernel.localise import explain
from heli.kernel.permissions import STAFF, Role, audience, require, roles_of
from heli.organisation import selectors as organisation
from heli.organisation.selectors import Person
from heli.web.shapes import Answer

MOST_CONDITIONS = 64
ACCESS_READERS = (Role.STEWARD, Role.HEAD, Role.SUPERVISOR, Role.AUDIT_ADMIN)


@audience(*STAFF)
def catalogue(request: HttpRequest) -> HttpResponse:
    """Which data does the city share?"""
    table = CatalogueTable(request, selectors.catalogue())
    context = {
        "nav": "exchange",
        "heading": _("Which data can be shared?"),
        "table": table,
        "endings": contracts.endings(getattr(request.user, "department_id", "") or "-"),
        "may_watch": bool(roles_of(request.user) & frozenset(ACCESS_READERS)),
        "is_officer": bool(roles_of(request.user) & policy.SECOND),
        "is_steward": Role.STEWARD in roles_of(request.user),
    }
    if request.headers.get("HX-Target") == "queue-table":
        return render(request, "exchange/_catalogue_part.html", context)
    return render(request, "exchange/catalogue.html", context)


@audience(*STAFF)
def resource(request: HttpRequest, department: str, name: str) -> HttpResponse:
    """What is in this resource, and who may see it?"""
    row = selectors.resource_by_address(f"{department}/{name}")
    contract = row.parsed_contract
    context = {
        "nav": "exchange",
        "resource": row,
        "title": selectors.resource_title(row),
        "gateway_address": f"/x/v1/{row.address}",
        "source": organisation.department(row.department_id),
        "sharing": sharing_tag(row),
        "sensitivity": selectors.sensitivity_label(row.sensitivity),
        "cycle": UpdateCycle(row.update_cycle).label,
        "subject": SubjectType(row.subject_type).label,
        "contract": contract,
        "fields": selectors.field_rows(contract),
        "versions": contracts.versions(row),
        "ending": contracts.ending(row),
        "may_grant": policy.may_grant(request.user, row),
        **about(request, row),
        "table": GrantTable(request, selectors.grants(resource=row), "grants"),
    }
    if request.headers.get("HX-Target") == "grants-table":
        return render(request, "web/components/queue_table.html", context)
    return render(request, "exchange/resource.html", context)


@audience(*ACCESS_READERS)
def accesses(request: HttpRequest) -> HttpResponse:
    """Who asked for which data, and why?"""
    rows = selectors.accesses()
    if not policy.watches_all(request.user):
        own = getattr(request.user, "department_id", "") or "-"
        rows = rows.filter(Q(resource__department=own) | Q(consumer=own))
    return AccessTable(request, rows).response(
        "exchange/accesses.html",
        {"nav": "exchange", "heading": _("Who asked for which data, and why?")},
    )


@audience(*STAFF)
def grant(request: HttpRequest, grant_id: uuid.UUID) -> HttpResponse:
    """What may they see, and why?"""
    row = selectors.grant_by_id(grant_id)
    (view,) = selectors.grant_views([row])
    seen = policy.may_see_accesses(
        request.user, source=row.resource.department_id, consumer=row.consumer_id
    )
    recent = selectors.access_rows(row.accesses.select_related("resource", "grant")[:10])
    context = {
        "nav": "exchange",
        "grant": view,
        "title": selectors.resource_title(row.resource),
        "ending": contracts.ending(row.resource),
        "source": organisation.department(row.resource.department_id),
        "may_grant": policy.may_grant(request.user, row.resource),
        "recent": recent if seen else [],
        "may_see": seen,
        "use": selectors.grant_use(row) if seen else None,
        "may_renew": policy.may_apply(request.user, row.consumer_id),
        "form": RevokeForm(),
        "may_extract": bool(view.state == "brand" and selectors.most_rows(row))
        and policy.may_ask_extract(request.user, row),
    }
    return render(request, "exchange/grant.html", context)


@audience(Role.STEWARD)
def revoke(request: HttpRequest, grant_id: uuid.UUID) -> HttpResponse:
    """Take a grant back, with its reason."""
    row = selectors.grant_by_id(grant_id)
    require(policy.may_grant(request.user, row.resource))
    form = RevokeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.revoke(
            grant_id,
            actor=_person(request).actor,
            reason=form.cleaned_data["reason"],
        )
        return HttpResponseRedirect(reverse("exchange:grant", args=[grant_id]))
    (view,) = selectors.grant_views([row])
    return render(
        request,
        "exchange/revoke.html",
        {"nav": "exchange", "form": form, "grant": view,
         "title": selectors.resource_title(row.resource)},
    )  # fmt: skip


@audience(Role.STEWARD)
def grant_new(request: HttpRequest, department: str, name: str) -> HttpResponse:
    """Fill in a grant, check it, give it."""
    row = selectors.resource_by_address(f"{department}/{name}")
    require(policy.may_grant(request.user, row))
    form = GrantForm(row, request.POST or None)
    context: dict[str, Any] = {
        "nav": "exchange",
        "resource": row,
        "title": selectors.resource_title(row),
        "form": form,
    }
    if request.method != "POST" or not form.is_valid() or "edit" in request.POST:
        return render(request, "exchange/grant_form.html", context)
    if "confirm" not in request.POST:
        return render(request, "exchange/grant_check.html", context | {"rows": _answers(form)})
    values = form.cleaned_data
    try:
        given = services.grant(
            actor=_person(request).actor,
            resource=row,
            consumer=values["consumer"],
            purpose=values["purpose"],
            purpose_zh=values["purpose_zh"],
            legal_basis=values["legal_basis"],
            policy=form.policy,
            expires_at=form.expires_at,
        )
    except HeliError as error:
        told = explain(error)
        form.add_error(told.field if told.field in form.fields else None, told.fault)
        return render(request, "exchange/grant_form.html", context)
    return HttpResponseRedirect(reverse("exchange:grant", args=[given.pk]))


@audience(*STAFF)
def condition(request: HttpRequest, department: str, name: str, n: int) -> HttpResponse:
    """One condition on records anew, after its field or comparison was chosen."""
    row = selectors.resource_by_address(f"{department}/{name}")
    if n >= MOST_CONDITIONS:
        raise Http404
    prefix = request.GET.get("prefix", "")
    start = f"{prefix}-row{n}_" if prefix else f"row{n}_"
    op = request.GET.get(f"{start}op", "")
    values = request.GET.getlist(f"{start}value")
    typed = {
        "field": request.GET.get(f"{start}field", ""),
        "op": op if op in set(Op) else Op.EQ.value,
        "value": values if op == Op.IN else "".join(values[:1]),
    }
    form = ConditionForm(row.parsed_contract, n, typed, prefix)
    context = {"row": form.row_controls[n], "form": form, "resource": row}
    return render(request, "exchange/_condition.html", context)


def _answers(form: GrantForm) -> list[Answer]:
    values = form.cleaned_data
    words = selectors.policy_words(form.contract, form.policy)
    return [
        Answer(_label(form, "consumer"), organisation.department(values["consumer"]).name),
        Answer(_label(form, "purpose_zh"), values["purpose_zh"]),
        Answer(_label(form, "purpose"), values["purpose"]),
        Answer(_label(form, "legal_basis"), values["legal_basis"]),
        Answer(_label(form, "expires_on"), values["expires_on"].isoformat()),
        *(Answer(_("Field") if i == 0 else "", text) for i, text in enumerate(words)),
    ]


def _label(form: GrantForm, name: str) -> str:
    return str(form.fields[name].label or "")


def _person(request: HttpRequest) -> Person:
    assert isinstance(request.user, Person)
    return request.user
