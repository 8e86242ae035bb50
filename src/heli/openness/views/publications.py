"""Opening data: what a department's stewards decide."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Sum
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from heli.errors import HeliError
from heli.exchange import selectors as exchange
from heli.exchange.selectors import resource_by_address, resource_title
from heli.kernel.localise import explain
from heli.kernel.permissions import STAFF, Role, audience, require, roles_of
from heli.openness import policy, selectors, services
from heli.openness.forms.publications import PublicationForm, ReasonForm
from heli.openness.lists import PublicationTable, state_of
from heli.openness.models import Publication
from heli.openness.views.common import person_of
from heli.organisation import selectors as organisation
from heli.web.shapes import Answer


@audience(*STAFF)
def publications(request: HttpRequest) -> HttpResponse:
    """What has the city opened, and what not any more?"""
    rows = Publication.objects.select_related("resource")
    context = {
        "nav": "openness",
        "heading": _("What is open to everybody?"),
        "may_open": Role.STEWARD in roles_of(request.user),
    }
    return PublicationTable(request, rows).response("openness/publications.html", context)


@audience(Role.STEWARD)
def choose(request: HttpRequest) -> HttpResponse:
    """Which resource of my department can be opened, and how?"""
    own = person_of(request).department_id or "-"
    taken = {
        (row.resource_id, row.kind): row
        for row in Publication.objects.filter(department=own, withdrawn_at=None)
    }
    rows = [
        {
            "resource": resource,
            "title": resource_title(resource),
            "ways": [
                {"kind": kind, "label": label, "open": taken.get((resource.pk, kind.value))}
                for kind, label in zip(Publication.Kind, Publication.Kind.labels, strict=True)
            ],
        }
        for resource in exchange.catalogue(department=own)
    ]
    return render(request, "openness/choose.html", {"nav": "openness", "rows": rows})


@audience(Role.STEWARD)
def publish(request: HttpRequest, department: str, name: str, kind: str) -> HttpResponse:
    """Choose the columns, say under what terms, check, open."""
    resource = resource_by_address(f"{department}/{name}")
    require(policy.may_open(request.user, resource))
    if kind not in Publication.Kind.values:
        raise Http404
    form = PublicationForm(resource, kind, request.POST or None)
    if not _ready(request, form):
        return _filled(request, form, resource, kind)
    try:
        row = services.publish(
            actor=person_of(request).actor,
            resource=resource,
            slug=form.cleaned_data["slug"],
            kind=kind,
            rules=form.rules,
            terms=form.terms,
        )
    except HeliError as error:
        _told(form, error)
        return _filled(request, form, resource, kind)
    messages.success(request, _("Opened: the files are made within seconds."))
    return HttpResponseRedirect(reverse("openness:publication", args=[row.pk]))


@audience(Role.STEWARD)
def change(request: HttpRequest, publication_id: UUID) -> HttpResponse:
    """Decide anew what of it is open."""
    row = found(publication_id)
    require(policy.may_open(request.user, row.resource))
    form = PublicationForm(row.resource, row.kind, request.POST or None, row=row)
    if not _ready(request, form):
        return _filled(request, form, row.resource, row.kind, row)
    try:
        services.change(row, actor=person_of(request).actor, rules=form.rules, terms=form.terms)
    except HeliError as error:
        _told(form, error)
        return _filled(request, form, row.resource, row.kind, row)
    messages.success(request, _("Changed: new files are made within seconds."))
    return HttpResponseRedirect(reverse("openness:publication", args=[row.pk]))


def _ready(request: HttpRequest, form: PublicationForm) -> bool:
    return request.method == "POST" and form.is_valid() and "confirm" in request.POST


def _told(form: PublicationForm, error: HeliError) -> None:
    told = explain(error)
    form.add_error(told.field if told.field in form.fields else None, told.in_form)


def _filled(
    request: HttpRequest,
    form: PublicationForm,
    resource: Any,
    kind: str,
    row: Publication | None = None,
) -> HttpResponse:
    context = {
        "nav": "openness",
        "form": form,
        "resource": resource,
        "title": resource_title(resource),
        "kind": Publication.Kind(kind),
        "row": row,
        "rows": [],
    }
    checking = request.method == "POST" and form.is_bound and not form.errors
    if checking and "edit" not in request.POST:
        rows = Answer.of_form(form)
        return render(request, "openness/publish_check.html", context | {"rows": rows})
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "openness/publish.html", context, status=status)


def found(publication_id: UUID) -> Publication:
    """One publication, open or closed.

    Raises:
        Http404: There is none.
    """
    row = Publication.objects.select_related("resource").filter(pk=publication_id).first()
    if row is None:
        raise Http404
    return row


@audience(*STAFF)
def publication(request: HttpRequest, publication_id: UUID) -> HttpResponse:
    """What of it is open, since when, and how much is it used?"""
    row = found(publication_id)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        require(policy.may_open(request.user, row.resource))
        reason = form.cleaned_data["reason"]
        services.withdraw(row, actor=person_of(request).actor, reason=reason)
        messages.success(request, _("Closed: page and files are gone."))
        return HttpResponseRedirect(reverse("openness:publication", args=[row.pk]))
    view = selectors.dataset_view(row)
    days = row.downloads.values("day").annotate(n=Sum("count")).order_by("-day")[:14]
    context = {
        "nav": "openness",
        "row": row,
        "dataset": view,
        "state": state_of(row),
        "fields": [] if row.withdrawn_at else selectors.field_rows(row, view.edition),
        "editions": row.editions.order_by("-number")[:10],
        "days": days,
        "source": organisation.department(row.department_id),
        "resource_title": resource_title(row.resource),
        "may_open": not row.withdrawn_at and policy.may_open(request.user, row.resource),
        "form": form,
        "closing": form.is_bound,
    }
    return render(request, "openness/publication.html", context, status=422 if form.errors else 200)
