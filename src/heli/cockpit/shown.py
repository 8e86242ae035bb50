"""The summary as the page shows it: tiles, bars, links and the chart."""

import datetime as dt
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from heli.cockpit import definitions
from heli.cockpit.selectors import work
from heli.cockpit.selectors.periods import Period
from heli.cockpit.selectors.summary import Summary, summary
from heli.kernel.localise import bilingual
from heli.organisation.selectors import Department
from heli.web.shapes import ChartTable
from heli.web.words import absolute

HOUR, DAY = 3600, 86_400
STUCK_SHOWN = 6
DEBTS_SHOWN = 6
# Readers of one process share the same figures for two seconds, or for ten times as long as they
# took to compute: however large the city, figures cost at most a tenth of a processor. The page
# tells the instant they stand for.
SHARED, REST = 2.0, 10.0


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure with what it means, how it is counted and the way down."""

    value: float | int | None
    unit: str
    label: str
    note: str
    definition: str | Promise
    url: str
    state: str = ""
    digits: int = 1


@dataclass(frozen=True, slots=True)
class Stuck:
    """One queue among those where matters wait; a whole bar stands for ``full`` days."""

    label: str
    department: Department | None
    parts: Sequence[tuple[str, float, str]]
    full: float
    days: float
    count: int
    url: str

    @property
    def said(self) -> list[str]:
        """Its parts in words: no state is told by a colour alone."""
        return [words for _state, amount, words in self.parts if amount]


@dataclass(frozen=True, slots=True)
class Owed:
    """Who owes what to whom."""

    debtor: Department | None
    creditor: Department | None
    count: int
    url: str


class _Shared:
    """The latest figures by period, computed once for all readers of this process."""

    def __init__(self) -> None:
        self._locks = {period: threading.Lock() for period in Period}
        self._kept: dict[Period, tuple[float, Summary]] = {}

    def get(self, period: Period) -> Summary:
        with self._locks[period]:
            until, found = self._kept.get(period, (0.0, None))
            if found is None or time.monotonic() > until:
                start = time.monotonic()
                found = summary(period)
                now = time.monotonic()
                self._kept[period] = now + max(SHARED, REST * (now - start)), found
            return found

    def forget(self) -> None:
        self._kept.clear()


_shared = _Shared()
shared_summary = _shared.get
forget = _shared.forget


def way_down(name: str, **query: Any) -> str:
    """The address of the page behind a figure."""
    kept = {key: value for key, value in query.items() if value}
    return f"{reverse(f'cockpit:{name}')}{'?' if kept else ''}{urlencode(kept)}"


def tiles(found: Summary) -> list[Tile]:
    """The four figures at the head of the page, then exchange and ledger."""
    period = found.period.value
    state = "late" if found.overdue else ""
    return [
        Tile(
            found.tasks.rate, "%", _("Completed on time"), _on_time_note(found),
            definitions.ON_TIME, way_down("tasks", show="completed", period=period),
        ),
        Tile(
            hours(found.requests.median), _("h"), _("Median answer to a request for collaboration"),
            _response_note(found), definitions.RESPONSE,
            way_down("requests", show="answered", period=period),
        ),
        Tile(
            found.overdue, ngettext("item", "items", found.overdue), _("Overdue now"),
            _overdue_note(found), definitions.OVERDUE, way_down("overdue"), state, 0,
        ),
        Tile(
            days(found.saving.saved), _("days"), _("Saved by working in parallel"),
            _saving_note(found), definitions.SAVED, way_down("matters", period=period),
        ),
    ]  # fmt: skip


def hours(seconds: float | None) -> float | None:
    """Seconds as hours."""
    return None if seconds is None else seconds / HOUR


def days(seconds: float | None) -> float | None:
    """Seconds as days."""
    return None if seconds is None else seconds / DAY


def _on_time_note(found: Summary) -> str:
    done = _("{count} completed").format(count=f"{found.tasks.count:,}")
    if found.tasks.clocked < found.tasks.count:
        done = _("{done}, {clocked} of them with a clock").format(
            done=done, clocked=f"{found.tasks.clocked:,}"
        )
    if found.delta is None:
        return done
    return _("{delta} points against the period before · {done}").format(
        delta=f"{found.delta:+.1f}", done=done
    )


def _response_note(found: Summary) -> str:
    if found.requests.p90 is None:
        return _("No request was answered in this period")
    return _("nine in ten within {hours} h · {count} answered").format(
        hours=f"{found.requests.p90 / HOUR:.1f}", count=f"{found.requests.count:,}"
    )


def _overdue_note(found: Summary) -> str:
    if not found.overdue:
        return _("Nobody owes anything overdue")
    worst = found.debts[0]
    return ngettext(
        "{count} department; most at {worst}", "{count} departments; most at {worst}", found.debtors
    ).format(count=found.debtors, worst=_name(found, worst.debtor))


def _saving_note(found: Summary) -> str:
    if found.saving.serial is None:
        return _("No matter ended in this period")
    return _("median of {count} matters · one after the other {serial} days").format(
        count=f"{found.saving.matters:,}", serial=f"{found.saving.serial / DAY:.1f}"
    )


def _name(found: Summary, code: str) -> str:
    return found.names[code].name if code in found.names else code


def stuck(found: Summary) -> list[Stuck]:
    """The queues that cost the most days."""
    shown = [item for item in found.waiting if item.days >= 0.05][:STUCK_SHOWN]
    top = max((item.days for item in shown), default=0.0)
    return [
        Stuck(
            bilingual(item.name_zh, item.name_en),
            found.names.get(item.department),
            _parts(item),
            top,
            item.days,
            item.count,
            way_down("tasks", show="open", department=item.department, activity=item.name_zh),
        )
        for item in shown
    ]


def _parts(item: work.Waiting) -> list[tuple[str, float, str]]:
    parts = (
        ("late", item.late_days, _("{days} days overdue")),
        ("at_risk", item.at_risk_days, _("{days} days at risk")),
        ("suspended", item.suspended_days, _("{days} days suspended")),
    )
    return [(state, amount, words.format(days=f"{amount:.1f}")) for state, amount, words in parts]


def owed(found: Summary) -> list[Owed]:
    """The largest debts between departments."""
    return [
        Owed(
            found.names.get(debt.debtor),
            found.names.get(debt.creditor),
            debt.count,
            way_down("overdue", department=debt.debtor, creditor=debt.creditor),
        )
        for debt in found.debts[:DEBTS_SHOWN]
    ]


def suggestion(found: Summary) -> str:
    """Advice with its expected effect and its error; empty where nothing supports any."""
    if found.suggestion is None:
        return ""
    waiting, estimate = found.suggestion.waiting, found.suggestion.estimate
    return _(
        "One more officer for “{activity}” at {department}: days in the queue would fall from "
        "{now} (±{now_error}) to {then} (±{then_error})."
    ).format(
        activity=bilingual(waiting.name_zh, waiting.name_en),
        department=_name(found, waiting.department),
        now=f"{estimate.now:.1f}",
        now_error=f"{estimate.now_error:.1f}",
        then=f"{estimate.then:.1f}",
        then_error=f"{estimate.then_error:.1f}",
    )


def chart(found: Summary) -> tuple[dict[str, Any], ChartTable]:
    """Completed tasks by day, on time, late and without a clock, as a chart and as a table."""
    days = [dt.date.fromisoformat(day) for day, *_counts in found.by_day]
    # Translators: Django date format of a day on the axis of a chart, without the year
    labels = [date_format(day, pgettext("axis", "j M")) for day in days]
    names = _("On time"), _("Overdue"), _("Without a clock")
    colours = "--ok", "--late", "--done"
    option = {
        "legend": {},
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "category", "data": labels},
        "yAxis": {"type": "value", "minInterval": 1},
        "series": [
            {
                "name": name,
                "type": "bar",
                "stack": "tasks",
                "itemStyle": {"color": colour},
                "data": [row[place] for row in found.by_day],
            }
            for place, (name, colour) in enumerate(zip(names, colours, strict=True), 1)
        ],
    }
    rows = [
        (absolute(day, "date"), *counts)
        for day, (_day, *counts) in zip(days, found.by_day, strict=True)
    ]
    table = ChartTable(_("Completed tasks by day"), [_("Day"), *names], rows)
    return option, table
