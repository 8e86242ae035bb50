"""Times of the day at which a grant answers: plain windows on the clock of Asia/Shanghai."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

WORKING = "working"
MOST_WINDOWS = 20
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00")


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of certain days.

    Attributes:
        days: Days of the week, 1 (Monday) to 7; empty for the days that are working days by the
            official calendar.
        start: First minute of the day that is inside.
        end: First minute that is outside again, at most 1440.
    """

    days: tuple[int, ...]
    start: int
    end: int

    def holds(self, local: datetime, is_working_day: Callable[[date], bool]) -> bool:
        """Whether an instant, as a clock on the wall shows it, lies inside."""
        if not self.start <= local.hour * 60 + local.minute < self.end:
            return False
        if not self.days:
            return is_working_day(local.date())
        return local.isoweekday() in self.days

    @property
    def written(self) -> tuple[str, str]:
        """Start and end as ``08:30`` and ``17:30``."""
        return _write(self.start), _write(self.end)


def is_open(
    windows: Sequence[Window], local: datetime, is_working_day: Callable[[date], bool]
) -> bool:
    """Whether an instant lies in one of the windows; always where there is none."""
    return not windows or any(window.holds(local, is_working_day) for window in windows)


def parse_windows(document: Any) -> tuple[Window, ...]:
    """Read windows: ``[{"days": "working", "from": "08:30", "to": "17:30"}, …]``.

    Raises:
        ValueError: What is wrong, in words.
    """
    if not isinstance(document, Sequence) or isinstance(document, str | bytes):
        raise ValueError("hours are not a list")
    if len(document) > MOST_WINDOWS:
        raise ValueError(f"at most {MOST_WINDOWS} windows of hours are possible")
    return tuple(_window(entry) for entry in document)


def dump_windows(windows: Sequence[Window]) -> list[dict[str, Any]]:
    """Write windows as plain data."""
    return [
        {
            "days": list(window.days) or WORKING,
            "from": _write(window.start),
            "to": _write(window.end),
        }
        for window in windows
    ]


def _window(entry: Any) -> Window:
    if not isinstance(entry, Mapping) or set(entry) != {"days", "from", "to"}:
        raise ValueError("a window of hours has days, from and to, and nothing else")
    start, end = _minute(entry["from"]), _minute(entry["to"])
    if start >= end:
        raise ValueError("a window of hours ends after it begins; write two for a night")
    return Window(_days(entry["days"]), start, end)


def _days(value: Any) -> tuple[int, ...]:
    if value == WORKING:
        return ()
    whole = isinstance(value, list | tuple) and all(type(day) is int for day in value)
    if not whole or not value or not set(value) <= set(range(1, 8)):
        raise ValueError(f"days are “{WORKING}” or a list of numbers 1 (Monday) to 7")
    return tuple(sorted(set(value)))


def _minute(value: Any) -> int:
    if not isinstance(value, str) or _TIME.fullmatch(value) is None:
        raise ValueError("a time of the day is written like 08:30")
    return int(value[:2]) * 60 + int(value[3:])


def _write(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
