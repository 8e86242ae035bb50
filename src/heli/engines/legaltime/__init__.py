"""Legal time: deadlines on the official Chinese working calendar.

Pure computation over plain data: the calendar, the instants and the suspensions are given, the
due instant and how it was counted come back. Everything is in Asia/Shanghai.
"""

from heli.engines.legaltime.calendar import (
    CalendarDay,
    CalendarYear,
    DayKind,
    Festival,
    Notice,
    WorkingCalendar,
)
from heli.engines.legaltime.counting import (
    Deadline,
    Tally,
    allowed_until_due,
    deadline,
    running_between,
    settled,
    tally,
)
from heli.engines.legaltime.errors import (
    BadAllowanceError,
    BadCalendarError,
    BadInstantError,
    BadOfficeHoursError,
    BadRungError,
    BadSuspensionError,
    InstantOutOfRangeError,
    LegalTimeError,
    UnknownCalendarYearError,
)
from heli.engines.legaltime.notation import parse_instant, parse_suspension, parse_year
from heli.engines.legaltime.rungs import (
    STANDARD_LADDER,
    RungInstant,
    RungRule,
    progress,
    rung_instants,
)
from heli.engines.legaltime.steps import Step, Verdict
from heli.engines.legaltime.terms import (
    SHANGHAI,
    STANDARD_HOURS,
    Allowance,
    DayEnd,
    OfficeHours,
    Rules,
    Suspension,
    Unit,
)
from heli.engines.legaltime.wording import DAY_KINDS, FESTIVALS, UNITS, Sentence, sentences

__all__ = [
    "DAY_KINDS",
    "FESTIVALS",
    "SHANGHAI",
    "STANDARD_HOURS",
    "STANDARD_LADDER",
    "UNITS",
    "Allowance",
    "BadAllowanceError",
    "BadCalendarError",
    "BadInstantError",
    "BadOfficeHoursError",
    "BadRungError",
    "BadSuspensionError",
    "CalendarDay",
    "CalendarYear",
    "DayEnd",
    "DayKind",
    "Deadline",
    "Festival",
    "InstantOutOfRangeError",
    "LegalTimeError",
    "Notice",
    "OfficeHours",
    "Rules",
    "RungInstant",
    "RungRule",
    "Sentence",
    "Step",
    "Suspension",
    "Tally",
    "Unit",
    "UnknownCalendarYearError",
    "Verdict",
    "WorkingCalendar",
    "allowed_until_due",
    "deadline",
    "parse_instant",
    "parse_suspension",
    "parse_year",
    "progress",
    "rung_instants",
    "running_between",
    "sentences",
    "settled",
    "tally",
]
