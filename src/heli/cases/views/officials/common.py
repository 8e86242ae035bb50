"""What all pages of officials need."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from heli.cases.errors import GroundRequiredError
from heli.errors import HeliError
from heli.kernel.localise import Explained, explain
from heli.kernel.permissions import Role
from heli.organisation.selectors import Person, departments

OFFICIALS = (Role.OFFICER, Role.HEAD, Role.AMBASSADOR)
PANE = "cases/officer/pane.html"
PAGE = "cases/officer/detail_page.html"
CHANGED = "cases-changed"


def person_of(request: HttpRequest) -> Person:
    """Who asks; an audience has made sure that it is a person."""
    assert isinstance(request.user, Person)
    return request.user


def wants_pane(request: HttpRequest) -> bool:
    """Whether htmx asks for the detail pane alone."""
    return bool(request.headers.get("HX-Request"))


def show(
    request: HttpRequest, template: str, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    """A detail: the pane alone for htmx, else a page of its own."""
    layout = PANE if wants_pane(request) else PAGE
    return render(request, template, {"layout": layout, **context}, status=status)


def embedded(request: HttpRequest, template: str, context: dict[str, Any]) -> SafeString:
    """A detail as text, to stand in the pane of a list from the beginning."""
    text = render_to_string(template, {"layout": PANE, **context}, request)
    return mark_safe(text)  # noqa: S308 - a rendered template


def changed(answer: HttpResponse) -> HttpResponse:
    """Let the list beside the pane refresh itself."""
    answer["HX-Trigger"] = CHANGED
    return answer


def done(request: HttpRequest, sentence: str, url: str) -> HttpResponse:
    """Say what was done on the page that follows."""
    messages.success(request, sentence)
    return HttpResponseRedirect(url)


def put(form: Any, error: HeliError, fields: dict[str, str]) -> Explained:
    """Write a refusal beside the field it is about, else above the form."""
    told = explain(error)
    name = fields.get(told.field or "", told.field)
    form.add_error(name if name in form.fields else None, told.in_form)
    return told


def demand(form: Any, names: Iterable[str]) -> bool:
    """Write beside every field that cannot stay empty and is, at once; tell whether none is."""
    for name in names:
        if str(form.cleaned_data.get(name) or "").strip():
            continue
        error = GroundRequiredError() if "ground" in name else None
        told = explain(error) if error else None
        form.add_error(name, told.in_form if told else _("This is needed here."))
    return not form.errors


def department_choices(*, without: str = "", ask: object = "") -> list[tuple[str, str]]:
    """Active departments by code, the reader's own left out."""
    first = [("", str(ask))] if ask else []
    return first + [
        (card.code, card.name)
        for card in departments().values()
        if card.is_active and card.code != without
    ]
