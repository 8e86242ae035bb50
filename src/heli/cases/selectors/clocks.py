"""Clocks of tasks and requests as shown, for many rows with one query."""

import datetime as dt
from collections.abc import Iterable
from typing import Any, TypeVar

from heli.cases.models import CollaborationRequest, Task
from heli.cases.selectors.shapes import ClockView
from heli.clocks import selectors as clocks

URGENCY = ("late", "at_risk", "on_time", "suspended")

Row = TypeVar("Row", Task, CollaborationRequest)


def with_clocks(rows: Iterable[Row]) -> list[Row]:
    """The rows, each with ``clock``: fits ``{% clock_badge %}``; None without allowance."""
    found = list(rows)
    views = clocks.views([row.clock_id for row in found if row.clock_id])
    for row in found:
        row.clock = _clock(row, views)
    return found


def _clock(row: Any, views: dict[Any, clocks.ClockView]) -> ClockView | None:
    view = views.get(row.clock_id)
    if view is not None:
        return ClockView(
            view.state,
            view.fraction,
            view.remaining,
            view.due_at,
            view.working,
            view.working_day,
            view.overran,
        )
    if row.closed_at is None:
        return None
    began: dt.datetime = row.opened_at if isinstance(row, Task) else row.asked_at
    return ClockView("done", 1.0, row.closed_at - began, None)


def most_urgent(clocks_shown: Iterable[ClockView | None]) -> ClockView | None:
    """The clock that calls for attention first: overdue, at risk, on time, suspended."""
    running = [clock for clock in clocks_shown if clock is not None and clock.state in URGENCY]
    return min(
        running,
        key=lambda clock: (
            URGENCY.index(clock.state),
            clock.remaining if clock.remaining is not None else dt.timedelta.max,
        ),
        default=None,
    )
