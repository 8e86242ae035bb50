"""Pages of extracts: asking, watching, fetching, tracing."""

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from heli.engines.contracts import Binding, parse_policy
from heli.errors import HeliError
from heli.exchange import policy, selectors, services
from heli.exchange.calls.model import Query
from heli.exchange.errors import ListNeedsBindingError
from heli.exchange.extracts.errors import ExtractNotGrantedError
from heli.exchange.extracts.formats import MEDIA
from heli.exchange.extracts.forms import AskForm, TraceForm
from heli.exchange.extracts.lists import ExtractTable
from heli.exchange.extracts.outcome import LIMIT
from heli.exchange.extracts.shown import decoys_said, extract_view, named_views
from heli.exchange.models import Extract, ExtractFormat, ExtractState
from heli.kernel.downloads import Download
from heli.kernel.localise import explain
from heli.kernel.permissions import STAFF, Role, audience, require, roles_of
from heli.organisation import selectors as organisation
from heli.organisation.selectors import Person

TRACERS = frozenset({Role.SUPERVISOR, Role.AUDIT_ADMIN})


@audience(*STAFF)
def extracts(request: HttpRequest) -> HttpResponse:
    """Which data was handed over as files?"""
    return ExtractTable(request, selectors.extracts_seen_by(request.user)).response(
        "exchange/extracts/list.html",
        {
            "nav": "exchange",
            "heading": _("Which data was handed over as files?"),
            "may_trace": bool(roles_of(request.user) & TRACERS),
        },
    )


@audience(*policy.EXTRACTORS)
def ask(request: HttpRequest, grant_id: uuid.UUID) -> HttpResponse:
    """Ask for the whole as a file."""
    grant = selectors.grant_by_id(grant_id)
    require(policy.may_ask_extract(request.user, grant))
    opened = parse_policy(grant.resource.parsed_contract, grant.policy)
    if not opened.extract:
        raise ExtractNotGrantedError(resource=grant.resource.address)
    if opened.binding is Binding.MATTER:
        raise ListNeedsBindingError(resource=grant.resource.address)
    duties = selectors.duties_in_force(grant.consumer_id)
    form = AskForm(opened, duties, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = services.ask_extract(_query(request, grant, form))
        except HeliError as error:
            told = explain(error)
            field = form.ground if told.field == form.ground else None
            form.add_error(field, told.in_form)
        else:
            return HttpResponseRedirect(reverse("exchange:extract", args=[row.pk]))
    (view,) = selectors.grant_views([grant])
    context = {
        "nav": "exchange",
        "form": form,
        "grant": view,
        "title": selectors.resource_title(grant.resource),
        "source": organisation.department(grant.resource.department_id),
        "most": opened.extract,
        "most_shown": f"{opened.extract:,}",
        "duties": duties,
        "own_duties": True,
        "marked": selectors.marked_titles(grant),
    }
    return render(request, "exchange/extracts/ask.html", context)


def _query(request: HttpRequest, grant: Any, form: AskForm) -> Query:
    values = form.cleaned_data
    return Query(
        actor=_person(request).actor,
        department=grant.consumer_id,
        resource=grant.resource.address,
        subject_type="",
        subject_id="",
        matter="",
        purpose=grant.purpose,
        project=values.get("project", ""),
        task=values.get("task", ""),
        extract=values["file_format"],
    )


@audience(*STAFF)
def extract(request: HttpRequest, extract_id: uuid.UUID) -> HttpResponse:
    """Where does my extract stand?"""
    row = _seen(request, extract_id)
    own = row.actor == str(_person(request).actor)
    context = {
        "nav": "exchange",
        "extract": extract_view(row),
        "decoys": decoys_said(row, known=policy.may_count_decoys(request.user, row)),
        "own": own,
        "may_fetch": own and row.state == ExtractState.READY,
        "may_withdraw": own and row.state in (ExtractState.WAITING, ExtractState.READY),
    }
    if request.headers.get("HX-Target") == "extract-state":
        return render(request, "exchange/extracts/_state.html", context)
    return render(request, "exchange/extracts/extract.html", context)


@require_POST
@audience(*policy.EXTRACTORS)
def fetch(request: HttpRequest, extract_id: uuid.UUID) -> HttpResponseBase:
    """The file, once."""
    row, file = services.fetch_extract(extract_id, actor=_person(request).actor)
    return Download(
        file,
        as_attachment=True,
        filename=row.name,
        content_type=MEDIA[ExtractFormat(row.file_format)],
        headers={"Content-Length": str(row.size)},
    )


@require_POST
@audience(*policy.EXTRACTORS)
def withdraw(request: HttpRequest, extract_id: uuid.UUID) -> HttpResponse:
    """Give the file up."""
    services.withdraw_extract(extract_id, actor=_person(request).actor)
    return HttpResponseRedirect(reverse("exchange:extract", args=[extract_id]))


@audience(*STAFF)
def proof(request: HttpRequest, extract_id: uuid.UUID) -> HttpResponse:
    """The receipt with the key of its hash, as a file."""
    row = _seen(request, extract_id)
    answer = JsonResponse(
        selectors.extract_proof(row), json_dumps_params={"ensure_ascii": False, "indent": 2}
    )
    answer["Content-Disposition"] = f'attachment; filename="{row.name}.receipt.json"'
    return answer


@audience(*TRACERS)
def trace(request: HttpRequest) -> HttpResponse:
    """Whose extract does a found file come from?"""
    form = TraceForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"nav": "exchange", "form": form, "limit": f"{round(1 / LIMIT):,}"}
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data["file"]
        try:
            found = services.trace(given.read(), actor=_person(request).actor)
        except HeliError as error:
            told = explain(error)
            form.add_error("file", told.in_form)
        else:
            context |= {"found": found, "named": named_views(found), "name": given.name}
            context["shown"] = {
                "rows": f"{found.rows:,}",
                "values": f"{found.values:,}",
                "suspects": f"{found.suspects:,}",
            }
    return render(request, "exchange/extracts/trace.html", context)


def _seen(request: HttpRequest, extract_id: uuid.UUID) -> Extract:
    row = selectors.extract_by_id(extract_id)
    require(policy.may_see_extract(request.user, row))
    return row


def _person(request: HttpRequest) -> Person:
    assert isinstance(request.user, Person)
    return request.user
