"""One computation for the command and the API: from what was typed to a counted limit and back."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from heli.clocks.calendars import official_calendar
from heli.engines.legaltime import (
    STANDARD_HOURS,
    Allowance,
    CalendarDay,
    DayEnd,
    Deadline,
    OfficeHours,
    Rules,
    Step,
    Suspension,
    Unit,
    WorkingCalendar,
    deadline,
    parse_instant,
    parse_suspension,
    sentences,
)
from heli.errors import BadInputError, gettext_noop


class AllowanceChoiceError(BadInputError):
    """Not exactly one allowed time was given."""

    code = "clocks.allowance_choice"
    message = gettext_noop("Give exactly one allowed time, not {count}.")
    remedy = gettext_noop("Choose one of hours, days, working_days and working_hours.")


@dataclass(frozen=True, slots=True)
class AllowanceChoice:
    """An allowed time as somebody typed it: exactly one of the four is given."""

    hours: int | None = None
    days: int | None = None
    working_days: int | None = None
    working_hours: int | None = None

    def allowance(self) -> Allowance:
        """The allowance.

        Raises:
            AllowanceChoiceError: None or several are given.
            BadAllowanceError: The amount is out of range.
        """
        options = (
            (self.hours, Unit.NATURAL_HOURS),
            (self.days, Unit.NATURAL_DAYS),
            (self.working_days, Unit.WORKING_DAYS),
            (self.working_hours, Unit.WORKING_HOURS),
        )
        given = [(amount, unit) for amount, unit in options if amount is not None]
        if len(given) != 1:
            raise AllowanceChoiceError(count=len(given))
        return Allowance(*given[0])


def reckon(
    start: str,
    choice: AllowanceChoice,
    suspensions: Iterable[str] = (),
    office_hours: OfficeHours = STANDARD_HOURS,
    day_end: DayEnd = DayEnd.CLOSE_OF_BUSINESS,
) -> Deadline:
    """Count a limit from typed text, on the official calendar.

    Raises:
        LegalTimeError: Something typed cannot be read.
        UnknownCalendarYearError: Counting leaves the known years.
    """
    rules = Rules(official_calendar(), office_hours, day_end)
    return deadline(
        rules,
        parse_instant(start),
        choice.allowance(),
        [parse_suspension(text) for text in suspensions],
    )


def deadline_json(limit: Deadline, translate: Callable[[str], str] = str) -> dict[str, Any]:
    """A counted limit in plain data: ``due`` (ISO 8601 with offset, or null) and how it came."""
    texts = sentences(limit)
    return {
        "due": limit.due.isoformat() if limit.due else None,
        "earliest": limit.earliest.isoformat(),
        "last_day": limit.last_day.isoformat() if limit.last_day else None,
        "from": limit.start.isoformat(),
        "allowance": {"amount": limit.allowance.amount, "unit": str(limit.allowance.unit)},
        "timezone": "Asia/Shanghai",
        "office_hours": str(limit.rules.office_hours),
        "suspensions": [_suspension(item) for item in limit.suspensions],
        "counted": [
            _step(step) | {"text": text.text(translate)}
            for step, text in zip(limit.steps, texts, strict=True)
        ],
        "notices": _notices(limit),
    }


def _suspension(item: Suspension) -> dict[str, Any]:
    return {
        "from": item.begins.isoformat(),
        "to": item.ends.isoformat() if item.ends else None,
        "department": item.department,
        "ground": item.ground,
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "day": step.day.isoformat(),
        "verdict": str(step.verdict),
        "counted": float(step.counted),
        "total": float(step.total),
        "begins": step.begins.isoformat() if step.begins else None,
        "ends": step.ends.isoformat() if step.ends else None,
        "make_up": step.make_up,
        "festival": str(step.festival) if step.festival else None,
    }


def _notices(limit: Deadline) -> list[str]:
    """Numbers of the notices whose years the counting looked at."""
    if limit.allowance.unit is Unit.NATURAL_HOURS:
        return []
    calendar = limit.rules.calendar
    years = sorted({step.day.year for step in limit.steps} & set(calendar.years))
    return [notice.number for year in years for notice in calendar.notices(year)]


def calendar_json(calendar: WorkingCalendar, year: int) -> dict[str, Any]:
    """A year of the calendar in plain data.

    Raises:
        UnknownCalendarYearError: The year is not known.
    """
    days = list(calendar.days(year))
    return {
        "year": year,
        "timezone": "Asia/Shanghai",
        "known_years": list(calendar.years),
        "notices": [
            {"number": n.number, "title": n.title, "issued": n.issued.isoformat()}
            for n in calendar.notices(year)
        ],
        "working_days": sum(day.working for day in days),
        "exceptions": [_day(day) for day in days if day.notice],
    }


def _day(day: CalendarDay) -> dict[str, Any]:
    return {
        "day": day.day.isoformat(),
        "kind": str(day.kind),
        "working": day.working,
        "festival": str(day.festival),
        "notice": day.notice,
    }
