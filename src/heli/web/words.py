"""Durations, instants and clocks in the reader's words."""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.utils import formats
from django.utils.translation import gettext, gettext_noop, ngettext

from heli.kernel import clock as time
from heli.web.shapes import STATE_LABELS

# Django's word for an empty field; translated here, so that every form says it like our own.
REQUIRED = gettext_noop("This field is required.")

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)


def _scale(length: dt.timedelta) -> tuple[str, str, int]:
    """Unit, figure as text, and count for the plural form of a duration."""
    length = abs(length)
    if length < HOUR:
        minutes = max(1, round(length.total_seconds() / 60))
        return "minute", str(minutes), minutes
    if length < DAY:
        hours = round(length / HOUR)
        return "hour", str(hours), hours
    text = _days_text(length / DAY)
    return "day", text, 1 if text == "1" else 2


def _days_text(days: float) -> str:
    """Days as people say them: with a tenth while they are few."""
    return f"{days:.0f}" if days >= 10 else f"{days:.1f}".removesuffix(".0")


def duration(length: dt.timedelta) -> str:
    """A duration in one unit: "2.1 days", "5 hours", "12 minutes"."""
    unit, text, count = _scale(length)
    if unit == "day":
        return ngettext("%(n)s day", "%(n)s days", count) % {"n": text}
    if unit == "hour":
        return ngettext("%(n)s hour", "%(n)s hours", count) % {"n": text}
    return ngettext("%(n)s minute", "%(n)s minutes", count) % {"n": text}


def clock_words(clock: Any) -> str:
    """What a clock says: what is left, how late, how long suspended."""
    if words := getattr(clock, "words", ""):
        return str(words)
    remaining = clock.remaining
    if remaining is None:
        return _undated(clock)
    if clock.state == "done":
        late = getattr(clock, "overran", False)
        told = gettext("Took %(duration)s, too long") if late else gettext("Took %(duration)s")
        return told % {"duration": duration(remaining)}
    if clock.state == "suspended":
        return gettext("Suspended for %(duration)s") % {"duration": duration(remaining)}
    if clock.state == "late" or remaining < dt.timedelta(0):
        return gettext("%(duration)s overdue") % {"duration": _counted(clock)}
    return gettext("%(duration)s left") % {"duration": _counted(clock)}


def _undated(clock: Any) -> str:
    """What a clock says whose due instant is not known."""
    if year := getattr(clock, "awaits_year", None):
        return gettext("Waits for the calendar of %(year)s") % {"year": year}
    return str(STATE_LABELS[clock.state])


def _counted(clock: Any) -> str:
    """What is left or overdue in the days that the limit counts: working days, or natural ones.

    The last working day is counted down in hours on the clock while the due instant is within a
    day, for that is what somebody has who is at work on it.
    """
    working, day = getattr(clock, "working", None), getattr(clock, "working_day", None)
    if working is None or not day:
        return duration(clock.remaining)
    days = abs(working) / day
    if days >= 1:
        text = _days_text(days)
        return ngettext("%(n)s working day", "%(n)s working days", 1 if text == "1" else 2) % {
            "n": text
        }
    if working <= dt.timedelta(0) or abs(clock.remaining) < DAY:
        return duration(clock.remaining)
    hours = max(1, round(abs(working) / HOUR))
    return ngettext("%(n)s working hour", "%(n)s working hours", hours) % {"n": hours}


def as_instant(value: dt.datetime | dt.date | str) -> dt.datetime:
    """An aware instant in Asia/Shanghai; a date is its first moment, a text is read as ISO 8601."""
    if isinstance(value, str):
        value = dt.datetime.fromisoformat(value)
    if not isinstance(value, dt.datetime):
        value = dt.datetime(value.year, value.month, value.day, tzinfo=time.SHANGHAI)
    if value.tzinfo is None:
        value = value.replace(tzinfo=time.SHANGHAI)
    return value.astimezone(time.SHANGHAI)


def absolute(value: dt.datetime | dt.date, style: str = "datetime") -> str:
    """An instant in the reader's format.

    Args:
        value: Shown in Asia/Shanghai.
        style: ``datetime``, ``seconds``, ``date``, ``day`` (without the year), ``time`` or
            ``month_day``.
    """
    # Translators: Django date formats (see the template filter "date")
    patterns = {
        "datetime": gettext("j M Y, H:i"),
        "seconds": gettext("j M Y, H:i:s"),
        "date": gettext("j M Y"),
        "day": gettext("j M, H:i"),
        "time": "H:i",
        "month_day": gettext("j M"),
    }
    return formats.date_format(as_instant(value), patterns[style])


def relative(value: dt.datetime | dt.date) -> str:
    """How far an instant is from now: "3 hours ago", "in 2 days"."""
    gap = as_instant(value) - time.now()
    if abs(gap) < dt.timedelta(minutes=1):
        return gettext("just now")
    if abs(gap) > 30 * DAY:
        return absolute(value, "date")
    if gap < dt.timedelta(0):
        return gettext("%(duration)s ago") % {"duration": duration(gap)}
    return gettext("in %(duration)s") % {"duration": duration(gap)}


def figure(value: Any, digits: int | None = None, sign: bool = False) -> str:
    """A number with grouped thousands; a dash where there is none."""
    if value is None or value == "":
        return "—"
    if isinstance(value, str):
        return value
    if digits is None:
        digits = 0 if isinstance(value, int) else 1
    text = f"{Decimal(str(value)):,.{digits}f}".replace("-", "−")
    return f"+{text}" if sign and value > 0 else text
