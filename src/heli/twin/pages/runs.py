"""What policies would do: one run, as it goes and when it is done."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from heli.errors import HeliError
from heli.exchange.questions import matter_address
from heli.kernel.localise import explain
from heli.kernel.permissions import audience, require
from heli.ledger.shown import receipts
from heli.organisation import selectors as organisation
from heli.twin import describing, judging, policy, selectors, services, words
from heli.twin.forms import CiteForm
from heli.twin.models import CitySource, Run
from heli.twin.pages import drawing
from heli.twin.pages.links import department_of, link, person_of, said
from heli.twin.pages.telling import assumptions, proofs, who_loses
from heli.twin.reading import Reading


@audience(*policy.READERS)
def run(request: HttpRequest, code: str) -> HttpResponse:
    """What would these policies do?"""
    row = selectors.run_by_code(code)
    found = selectors.result_of(row)
    reading = Reading(found) if found else None
    context = {
        **_progress(request, row),
        "nav": "twin",
        "heading": judging.heading(reading, words.titles_of(row)),
        "model": row.version.model,
        "model_title": words.title(row.version.model),
        "department": organisation.departments().get(row.department),
        "compared": describing.options_of(row),
        "again": _again(row),
        "citations": [
            (each, matter_address(request.user, each.matter)) for each in selectors.citations(row)
        ],
        "receipt": _seal(request, row),
        "links": _links(request, row),
    }
    if reading is not None:
        context |= _found(request, row, reading)
    return render(request, "twin/run.html", context)


def _found(request: HttpRequest, row: Run, reading: Reading) -> dict[str, Any]:
    names = [each.name for each in reading.options]
    chosen = request.GET.get("option", "")
    option = chosen if chosen in names else names[0]
    where, who = _filter(request, reading)
    return {
        "reading": reading,
        "questions": judging.questions(reading),
        "which_number": judging.which_number(reading),
        "bounds": judging.bounds_words(reading.draws) if reading.draws else "",
        "option": option,
        "option_title": reading.title(option),
        "choices": _choices(request, reading, option),
        "shape": drawing.shape_of(row.version),
        "panels": drawing.panels(reading, row.version, option),
        "rows": reading.rows(where, who),
        "where": where,
        "who": who,
        "places": [(each, words.place(each)) for each in (*reading.districts, *reading.areas)],
        "groups": [(each, words.group(each)) for each in reading.groups],
        "air": drawing.by_district(reading, "air", "nox"),
        "sales": drawing.by_district(reading, "commerce", "sales"),
        "losers": drawing.losers_by_group(reading),
        "hit": who_loses(reading, option),
        "assumptions": assumptions(reading),
        "proofs": proofs(reading),
        "sources": _sources(request, row),
    }


def _seal(request: HttpRequest, row: Run) -> str:
    return receipts(request.user, [row.fact]).get(row.fact, "") if row.fact else ""


def _sources(request: HttpRequest, row: Run) -> list[tuple[CitySource, str]]:
    rows = list(selectors.sources(row.version))
    seals = receipts(request.user, [each.fact for each in rows])
    return [(each, seals.get(each.fact, "")) for each in rows]


def _filter(request: HttpRequest, reading: Reading) -> tuple[str, str]:
    where, who = request.GET.get("place", ""), request.GET.get("group", "")
    return (
        where if where in (*reading.districts, *reading.areas) else "",
        who if who in reading.groups else "",
    )


def _choices(request: HttpRequest, reading: Reading, option: str) -> list[dict[str, Any]]:
    """The options that the maps can show, each with its address."""
    found = []
    for each in reading.options:
        query = request.GET.copy()
        query["option"] = each.name
        url = f"?{query.urlencode()}#maps"
        found.append({"title": each.title, "url": url, "on": each.name == option})
    return found


def _again(row: Run) -> str:
    query = QueryDict(mutable=True)
    query.update({"model": row.version.model.name, "version": str(row.version.number)})
    query.setlist("options", [each["name"] for each in row.options])
    query["draws"] = str(row.draws)
    query.setlist("by", row.by)
    return f"{reverse('twin:ask')}?{query.urlencode()}"


def _links(request: HttpRequest, row: Run) -> dict[str, Any]:
    """What can be done with a result, as far as there are pages for it."""
    done, plans = row.state == Run.State.DONE, bool(policy.may_plan(request.user))
    files = done and bool(policy.may_change(request.user, row.department))
    return {
        "ask": reverse("twin:ask") if plans else "",
        "cite": reverse("twin:cite", args=[row.code]) if done and plans else "",
        "file": link("twin:file", row.code) if files and row.draws else "",
        "no_file": files and not row.draws,
        "csv": reverse("twin:data", args=[row.code, "csv"]) if done else "",
        "json": reverse("twin:data", args=[row.code, "json"]) if done else "",
        "report": link("twin:report", row.code) if done else "",
    }


@audience(*policy.READERS)
def progress(request: HttpRequest, code: str) -> HttpResponse:
    """How far is it? Asks the page to load itself anew when there is more to see.

    It asks once: what is answered first no longer polls, since another poll that asks for the same
    would break off the page while it loads.
    """
    row = selectors.run_by_code(code)
    context = _progress(request, row)
    ready = not row.is_open or (context["has_figures"] and "figures" not in request.GET)
    answer = render(request, "twin/_progress.html", {**context, "ready": ready})
    if ready and "anew" in request.GET:
        answer["HX-Refresh"] = "true"
    return answer


def _progress(request: HttpRequest, row: Run) -> dict[str, Any]:
    return {
        "run": row,
        "step": words.step(row),
        "percent": 100 * row.done // row.total if row.total else 0,
        "has_figures": bool(row.result),
        "state": words.STATES[row.state],
        "fault": _fault(row),
        "may_cancel": row.is_open and policy.may_cancel(request.user, row),
    }


def _fault(row: Run) -> str:
    """Why it failed, in the reader's language."""
    if not row.fault:
        return ""
    kept = {"message": row.fault["message"], "remedy": row.fault["remedy"]}
    told = explain(type("KeptError", (HeliError,), kept)(**row.fault.get("figures", {})))
    return f"{told.detail} {told.remedy}"


@audience(*policy.READERS)
@require_POST
def cancel(request: HttpRequest, code: str) -> HttpResponse:
    """Stop a run."""
    row = selectors.run_by_code(code)
    person = person_of(request)
    require(policy.may_cancel(person, row))
    try:
        services.cancel_run(row, actor=person.actor, department=department_of(person))
    except HeliError as error:
        messages.error(request, said(error))
    else:
        messages.success(request, _("The simulation is being stopped."))
    return HttpResponseRedirect(reverse("twin:run", args=[row.code]))


@audience(*policy.READERS)
def cite(request: HttpRequest, code: str) -> HttpResponse:
    """In which matter shall this result count?"""
    row = selectors.run_by_code(code)
    require(policy.may_plan(request.user))
    form, back = CiteForm(request.POST or None), reverse("twin:run", args=[row.code])
    if request.method == "POST" and form.is_valid():
        person = person_of(request)
        try:
            services.cite_run(
                row,
                form.cleaned_data["matter"],
                actor=person.actor,
                department=department_of(person),
                note=form.cleaned_data["note"],
                everywhere=policy.cites_everywhere(person),
            )
        except HeliError as error:
            form.add_error(error.field if error.field in form.fields else None, said(error))
        else:
            messages.success(request, _("The matter refers to this simulation now."))
            return HttpResponseRedirect(back)
    context = {
        "nav": "twin",
        "heading": _("In which matter shall this result count?"),
        "form": form,
        "back_url": back,
        "run": row,
        "titles": words.titles_of(row),
    }
    return render(request, "twin/cite.html", context, status=400 if form.errors else 200)
