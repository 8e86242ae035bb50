"""The spans of time that figures are counted over."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from heli.kernel.clock import SHANGHAI


class Period(StrEnum):
    """What a reader can choose."""

    TODAY = "today"
    WEEK = "7d"
    MONTH = "30d"
    ALL = "all"


LABELS: dict[Period, str | Promise] = {
    Period.TODAY: _("Today"),
    Period.WEEK: _("7 days"),
    Period.MONTH: _("30 days"),
    Period.ALL: _("All time"),
}
DAYS = {Period.TODAY: 1, Period.WEEK: 7, Period.MONTH: 30}
BEGINNING = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Span:
    """From ``since`` to ``until``; and the span of the same length before it.

    Attributes:
        before: Start of the preceding span; None where there is none.
    """

    since: dt.datetime
    until: dt.datetime
    before: dt.datetime | None


def period_of(text: str) -> Period:
    """The period a reader asked for; 7 days when they asked for none that exists."""
    return Period(text) if text in set(Period) else Period.WEEK


def span_of(period: Period, now: dt.datetime) -> Span:
    """The instants of a period that ends now; whole days in Asia/Shanghai, today included."""
    if period is Period.ALL:
        return Span(BEGINNING, now, None)
    midnight = now.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    since = midnight - dt.timedelta(days=DAYS[period] - 1)
    return Span(since.astimezone(dt.UTC), now, (since - (now - since)).astimezone(dt.UTC))
