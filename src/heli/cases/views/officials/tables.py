"""The lists of officials."""

from collections import defaultdict
from typing import Any

from django.db.models import QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from heli.cases import codes
from heli.cases.errors import MalformedCodeError, WrongCheckDigitError
from heli.cases.models import CollaborationRequest, Handover, Matter, Procedure, Task
from heli.cases.selectors.clocks import most_urgent, with_clocks
from heli.cases.selectors.matters import waiting_names
from heli.cases.selectors.standing import standing_of
from heli.kernel import clock
from heli.organisation.selectors import departments
from heli.web.shapes import STATE_LABELS
from heli.web.tables import Column, Filter, Table

OPEN_STATES = (Task.State.OPEN, Task.State.CLAIMED, Task.State.SUPPLEMENT)
HEAVY = ("marking", "form", "prefilled")


def procedure_choices() -> list[tuple[str, str]]:
    """Procedures by key, each once."""
    rows = Procedure.objects.filter(active=True).order_by("name_zh")
    return [(row.key, row.name) for row in rows.only("key", "name_zh", "name_en")]


def without_heavy(rows: QuerySet[Any], prefix: str = "matter__") -> QuerySet[Any]:
    """Leave out what lists do not show: the engine's state and the answers."""
    return rows.defer(*(f"{prefix}{name}" for name in HEAVY))


def meant_code(text: str) -> str:
    """The whole code that somebody typed, however spaced; empty where it is none."""
    try:
        return codes.parse(text)
    except (MalformedCodeError, WrongCheckDigitError):
        return ""


def search_matters(rows: QuerySet[Any], text: str, prefix: str = "") -> QuerySet[Any]:
    """By code, leniently; else by part of code or title."""
    from django.db.models import Q

    code = meant_code(text)
    if code:
        return rows.filter(**{f"{prefix}code": code})
    wanted = Q(**{f"{prefix}title__icontains": text}) | Q(**{f"{prefix}code__icontains": text})
    return rows.filter(wanted | Q(**{f"{prefix}external_id": text}))


def _by_clock(rows: QuerySet[Task], value: str) -> QuerySet[Task]:
    now = clock.now()
    running = rows.filter(due_at__gt=now)
    return {
        "late": rows.filter(due_at__lte=now),
        "at_risk": running.filter(at_risk_at__lte=now),
        "on_time": running.exclude(at_risk_at__lte=now),
        "suspended": rows.filter(suspended_at__isnull=False),
    }[value]


CLOCK_STATES = [(state, STATE_LABELS[state]) for state in STATE_LABELS if state != "done"]


class TaskTable(Table):
    """Open tasks, most urgent first."""

    columns = [
        Column("matter.code", _("Code"), sort="matter__code", kind="code"),
        Column("title", _("Matter"), template="cases/officer/_cell_task.html", main=True,
               sort="matter__title"),
        Column("state", _("Stage"), template="cases/officer/_cell_stage.html"),
        Column("clock", _("Clock"), sort="order_at", kind="clock"),
    ]  # fmt: skip
    filters = [
        Filter("procedure", _("Procedure"), procedure_choices,
               lambda rows, value: rows.filter(matter__procedure__key=value)),
        Filter("state", _("Stage"), [(state, state.label) for state in OPEN_STATES],
               lambda rows, value: rows.filter(state=value)),
        Filter("clock", _("Clock"), CLOCK_STATES, _by_clock),
    ]  # fmt: skip
    default_sort = "order_at"
    caption = _("Open tasks")

    def __init__(self, request: Any, rows: QuerySet[Task]) -> None:
        super().__init__(request, without_heavy(rows))

    def row_url(self, row: Task) -> str:
        """The detail pane."""
        return reverse("cases:task", args=[row.pk])

    def search_rows(self, rows: Any, text: str) -> Any:
        """By code, leniently, or by title."""
        return search_matters(rows, text, "matter__")

    def decorate(self, rows: list[Any]) -> list[Any]:
        """Clocks, and which other departments were asked for help."""
        found = with_clocks(rows)
        cards = departments()
        asked: dict[Any, list[str]] = defaultdict(list)
        open_requests = CollaborationRequest.objects.filter(
            task__in=[row.pk for row in found], closed_at=None
        )
        for task_id, department in open_requests.values_list("task", "asked"):
            asked[task_id].append(cards[department].name)
        for row in found:
            row.asked = asked[row.pk]
        return found


class DepartmentTaskTable(TaskTable):
    """The same with the officer in charge, for a whole department."""

    columns = [
        *TaskTable.columns[:3],
        Column("assignee.name", _("Officer"), wide=True),
        TaskTable.columns[3],
    ]


def matter_url(code: str) -> str:
    """The page of a matter; empty where the room has none."""
    try:
        return reverse("cases:matter", args=[code])
    except NoReverseMatch:
        return ""


class MatterTable(Table):
    """Matters that somebody may see."""

    columns = [
        Column("code", _("Code"), sort="code", kind="code"),
        Column("title", _("Matter"), sort="title", main=True),
        Column("procedure", _("Procedure"), wide=True,
               value=lambda row: row.procedure.name if row.procedure else row.source),
        Column("accountable", _("Accountable"), kind="department",
               value=lambda row: departments().get(row.accountable_id or "")),
        Column("waiting", _("Waits for"), template="cases/officer/_cell_waiting.html",
               value=waiting_names),
        Column("opened_at", _("Received"), sort="opened_at", kind="date"),
        Column("standing", _("State"), kind="state"),
        Column("clock", _("Most urgent clock"), kind="clock"),
    ]  # fmt: skip
    filters = [
        Filter("state", _("State"), Matter.State.choices[1:],
               lambda rows, value: rows.filter(state=value)),
        Filter("procedure", _("Procedure"), procedure_choices,
               lambda rows, value: rows.filter(procedure__key=value)),
        Filter("origin", _("Origin"), Matter.Origin.choices,
               lambda rows, value: rows.filter(origin=value)),
    ]  # fmt: skip
    default_sort = "-opened_at"
    caption = _("Matters")
    empty_title: Any = _("No matters yet")
    empty_text = _(
        "As soon as your department receives, works on or is asked about one, it is here."
    )

    def __init__(self, request: Any, rows: QuerySet[Matter]) -> None:
        super().__init__(request, without_heavy(rows, ""))

    def row_url(self, row: Matter) -> str:
        """The matter's page."""
        return matter_url(row.code)

    def search_rows(self, rows: Any, text: str) -> Any:
        """By code, leniently, by title or by the number an imported one had."""
        return search_matters(rows, text)

    def decorate(self, rows: list[Any]) -> list[Any]:
        """How each stands: the most urgent clock of what is open in it."""
        running = [row.pk for row in rows if row.open]
        tasks = Task.objects.filter(matter__in=running, closed_at=None).defer("prepared")
        found: dict[Any, list[Any]] = defaultdict(list)
        for task in with_clocks(tasks):
            found[task.matter_id].append(task.clock)
        for row in rows:
            row.clock = most_urgent(found[row.pk])
            row.standing = standing_of(row, row.clock, "applicant" in row.waiting_for)
        return rows


REQUEST_TAGS = {
    CollaborationRequest.State.OPEN: "brand",
}


class RequestTable(Table):
    """Requests between departments."""

    columns = [
        Column("matter.code", _("Code"), sort="matter__code", kind="code"),
        Column("text", _("What is asked"), template="cases/officer/_cell_request.html", main=True),
        Column("other", _("Department"), kind="department"),
        Column("state", _("State"), kind="state",
               value=lambda row: (REQUEST_TAGS.get(row.state, "done"), row.get_state_display())),
        Column("clock", _("Clock"), sort="order_at", kind="clock"),
    ]  # fmt: skip
    default_sort = "order_at"
    caption = _("Requests between departments")

    def __init__(self, request: Any, rows: QuerySet[CollaborationRequest], own: str) -> None:
        super().__init__(request, without_heavy(rows))
        self.own = own

    def row_url(self, row: CollaborationRequest) -> str:
        """The detail pane."""
        return reverse("cases:request", args=[row.pk])

    def search_rows(self, rows: Any, text: str) -> Any:
        """By the matter, or by what is asked."""
        return search_matters(rows, text, "matter__") | rows.filter(text__icontains=text)

    def decorate(self, rows: list[Any]) -> list[Any]:
        """Clocks, and the department on the other side."""
        cards = departments()
        for row in rows:
            row.other = cards.get(row.asker_id if row.asked_id == self.own else row.asked_id)
        return with_clocks(rows)


class ClosedRequestTable(RequestTable):
    """Requests that were answered, refused or taken back, newest first."""

    default_sort = "-closed_at"
    filters = [
        Filter("state", _("State"), CollaborationRequest.State.choices[1:],
               lambda rows, value: rows.filter(state=value)),
    ]  # fmt: skip


BOUNCED = (Handover.State.DECLINED, Handover.State.EXPIRED)


def handover_tag(row: Handover) -> tuple[str, Any]:
    """An offer's state: what stands is to be acted on, what bounced back calls for attention."""
    if row.state == Handover.State.OFFERED:
        return "brand", row.get_state_display()
    return ("at_risk" if row.state in BOUNCED else "done"), row.get_state_display()


class HandoverTable(Table):
    """Offers to hand a matter over, made and received."""

    columns = [
        Column("matter.code", _("Code"), sort="matter__code", kind="code"),
        Column("matter.title", _("Matter"), main=True),
        Column("giver", _("From"), kind="department",
               value=lambda row: departments().get(row.giver_id)),
        Column("taker", _("To"), kind="department",
               value=lambda row: departments().get(row.taker_id)),
        Column("offered_at", _("Offered"), sort="offered_at", kind="when"),
        Column("state", _("State"), sort="state", kind="state", value=handover_tag),
    ]  # fmt: skip
    filters = [
        Filter("state", _("State"), Handover.State.choices,
               lambda rows, value: rows.filter(state=value)),
    ]  # fmt: skip
    default_sort = "-offered_at"
    caption = _("Handovers of accountability")
    empty_title: Any = _("No handovers")
    empty_text = _(
        "Whoever receives a matter first follows it to the end, unless another accepts it."
    )

    def __init__(self, request: Any, rows: QuerySet[Handover]) -> None:
        super().__init__(request, without_heavy(rows))

    def row_url(self, row: Handover) -> str:
        """The detail pane."""
        return reverse("cases:handover", args=[row.pk])

    def search_rows(self, rows: Any, text: str) -> Any:
        """By the matter."""
        return search_matters(rows, text, "matter__")
