"""Choosing policies to try."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from heli.errors import HeliError
from heli.kernel.permissions import audience, require
from heli.twin import policy, selectors, services, words
from heli.twin.forms import SIZES, WISHES, AskForm
from heli.twin.models import CityModel, CityVersion
from heli.twin.pages.links import department_of, number_of, person_of, said

BEGIN_WITH = {"draws": SIZES[1]}


@audience(*policy.READERS)
def ask(request: HttpRequest) -> HttpResponse:
    """Which policies shall be tried?"""
    require(policy.may_plan(request.user))
    typed = request.POST if request.method == "POST" else request.GET
    models = list(selectors.models())
    if not models:
        return render(request, "twin/ask.html", {"nav": "twin"})
    version = _version(models, typed.get("model", ""), typed.get("version", ""))
    form = _form(version, request)
    if request.method == "POST" and form.is_valid():
        person = person_of(request)
        try:
            run = services.ask_run(
                version,
                form.cleaned_data["options"],
                actor=person.actor,
                department=department_of(person),
                draws=form.cleaned_data["draws"],
                by=form.cleaned_data["by"],
                note=form.cleaned_data["note"],
            )
        except HeliError as error:
            form.add_error(error.field if error.field in form.fields else None, said(error))
        else:
            return HttpResponseRedirect(reverse("twin:run", args=[run.code]))
    context = _context(models, version, form)
    return render(request, "twin/ask.html", context, status=400 if form.errors else 200)


def _version(models: list[CityModel], name: str, number: str) -> CityVersion:
    model = selectors.model_by_name(name) if name else models[0]
    return selectors.version(model, number_of(number))


def _form(version: CityVersion, request: HttpRequest) -> AskForm:
    city = selectors.city_of(version)
    fitting = [
        row
        for row in selectors.scenarios(version.model)
        if version.digest.startswith(str(row.document.get("model", "-")))
    ]
    places = (city.districts, city.areas)
    if request.method == "POST":
        return AskForm(version, fitting, places, request.POST)
    asked = request.GET
    initial: dict[str, Any] = {"options": asked.getlist("options"), "note": asked.get("note", "")}
    initial["draws"] = asked.get("draws", BEGIN_WITH["draws"])
    wishes = asked.getlist("by") if "draws" in asked else _first_wishes(list(city.areas))
    initial |= {f"by_{n + 1}": wish for n, wish in enumerate(wishes[:WISHES])}
    return AskForm(version, fitting, places, initial=initial)


def _first_wishes(areas: list[str]) -> list[str]:
    """What most ask first: the air and the shops of the centre, or of the city without one."""
    return [f"{name}@{areas[0]}" if areas else name for name in ("nox", "sales")]


def _context(models: list[CityModel], version: CityVersion, form: AskForm) -> dict[str, Any]:
    elsewhere = selectors.scenarios(version.model).count() - len(form.fields["options"].choices)  # type: ignore[attr-defined]
    return {
        "nav": "twin",
        "heading": _("Which policies shall be tried?"),
        "form": form,
        "version": version,
        "title": words.title(version.model),
        "size": words.size_of(version),
        "elsewhere": elsewhere,
        "choices": [
            {
                "label": f"{words.title(each.model)} · {each.number}",
                "query": f"model={each.model.name}&version={each.number}",
                "on": each.pk == version.pk,
            }
            for model in models
            for each in selectors.versions(model).select_related("model")
        ],
    }
