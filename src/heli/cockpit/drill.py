"""The way down: the tasks, requests, matters and facts behind a figure, one page each."""

from collections.abc import Collection, Sequence
from types import SimpleNamespace
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from heli.cockpit import links
from heli.cockpit.policy import VIEWERS, person_of
from heli.cockpit.selectors import behind, news
from heli.cockpit.selectors.periods import Period, Span, period_of, span_of
from heli.exchange.selectors import resource_titles
from heli.kernel import clock
from heli.kernel.localise import bilingual
from heli.kernel.permissions import audience
from heli.ledger.selectors import Fact
from heli.organisation.selectors import Department
from heli.web.shapes import STATE_LABELS
from heli.web.tables import Column, Table

TASK_HEADINGS = {
    "completed": gettext_lazy("Which tasks were decided?"),
    "late": gettext_lazy("Which tasks are overdue?"),
    "open": gettext_lazy("Which tasks are waiting?"),
}
REQUEST_HEADINGS = {
    "answered": gettext_lazy("Which requests were answered?"),
    "late": gettext_lazy("Which requests are overdue?"),
}


KINDS = {
    "task": gettext_lazy("Task"),
    "request": gettext_lazy("Request for collaboration"),
}


def _span(request: HttpRequest) -> Span:
    return span_of(period_of(request.GET.get("period", "")), clock.now())


def _given(request: HttpRequest, *names: str) -> dict[str, str]:
    return {name: request.GET.get(name, "") for name in names}


def _show(request: HttpRequest, known: Collection[str], otherwise: str) -> str:
    asked = request.GET.get("show", "")
    return asked if asked in known else otherwise


def state_of(row: Any) -> tuple[str, Any]:
    """State of a task or request and its label: by its clock while open, else done or late.

    What is open without a clock is neither on time nor late.
    """
    now = clock.now()
    due = row.due_at
    if getattr(row, "suspended_at", None) and not row.closed_at:
        name = "suspended"
    elif due and (row.closed_at or now) > due:
        name = "late"
    elif row.closed_at:
        name = "done"
    elif due is None:
        return "unclocked", _("No clock")
    else:
        name = "at_risk" if row.at_risk_at and now >= row.at_risk_at else "on_time"
    return name, STATE_LABELS[name]  # type: ignore[index]


class MatterRows(Table):
    """Rows that belong to a matter and open its page, where the reader may see it."""

    ways = links.Ways()

    def row_url(self, row: Any) -> str:
        """The page of the row's matter."""
        return self.ways.matter(row.matter.code)

    def decorate(self, rows: list[Any]) -> list[Any]:
        """Find out which matters the reader may open."""
        self.ways = links.ways(person_of(self.request), (row.matter.code for row in rows))
        return rows


TASK = (
    Column("matter.code", gettext_lazy("Matter"), kind="code", main=True),
    Column("name", gettext_lazy("Task")),
    Column("department", gettext_lazy("Department"), sort="department", kind="department"),
    Column("opened_at", gettext_lazy("Opened"), sort="opened_at", kind="datetime", wide=True),
    Column("due_at", gettext_lazy("Due"), sort="order_at", kind="datetime"),
)
STATE = Column("state", gettext_lazy("State"), kind="state", value=state_of)


class TaskTable(MatterRows):
    """Waiting tasks behind a figure."""

    columns: ClassVar[Sequence[Column]] = (*TASK, STATE)
    search = ("matter__code", "name_zh", "name_en")
    default_sort = "order_at"
    empty_title = gettext_lazy("No task is behind this figure")


class DecidedTable(TaskTable):
    """Decided tasks behind a figure, each with the receipt of its decision."""

    columns = (
        *TASK,
        Column("closed_at", gettext_lazy("Decided"), sort="closed_at", kind="datetime", wide=True),
        STATE,
        Column(
            "receipt",
            gettext_lazy("Receipt"),
            value=lambda row: row.receipt_url,
            template="cockpit/_cell_receipt.html",
        ),
    )

    def decorate(self, rows: list[Any]) -> list[Any]:
        """Find the fact that decided each task, and what of it the reader may open."""
        subjects = {f"cases.task:{row.pk}": row for row in rows}
        decided = Fact.objects.filter(
            subject__in=subjects,
            verb__in=["cases.task.completed", "cases.task.refused", "cases.task.returned"],
        )
        found = dict(decided.values_list("subject", "id"))
        codes = (row.matter.code for row in rows)
        self.ways = links.ways(person_of(self.request), codes, found.values())
        for subject, row in subjects.items():
            row.receipt_url = self.ways.receipt(found.get(subject))
        return rows


class RequestTable(MatterRows):
    """Requests for collaboration behind a figure."""

    columns = (
        Column("matter.code", gettext_lazy("Matter"), kind="code", main=True),
        Column("asker", gettext_lazy("Asked by"), kind="department"),
        Column("asked", gettext_lazy("Asked of"), kind="department"),
        Column("asked_at", pgettext_lazy("cockpit", "Asked"), sort="asked_at", kind="datetime"),
        Column("due_at", gettext_lazy("Due"), sort="order_at", kind="datetime"),
        Column(
            "closed_at", gettext_lazy("Answered at"), sort="closed_at", kind="datetime", wide=True
        ),
        Column("state", gettext_lazy("State"), kind="state", value=state_of),
    )
    search = ("matter__code",)
    default_sort = "order_at"
    empty_title = gettext_lazy("No request is behind this figure")


class OverdueTable(Table):
    """Tasks and requests that are overdue, in one list: as many as the figure counts."""

    columns = (
        Column("matter__code", gettext_lazy("Matter"), kind="code", main=True),
        Column("what", gettext_lazy("Kind"), value=lambda row: KINDS[row["what"]]),
        Column(
            "name",
            gettext_lazy("Task"),
            value=lambda row: bilingual(row["activity_zh"], row["activity_en"]),
        ),
        Column("debtor", pgettext_lazy("cockpit", "Owed by"), sort="debtor", kind="department"),
        Column("owed_to", pgettext_lazy("cockpit", "Owed to"), sort="owed_to", kind="department"),
        Column("due_at", gettext_lazy("Due"), sort="due_at", kind="datetime"),
    )
    default_sort = "due_at"
    empty_title = gettext_lazy("Nothing is overdue")
    ways = links.Ways()

    def search_rows(self, rows: Any, text: str) -> Any:
        """Ask again: a union cannot be narrowed."""
        return _overdue(self.request, search=text)

    def row_url(self, row: Any) -> str:
        """The page of the row's matter, where the reader may see it."""
        return self.ways.matter(row["matter__code"])

    def row_key(self, row: Any) -> str:
        """Kind and number: a task and a request may share a number."""
        return f"{row['what']}-{row['id']}"

    def decorate(self, rows: list[Any]) -> list[Any]:
        """Find out which matters the reader may open, and put departments in place of codes."""
        self.ways = links.ways(person_of(self.request), (row["matter__code"] for row in rows))
        names = Department.objects.in_bulk({row[name] for row in rows for name in behind.OWING})
        return [row | {name: names.get(row[name]) for name in behind.OWING} for row in rows]


class MatterTable(Table):
    """Matters behind the time saved."""

    columns = (
        Column("code", gettext_lazy("Matter"), kind="code", main=True),
        Column("title", gettext_lazy("Title")),
        Column("closed_at", gettext_lazy("Ended"), sort="closed_at", kind="datetime"),
        Column(
            "taken",
            gettext_lazy("In parallel"),
            kind="number",
            unit=gettext_lazy("days"),
            digits=1,
            value=lambda row: (row.closed_at - row.opened_at).total_seconds() / 86_400,
        ),
        Column(
            "serial",
            gettext_lazy("One after the other"),
            kind="number",
            unit=gettext_lazy("days"),
            digits=1,
            value=lambda row: row.serial_seconds / 86_400,
        ),
    )
    search = ("code",)
    default_sort = "-closed_at"
    empty_title = gettext_lazy("No matter ended in this period")
    ways = links.Ways()

    def row_url(self, row: Any) -> str:
        """The page of the matter, where the reader may see it."""
        return self.ways.matter(row.code)

    def decorate(self, rows: list[Any]) -> list[Any]:
        """Find out which matters the reader may open."""
        self.ways = links.ways(person_of(self.request), (row.code for row in rows))
        return rows


class FactTable(Table):
    """Facts as sentences."""

    columns = (
        Column("at", gettext_lazy("When"), sort="at", kind="datetime"),
        Column("sentence", gettext_lazy("What happened"), main=True),
        Column("matter", gettext_lazy("Matter"), kind="code"),
        Column("leaf_index", gettext_lazy("Entry"), kind="number", wide=True),
        Column(
            "receipt",
            gettext_lazy("Receipt"),
            value=lambda row: row.receipt_url,
            template="cockpit/_cell_receipt.html",
        ),
    )
    search = ("matter",)
    default_sort = "-at"
    empty_title = gettext_lazy("No fact is behind this figure")

    ways = links.Ways()

    def row_url(self, row: Any) -> str:
        """The page of the matter the fact belongs to, where the reader may see it."""
        return self.ways.matter(row.matter)

    def decorate(self, rows: list[Any]) -> list[Any]:
        """Write the sentences, with one query each for the names of departments and resources."""
        names, titles = news.department_names(), resource_titles()
        codes, ids = (row.matter for row in rows), (row.pk for row in rows)
        self.ways = links.ways(person_of(self.request), codes, ids)
        return [
            SimpleNamespace(
                pk=row.pk,
                at=row.at,
                matter=row.matter,
                leaf_index=row.leaf_index,
                receipt_url=self.ways.receipt(row.pk),
                sentence=news.of(row, names, titles).sentence(),
            )
            for row in rows
        ]


@audience(*VIEWERS)
def tasks(request: HttpRequest) -> HttpResponse:
    """Tasks behind a figure."""
    show = _show(request, behind.TASKS, "open")
    given = _given(request, "department", "activity", "creditor", "assignee")
    kind = DecidedTable if show == "completed" else TaskTable
    table = kind(request, behind.tasks(show, _span(request), **given))
    around = {"nav": "cockpit", "heading": TASK_HEADINGS[show]}
    return table.response("cockpit/list.html", around)


@audience(*VIEWERS)
def requests(request: HttpRequest) -> HttpResponse:
    """Requests behind a figure."""
    show = _show(request, behind.REQUESTS, "answered")
    given = _given(request, "department", "creditor")
    table = RequestTable(request, behind.requests(show, _span(request), **given))
    around = {"nav": "cockpit", "heading": REQUEST_HEADINGS[show]}
    return table.response("cockpit/list.html", around)


@audience(*VIEWERS)
def overdue(request: HttpRequest) -> HttpResponse:
    """All that is overdue, tasks and requests in one list."""
    around = {"nav": "cockpit", "heading": _("What is overdue?")}
    return OverdueTable(request, _overdue(request)).response("cockpit/list.html", around)


def _overdue(request: HttpRequest, search: str = "") -> Any:
    given = _given(request, "department", "creditor")
    return behind.overdue(_span(request), search=search, **given)


@audience(*VIEWERS)
def matters(request: HttpRequest) -> HttpResponse:
    """Matters behind the time saved."""
    heading = _("Where was time saved?")
    return MatterTable(request, behind.matters(_span(request))).response(
        "cockpit/list.html", {"nav": "cockpit", "heading": heading}
    )


@audience(*VIEWERS)
def facts(request: HttpRequest) -> HttpResponse:
    """Facts behind the exchange figures, and everything that the news tells."""
    span = span_of(period_of(request.GET.get("period", Period.ALL)), clock.now())
    rows = behind.facts(_show(request, behind.FACTS, "told"), span)
    heading = _("What happened?")
    return FactTable(request, rows).response(
        "cockpit/list.html", {"nav": "cockpit", "heading": heading}
    )
