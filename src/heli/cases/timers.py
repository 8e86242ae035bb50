"""Timer events of procedures, run by the clocks room.

A timer is a clock of the kind ``cases.timer`` without a ladder; its ``overdue`` rung fires it. Its
owner is ``MATTER:TOKEN``, so the token of the engine and the clock find each other.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from uuid import UUID

from heli.cases.models import Matter
from heli.cases.plans import Plan, parse_allowance
from heli.clocks import selectors as clock_selectors
from heli.clocks import services as clocks
from heli.engines import bpmn
from heli.engines.bpmn import durations
from heli.engines.legaltime import Allowance, Unit
from heli.kernel import clock
from heli.kernel.actor import Actor
from heli.ledger.services import NewFact

TIMER_CLOCK = "cases.timer"
ONE_HOUR = dt.timedelta(hours=1)


def owner(matter: Matter, token: int) -> str:
    """The clock owner of a timer token."""
    return f"{matter.pk}:{token}"


def arm(
    matter: Matter,
    plan: Plan,
    timers: Sequence[bpmn.TimerArmed],
    facts_into: list[NewFact],
    actor: Actor,
) -> None:
    """Start a clock for every timer the engine armed."""
    if not timers:
        return
    requests = []
    for timer in timers:
        allowance, started_at = _limit(timer)
        requests.append(
            clocks.ClockRequest(
                TIMER_CLOCK,
                TIMER_CLOCK,
                owner(matter, timer.token),
                matter.accountable_id or plan.first_receiver,
                allowance,
                matter.code,
                started_at,
                (),
            )
        )
    clocks.start_many(requests, actor=actor, facts_into=facts_into)


def clocks_of(matter: Matter, tokens: Iterable[int]) -> list[UUID]:
    """The clocks of timer tokens."""
    owners = [owner(matter, token) for token in tokens]
    return [view.id for view in clock_selectors.views_of(TIMER_CLOCK, owners).values()]


def _limit(timer: bpmn.TimerArmed) -> tuple[Allowance, dt.datetime]:
    """Allowance and start of a timer's clock.

    Legal clocks count whole units. An instant, or a duration that is not whole, becomes one
    natural hour counted from an hour before it.
    """
    now = clock.now()
    if timer.kind == "date":
        due = durations.instant(timer.text)
    else:
        if durations.is_allowance(timer.text) and (allowance := parse_allowance(timer.text)):
            return allowance, now
        length = durations.natural(timer.text)
        due = now + length if length is not None else None
    assert due is not None, timer  # the engine lets no other text through
    return Allowance(1, Unit.NATURAL_HOURS), due - ONE_HOUR
