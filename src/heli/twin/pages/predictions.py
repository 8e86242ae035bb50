"""Predictions: filing what a run foretells, entering what came, and how good it was."""

import csv
import io
from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _

from heli.errors import HeliError
from heli.kernel import clock
from heli.kernel.permissions import audience, require
from heli.ledger.shown import receipts
from heli.organisation import selectors as organisation
from heli.twin import foretelling, policy, selectors, services, words
from heli.twin.errors import BadObservationError
from heli.twin.models import Prediction
from heli.twin.pages.links import department_of, person_of, said
from heli.twin.prediction_forms import FileForm, ObserveForm
from heli.twin.prediction_lists import PredictionTable
from heli.twin.scoring import score


@audience(*policy.READERS)
def listing(request: HttpRequest) -> HttpResponse:
    """Which predictions wait, and how good were those that were observed?"""
    return PredictionTable(request, selectors.predictions()).response(
        "twin/predictions.html", {"nav": "twin", "heading": _("Did it come as was foretold?")}
    )


@audience(*policy.READERS)
def prediction(request: HttpRequest, code: str) -> HttpResponse:
    """What was foretold, and what came?"""
    row = selectors.prediction(code)
    observed = {each.figure: each for each in selectors.observations(row)}
    found = score(row.document, {key: each.value for key, each in observed.items()})
    entries = list(foretelling.entries(row))
    seals = receipts(request.user, [row.fact, *(each.fact for each in entries)])
    begun = clock.today() >= row.observed_from
    context = {
        "nav": "twin",
        "row": row,
        "heading": foretelling.heading(row, found),
        "state": foretelling.state_of(row, bool(observed)),
        "option": foretelling.option_title(row),
        "department": organisation.departments().get(row.department),
        "receipt": seals.get(row.fact, ""),
        "verdict": foretelling.verdict(found) if observed else [],
        "rows": foretelling.rows(found, {key: each.source for key, each in observed.items()}),
        "entries": [(each, seals.get(each.fact, "")) for each in entries],
        "may_observe": begun and bool(policy.may_change(request.user, row.department)),
    }
    return render(request, "twin/prediction.html", context)


@audience(*policy.READERS)
def file(request: HttpRequest, code: str) -> HttpResponse:
    """Which option, and in which period, shall be foretold?"""
    run = selectors.run_by_code(code)
    require(policy.may_change(request.user, run.department))
    choices = [("base", words.option_title("base", None))]
    choices = [
        *((o["name"], words.option_title(o["name"], o["title"])) for o in run.options),
        *choices,
    ]
    form = FileForm(choices, request.POST or None)
    if request.method == "POST" and form.is_valid():
        person = person_of(request)
        try:
            row = services.file_prediction(
                run, actor=person.actor, department=department_of(person), **form.cleaned_data
            )
        except HeliError as error:
            form.add_error(error.field if error.field in form.fields else None, said(error))
        else:
            messages.success(request, _("The prediction is filed."))
            return HttpResponseRedirect(reverse("twin:prediction", args=[row.pk]))
    context = {
        "nav": "twin",
        "heading": _("What is to be foretold?"),
        "form": form,
        "back_url": reverse("twin:run", args=[run.code]),
        "eyebrow": run.code,
    }
    return render(request, "twin/file.html", context, status=400 if form.errors else 200)


@audience(*policy.READERS)
def observe(request: HttpRequest, code: str) -> HttpResponse:
    """What was observed?"""
    row = selectors.prediction(code)
    require(policy.may_change(request.user, row.department))
    form = ObserveForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            _enter(request, row, form)
        except HeliError as error:
            field = "figures" if error.field == "values" else error.field
            form.add_error(field if field in form.fields else None, said(error))
        else:
            messages.success(request, _("What was observed is entered."))
            return HttpResponseRedirect(reverse("twin:prediction", args=[row.pk]))
    context = {
        "nav": "twin",
        "heading": _("What was observed?"),
        "form": form,
        "back_url": reverse("twin:prediction", args=[row.pk]),
        "eyebrow": foretelling.option_title(row),
        "known": foretelling.rows(score(row.document, {}), {}),
    }
    return render(request, "twin/observe.html", context, status=400 if form.errors else 200)


def _enter(request: HttpRequest, row: Prediction, form: ObserveForm) -> None:
    person = person_of(request)
    services.enter_observations(
        row,
        read_values(form.cleaned_data["figures"]),
        form.cleaned_data["source"],
        actor=person.actor,
        department=department_of(person),
    )


def read_values(text: str) -> dict[str, float]:
    """Observed values from lines ``FIGURE,VALUE``; a line of heads is passed over.

    Raises:
        BadObservationError: A line is something else, or names a figure twice.
    """
    found: dict[str, float] = {}
    for n, line in enumerate(_lines(text), 1):
        cells = [cell.strip() for cell in line]
        if not any(cells) or (n == 1 and cells[0].lower() in {"figure", "指标"}):
            continue
        place = _("line {n}").format(n=n)
        if len(cells) > 1 and not cells[1]:
            continue
        if len(cells) < 2:
            raise BadObservationError(
                field="figures", place=place, reason=_("it has not the form FIGURE,VALUE")
            )
        if cells[0] in found:
            raise BadObservationError(
                field="figures", place=place, reason=_("the figure was there before")
            )
        found[cells[0]] = _number(cells[1], place)
    return found


def _lines(text: str) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(text.strip())))
    except csv.Error as error:  # a cell without end
        raise BadObservationError(
            field="figures", place="CSV", reason=_("it has not the form FIGURE,VALUE")
        ) from error


def _number(text: str, place: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise BadObservationError(
            field="figures", place=place, reason=_("“{text}” is no number").format(text=text[:40])
        ) from None


@audience(*policy.READERS)
def template(request: HttpRequest, code: str) -> HttpResponse:
    """A CSV of all figures, to be filled in with what was observed."""
    row = selectors.prediction(code)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(["figure", "observed", "unit", "foretold", "low", "high"])
    for each in row.document["figures"]:
        writer.writerow(_line(each))
    answer = HttpResponse(text.getvalue().encode("utf-8-sig"), content_type="text/csv")
    answer["Content-Disposition"] = f'attachment; filename="{row.run.code}-{row.option}.csv"'
    return answer


def _line(each: Mapping[str, Any]) -> list[Any]:
    return [each["key"], "", each["unit"], each["value"], each["low"], each["high"]]


urlpatterns = [
    path("predictions/", listing, name="predictions"),
    path("predictions/<str:code>/", prediction, name="prediction"),
    path("predictions/<str:code>/observe/", observe, name="observe"),
    path("predictions/<str:code>/figures.csv", template, name="prediction_figures"),
    path("runs/<str:code>/file/", file, name="file"),
]
