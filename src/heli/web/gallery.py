"""Every component in every state, with plainly made-up data; only in the demo city."""

import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from heli.errors import BadInputError, ConflictError
from heli.kernel import clock as time
from heli.kernel.permissions import audience
from heli.web import gallery_map, words
from heli.web.confluence import Block, Exclusive, Leaf, Parallel, Sequence
from heli.web.shapes import (
    STATE_LABELS,
    STATES,
    Answer,
    ChartTable,
    Clock,
    Department,
    Entry,
    Prefilled,
    TaskRow,
)
from heli.web.tables import Column, Filter, Table

HOUR = dt.timedelta(hours=1)
RECEIPT = "#receipt"


def clocks() -> list[Clock]:
    """One clock in each state, and the edges."""
    now = time.now()
    return [
        Clock("on_time", 0.46, 50.4 * HOUR, now + 50.4 * HOUR),
        Clock("at_risk", 0.88, 6 * HOUR, now + 6 * HOUR),
        Clock("late", 1, -5 * HOUR, now - 5 * HOUR),
        Clock("suspended", 0.38, 48 * HOUR),
        Clock("done", 1, 48 * HOUR, now),
        Clock("on_time", 0, 400 * HOUR, now + 400 * HOUR),
        Clock("at_risk", 0.99, HOUR / 5, now + HOUR / 5),
    ]


def departments() -> list[Department]:
    """Four departments of the demo city."""
    return [
        Department("场", _("Market regulation (demo)")),
        Department("消", _("Fire and rescue (demo)")),
        Department("生", _("Ecology and environment (demo)")),
        Department("城", _("Urban management (demo)")),
    ]


LABELS = (
    gettext_lazy("Food business permit"),
    gettext_lazy("Fire check of a public place"),
    gettext_lazy("Discharge registration"),
    gettext_lazy("Outdoor sign"),
)


def tree() -> Parallel:
    """Four departments at the same time."""
    order = (4, 2, 0, 3)
    faces = zip(LABELS, departments(), order, strict=True)
    every = clocks()
    return Parallel(
        [
            Leaf(
                str(label),
                department.name,
                every[n].state,
                every[n].fraction,
                words.clock_words(every[n]),
                "#lane",
            )
            for label, department, n in faces
        ]
    )


def nested_tree() -> Block:
    """Receipt, two branches of which one is a sequence, a choice, and the permit."""
    office = _("Planning (demo)")
    left = words.duration(50 * HOUR)
    return Sequence(
        [
            Leaf(_("Intake"), _("Service hall (demo)"), "done", 1, _("Done")),
            Parallel(
                [
                    Leaf(_("Land approval"), office, "on_time", 0.5, left),
                    Sequence(
                        [
                            Leaf(
                                _("Assessment screening"), _("Ecology (demo)"), "done", 1, _("Done")
                            ),
                            Leaf(
                                _("Expert review"),
                                _("Ecology (demo)"),
                                "late",
                                1,
                                str(STATE_LABELS["late"]),
                            ),
                        ]
                    ),
                    Exclusive(
                        [
                            Leaf(
                                _("Traffic impact study"), _("Traffic (demo)"), "at_risk", 0.9, left
                            ),
                            Leaf(
                                _("Traffic note"), _("Traffic (demo)"), "skipped", 0, _("Not taken")
                            ),
                        ]
                    ),
                ]
            ),
            Leaf(_("Construction permit"), _("Housing (demo)"), "waiting", 0, _("Not begun")),
        ]
    )


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label=gettext_lazy("Name of the shop"), max_length=60)
    code = forms.CharField(
        label=gettext_lazy("Unified social credit code"),
        help_text=gettext_lazy("18 characters, on the business licence."),
    )
    area = forms.DecimalField(label=gettext_lazy("Floor area in m²"), required=False)
    district = forms.ChoiceField(
        label=gettext_lazy("District"),
        choices=[("a", gettext_lazy("Riverside (demo)")), ("b", gettext_lazy("Old town (demo)"))],
    )
    seats = forms.ChoiceField(
        label=gettext_lazy("Where do guests eat?"),
        choices=[("in", gettext_lazy("Inside")), ("out", gettext_lazy("Take-away only"))],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=gettext_lazy("Anything else?"),
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
    )
    agree = forms.BooleanField(label=gettext_lazy("I have read what the data is used for."))


@dataclass(frozen=True)
class Item:
    """A row of the sample queue."""

    pk: int
    code: str
    label: str
    step: tuple[str, str]
    clock: Clock
    department: Department
    state: str
    amount: int


def items() -> list[Item]:
    """Sixty rows in every state."""
    every, faces = clocks()[:5], departments()
    found = []
    for number in range(1, 61):
        clock = every[(number * 7) % 5]
        found.append(
            Item(
                number,
                f"LJ-{number:04d}-{number * 37 % 100:02d}",
                _("Sample shop {n} · {what}").format(n=number, what=LABELS[number % 4]),
                (clock.state, str(STATE_LABELS[clock.state])),
                clock,
                faces[number % 4],
                clock.state,
                number * 1379,
            )
        )
    return found


class SampleTable(Table):
    """The queue of the gallery."""

    columns = [
        Column("code", gettext_lazy("Code"), sort="code", kind="code"),
        Column("label", gettext_lazy("Matter"), sort="label", main=True),
        Column("department", gettext_lazy("Department"), kind="department", wide=True),
        Column(
            "amount", gettext_lazy("Floor area"), sort="amount", kind="number", unit="m²", wide=True
        ),
        Column("clock", gettext_lazy("Clock"), sort="clock__fraction", kind="clock"),
    ]
    filters = [
        Filter(
            "state",
            gettext_lazy("State"),
            [(state, STATE_LABELS[state]) for state in STATES],
            lambda rows, value: [row for row in rows if row.state == value],
        )
    ]
    search = ["code", "label"]
    page_size = 12
    default_sort = "-clock__fraction"
    caption = gettext_lazy("Sample matters")

    def row_url(self, row: Item) -> str:
        """The sample detail."""
        return reverse("web:gallery_item", args=[row.pk])


def _chart() -> tuple[dict[str, Any], ChartTable]:
    weeks = [str(n) for n in range(1, 9)]
    done = [120, 132, 101, 134, 90, 130, 150, 142]
    late = [9, 12, 8, 14, 6, 7, 5, 4]
    option = {
        "tooltip": {"trigger": "axis"},
        "legend": {},
        "xAxis": {"type": "category", "data": weeks, "name": _("week")},
        "yAxis": {"type": "value", "name": _("items")},
        "series": [
            {"name": _("Finished"), "type": "bar", "data": done},
            {"name": str(STATE_LABELS["late"]), "type": "line", "data": late, "color": "--late"},
        ],
    }
    rows = list(zip(weeks, done, late, strict=True))
    table = ChartTable(
        _("Finished and overdue by week"),
        [_("Week"), _("Finished"), str(STATE_LABELS["late"])],
        rows,
    )
    return option, table


def _timeline() -> list[Entry]:
    now, faces = time.now(), departments()
    return [
        Entry(now - HOUR / 4, _("accepted the discharge registration"), faces[2]),
        Entry(
            now - HOUR,
            _("is past the 48 hours; its head has been told"),
            faces[1],
            state="late",
            state_label=STATE_LABELS["late"],
        ),
        Entry(
            now - 2 * HOUR,
            _("looked up 1 property record for this matter"),
            faces[0],
            receipt_url=RECEIPT,
        ),
        Entry(now - 60 * HOUR, _("The matter was received and got its code"), url="#matter"),
    ]


def _tasks() -> list[TaskRow]:
    every, order = clocks(), (4, 2, 0, 3)
    return [
        TaskRow(label, face, every[n], every[n].state, STATE_LABELS[every[n].state], "#task")
        for label, face, n in zip(LABELS, departments(), order, strict=True)
    ]


@audience(public=True)
def gallery(request: HttpRequest) -> HttpResponse:
    """All components on one page."""
    if "toast" in request.GET:
        messages.success(request, _("Saved. The clock runs on."))
        messages.error(request, _("Not sent: the address could not be read."))
    option, table = _chart()
    city = gallery_map.shape()
    context = {
        "city": city,
        "city_panels": gallery_map.panels(city),
        "now": time.now(),
        "then": time.now() - 3 * HOUR,
        "soon": time.now() + 49 * HOUR,
        "clocks": clocks(),
        "departments": departments(),
        "states": list(STATE_LABELS.items()),
        "tree": tree(),
        "nested": nested_tree(),
        "timeline": _timeline(),
        "tasks": _tasks(),
        "option": option,
        "chart_table": table,
        "wave": [3, 5, 4, 6, 8, 7, 9, 8, 11, 10],
        "parts": [
            ("late", 34, _("overdue 34")),
            ("at_risk", 14, _("at risk 14")),
            ("suspended", 9, _("suspended 9")),
        ],
        "receipt": RECEIPT,
        "marks": {"food": "done", "fire": "late"},
    }
    return render(request, "web/gallery/gallery.html", context)


@audience(public=True)
def queue(request: HttpRequest) -> HttpResponse:
    """The queue with its detail pane."""
    context = {"heading": _("What is due today?")}
    return SampleTable(request, items()).response("web/queue.html", context)


@audience(public=True)
def queue_item(request: HttpRequest, number: int) -> HttpResponse:
    """The detail of one row, alone or in the pane."""
    found = [item for item in items() if item.pk == number]
    if not found:
        raise Http404
    context = {"item": found[0], "tasks": _tasks(), "receipt": RECEIPT}
    return render(request, "web/gallery/item.html", context)


@audience(public=True)
def applicant(request: HttpRequest) -> HttpResponse:
    """The applicant's components: a form that was refused, and the check before sending."""
    form = SampleForm({"name": "", "code": "91310", "district": "a"})
    form.add_error("code", _("A credit code has 18 characters; this one has 5."))
    answers = [
        Answer(_("Name of the shop"), _("Sample shop (demo)"), "#change"),
        Answer(_("Floor area"), "286.4 m²", "", RECEIPT, _("From the property register")),
        Answer(_("Anything else?"), "", "#change"),
    ]
    context = {
        "form": form,
        "answers": answers,
        "prefilled": Prefilled(_("From the business licence"), RECEIPT),
        "tree": tree(),
    }
    return render(request, "web/gallery/applicant.html", context)


@audience(public=True)
async def events(request: HttpRequest) -> StreamingHttpResponse:
    """A short stream: three events, then the end."""
    start = int(request.headers.get("Last-Event-ID") or request.GET.get("last_event_id") or 0)

    async def stream() -> AsyncIterator[str]:
        for number in range(start + 1, start + 4):
            yield f"id: {number}\ndata: <li>{number}</li>\n\n"

    return StreamingHttpResponse(
        stream(), content_type="text/event-stream", headers={"Cache-Control": "no-store"}
    )


@audience(public=True)
def error(request: HttpRequest, status: int) -> HttpResponse:
    """Raise what leads to the error page with this status."""
    faults: dict[int, Exception] = {
        400: BadRequest(),
        403: PermissionDenied(),
        404: Http404(),
        409: ConflictError(reason=_("another officer has claimed this task")),
        422: BadInputError(reason=_("a credit code has 18 characters"), field="code"),
    }
    if status not in faults:
        return render(request, "web/errors/500.html", {"heading": "500"}, status=500)
    raise faults[status]
