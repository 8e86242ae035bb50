"""A city model: its versions, what they were built from, and policies for it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from heli.errors import HeliError
from heli.kernel.permissions import audience, require
from heli.ledger.shown import receipts
from heli.organisation import selectors as organisation
from heli.twin import describing, policy, selectors, services, words
from heli.twin.lists import ScenarioTable, ShownScenario
from heli.twin.models import CityModel, CityVersion
from heli.twin.pages.drawing import shape_of
from heli.twin.pages.fitting import fits
from heli.twin.pages.links import department_of, link, number_of, person_of, said
from heli.twin.pages.telling import assumed


@audience(*policy.READERS)
def city(request: HttpRequest, model: str) -> HttpResponse:
    """What is this city model made of, and which policies are there for it?"""
    row = selectors.model_by_name(model)
    number = request.GET.get("version", "")
    version = selectors.version(row, number_of(number))
    may_plan = policy.may_plan(request.user)
    table = ScenarioTable(request, _scenarios(row, request.user))
    return table.response(
        "twin/city.html",
        {
            "nav": "twin",
            "heading": _("What is the model of {city} made of?").format(city=words.title(row)),
            "model": row,
            "title": words.title(row),
            "version": version,
            "versions": _versions(request, row, version),
            "department": organisation.departments().get(version.department),
            "shape": shape_of(version),
            "sources": _sources(version, request.user),
            "assumptions": _assumptions(version),
            "facts": _facts(version),
            "fit": fits(version.fit),
            "may_plan": may_plan,
            "new_url": reverse("twin:scenario_new", args=[row.name]) if may_plan else "",
            "build_url": link("twin:build", row.name) if policy.may_build(request.user) else "",
        },
    )


def _scenarios(row: CityModel, person: object) -> list[ShownScenario]:
    numbers = {each.digest: each.number for each in selectors.versions(row)}
    newest = max(numbers.values(), default=0)
    return [
        ShownScenario(
            each, numbers, newest, may_plan=bool(policy.may_change(person, each.department))
        )
        for each in selectors.scenarios(row).select_related("model")
    ]


def _versions(request: HttpRequest, row: CityModel, shown: CityVersion) -> list[dict[str, Any]]:
    return [
        {
            "row": each,
            "url": f"?version={each.number}",
            "file": reverse("twin:city_file", args=[row.name, each.number])
            if policy.may_take(request.user, each)
            else "",
            "on": each.pk == shown.pk,
        }
        for each in selectors.versions(row)
    ]


def _sources(version: CityVersion, person: object) -> list[dict[str, Any]]:
    rows = list(selectors.sources(version))
    seals = receipts(person, [each.fact for each in rows])
    return [
        {
            "part": str(words.PARTS.get(each.part, each.part)),
            "row": each,
            "receipt": seals.get(each.fact, ""),
        }
        for each in rows
    ]


def _assumptions(version: CityVersion) -> list[dict[str, str]]:
    city = selectors.city_of(version)
    return [
        assumed({"name": name, "value": each.value, "low": each.low, "high": each.high,
                 "source": each.source})
        for name, each in city.assumptions.items()
    ]  # fmt: skip


def _facts(version: CityVersion) -> dict[str, Any]:
    city = selectors.city_of(version)
    return {
        "residents": round(float(city.residents.sum())),
        "jobs": round(sum(zone.jobs for zone in city.zones)),
        "shops": len(city.shops),
        "districts": [words.place(each) for each in city.districts],
        "hour": city.hour,
        "trips": round(float(sum(table.sum() for table in city.trips.values()))),
    }


@audience(*policy.READERS)
def scenario(request: HttpRequest, model: str, name: str) -> HttpResponse:
    """What does this policy say?"""
    row = selectors.scenario(selectors.model_by_name(model), name)
    version = selectors.version_for(row)
    may_plan = policy.may_plan(request.user)
    context = {
        "nav": "twin",
        "row": row,
        "version": version,
        "city": words.title(row.model),
        "policy": describing.describe(
            words.title(row), row.document, describing.districts_of(version)
        ),
        "department": organisation.departments().get(row.department),
        "may_plan": may_plan,
        "edit_url": link("twin:scenario_edit", row.model.name, row.name)
        if policy.may_change(request.user, row.department)
        else "",
    }
    return render(request, "twin/scenario.html", context)


@audience(*policy.READERS)
@require_POST
def remove(request: HttpRequest, model: str, name: str) -> HttpResponse:
    """Put a policy away."""
    row = selectors.model_by_name(model)
    require(policy.may_change(request.user, selectors.scenario(row, name).department))
    person = person_of(request)
    try:
        services.remove_scenario(row, name, actor=person.actor, department=department_of(person))
    except HeliError as error:
        messages.error(request, said(error))
    else:
        messages.success(request, _("The policy is put away; what was found with it stays."))
    return HttpResponseRedirect(reverse("twin:city", args=[row.name]))
