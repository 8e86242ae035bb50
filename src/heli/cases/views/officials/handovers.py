"""Handing over the accountability for a matter: it moves only when the other side accepts."""

from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from heli.cases import policy, services
from heli.cases.models import Handover, Matter
from heli.cases.selectors import handovers as handovers_of
from heli.cases.selectors import visible_handover
from heli.cases.selectors.matters import visible_matter
from heli.cases.views.officials.common import (
    OFFICIALS,
    changed,
    demand,
    done,
    person_of,
    put,
    show,
    wants_pane,
)
from heli.cases.views.officials.forms import DeclineForm, OfferForm
from heli.cases.views.officials.tables import BOUNCED, HandoverTable, handover_tag
from heli.errors import BadInputError, HeliError, NotFoundError
from heli.kernel.localise import explain
from heli.kernel.permissions import STAFF, audience
from heli.organisation.selectors import Person, departments

TEMPLATE = "cases/officer/handover.html"
MOST_OFFERED = 200


@audience(*OFFICIALS)
def handovers(request: HttpRequest) -> HttpResponse:
    """Who follows which matter to the end?"""
    rows = handovers_of(person_of(request))
    context = {"nav": "requests", "heading": _("Which matters change hands?")}
    return HandoverTable(request, rows).response("cases/officer/handovers.html", context)


@audience(*STAFF)
def handover(request: HttpRequest, handover_id: UUID) -> HttpResponse:
    """Shall we take this matter over?"""
    by = person_of(request)
    row = visible_handover(handover_id, by)
    if request.method == "POST":
        return _post(request, row, by)
    return show(request, TEMPLATE, _context(row, by, DeclineForm()))


def _post(request: HttpRequest, row: Handover, by: Person) -> HttpResponse:
    form = DeclineForm(request.POST)
    form.is_valid()
    try:
        said = _run(request.POST.get("do", ""), row, by, form.cleaned_data.get("reason", ""))
    except NotFoundError:
        raise
    except HeliError as error:
        named = error.field in form.fields
        if named:
            put(form, error, {})
        context = _context(visible_handover(row.pk, by), by, form)
        context["refusal"] = None if named else explain(error)
        return show(request, TEMPLATE, context, error.status)
    if not wants_pane(request):
        return done(request, said, reverse("cases:handover", args=[row.pk]))
    context = _context(visible_handover(row.pk, by), by, DeclineForm()) | {"said": said}
    return changed(show(request, TEMPLATE, context))


def _run(do: str, row: Handover, by: Person, reason: str) -> str:
    if do == "accept":
        services.accept_handover(row.pk, by=by)
        return _("Accepted: from now on your department is accountable.")
    if do == "decline":
        services.decline_handover(row.pk, by=by, reason=reason)
        return _("Declined: the matter bounced back, and the supervisors were told.")
    if do == "withdraw":
        services.withdraw_handover(row.pk, by=by)
        return _("Taken back: your department stays accountable.")
    raise BadInputError(field="do", reason=_("there is no such act"))


def _context(row: Handover, by: Person, form: DeclineForm) -> dict[str, Any]:
    cards = departments()
    offered = row.state == Handover.State.OFFERED and row.matter.open
    return {
        "nav": "requests",
        "heading": _("Shall the matter change hands?"),
        "row": row,
        "tag": handover_tag(row),
        "bounced": row.state in BOUNCED,
        "giver": cards[row.giver_id],
        "taker": cards[row.taker_id],
        "may_answer": offered and policy.may_answer_handover(by, row),
        "may_withdraw": offered and policy.may_offer_handover(by, row.matter),
        "form": form,
    }


def own_matters(by: Person) -> list[tuple[str, str]]:
    """Code and title of matters the department is accountable for and has not offered yet."""
    rows = Matter.objects.filter(accountable=by.department_id, state=Matter.State.RUNNING)
    offered = Handover.objects.filter(matter=OuterRef("pk"), state=Handover.State.OFFERED)
    rows = rows.filter(~Exists(offered)).order_by("-opened_at")
    return list(rows.values_list("code", "title")[:MOST_OFFERED])


@audience(*OFFICIALS)
def offer(request: HttpRequest) -> HttpResponse:
    """Offer a matter to another department; ``?matter=`` fills in the code."""
    by = person_of(request)
    if request.method != "POST":
        form = OfferForm(by, initial={"code": request.GET.get("matter", "")})
        return _offer_page(request, form)
    form = OfferForm(by, request.POST)
    if not form.is_valid() or not demand(form, ("code", "taker", "reason")):
        return _offer_page(request, form, 422)
    typed = form.cleaned_data
    try:
        matter = visible_matter(typed["code"], by)
        row = services.offer_handover(matter, typed["taker"], by=by, reason=typed["reason"])
    except HeliError as error:
        put(form, error, {})
        return _offer_page(request, form, error.status)
    said = _("Offered; your department stays accountable until the other side accepts.")
    return done(request, said, reverse("cases:handover", args=[row.pk]))


def _offer_page(request: HttpRequest, form: OfferForm, status: int = 200) -> HttpResponse:
    context = {
        "nav": "requests",
        "heading": _("Who should take the matter over?"),
        "form": form,
        "own": own_matters(person_of(request)),
    }
    return render(request, "cases/officer/offer.html", context, status=status)
