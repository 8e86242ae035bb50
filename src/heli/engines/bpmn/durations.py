"""The texts by which a timer says when, and an allowance how long."""

import datetime as dt
import re
from typing import Literal

Unit = Literal["WD", "WH", "H", "D"]
"""Working days, working hours, natural hours, natural days."""

MOST_DAYS = 3_650
MOST_HOURS = 87_600
"""Ten years: no time limit is longer, and every clock can count so far."""

FIRST_YEAR, LAST_YEAR = 1900, 9998

_ISO = re.compile(
    r"P(?=\d|T\d)(?:(?P<years>\d+)Y)?(?:(?P<months>\d+)M)?(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?\Z",
    re.ASCII,
)
_COUNTED = re.compile(
    r"(?:(?P<unit>WD|WH|H)(?P<amount>[1-9]\d{0,4})|P(?P<D>[1-9]\d{0,4})D|PT(?P<H>[1-9]\d{0,4})H)\Z",
    re.ASCII,
)
_INSTANT = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)\Z", re.ASCII
)


def counted(text: str) -> tuple[int, Unit] | None:
    """What a clock counts in whole units: ``WD5``, ``WH16``, ``H48``, ``P30D``, ``PT48H``.

    Returns:
        Amount and unit; None for any other text. The amount may be beyond what clocks count.
    """
    match = _COUNTED.match(text)
    if match is None:
        return None
    if match["unit"]:
        unit: Unit = match["unit"]  # type: ignore[assignment]
        return int(match["amount"]), unit
    return (int(match["D"]), "D") if match["D"] else (int(match["H"]), "H")


def natural(text: str) -> dt.timedelta | None:
    """An ISO 8601 duration; a year counts 365 days, a month 30. None for any other text."""
    match = _ISO.match(text)
    if match is None:
        return None
    try:
        parts = {key: float(value) for key, value in match.groupdict().items() if value}
        days = parts.pop("years", 0) * 365 + parts.pop("months", 0) * 30 + parts.pop("days", 0)
        return dt.timedelta(days=days, **parts)
    except OverflowError:
        return None


def instant(text: str) -> dt.datetime | None:
    """An ISO 8601 instant with a time zone that the calendar has; None for any other text."""
    if not _INSTANT.match(text):
        return None
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if FIRST_YEAR <= found.year <= LAST_YEAR else None


def is_allowance(text: str) -> bool:
    """Whether the text is a time that a legal clock counts: whole units, at most ten years."""
    found = counted(text)
    if found is None:
        return False
    amount, unit = found
    return amount <= (MOST_DAYS if unit in ("WD", "D") else MOST_HOURS)


def is_duration(text: str) -> bool:
    """Whether the text is an ISO 8601 duration or ``WD5``, ``WH16``, ``H48``; at most ten years.

    ``WD`` counts working days, ``WH`` working hours, ``H`` natural hours.
    """
    if is_allowance(text):
        return True
    length = natural(text)
    return length is not None and length <= dt.timedelta(days=MOST_DAYS)


def is_instant(text: str) -> bool:
    """Whether the text is an ISO 8601 instant with a time zone, on a day that there is."""
    return instant(text) is not None
