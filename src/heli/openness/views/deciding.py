"""Deciding objections: the queue of a department and the detail beside it."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from heli.errors import HeliError
from heli.exchange.words import value_words
from heli.kernel import clock
from heli.kernel.localise import explain
from heli.kernel.permissions import Role, audience
from heli.openness import policy, selectors, services
from heli.openness.codes import unseal_values
from heli.openness.errors import SourceUnreadableError
from heli.openness.forms.objections import CLAIM, DecisionForm
from heli.openness.lists import ObjectionTable
from heli.openness.models import Objection
from heli.openness.services import Decision
from heli.openness.services.corrections import source_record
from heli.openness.views.common import person_of

READERS = (Role.STEWARD, Role.HEAD, Role.LEADER, Role.SUPERVISOR, Role.AUDIT_ADMIN)


@audience(*READERS)
def queue(request: HttpRequest, scope: str = "owed") -> HttpResponse:
    """Whom does my department owe a decision?"""
    by = person_of(request)
    own = by.department_id or "-"
    watching = bool(by.roles & policy.WATCHERS)
    rows = selectors.owed(own) if scope == "owed" else selectors.queue(own)
    if scope == "all" and watching:
        rows = selectors.all_objections()
    context = {
        "nav": "objections",
        "heading": _("Which objections wait for us?") if scope == "owed"
        else _("Which objections were there?"),
        "tabs": _tabs(scope),
    }  # fmt: skip
    table = ObjectionTable(request, rows)
    if scope == "owed":
        table.empty_title = _("Nothing waits for your department")
        table.empty_text = ""
    return table.response("openness/objections.html", context)


def _tabs(current: str) -> list[dict[str, Any]]:
    found = [
        ("owed", _("To decide"), reverse("openness:objections")),
        ("all", _("All"), reverse("openness:objections_all")),
    ]
    return [{"label": label, "url": url, "current": key == current} for key, label, url in found]


@dataclass(frozen=True, slots=True)
class Claimed:
    """A claim with what the register says now, for the source department's steward."""

    name: str
    title: str
    plain: str
    now: str


@audience(*READERS)
def objection(request: HttpRequest, code: str) -> HttpResponse:
    """What is objected to, what does the register say, and how is it decided?"""
    row = selectors.visible_objection(code, request.user)
    may_decide = row.open and bool(policy.may_decide(request.user, row))
    content = bool(policy.may_see_content(request.user, row))
    claims, unreadable = _claimed(row) if may_decide and content else ([], False)
    form = DecisionForm(row, request.POST or None, claims=claims) if may_decide else None
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            services.decide(row, _decision(form), by=person_of(request))
        except HeliError as error:
            told = explain(error)
            name = told.field or ""
            field = next((each for each in (name, CLAIM + name) if each in form.fields), None)
            form.add_error(field, told.in_form)
        else:
            messages.success(request, _("Decided: who objected reads it at once."))
            return HttpResponseRedirect(reverse("openness:objection", args=[row.code]))
    context = {
        "nav": "objections",
        "objection": selectors.objection_view(row, content=content),
        "form": form,
        "unreadable": unreadable,
        "correction": getattr(row, "correction", None),
    }
    status = 422 if form is not None and form.errors else 200
    return render(request, "openness/objection.html", context, status=status)


def _claimed(row: Objection) -> tuple[list[Claimed], bool]:
    """What is claimed beside what the register says now, and whether it could not be read.

    Only the source department's own steward sees its register here; a higher tier decides on what
    was handed in.
    """
    if row.about != Objection.About.RECORD or row.resource is None:
        return [], False
    now: dict[str, Any] = {}
    unreadable = False
    if row.tier == 1:
        try:
            now = source_record(row.resource, selectors.subject_of_record(row)) or {}
        except SourceUnreadableError:
            unreadable = True
    claimed = unseal_values("claims", row.claims)
    contract = row.resource.parsed_contract
    found = [
        Claimed(claim.name, claim.title, str(claimed.get(claim.name, "")),
                value_words(contract.field(claim.name), now.get(claim.name)))
        for claim in selectors.claims_of(row)
    ]  # fmt: skip
    return found, unreadable


def _decision(form: DecisionForm) -> Decision:
    values = form.cleaned_data
    since = values.get("wrong_since")
    return Decision(
        outcome=values["outcome"],
        reason=values["reason"],
        ground=values["ground"],
        identity_checked=values.get("identity_checked", ""),
        corrected=form.corrected,
        wrong_since=dt.datetime.combine(since, dt.time(), clock.SHANGHAI) if since else None,
    )
