"""Clocks of tasks and requests as shown, for many rows with one query."""

import datetime as dt
from collections.abc import Iterable
from typing import Any, TypeVar

from heli.cases.models import CollaborationRequest, Task
from heli.cases.selectors.shapes import ClockView
from heli.clocks import selectors as clocks

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
        return ClockView(view.state, view.fraction, view.remaining, view.due_at)
    if row.closed_at is None:
        return None
    began: dt.datetime = row.opened_at if isinstance(row, Task) else row.asked_at
    return ClockView("done", 1.0, row.closed_at - began, None)
