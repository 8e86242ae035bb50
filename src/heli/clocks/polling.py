"""What the worker does: fire rungs that are due, exactly once, and learn new calendar years.

Each rung fires in a transaction of its own that marks it, records the fact and calls the owning
room; a crash anywhere before the commit leaves nothing behind, after it nothing to repeat. Where
several workers look at once, PostgreSQL skips rows that another has locked, and SQLite lets one
writer in at a time; the conditional update decides in both.
"""

import datetime as dt
import logging
from uuid import UUID

from django.db import transaction

from heli.clocks import facts
from heli.clocks.calendars import official_calendar
from heli.clocks.kinds import OVERDUE, DueMoved, RungEvent, kind_of
from heli.clocks.models import Clock, Rung
from heli.clocks.services import iso, owner_of, reschedule
from heli.kernel import clock as time
from heli.kernel.actor import HELI
from heli.ledger.services import record
from heli.ledger.verbs import FactData

logger = logging.getLogger(__name__)

LONGEST_PAUSE = 3600


def poll(limit: int = 500) -> int:
    """Fire the rungs that are due now, the oldest first; returns how many this caller fired.

    A rung whose handler fails stays unfired, is logged, and is tried again after a pause that
    doubles with every failure up to an hour; it does not keep others waiting.
    """
    due = Rung.objects.filter(fired_at=None, try_at__lte=time.now()).order_by("try_at", "pk")
    fired = 0
    for key in list(due.values_list("pk", flat=True)[:limit]):
        try:
            fired += _fire(key)
        except Exception:
            logger.exception("rung %s did not fire", key)
            _postpone(key)
    return fired


def _fire(key: int) -> bool:
    now = time.now()
    with transaction.atomic():
        rung = (
            Rung.objects.select_related("clock")
            .select_for_update(skip_locked=True, of=("self", "clock"))
            .filter(pk=key, fired_at=None, try_at__lte=now)
            .first()
        )
        if rung is None or rung.fire_at is None:
            return False
        if not Rung.objects.filter(pk=key, fired_at=None).update(fired_at=now):
            return False
        clock = rung.clock
        record(
            _data(clock, rung.name, rung.fire_at),
            actor=HELI,
            subject=clock.subject,
            matter=clock.matter,
            department=clock.department,
        )
        kind_of(clock.kind).on_rung(_event(clock, rung.name, rung.fire_at))
    return True


def _event(clock: Clock, rung: str, fire_at: dt.datetime) -> RungEvent:
    return RungEvent(
        clock.pk,
        clock.kind,
        clock.owner_type,
        clock.owner_id,
        clock.matter,
        clock.department,
        rung,
        fire_at,
        clock.due_at,
    )


def _data(clock: Clock, rung: str, fire_at: dt.datetime) -> FactData:
    if rung == OVERDUE:
        return facts.ClockOverdue(
            clock=str(clock.pk), kind=clock.kind, owner=owner_of(clock), due_at=iso(clock.due_at)
        )
    return facts.ClockRungFired(
        clock=str(clock.pk),
        kind=clock.kind,
        owner=owner_of(clock),
        rung=rung,
        fire_at=iso(fire_at),
    )


def _postpone(key: int) -> None:
    rung = Rung.objects.filter(pk=key, fired_at=None).first()
    if rung is None:
        return
    pause = min(2**rung.attempts, LONGEST_PAUSE)
    Rung.objects.filter(pk=key, fired_at=None).update(
        attempts=min(rung.attempts + 1, 30), try_at=time.now() + dt.timedelta(seconds=pause)
    )


def learn_years() -> int:
    """Give a due instant to clocks that waited for a calendar year; returns to how many."""
    waiting = Clock.objects.filter(
        awaits_year__in=official_calendar().years, state=Clock.State.RUNNING
    )
    return sum(_learn(key) for key in list(waiting.values_list("pk", flat=True)[:500]))


def _learn(key: UUID) -> bool:
    with transaction.atomic():
        clock = (
            Clock.objects.select_for_update(skip_locked=True)
            .filter(pk=key, state=Clock.State.RUNNING, awaits_year__isnull=False)
            .first()
        )
        if clock is None:
            return False
        reschedule(clock, clock.suspensions.all())
        if clock.due_at is None:
            return False
        record(
            facts.ClockDueKnown(
                clock=str(clock.pk),
                kind=clock.kind,
                owner=owner_of(clock),
                due_at=iso(clock.due_at),
            ),
            actor=HELI,
            subject=clock.subject,
            matter=clock.matter,
            department=clock.department,
        )
        kind_of(clock.kind).on_due_moved(
            DueMoved(clock.pk, clock.kind, clock.owner_type, clock.owner_id, clock.due_at)
        )
    return True
