"""The page of an imported log: how departments worked together in it."""

import datetime as dt
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext, ngettext, pgettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from heli.cases.history.analysis import Analysis, Sojourn
from heli.cases.history.selectors import analyse_source, last_event, sources
from heli.cases.selectors import Matter
from heli.cockpit import links
from heli.cockpit.policy import VIEWERS, person_of
from heli.kernel import clock
from heli.kernel.permissions import audience
from heli.organisation.selectors import Department
from heli.web.shapes import ChartTable
from heli.web.tables import Column, Table
from heli.web.words import figure

PAIRS_SHOWN = 12
CHART_SHOWN = 12
ACTIVITIES_SHOWN = 12
LABEL = 300
"""Widest name of an activity beside its bars, in pixels; longer ones are cut."""
_kept: dict[tuple[str, int, int], tuple[Analysis, dt.datetime | None]] = {}


class HistoryTable(Table):
    """The matters of an imported log."""

    columns = (
        Column("code", _("Matter"), kind="code", main=True),
        Column("external_id", _("Number in the log"), sort="external_id"),
        Column("accountable", _("Last at"), kind="department"),
        Column("opened_at", _("Began"), sort="opened_at", kind="datetime"),
        Column("due_at", _("Deadline"), sort="due_at", kind="datetime", wide=True),
        Column("closed_at", _("Ended"), sort="closed_at", kind="datetime"),
    )
    search = ("external_id", "code")
    default_sort = "-opened_at"
    page_size = 15
    empty_title = _("No matter matches")
    total = 0

    @property
    def count_words(self) -> str:
        """The whole log's number of matters is known; what is searched for is counted."""
        return figure(self.total) if self.total and not self.narrowed else super().count_words

    ways = links.Ways()

    def row_url(self, row: Matter) -> str:
        """The page of the matter, where the reader may see it."""
        return self.ways.matter(row.code)

    def decorate(self, rows: list[Matter]) -> list[Matter]:
        """Find out which matters the reader may open."""
        self.ways = links.ways(person_of(self.request), (row.code for row in rows))
        return rows


@require_GET
@audience(*VIEWERS)
def history(request: HttpRequest) -> HttpResponse:
    """One imported log, or how to import one."""
    logs = sources()
    chosen = next((log for log in logs if log.name == request.GET.get("source")), None)
    chosen = chosen or (logs[0] if logs else None)
    context: dict[str, Any] = {"nav": "cockpit", "logs": logs, "log": chosen, "now": clock.now()}
    if chosen is None:
        return render(request, "cockpit/history.html", context)
    figures, last = _analysis(chosen.name, chosen.matters, chosen.closed)
    sojourn = [
        (row, _hours(row.median_seconds), _hours(row.p90_seconds)) for row in figures.sojourn
    ]
    departments = {item.code: item for item in Department.objects.all()}
    context |= {
        "figures": figures,
        "last": last,
        **_notes(figures),
        "sojourn": sojourn[:ACTIVITIES_SHOWN],
        "more_sojourn": sojourn[ACTIVITIES_SHOWN:],
        "pairs": [
            (pair, departments.get(pair.giver), departments.get(pair.taker))
            for pair in figures.handover_pairs[:PAIRS_SHOWN]
        ],
        "chart_option": _chart(figures),
        "chart_table": ChartTable(
            _("Longest activities"),
            [_("Activity"), _("Median (h)"), _("Nine in ten within (h)")],
            [
                (row.activity, _rounded(row.median_seconds), _rounded(row.p90_seconds))
                for row in _longest(figures)
            ],
        ),
    }  # fmt: skip
    matters = Matter.objects.filter(source=chosen.name).exclude(external_id="")
    table = HistoryTable(request, matters.select_related("accountable"))
    table.total = figures.matters
    return table.response("cockpit/history.html", context)


def _notes(figures: Analysis) -> dict[str, object]:
    """The small lines under the tiles."""
    ended = figures.finished_with_deadline
    return {
        "late_share": 100 * figures.finished_late / ended if ended else None,
        "late_state": "late" if figures.finished_late else "",
        "events_note": _counts(figures),
        "over_note": gettext("{count} of them took more than 48 hours").format(
            count=f"{figures.handovers_over_48h:,}"
        ),
        "late_note": gettext("{late} of {ended} that ended and had a deadline").format(
            late=f"{figures.finished_late:,}", ended=f"{ended:,}"
        ),
        "multi_note": ngettext(
            "{count} matter needed several departments",
            "{count} matters needed several departments",
            figures.matters_multi_department,
        ).format(count=f"{figures.matters_multi_department:,}"),
    }


def _counts(figures: Analysis) -> str:
    events, activities, departments = figures.events, figures.activities, figures.departments
    said = (
        ngettext("{count} event", "{count} events", events).format(count=f"{events:,}"),
        ngettext("{count} activity", "{count} activities", activities).format(count=activities),
        ngettext("{count} department", "{count} departments", departments).format(
            count=departments
        ),
    )
    return pgettext("between clauses", ", ").join(said)


def _analysis(source: str, matters: int, closed: int) -> tuple[Analysis, dt.datetime | None]:
    """The analysis of a log and its last event, kept until the log grows."""
    key = (source, matters, closed)
    if key not in _kept:
        _kept.clear()
        _kept[key] = analyse_source(source), last_event(source)
    return _kept[key]


def _longest(figures: Analysis) -> list[Sojourn]:
    return [row for row in figures.sojourn if row.measured >= 10][:CHART_SHOWN]


def _chart(figures: Analysis) -> dict[str, object]:
    rows = _longest(figures)[::-1]
    names = gettext("Median (h)"), gettext("Nine in ten within (h)")
    return {
        "legend": {},
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}},
        "xAxis": {"type": "value", "name": pgettext("unit", "hours"), "nameLocation": "end"},
        "yAxis": {
            "type": "category",
            "data": [row.activity for row in rows],
            "axisLabel": {"width": LABEL, "overflow": "truncate", "interval": 0},
        },
        "series": [
            {"type": "bar", "name": name, "barGap": "0%", "barMaxWidth": 8, "data": data}
            for name, data in zip(
                names,
                (
                    [_rounded(row.median_seconds) for row in rows],
                    [_rounded(row.p90_seconds) for row in rows],
                ),
                strict=True,
            )
        ],
        "grid": {"left": 8, "right": 64, "top": 32, "bottom": 8, "containLabel": True},
    }


def _hours(seconds: float | None) -> float | None:
    return None if seconds is None else seconds / 3600


def _rounded(seconds: float | None) -> float:
    return round((seconds or 0.0) / 3600, 1)
