"""The editor of scenarios: a form beside a map, or the scenario as YAML."""

from dataclasses import dataclass, field
from typing import Any

import msgspec
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from heli.errors import HeliError
from heli.kernel.permissions import audience, require
from heli.twin import policy, selectors, services, words
from heli.twin.editing import (
    Draft,
    add_measure,
    name_for,
    read_document,
    read_draft,
    read_post,
    write_document,
    write_yaml,
)
from heli.twin.editing_faults import Fault, check, fault_of
from heli.twin.models import CityModel, CityVersion
from heli.twin.models import Scenario as Row
from heli.twin.pages.drawing import shape_of
from heli.twin.pages.editor_form import FormView, roads_of
from heli.twin.pages.links import department_of, number_of, person_of
from heli.twin.scenarios import FEWEST_DIGITS, Scenario, read_scenario

FORM, YAML = "form", "yaml"
MOST_TEXT = 200_000
"""Characters of a YAML text; more is a slip of the hand."""


@dataclass(slots=True)
class Desk:
    """What is being edited: a new scenario, or ``row``, for the newest version of a city."""

    request: HttpRequest
    model: CityModel
    version: CityVersion
    row: Row | None = None
    tab: str = FORM
    text: str = ""
    draft: Draft = field(default_factory=Draft)
    faults: list[Fault] = field(default_factory=list)

    @property
    def digest(self) -> str:
        """How a scenario names the version."""
        return self.version.digest[:FEWEST_DIGITS]

    @property
    def opened(self) -> int | None:
        """The revision that was opened, by the form."""
        given = self.request.POST.get("opened", "")
        return number_of(given) if self.row else None


@audience(*policy.READERS)
def new(request: HttpRequest, model: str) -> HttpResponse:
    """Which policy is to be tried?"""
    require(policy.may_plan(request.user))
    found = selectors.model_by_name(model)
    return _edit(Desk(request, found, selectors.version(found)))


@audience(*policy.READERS)
def edit(request: HttpRequest, model: str, name: str) -> HttpResponse:
    """How is this policy to be changed?"""
    found = selectors.model_by_name(model)
    row = selectors.scenario(found, name)
    require(policy.may_change(request.user, row.department))
    desk = Desk(request, found, selectors.version(found), row)
    desk.draft = read_document(row.document)
    return _edit(desk)


def _edit(desk: Desk) -> HttpResponse:
    request = desk.request
    if request.method != "POST":
        if request.GET.get("tab") == YAML:
            desk.tab, desk.text = YAML, _text(desk)
        return _shown(desk)
    act = request.POST.get("do", "save")
    if request.POST.get("tab") == YAML:
        return _post_yaml(desk, act)
    return _post_form(desk, act)


def _post_form(desk: Desk, act: str) -> HttpResponse:
    desk.draft = read_post(desk.request.POST)
    if desk.row:
        desk.draft.id = desk.row.name
    name, _sep, number = act.partition("-")
    if name == "add":
        add_measure(desk.draft, desk.request.POST.get("add-kind", ""))
    elif name == "remove":
        desk.draft.measures = [
            each for n, each in enumerate(desk.draft.measures) if str(n) != number
        ]
    elif name == YAML:
        desk.tab, desk.text = YAML, _text(desk)
    else:
        return _save_form(desk)
    return _shown(desk)


def _text(desk: Desk) -> str:
    return write_yaml(write_document(desk.draft, desk.digest))


def _save_form(desk: Desk) -> HttpResponse:
    draft = desk.draft
    desk.faults = check(draft)
    if desk.faults:
        return _shown(desk)
    if not draft.id:
        taken = selectors.scenarios(desk.model).values_list("name", flat=True)
        draft.id = name_for(draft, taken)
    try:
        return _save(desk, read_draft(draft, desk.digest))
    except HeliError as error:
        desk.faults = [fault_of(error, [measure.kind for measure in draft.measures])]
        return _shown(desk)


def _post_yaml(desk: Desk, act: str) -> HttpResponse:
    desk.tab, desk.text = YAML, desk.request.POST.get("text", "")[:MOST_TEXT]
    try:
        scenario = read_scenario(desk.text, "YAML")
        if act == FORM:
            desk.tab, desk.draft = FORM, read_document(msgspec.to_builtins(scenario))
            return _shown(desk)
        if desk.row and scenario.id != desk.row.name:
            told = _("The id must stay “{id}”; begin a new scenario to use another.")
            desk.faults = [Fault("text", told.format(id=desk.row.name))]
            return _shown(desk)
        return _save(desk, scenario)
    except HeliError as error:
        desk.faults = [Fault("text", fault_of(error).message)]
        return _shown(desk)


def _save(desk: Desk, scenario: Scenario) -> HttpResponse:
    person = person_of(desk.request)
    row = services.save_scenario(
        desk.model,
        scenario,
        actor=person.actor,
        department=department_of(person),
        opened=desk.opened,
    )
    told = _("Saved: {title}.").format(title=words.title(row))
    messages.success(desk.request, told)
    return HttpResponseRedirect(reverse("twin:scenario_edit", args=[desk.model.name, row.name]))


def _shown(desk: Desk) -> HttpResponse:
    city, shape = selectors.city_of(desk.version), shape_of(desk.version)
    form = FormView(desk.draft, city, desk.faults)
    row = desk.row
    older = row and not desk.version.digest.startswith(row.document["model"])
    context: dict[str, Any] = {
        "nav": "twin",
        "form": form,
        "draft": desk.draft,
        "tab": desk.tab,
        "text": desk.text,
        "model": desk.model,
        "city": words.title(desk.model),
        "title": words.title(row) if row else "",
        "version": desk.version,
        "row": row,
        "opened": desk.opened if desk.opened is not None else (row.revision if row else ""),
        "older": older,
        "hour": city.hour,
        "shape": shape,
        "places": {"areas": form.areas, **roads_of(city, shape)},
    }
    part = bool(desk.request.headers.get("HX-Request")) and desk.request.method == "POST"
    template = "twin/editor_measures.html" if part else "twin/editor.html"
    return render(desk.request, template, context, status=422 if desk.faults else 200)
