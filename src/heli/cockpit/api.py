"""The cockpit over REST: the summary and the stream."""

from dataclasses import asdict

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Router

from heli.cockpit import shown, views
from heli.cockpit.policy import VIEWERS
from heli.cockpit.schemas import (
    DebtOut,
    DepartmentOut,
    ExchangeOut,
    LedgerOut,
    ResponseOut,
    SavingOut,
    SummaryOut,
    WaitingOut,
)
from heli.cockpit.selectors.periods import Period
from heli.cockpit.selectors.work import Response
from heli.kernel.permissions import audience
from heli.organisation.models import bilingual

router = Router(tags=["cockpit"])


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


@router.get("/stream", summary="What is happening, as server-sent events")
@audience(*VIEWERS)
async def stream(request: HttpRequest) -> StreamingHttpResponse:
    """Events `fact` with the position in the ledger as id; `Last-Event-ID` resumes.

    A position beyond the end is answered with `reset`: read the list anew, and go on from its id.
    """
    return await views.live(request)
