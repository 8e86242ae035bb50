"""Kinds of alert: seen by all officials, kept by the supervision office."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from heli.alerts import policy, selectors, services
from heli.alerts.forms import KindForm
from heli.alerts.lists import KindTable
from heli.alerts.models import Kind
from heli.alerts.views.board import person_of, tabs
from heli.errors import HeliError
from heli.kernel.localise import explain
from heli.kernel.permissions import STAFF, Role, audience, require


@require_GET
@audience(*STAFF)
def kinds(request: HttpRequest) -> HttpResponse:
    """What may be issued, on which ground, by whom?"""
    context = {
        "nav": "alerts",
        "tabs": tabs(request, "kinds"),
        "heading": _("What may be issued, and by whom?"),
        "may_define": policy.may_define(person_of(request)),
    }
    return KindTable(request, selectors.kinds()).response("alerts/kinds.html", context)


@require_http_methods(["GET", "POST"])
@audience(Role.SUPERVISOR)
def kind_new(request: HttpRequest) -> HttpResponse:
    """Define a kind."""
    return _edit(request, None)


@require_http_methods(["GET", "POST"])
@audience(Role.SUPERVISOR)
def kind(request: HttpRequest, code: str) -> HttpResponse:
    """Change a kind; alerts that were issued keep what they were issued with."""
    return _edit(request, selectors.kind_by_code(code))


def _edit(request: HttpRequest, present: Kind | None) -> HttpResponse:
    person = person_of(request)
    require(policy.may_define(person))
    form, status = KindForm(present, request.POST or None), 200
    if form.is_valid():
        try:
            row = services.define_kind(form.cleaned_data, actor=person.actor)
        except HeliError as error:
            said = explain(error)
            field = said.field if said.field in form.fields else None
            form.add_error(field, said.in_form)
        else:
            messages.success(
                request, _("“{kind}” holds for the next alert.").format(kind=row.title)
            )
            return HttpResponseRedirect(reverse("alerts:kinds"))
    if form.errors:
        status = 422
    context = {"nav": "alerts", "form": form, "kind": present}
    return render(request, "alerts/kind.html", context, status=status)
