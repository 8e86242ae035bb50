"""What stands in a report of a run, in the reader's language, as plain data for the typesetter."""

from dataclasses import asdict
from typing import Any

import segno
from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language, gettext, pgettext

from heli.exchange.selectors import receipt_url
from heli.kernel import clock
from heli.organisation import selectors as organisation
from heli.twin import describing, judging, selectors, words
from heli.twin.models import CityVersion, Run
from heli.twin.pages.telling import assumptions, proofs, who_loses
from heli.twin.reading import Cell, Reading, Row
from heli.twin.report.maps import maps_of


def content_of(run: Run) -> dict[str, Any]:
    """The content of a run's report.

    Raises:
        RunNotDoneError: It has no complete result.
    """
    reading = Reading(selectors.whole_result(run))
    address = f"{settings.HELI_PUBLIC_URL}{reverse('twin:run', args=[run.code])}"
    return {
        "language": "en" if (get_language() or "").startswith("en") else "zh",
        "words": _words(reading),
        "code": run.code,
        "heading": judging.heading(reading, words.titles_of(run)),
        "about": _about(run),
        "note": run.note,
        "address": address,
        "qr": _qr(address),
        "options": [asdict(each) for each in describing.options_of(run)],
        "questions": _questions(reading),
        "which_number": judging.which_number(reading),
        "figures": _figures(reading),
        "maps": maps_of(reading, run.version),
        "districts": _districts(reading),
        "losers": [
            {"title": each.title, **_losers(reading, each.name)} for each in reading.options
        ],
        "assumptions": assumptions(reading),
        "sources": _sources(run.version),
        "proofs": _proofs(run, reading),
        "method": _method(reading),
    }


def _about(run: Run) -> list[list[str]]:
    department = organisation.departments().get(run.department)
    finished = (run.finished_at or run.asked_at).astimezone(clock.SHANGHAI)
    draws = gettext("{n} draws of what is assumed").format(n=run.draws)
    return [
        [gettext("City"), f"{words.title(run.version.model)} · {run.version.number}"],
        [gettext("Asked by"), department.name if department else run.department],
        [gettext("Computed on"), finished.strftime("%Y-%m-%d %H:%M")],
        [gettext("How sure"), draws if run.draws else gettext("without an ensemble")],
    ]


def _qr(address: str) -> str:
    told: str = segno.make(address, error="m").svg_inline(border=0, dark="#1b2a3a")
    return told.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)


def _questions(reading: Reading) -> list[dict[str, Any]]:
    return [
        {
            "answer": each.answer,
            "definition": each.definition,
            "verdicts": [
                {
                    "sentence": one.sentence,
                    "certainty": one.certainty,
                    "otherwise": one.otherwise,
                }
                for one in each.verdicts
            ],
            "turns": [
                [turn.pair, turn.meaning, turn.value, turn.level, turn.share] for turn in each.turns
            ],
        }
        for each in judging.questions(reading)
    ]


def _figures(reading: Reading) -> dict[str, Any]:
    heads = [gettext("As it is"), *(each.title for each in reading.options)]
    domains = [
        {"title": title, "rows": [_row(row) for row in rows]} for title, rows in reading.rows()
    ]
    return {"heads": heads, "domains": domains}


def _row(row: Row, *, placed: bool = True) -> dict[str, Any]:
    label = f"{row.label} · {row.where}" if row.where and placed else row.label
    alone = not row.base  # the figure is a change itself
    return {
        "label": label,
        "unit": row.unit,
        "base": [row.base, row.base_within],
        "cells": [
            [cell.text, cell.sense_word if alone else _change(cell), cell.within]
            for cell in row.cells
        ],
    }


def _change(cell: Cell) -> str:
    return " · ".join(part for part in (cell.change, cell.share, cell.sense_word) if part)


def _districts(reading: Reading) -> list[dict[str, Any]]:
    """The air, sales and emissions of every district and area."""
    wanted = {"nox", "pm25", "sales", "nox_emitted", "vehicle_km"}
    found = []
    for place in (*reading.areas, *reading.districts):
        rows = [row for _, rows in reading.rows(place) for row in rows if row.key.name in wanted]
        found.append(
            {"title": words.place(place), "rows": [_row(row, placed=False) for row in rows]}
        )
    return found


def _losers(reading: Reading, option: str) -> dict[str, Any]:
    told = who_loses(reading, option)
    return {
        "heads": [[head["label"], head["unit"]] for head in told["heads"]],
        "rows": [
            [place, who, *([cell.change, cell.share] for cell in cells)]
            for place, who, cells in told["rows"]
        ],
    }


def _sources(version: CityVersion) -> list[list[str]]:
    return [
        [
            str(words.PARTS.get(each.part, each.part)),
            each.resource,
            f"{each.rows:,}",
            each.read_at.astimezone(clock.SHANGHAI).strftime("%Y-%m-%d"),
            settings.HELI_PUBLIC_URL + receipt_url(each.fact),
        ]
        for each in selectors.sources(version)
    ]


def _proofs(run: Run, reading: Reading) -> list[list[str]]:
    told = [
        [gettext("Version of the city"), run.version.digest],
        [gettext("Hash of the result"), run.digest],
    ]
    if run.fact:
        told.append([gettext("Receipt"), settings.HELI_PUBLIC_URL + receipt_url(run.fact)])
    for each in proofs(reading):
        label = gettext("State of “{option}”").format(option=each["title"])
        told.append([label, f"{each['digest']} ({each['gap']})"])
    return told


def _method(reading: Reading) -> list[str]:
    told = [
        gettext(
            "All figures of an option come from one state: who travels how on which roads in the "
            "modelled hour of a working day, once demand and travel times agree. The digest of the "
            "state stands on every report of traffic, air, shops and reach, and reports of "
            "different states are never put together."
        ),
        gettext(
            "Roads: user equilibrium of all classes of vehicles. Emissions: speed functions of the "
            "EMEP/EEA guidebook for hot engines. Air: Gaussian plumes of the roads on top of the "
            "background. Shops: Huff's model with an outside option. Reach: jobs, schools and "
            "hospitals within 30 minutes."
        ),
        gettext(
            "≈ stands for a change of at most twice what the solver leaves open: it is no change "
            "that could be told."
        ),
    ]
    if reading.draws:
        told.append(
            gettext(
                "Intervals hold {draws}, the same ones for every option. An option is called "
                "better only where its difference is larger than what solver and ensemble leave "
                "open."
            ).format(draws=judging.bounds_words(reading.draws))
        )
    return told


def _words(reading: Reading) -> dict[str, str]:
    """Headings and column heads."""
    return {
        "report": gettext("What would these policies do?"),
        "options": gettext("What was compared"),
        "holds": pgettext("scenario", "Holds"),
        "verdicts": gettext("What can be said"),
        "no_verdicts": gettext("No figure was chosen to rank the policies by."),
        "turns": gettext("What would reverse it"),
        "no_turns": gettext("No single assumption, moved within its range, reverses any of it."),
        "pair": gettext("Options"),
        "assumption": gettext("Assumption"),
        "value": gettext("Value"),
        "level": gettext("Reversed at"),
        "share": gettext("Part of its range"),
        "figures": gettext("What changes in the city"),
        "figure": gettext("Figure"),
        "maps": gettext("Where it changes"),
        "districts": gettext("By district and area"),
        "losers": gettext("Who gains and who loses"),
        "district": gettext("District"),
        "income": gettext("Income"),
        "assumptions": gettext("What is assumed?"),
        "range": gettext("Range"),
        "sources": gettext("What data?"),
        "no_sources": gettext(
            "This version of the city was handed in as a whole; no data of the exchange went into "
            "it."
        ),
        "part": pgettext("city", "Part"),
        "resource": gettext("Resource"),
        "records": pgettext("count", "Records"),
        "read": pgettext("data", "Read"),
        "proof": gettext("Proof"),
        "proofs": gettext("What proves it?"),
        "method": gettext("How it was computed"),
        "scan": gettext("The result itself"),
    }
