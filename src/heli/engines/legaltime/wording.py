"""How a limit was counted, in sentences that can be shown in any language.

A sentence is an English message id with figures. ``Sentence.text(gettext)`` translates the
template first and fills the figures afterwards.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from heli.engines.legaltime.calendar import DayKind, Festival
from heli.engines.legaltime.counting import Deadline, allowed_time
from heli.engines.legaltime.steps import HOUR, Step, Verdict, parts
from heli.engines.legaltime.terms import ZERO, Unit
from heli.errors import gettext_noop

FESTIVALS: Mapping[Festival, str] = {
    Festival.NEW_YEAR: gettext_noop("New Year"),
    Festival.SPRING_FESTIVAL: gettext_noop("Spring Festival"),
    Festival.QINGMING: gettext_noop("Qingming Festival"),
    Festival.LABOUR_DAY: gettext_noop("Labour Day"),
    Festival.DRAGON_BOAT: gettext_noop("Dragon Boat Festival"),
    Festival.MID_AUTUMN: gettext_noop("Mid-Autumn Festival"),
    Festival.NATIONAL_DAY: gettext_noop("National Day"),
    Festival.NATIONAL_DAY_MID_AUTUMN: gettext_noop("National Day and Mid-Autumn Festival"),
    Festival.OTHER: gettext_noop("special arrangement"),
}

DAY_KINDS: Mapping[DayKind, str] = {
    DayKind.WORKDAY: gettext_noop("working day"),
    DayKind.MAKE_UP_WORKDAY: gettext_noop("make-up working day"),
    DayKind.WEEKEND: gettext_noop("weekend"),
    DayKind.HOLIDAY: gettext_noop("holiday"),
}

UNITS: Mapping[Unit, str] = {
    Unit.NATURAL_HOURS: gettext_noop("natural hours"),
    Unit.NATURAL_DAYS: gettext_noop("natural days"),
    Unit.WORKING_DAYS: gettext_noop("working days"),
    Unit.WORKING_HOURS: gettext_noop("working hours"),
}

_PLAIN: Mapping[Verdict, str] = {
    Verdict.START_DAY: gettext_noop("{day}: the day of the start does not count"),
    Verdict.WEEKEND: gettext_noop("{day}: weekend, does not count"),
    Verdict.HOLIDAY: gettext_noop("{day}: day off ({festival}), does not count"),
    Verdict.OUTSIDE_OFFICE_HOURS: gettext_noop("{day}: office hours are over, nothing counts"),
    Verdict.LAST_DAY_MOVED: gettext_noop("{day}: next working day, the period ends here"),
}
_DAY_COUNTS = gettext_noop("{day}: counts as day {total} of {amount}")
_MAKE_UP_COUNTS = gettext_noop(
    "{day}: make-up working day ({festival}), counts as day {total} of {amount}"
)
_HOURS_COUNT = gettext_noop("{day}: {counted} h count, {total} of {amount} h in all")
_MAKE_UP_HOURS_COUNT = gettext_noop(
    "{day}: make-up working day ({festival}), {counted} h count, {total} of {amount} h in all"
)
_PART_COUNTS = gettext_noop(
    "{day}: {stood} h suspended, {counted} h count, {total} of {amount} h in all"
)
_MAKE_UP_PART_COUNTS = gettext_noop(
    "{day}: make-up working day ({festival}), {stood} h suspended, {counted} h count, "
    "{total} of {amount} h in all"
)
_RUNS = gettext_noop("{begins} to {ends}: {counted} h count, {total} of {amount} h in all")
_STOOD = gettext_noop("{begins} to {ends}: suspended, does not count")
_STANDS = gettext_noop("from {begins}: suspended, the suspension is still open")
_DAY_STOOD = gettext_noop("{day}: suspended, does not count")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A message id and its figures; a ``Festival`` among them is translated by its name."""

    message: str
    figures: Mapping[str, object]

    def text(self, translate: Callable[[str], str] = str) -> str:
        """The sentence in the language of ``translate``; English by default."""
        figures = {
            key: translate(FESTIVALS[value]) if isinstance(value, Festival) else value
            for key, value in self.figures.items()
        }
        return translate(self.message).format_map(figures)


def sentences(limit: Deadline) -> tuple[Sentence, ...]:
    """How the limit was counted, one sentence a step.

    Days are counted as days until a suspension takes a part of one, from there on in hours.
    """
    result = []
    ran = ZERO
    for step in limit.steps:
        ran += step.ran
        result.append(_sentence(limit, step, ran))
    return tuple(result)


def _sentence(limit: Deadline, step: Step, ran: dt.timedelta) -> Sentence:
    figures: dict[str, object] = {
        "day": step.day.isoformat(),
        "festival": step.festival or Festival.OTHER,
        "begins": _clock(step.begins),
        "ends": _clock(step.ends),
    }
    if _is_a_day(limit.allowance.unit, step):
        figures |= {"total": number(step.total), "amount": limit.allowance.amount}
    else:
        allowed = allowed_time(limit.rules, limit.start, limit.allowance)
        figures |= {
            "stood": _hours(step.stood),
            "counted": _hours(step.ran),
            "total": _hours(ran),
            "amount": _hours(allowed),
        }
    return Sentence(_template(limit.allowance.unit, step), figures)


def _is_a_day(unit: Unit, step: Step) -> bool:
    return unit.in_days and step.counted == 1 and step.total.denominator == 1 and not step.stood


def _template(unit: Unit, step: Step) -> str:
    if step.verdict is Verdict.SUSPENDED:
        if step.begins is None:
            return _DAY_STOOD
        return _STANDS if step.ends is None else _STOOD
    if step.verdict is not Verdict.COUNTED:
        return _PLAIN[step.verdict]
    return _RUNS if unit is Unit.NATURAL_HOURS else _counted(unit, step)


def _counted(unit: Unit, step: Step) -> str:
    if _is_a_day(unit, step):
        return _MAKE_UP_COUNTS if step.make_up else _DAY_COUNTS
    if step.stood:
        return _MAKE_UP_PART_COUNTS if step.make_up else _PART_COUNTS
    return _MAKE_UP_HOURS_COUNT if step.make_up else _HOURS_COUNT


def _hours(time: dt.timedelta) -> str:
    return number(parts(time, HOUR))


def number(value: Fraction) -> str:
    """A count with at most two decimals, without trailing zeros."""
    return f"{float(value):.2f}".rstrip("0").rstrip(".")


def _clock(instant: dt.datetime | None) -> str:
    return "" if instant is None else f"{instant:%Y-%m-%d %H:%M}"
