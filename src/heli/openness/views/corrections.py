"""Corrections: who was told, what they did, and what a department has to answer."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from heli.errors import HeliError
from heli.kernel.localise import explain
from heli.kernel.permissions import Role, audience, require
from heli.openness import policy, selectors, services
from heli.openness.forms.objections import AnswerForm
from heli.openness.lists import CorrectionTable
from heli.openness.models import Correction, Recipient
from heli.openness.views.common import person_of

READERS = (Role.STEWARD, Role.OFFICER, Role.HEAD, Role.SUPERVISOR, Role.AUDIT_ADMIN)


@audience(*READERS)
def corrections(request: HttpRequest) -> HttpResponse:
    """Which records were corrected, and has everybody heard of it?"""
    by = person_of(request)
    context = {"nav": "corrections", "heading": _("Which corrections concern us?")}
    table = CorrectionTable(request, selectors.corrections_for(by))
    return table.response("openness/corrections.html", context)


@audience(*READERS)
def correction(request: HttpRequest, code: str) -> HttpResponse:
    """What is right now, who received the wrong version, and what did they do?"""
    row = selectors.visible_correction(code, request.user)
    by = person_of(request)
    own = selectors.recipient_of(row, by.department_id or "")
    form = AnswerForm(request.POST if request.POST.get("do") == "answer" else None)
    if request.method == "POST":
        try:
            said = _act(request, row, own, form)
        except HeliError as error:
            told = explain(error)
            messages.error(request, f"{told.detail} {told.remedy}")
            said = ""
        if said:
            messages.success(request, said)
            return HttpResponseRedirect(reverse("openness:correction", args=[row.code]))
    manages = bool(policy.may_correct(by, row))
    whole = manages or bool(by.roles & policy.WATCHERS) or by.department_id == row.department_id
    may_answer = own is not None and not own.acknowledged_at and bool(policy.may_answer(by, own))
    context = {
        "nav": "corrections",
        "correction": selectors.correction_view(row, only="" if whole else by.department_id or "-"),
        "own": own,
        "values": _values(request, own) if may_answer else [],
        "form": form if may_answer else None,
        "may_check": manages and row.state != Correction.State.CLOSED,
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "openness/correction.html", context, status=status)


def _values(request: HttpRequest, own: Recipient | None) -> list[selectors.RightValue]:
    if own is None:
        return []
    try:
        return selectors.right_values(own)
    except HeliError as error:
        messages.error(request, explain(error).detail)
        return []


def _act(request: HttpRequest, row: Correction, own: Recipient | None, form: AnswerForm) -> str:
    by = person_of(request)
    if request.POST.get("do") == "check":
        require(policy.may_correct(by, row))
        right = services.check_source(row, actor=by.actor)
        return (
            _("The source gives the right values.")
            if right
            else _("The source still gives the wrong values.")
        )
    if own is not None and form.is_valid():
        require(policy.may_answer(by, own))
        values = form.cleaned_data
        services.acknowledge(own, actor=by.actor, action=values["action"], note=values["note"])
        return _("Answered: who corrected it and who objected see it.")
    return ""
