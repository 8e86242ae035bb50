"""Counting in natural days, whose period ends on a working day.

The first counted day begins at 00:00 of the day after the start; the last one ends as business
stops. Suspended time moves that end by exactly its length. Then the working calendar has its say
(民法典 art. 203 para. 1): a period that ends on a day off ends as the next working day closes. So
that more time never ends earlier, a period that ends before that close ends then, too.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from fractions import Fraction

from heli.engines.legaltime.calendar import CalendarDay, DayKind
from heli.engines.legaltime.steps import Step, Verdict, behind, off, parts, still_open
from heli.engines.legaltime.terms import ONE_DAY, Rules, Suspension, midnight
from heli.engines.legaltime.walk import Span, overlap, walk_natural


class NaturalDays:
    """One counting in natural days.

    Args:
        rules: What it is counted by.
        begins: 00:00 of the first counted day.
        amount: The allowed days.
        allowed: Their running time up to the close of the last.
        spans: The suspended time.
        given: The suspensions behind it.
    """

    def __init__(
        self,
        rules: Rules,
        begins: dt.datetime,
        amount: int,
        allowed: dt.timedelta,
        *,
        spans: Sequence[Span],
        given: Sequence[Suspension],
    ) -> None:
        self.rules = rules
        self.begins = begins
        self.amount = amount
        self.spans = spans
        self.given = given
        self.end, _ = walk_natural(begins, allowed, spans)
        self.due = None if self.end is None else self._on_a_working_day(self.end)

    def _on_a_working_day(self, end: dt.datetime) -> dt.datetime | None:
        while day := self._reopened(last_day(end)):
            opens = midnight(day)
            closes, _ = walk_natural(opens, self.rules.closing(day) - opens, self.spans)
            if closes is None or closes <= end:
                return closes and end
            end = closes
        return end

    def _reopened(self, day: dt.date) -> dt.date | None:
        """The working day that follows the last day off up to ``day``, if one was counted."""
        first, works = self.begins.date(), self.rules.calendar.is_working
        while works(day):
            if day <= first:
                return None
            day -= ONE_DAY
        while not works(day):
            day += ONE_DAY
        return day

    def steps(self) -> list[Step]:
        """How it was counted."""
        until = self.end or self.spans[-1][0]
        steps = [*self._counted(until)]
        if self.end is not None and self.due != self.end:
            steps += self._moved(last_day(self.end), self.due)
        if self.due is None:
            total = steps[-1].total if steps else Fraction(0)
            steps.append(still_open(self.spans[-1], self.given, total))
        return steps

    def _counted(self, until: dt.datetime) -> Iterator[Step]:
        day, last, total = self.begins.date(), last_day(until), Fraction(0)
        while day <= last:
            begins, ends = midnight(day), min(midnight(day + ONE_DAY), until)
            stood = overlap(begins, ends, self.spans)
            ran = ends - begins - stood
            span = next((s for s in self.spans if overlap(begins, ends, [s])), None)
            cause = behind(span, self.given) if span else None
            if span and not ran:
                over = span[1].date()
                several = over > day + ONE_DAY
                yield Step(
                    day,
                    Verdict.SUSPENDED,
                    total=total,
                    begins=begins if several else None,
                    ends=midnight(over) if several else None,
                    suspension=cause,
                    stood=stood,
                )
                day = over
                continue
            # The last day is over as business stops.
            ended = day == last and self.end is not None
            counted = self.amount - total if ended else parts(ran, ONE_DAY)
            total += counted
            yield Step(day, Verdict.COUNTED, counted, total, suspension=cause, ran=ran, stood=stood)
            day += ONE_DAY

    def _moved(self, day: dt.date, due: dt.datetime | None) -> Iterator[Step]:
        total = Fraction(self.amount)
        last = last_day(due or self.spans[-1][0])
        while (day := day + ONE_DAY) < last:
            kind = self.rules.calendar.day(day)
            begins = midnight(day)
            span = next((s for s in self.spans if overlap(begins, begins + ONE_DAY, [s])), None)
            cause = behind(span, self.given) if kind.working and span else None
            yield _day(kind, Verdict.SUSPENDED if kind.working else off(kind), total, cause)
        if due is not None:
            yield _day(self.rules.calendar.day(last), Verdict.LAST_DAY_MOVED, total)


def _day(
    day: CalendarDay, verdict: Verdict, total: Fraction, suspension: Suspension | None = None
) -> Step:
    return Step(
        day.day,
        verdict,
        total=total,
        make_up=day.kind is DayKind.MAKE_UP_WORKDAY,
        festival=day.festival,
        suspension=suspension,
    )


def last_day(end: dt.datetime) -> dt.date:
    """The day that a period in days ends on; 00:00 is the end of the day before."""
    return (end - dt.timedelta.resolution).date()
