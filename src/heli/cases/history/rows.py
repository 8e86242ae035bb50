"""From the texts of a row to an event, or to a problem that says what is wrong with it."""

import datetime as dt
import functools
from collections.abc import Sequence
from dataclasses import dataclass

from heli.cases.history.readers.csv_log import TOO_MANY
from heli.kernel.clock import SHANGHAI
from heli.ledger.services import names_somebody

# Year first, so that day and month cannot be mistaken for each other.
FORMATS = (
    "%Y/%m/%d %H:%M:%S.%f",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y/%m/%d",
    "%Y年%m月%d日 %H:%M:%S",
    "%Y年%m月%d日 %H:%M",
    "%Y年%m月%d日",
)

REASONS: dict[str, str] = {
    "missing": "the value is missing",
    "unreadable_time": "the time cannot be read; write it as 2026-11-23T10:42:00+08:00",
    "future_time": "the time lies in the future",
    "too_long": "the value is longer than {limit} characters",
    "too_many_values": "the row has more values than the header has columns",
    "personal_number": "the value holds an identity number or a mobile number, which would be "
    "kept for ever; take it out",
    "before_start": "the event is earlier than the start of its case",
}

LIMITS = {"case": 120, "activity": 200, "group": 80, "resource": 60, "lifecycle": 40}


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is wrong with one value of one row.

    Attributes:
        row: Row number: the line in a CSV file, the event's number in XES.
        column: The column as the log calls it.
        reason: Key of :data:`REASONS`.
        value: The value found, shortened to 80 characters; empty where it names somebody.
        refused: Whether the row was left out; otherwise it was imported all the same.
    """

    row: int
    column: str
    reason: str
    value: str
    refused: bool = True


@dataclass(frozen=True, slots=True)
class LogEvent:
    """One event of a log.

    Attributes:
        row: Row number.
        case: The log's own case identifier.
        activity: What was done.
        at: When, aware, UTC.
        group: Who did it: department or group, empty where the log does not say.
        resource: Who did it: person, empty where the log does not say.
        lifecycle: XES life-cycle transition, empty where the log does not say.
        start: Start of the case, deadline and end: UTC, None where the log does not say.
        deadline: See ``start``.
        end: See ``start``.
    """

    row: int
    case: str
    activity: str
    at: dt.datetime
    group: str = ""
    resource: str = ""
    lifecycle: str = ""
    start: dt.datetime | None = None
    deadline: dt.datetime | None = None
    end: dt.datetime | None = None


@functools.lru_cache(maxsize=8192)
def parse_time(text: str) -> dt.datetime | None:
    """The instant a text means, in UTC; None when it cannot be read.

    ISO 8601 with or without a zone, or the forms in :data:`FORMATS`. A time without a zone is
    Asia/Shanghai's.
    """
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        found_other = _other_form(text)
        if found_other is None:
            return None
        found = found_other
    if found.tzinfo is None:
        found = found.replace(tzinfo=SHANGHAI)
    try:
        return found.astimezone(dt.UTC)
    except OverflowError:
        return None


def _other_form(text: str) -> dt.datetime | None:
    for form in FORMATS:
        try:
            return dt.datetime.strptime(text, form)  # noqa: DTZ007 - the zone is set by the caller
        except ValueError:
            continue
    return None


class RowParser:
    """Turns rows into events and keeps to itself what it has learnt about the columns.

    Args:
        names: Column of each role in the order of ``mapping.ROLES``, empty where absent.
        now: No event can be later than this.
    """

    def __init__(self, names: Sequence[str], now: dt.datetime) -> None:
        self._names = names
        self._now = now

    def parse(self, row: int, values: Sequence[str]) -> tuple[LogEvent | None, list[RowProblem]]:
        """The event of a row, or None when the row is refused; and every problem found in it."""
        problems: list[RowProblem] = []
        if values[0] == TOO_MANY:
            return None, [RowProblem(row, "", "too_many_values", "")]
        case, activity, time, group, resource, lifecycle = (value.strip() for value in values[:6])
        self._limits(row, values, problems)
        for place, value in enumerate((case, activity, time)):
            if not value:
                problems.append(self._problem(row, place, "missing", ""))
        at = parse_time(time) if time else None
        if time and at is None:
            problems.append(self._problem(row, 2, "unreadable_time", time))
        elif at is not None and at > self._now:
            problems.append(self._problem(row, 2, "future_time", time))
        if problems or at is None:
            return None, problems
        start, deadline, end = (
            self._case_time(row, place, values[place].strip(), problems) for place in (6, 7, 8)
        )
        if start is not None and at < start:
            problems.append(self._problem(row, 2, "before_start", time, refused=False))
        event = LogEvent(row, case, activity, at, group, resource, lifecycle, start, deadline, end)
        return event, problems

    def _limits(self, row: int, values: Sequence[str], problems: list[RowProblem]) -> None:
        for place, limit in _PLACES:
            value = values[place]
            if len(value) > limit:
                problems.append(self._problem(row, place, "too_long", value))
            elif place in _TOLD and names_somebody(value):
                problems.append(self._problem(row, place, "personal_number", value))

    def _problem(
        self, row: int, place: int, reason: str, value: str, *, refused: bool = True
    ) -> RowProblem:
        # Reports go from hand to hand: a number that names somebody does not stand in them.
        shown = "" if names_somebody(value) else value[:80]
        return RowProblem(row, self._names[place], reason, shown, refused)

    def _case_time(
        self, row: int, place: int, text: str, problems: list[RowProblem]
    ) -> dt.datetime | None:
        """A time of the case: an unreadable one is reported and left out, the event stays."""
        if not text:
            return None
        found = parse_time(text)
        if found is None:
            problems.append(self._problem(row, place, "unreadable_time", text, refused=False))
        return found


_KINDS = ("case", "activity", "time", "group", "resource", "lifecycle")
# Facts tell these; the case's own identifier stays out of them.
_TOLD = {_KINDS.index(kind) for kind in ("activity", "group", "resource", "lifecycle")}
_PLACES = [(_KINDS.index(kind), limit) for kind, limit in LIMITS.items()]
