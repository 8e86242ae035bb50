"""Building a version of a city model: what each part comes from, and whether it can be read."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from heli.errors import HeliError
from heli.exchange.words import spoken
from heli.kernel.localise import explain
from heli.kernel.permissions import STAFF, audience, require
from heli.ledger.shown import receipts
from heli.organisation import selectors as organisation
from heli.organisation.selectors import Person
from heli.twin import policy, selectors, services
from heli.twin.building.openings import Opening, Reader, openings
from heli.twin.building.shapes import SHAPES
from heli.twin.models import Build, CityModel, CitySource

if TYPE_CHECKING:
    from heli.twin.building.recipe import Recipe

MOST_TEXT = 1_000_000
"""Bytes of a recipe; more is a slip of the hand."""
STEPS: dict[str, str | Promise] = {
    "": gettext_lazy("It waits for its turn"),
    "reading": gettext_lazy("Data is read from the exchange"),
    "joining": gettext_lazy("The parts are joined"),
    "calibrating": gettext_lazy("Demand and tastes are calibrated"),
    "saving": gettext_lazy("The version is saved"),
}


class RecipeForm(forms.Form):
    """A recipe as a file, and why a version is built."""

    note = forms.CharField(label=gettext_lazy("Why is it built?"), max_length=500, required=False)
    recipe = forms.FileField(
        label=gettext_lazy("Another recipe"),
        help_text=gettext_lazy("YAML or JSON; without one, the recipe of the last version is used"),
        required=False,
    )


@dataclass(frozen=True, slots=True)
class PartRow:
    """A part as the page shows it."""

    name: str | Promise
    opening: Opening
    title: str
    department: Any
    fault: str
    apply_url: str
    grant_url: str
    last: CitySource | None
    receipt: str


@audience(*STAFF)
def build(request: HttpRequest, model: str) -> HttpResponse:
    """Can a new version of this city be built, and from what?"""
    require(policy.may_build(request.user))
    row = selectors.model_by_name(model)
    form = RecipeForm(request.POST or None, request.FILES or None)
    form.fields["recipe"].required = selectors.last_build(row) is None
    if request.method == "POST" and form.is_valid():
        person = _person(request)
        try:
            services.ask_build(
                row,
                _asked(row, form),
                actor=person.actor,
                department=str(person.department_id),
                note=form.cleaned_data["note"],
            )
        except HeliError as error:
            told = explain(error)
            form.add_error("recipe", f"{told.detail} {told.remedy}")
        else:
            return HttpResponseRedirect(reverse("twin:build", args=[row.name]))
    return render(request, "twin/building.html", _context(request, row, form))


@audience(*STAFF)
def progress(request: HttpRequest, model: str) -> HttpResponse:
    """How far is the build? Asks the page to load itself anew, once, when it has ended."""
    require(policy.may_build(request.user))
    row = selectors.model_by_name(model)
    last = selectors.last_build(row)
    ready = last is None or not last.is_open
    context = {"row": row, **_standing(last), "ready": ready}
    answer = render(request, "twin/_building.html", context)
    if ready and "anew" in request.GET:
        answer["HX-Refresh"] = "true"
    return answer


def _asked(row: CityModel, form: RecipeForm) -> "Recipe":
    from heli.twin.building.recipe import check_recipe, read_recipe  # with it comes NumPy

    given = form.cleaned_data["recipe"]
    if given:
        text = given.read(MOST_TEXT).decode("utf-8-sig", errors="replace")
        return read_recipe(text, given.name)
    last = selectors.last_build(row)
    assert last is not None
    return check_recipe(last.recipe)


def _context(request: HttpRequest, row: CityModel, form: RecipeForm) -> dict[str, Any]:
    from heli.twin.building.recipe import check_recipe

    last = selectors.last_build(row)
    parts = _parts(row, check_recipe(last.recipe), _person(request)) if last else []
    return {
        "nav": "twin",
        "row": row,
        "title": spoken(row.title_zh, row.title_en),
        "heading": _("From which data is the next version of {city} built?").format(
            city=spoken(row.title_zh, row.title_en)
        ),
        "back_url": _link("twin:city", row.name),
        "form": form,
        "parts": parts,
        "shut": sum(bool(each.fault) for each in parts),
        **_standing(last),
    }


def _standing(last: Build | None) -> dict[str, Any]:
    fault = last.fault if last else {}
    message, remedy = fault.get("message", ""), fault.get("remedy", "")
    figures = fault.get("figures", {})
    return {
        "last": last,
        "step": STEPS.get(last.step, last.step) if last else "",
        "fault": _(message).format_map(figures) if message else "",
        "remedy": _(remedy).format_map(figures) if remedy else "",
    }


def _parts(row: CityModel, recipe: "Recipe", person: Person) -> list[PartRow]:
    department = str(person.department_id)
    departments = organisation.departments()
    newest = selectors.versions(row).first()
    sources = {each.part: each for each in selectors.sources(newest)} if newest else {}
    seals = receipts(person, [each.fact for each in sources.values()])
    return [
        _part(found, sources.get(found.part), departments, seals)
        for found in openings(recipe, Reader(person.actor, department))
    ]


def _part(
    found: Opening, last: CitySource | None, departments: Any, seals: dict[UUID, str]
) -> PartRow:
    told = explain(found.fault) if found.fault else None
    return PartRow(
        name=SHAPES[found.part].title,
        opening=found,
        title=spoken(*found.title) or found.resource,
        department=departments.get(found.resource.partition("/")[0]),
        fault=told.detail if told else "",
        apply_url=found.url if found.grant is None and found.title[0] else "",
        grant_url=reverse("exchange:grant", args=[found.grant]) if found.grant else "",
        last=last,
        receipt=seals.get(last.fact, "") if last else "",
    )


def _link(name: str, *arguments: object) -> str:
    try:
        return reverse(name, args=arguments)
    except NoReverseMatch:
        return ""


def _person(request: HttpRequest) -> Person:
    assert isinstance(request.user, Person)
    return request.user
