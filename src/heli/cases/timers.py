"""Timer events of procedures, run by the clocks room.

A timer is a clock of the kind ``cases.timer`` without a ladder; its ``overdue`` rung fires it. Its
owner is ``MATTER:TOKEN``, so the token of the engine and the clock find each other.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db import transaction

from heli.cases import facts, notices
from heli.cases.models import Matter, Notice
from heli.cases.plans import Plan, parse_allowance, plan_of
from heli.cases.waiting import stalled_at
from heli.clocks import ladders
from heli.clocks import selectors as clock_selectors
from heli.clocks import services as clocks
from heli.engines import bpmn
from heli.engines.bpmn import durations
from heli.engines.legaltime import Allowance, Unit
from heli.errors import HeliError
from heli.kernel import clock
from heli.kernel.actor import HELI, Actor
from heli.ledger.services import NewFact, record

TIMER_CLOCK = "cases.timer"
ONE_HOUR = dt.timedelta(hours=1)
FEW = 3
"""After so many failed attempts somebody is told; the clocks room goes on trying, ever later."""


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


def due(timer: bpmn.TimerArmed, now: dt.datetime) -> bool:
    """Whether a timer that was just armed is due at once."""
    if timer.kind == "date":
        at = durations.instant(timer.text)
        return at is not None and at <= now
    return durations.natural(timer.text) == dt.timedelta(0)


def failing() -> list[tuple[str, int]]:
    """Timers that could not fire: their owners, and how often it was tried."""
    rows = clock_selectors.overdue().filter(kind=TIMER_CLOCK, next_rung_at__isnull=False)
    tried = ((row.owner_id, max(rung.attempts for rung in ladders.read(row.rungs))) for row in rows)
    return [(key, attempts) for key, attempts in tried if attempts >= FEW]


def tell_stalled() -> int:
    """Tell, once each, of timers that cannot go on; returns of how many."""
    return sum(_tell(key, attempts) for key, attempts in failing())


def _tell(key: str, attempts: int) -> bool:
    pk, _colon, number = key.partition(":")
    with transaction.atomic():
        matter = Matter.objects.select_for_update().filter(pk=pk, state=Matter.State.RUNNING)
        row = matter.first()
        if row is None or row.procedure_id is None:
            return False
        plan, state = plan_of(row.procedure_id), bpmn.State.from_json(row.marking)
        token = state.token(int(number))
        if token is None or (entry := stalled_at(token, plan)) in row.waiting_for:
            return False
        matter.update(waiting_for=[*row.waiting_for, entry])
        node = plan.engine.nodes[token.node]
        record(
            stalled_fact(node, _reason(row, plan, token), attempts),
            actor=HELI,
            subject=f"cases.matter:{row.pk}",
            matter=row.code,
            department=row.accountable_id or "",
        )
        Notice.objects.bulk_create(notices.stalled(row, node.name or node.id))
    return True


def _reason(matter: Matter, plan: Plan, token: bpmn.Token) -> str:
    """Code of what the engine says to it; where it says nothing, the reason lies elsewhere."""
    from heli.cases.steps import Step

    try:
        Step(matter, plan, HELI).happen(bpmn.TimerFired(token.id))
    except HeliError as error:
        return error.code
    return "internal"


def stalled_fact(node: bpmn.Node, error: str, attempts: int) -> facts.StepStalled:
    """What is recorded where a procedure cannot go on."""
    return facts.StepStalled(
        node=node.id,
        name_zh=node.name or node.id,
        name_en=node.extension.get("nameEn", ""),
        error=error,
        attempts=attempts,
    )
