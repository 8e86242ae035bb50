"""The cockpit over REST: the summary, what is behind its figures, and the stream."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Literal, TypeVar

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Router

from heli.cases.selectors import CollaborationRequest, Matter, Task
from heli.cockpit import drill, shown, views
from heli.cockpit.policy import VIEWERS
from heli.cockpit.schemas import (
    DebtOut,
    DepartmentOut,
    ExchangeOut,
    FactBehindOut,
    LedgerOut,
    MatterBehindOut,
    RequestBehindOut,
    ResponseOut,
    SavingOut,
    SummaryOut,
    TaskBehindOut,
    WaitingOut,
)
from heli.cockpit.selectors import behind, news
from heli.cockpit.selectors.periods import Period, Span, span_of
from heli.cockpit.selectors.work import Response
from heli.exchange.selectors import resource_titles
from heli.kernel import clock
from heli.kernel.localise import bilingual
from heli.kernel.permissions import audience
from heli.kernel.rest import Limit, Page, page_of
from heli.ledger.selectors import Fact

router = Router(tags=["cockpit"])
T = TypeVar("T")


@router.get("/summary", response=SummaryOut, summary="All figures at one instant")
@audience(*VIEWERS)
def summary(request: HttpRequest, period: Period = Period.WEEK) -> SummaryOut:
    """How far departments work as one: completion, response, overdue, waiting, exchange, ledger."""
    found = shown.shared_summary(period)
    return SummaryOut(
        at=found.at,
        period=period.value,
        since=found.span.since,
        tasks=_response(found.tasks),
        rate_before=found.before,
        requests=_response(found.requests),
        overdue=found.overdue,
        departments=[
            DepartmentOut(
                code=row.department.code,
                name=row.department.name,
                tasks=_response(row.tasks),
                requests=_response(row.requests),
                waiting=row.waiting,
                late=row.late,
                owes=row.owes,
                owed=row.owed,
            )
            for row in found.departments
        ],
        waiting=[
            WaitingOut(activity=bilingual(item.name_zh, item.name_en), **asdict(item))
            for item in found.waiting
        ],
        debts=[DebtOut(**asdict(debt)) for debt in found.debts],
        saving=SavingOut(**asdict(found.saving)),
        exchange=ExchangeOut(**asdict(found.exchange)),
        ledger=LedgerOut(**asdict(found.ledger)),
    )


def _response(found: Response) -> ResponseOut:
    return ResponseOut(**asdict(found), late=found.late, rate=found.rate)


@router.get("/tasks", response=Page[TaskBehindOut], summary="Tasks behind a figure")
@audience(*VIEWERS)
def tasks(
    request: HttpRequest,
    *,
    show: Literal["open", "late", "completed"] = "open",
    period: Period = Period.WEEK,
    department: str = "",
    activity: str = "",
    creditor: str = "",
    cursor: str | None = None,
    limit: Limit = 50,
) -> Page[TaskBehindOut]:
    """The most urgent first; those completed in the period, the latest first."""
    rows = behind.tasks(
        show, _span(period), department=department, activity=activity, creditor=creditor
    )
    done = show == "completed"
    key = "closed_at" if done else "order_at"
    return page_of(rows, key, cursor, limit, _each(_task), newest_first=done)


def _task(row: Task) -> TaskBehindOut:
    return TaskBehindOut(
        id=row.pk,
        matter=row.matter.code,
        name=row.name,
        department=row.department_id,
        opened_at=row.opened_at,
        due_at=row.due_at,
        closed_at=row.closed_at,
        state=drill.state_of(row)[0],
    )


@router.get("/requests", response=Page[RequestBehindOut], summary="Requests behind a figure")
@audience(*VIEWERS)
def requests(
    request: HttpRequest,
    *,
    show: Literal["answered", "late"] = "answered",
    period: Period = Period.WEEK,
    department: str = "",
    creditor: str = "",
    cursor: str | None = None,
    limit: Limit = 50,
) -> Page[RequestBehindOut]:
    """Those answered in the period, the latest first; or those overdue now, most urgent first."""
    rows = behind.requests(show, _span(period), department=department, creditor=creditor)
    done = show == "answered"
    key = "closed_at" if done else "order_at"
    return page_of(rows, key, cursor, limit, _each(_request), newest_first=done)


def _request(row: CollaborationRequest) -> RequestBehindOut:
    return RequestBehindOut(
        id=row.pk,
        matter=row.matter.code,
        asker=row.asker_id,
        asked=row.asked_id,
        asked_at=row.asked_at,
        due_at=row.due_at,
        closed_at=row.closed_at,
        state=drill.state_of(row)[0],
    )


@router.get("/matters", response=Page[MatterBehindOut], summary="Matters behind the time saved")
@audience(*VIEWERS)
def matters(
    request: HttpRequest,
    period: Period = Period.WEEK,
    cursor: str | None = None,
    limit: Limit = 50,
) -> Page[MatterBehindOut]:
    """Matters completed in the period, the latest first."""
    rows = behind.matters(_span(period))
    return page_of(rows, "closed_at", cursor, limit, _each(_matter), newest_first=True)


def _matter(row: Matter) -> MatterBehindOut:
    assert row.opened_at is not None
    assert row.closed_at is not None
    return MatterBehindOut(
        code=row.code,
        title=row.title,
        opened_at=row.opened_at,
        closed_at=row.closed_at,
        parallel=(row.closed_at - row.opened_at).total_seconds(),
        serial=row.serial_seconds,
    )


@router.get("/facts", response=Page[FactBehindOut], summary="Facts behind a figure")
@audience(*VIEWERS)
def facts(
    request: HttpRequest,
    *,
    show: Literal["answered", "denied", "told"] = "told",
    period: Period = Period.ALL,
    cursor: str | None = None,
    limit: Limit = 50,
) -> Page[FactBehindOut]:
    """Lookups answered or denied, or all that the news tells; the latest first."""
    names, titles = news.department_names(), resource_titles()

    def show_all(rows: list[Fact]) -> list[FactBehindOut]:
        return [_fact(row, news.of(row, names, titles).sentence()) for row in rows]

    rows = behind.facts(show, _span(period))
    return page_of(rows, "at", cursor, limit, show_all, newest_first=True)


def _fact(row: Fact, sentence: str) -> FactBehindOut:
    return FactBehindOut(
        id=row.pk,
        position=row.leaf_index,
        at=row.at,
        verb=row.verb,
        sentence=sentence,
        department=row.department,
        matter=row.matter,
    )


def _span(period: Period) -> Span:
    return span_of(period, clock.now())


def _each(show: Callable[[Any], T]) -> Callable[[list[Any]], list[T]]:
    return lambda rows: [show(row) for row in rows]


@router.get("/stream", summary="What is happening, as server-sent events")
@audience(*VIEWERS)
async def stream(request: HttpRequest) -> StreamingHttpResponse:
    """Events `fact` with the position in the ledger as id; `Last-Event-ID` resumes.

    A position beyond the end is answered with `reset`: read the list anew, and go on from its id.
    """
    return await views.live(request)
