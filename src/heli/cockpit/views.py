"""The cockpit's page, its parts and its stream."""

import re
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from heli.cases.history.selectors import sources
from heli.cockpit import definitions, links, shown, stream
from heli.cockpit.policy import VIEWERS, person_of
from heli.cockpit.selectors import news
from heli.cockpit.selectors.periods import LABELS, Period, period_of
from heli.errors import BadInputError
from heli.kernel.permissions import audience
from heli.ledger.shown_witnesses import alarm as ledger_alarm
from heli.organisation.presence import while_present

# The wall has room for more news.
ON_SCREEN = 20


@require_GET
@audience(*VIEWERS)
def home(request: HttpRequest) -> HttpResponse:
    """The page."""
    # Asked first, so that what happens meanwhile is streamed, at worst a second time.
    position = news.head()
    context = _figures(period_of(request.GET.get("period", "")))
    screen = request.GET.get("screen") == "1"
    context |= {
        "nav": "cockpit",
        "screen": screen,
        "periods": [(period.value, LABELS[period]) for period in Period],
        "logs": sources(),
        "news": _news(request, ON_SCREEN if screen else news.LATEST),
        "kept": ON_SCREEN if screen else news.LATEST + 2,
        "stream_url": f"{reverse('cockpit:stream')}?after={position}",
    }
    return render(request, "cockpit/home.html", context)


@require_GET
@audience(*VIEWERS)
def figures(request: HttpRequest) -> HttpResponse:
    """The figures alone, for a page that is open already."""
    context = _figures(period_of(request.GET.get("period", "")))
    return render(request, "cockpit/_figures.html", context)


def _figures(period: Period) -> dict[str, Any]:
    found = shown.shared_summary(period)
    option, table = shown.chart(found)
    return {
        "alarm": ledger_alarm(),
        "summary": found,
        "period": period.value,
        "tiles": shown.tiles(found),
        "stuck": shown.stuck(found),
        "owed": shown.owed(found),
        "suggestion": shown.suggestion(found),
        "departments": [_department_row(found.period, row) for row in found.departments],
        "chart_option": option,
        "chart_table": table,
        "definitions": definitions,
        "links": {
            "answered": shown.way_down("facts", show="answered", period=period.value),
            "denied": shown.way_down("facts", show="denied", period=period.value),
        },
    }


def _department_row(period: Period, row: Any) -> dict[str, Any]:
    code = row.department.code
    return {
        "row": row,
        "median": shown.hours(row.tasks.median),
        "p90": shown.hours(row.tasks.p90),
        "answer": shown.hours(row.requests.median),
        "completed_url": shown.way_down(
            "tasks", show="completed", period=period.value, department=code
        ),
        "waiting_url": shown.way_down("tasks", show="open", department=code),
        "owes_url": shown.way_down("overdue", department=code),
        "owed_url": shown.way_down("overdue", creditor=code),
    }


def _links(item: news.News, ways: links.Ways) -> dict[str, str]:
    return {
        "matter": ways.matter(item.matter),
        "receipt": ways.receipt(item.id) if item.receipted else "",
    }


def _line(item: news.News, reader: Any) -> str:
    ways = links.ways_at_once(reader, item)
    return render_to_string("cockpit/_fact.html", {"item": item, "links": _links(item, ways)})


@require_GET
@audience(*VIEWERS)
def recent(request: HttpRequest) -> HttpResponse:
    """The latest news, for browsers that cannot keep a stream."""
    return render(request, "cockpit/_news.html", {"news": _news(request)})


def _news(request: HttpRequest, count: int = news.LATEST) -> list[tuple[news.News, dict[str, str]]]:
    found = news.latest(count)
    receipted = [item.id for item in found if item.receipted]
    ways = links.ways(person_of(request), (item.matter for item in found), receipted)
    return [(item, _links(item, ways)) for item in found]


@require_GET
@audience(*VIEWERS)
async def live(request: HttpRequest) -> StreamingHttpResponse:
    """The news as server-sent events, from where the reader left off."""
    stream.hub().require_room()
    after = _position(
        request.headers.get("Last-Event-ID")
        or request.GET.get("last_event_id")
        or request.GET.get("after")
    )
    language = translation.get_language()
    reader = await request.auser()

    def show(item: news.News) -> str:
        with translation.override(language):
            return _line(item, reader)

    events = while_present(request, stream.follow(after, show))
    response = StreamingHttpResponse(events, content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    # Tells proxies not to hold events back.
    response["X-Accel-Buffering"] = "no"
    return response


def _position(text: str | None) -> int | None:
    """A position of the ledger, -1 for its beginning; any that is too great is beyond its end."""
    if not text:
        return None
    if not re.fullmatch(r"-1|[0-9]{1,40}", text):
        raise BadInputError(field="Last-Event-ID", reason=_("it is not a position of the ledger"))
    return min(int(text), 1 << 62)
