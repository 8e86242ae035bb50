"""Legal time over REST: the same computation as ``heli clock``."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext
from ninja import Query, Router

from heli.clocks.calendars import official_calendar
from heli.clocks.reckoning import AllowanceChoice, calendar_json, deadline_json, reckon
from heli.clocks.schemas import CalendarOut, DueOut, DueQuery
from heli.engines.legaltime import DayEnd, OfficeHours
from heli.kernel.permissions import audience

router = Router(tags=["clocks"])


@router.get("/due", response=DueOut, by_alias=True, summary="When an allowed time is due")
@audience(public=True)
def due(request: HttpRequest, query: Query[DueQuery]) -> dict[str, Any]:
    """Count a time limit on the official working calendar and say how it was counted."""
    limit = reckon(
        query.start,
        AllowanceChoice(query.hours, query.days, query.working_days, query.working_hours),
        query.suspend,
        OfficeHours.parse(query.office_hours),
        DayEnd.MIDNIGHT if query.until_midnight else DayEnd.CLOSE_OF_BUSINESS,
    )
    return deadline_json(limit, gettext)


@router.get("/calendar/{year}", response=CalendarOut, summary="A year's working calendar")
@audience(public=True)
def calendar(request: HttpRequest, year: int) -> dict[str, Any]:
    """Days off and make-up working days of a year, with the official notice behind each."""
    return calendar_json(official_calendar(), year)
