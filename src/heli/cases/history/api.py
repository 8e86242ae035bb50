"""Imported history over REST; ``heli.cases.api`` includes the router."""

from django.http import HttpRequest
from ninja import Router, Schema

from heli.cases.history.selectors import (
    analyse_matters,
    analyse_native,
    analyse_source,
)
from heli.kernel.permissions import Role, audience

router = Router(tags=["history"])
ANALYSTS = (Role.LEADER, Role.SUPERVISOR, Role.HEAD)


class ActivityOut(Schema):
    """An activity of an imported log; times in seconds."""

    activity: str
    events: int
    measured: int
    median_seconds: float | None
    p90_seconds: float | None


class PairOut(Schema):
    """Handovers from one department to another."""

    giver: str
    taker: str
    count: int
    over_48h: int


class AnalysisOut(Schema):
    """How departments worked together."""

    matters: int
    events: int
    activities: int
    departments: int
    handovers: int
    handovers_over_48h: int
    matters_multi_department: int
    finished_with_deadline: int
    finished_late: int
    ping_pong_matters: int
    sojourn: list[ActivityOut]
    handover_pairs: list[PairOut]


@router.get("/analysis", response=AnalysisOut, summary="How departments worked together")
@audience(*ANALYSTS)
def analysis(request: HttpRequest, source: str = "", matters: str = "") -> dict[str, object]:
    """Handovers, lateness, ping-pong and sojourn by activity.

    Of the matters named (codes, separated by commas), of an imported log, or of all own matters.
    """
    codes = [code.strip() for code in matters.split(",") if code.strip()]
    if codes:
        return analyse_matters(codes).as_dict()
    return (analyse_source(source) if source else analyse_native()).as_dict()
