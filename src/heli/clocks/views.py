"""Pages of this room: which days are working days."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from heli.clocks import yearbook
from heli.clocks.calendars import official_calendar
from heli.kernel import clock as time
from heli.kernel.permissions import audience


@audience(public=True)
def calendar(request: HttpRequest, year: int | None = None) -> HttpResponse:
    """A year of the official working calendar, month by month, with the notices behind it.

    Raises:
        UnknownCalendarYearError: The year is asked for by name and is not known.
    """
    known = official_calendar()
    if year is None:
        year = min(max(time.today().year, known.years[0]), known.years[-1])
    context = {"book": yearbook.of(known, year, time.today()), "nav": "clocks"}
    return render(request, "clocks/calendar.html", context)
