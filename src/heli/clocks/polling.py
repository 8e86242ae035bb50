"""What the worker does: fire rungs that are due, exactly once, and learn new calendar years.

Each rung fires in a transaction of its own that marks it, records the fact and calls the owning
room; a crash anywhere before the commit leaves nothing behind, after it nothing to repeat. Where
several workers look at once, PostgreSQL skips clocks that another has locked, and SQLite lets one
writer in at a time; the row of a fired rung is unique in both.
"""

import datetime as dt
import logging
from dataclasses import replace
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from heli.clocks import facts, ladders
from heli.clocks.calendars import official_calendar
from heli.clocks.kinds import OVERDUE, DueMoved, RungEvent, kind_of
from heli.clocks.models import Clock, Rung
from heli.clocks.services import iso, owner_of, reschedule, set_rungs
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
    now = time.now()
    rows = Clock.objects.filter(next_rung_at__lte=now).order_by("next_rung_at", "pk")
    due = [
        (rung.try_at, key, place, rung.rule.name)
        for key, entries in rows.values_list("pk", "rungs")[:limit]
        for place, rung in enumerate(ladders.read(entries))
        if rung.try_at is not None and rung.try_at <= now
    ]
    fired = 0
    for _, key, _, name in sorted(due)[:limit]:
        try:
            fired += _fire(key, name)
        except Exception:
            logger.exception("rung %s of clock %s did not fire", name, key)
            _postpone(key, name)
    return fired


def _fire(key: UUID, name: str) -> bool:
    now = time.now()
    with transaction.atomic():
        clock = _held(_waiting(key))
        if clock is None:
            return False
        rungs = ladders.read(clock.rungs)
        rung = next(
            (r for r in rungs if r.rule.name == name and r.try_at and r.try_at <= now), None
        )
        if rung is None or rung.fire_at is None:
            return False
        # The row is locked; and should it ever not be, a rung's row is unique.
        Rung.objects.create(clock=clock, name=name, fire_at=rung.fire_at, fired_at=now)
        _keep(clock, [other for other in rungs if other is not rung])
        record(
            _data(clock, name, rung.fire_at),
            actor=HELI,
            subject=clock.subject,
            matter=clock.matter,
            department=clock.department,
        )
        kind_of(clock.kind).on_rung(_event(clock, name, rung.fire_at))
    return True


def _waiting(key: UUID) -> QuerySet[Clock]:
    """The clock, if it has rungs to fire."""
    return Clock.objects.filter(pk=key, next_rung_at__isnull=False)


def _held(found: QuerySet[Clock]) -> Clock | None:
    """A clock, locked after its owner as rooms do; None where another worker is at it."""
    seen = found.values_list("kind", "owner_id").first()
    if seen is None:
        return None
    kind, owner_id = seen
    kind_of(kind).hold(owner_id)
    return _locked(found)


def _locked(found: QuerySet[Clock]) -> Clock | None:
    return found.select_for_update(skip_locked=True).first()


def _keep(clock: Clock, rungs: list[ladders.Waiting]) -> None:
    set_rungs(clock, rungs)
    clock.save(update_fields=["rungs", "next_rung_at"])


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


def _postpone(key: UUID, name: str) -> None:
    with transaction.atomic():
        clock = _locked(_waiting(key))
        if clock is not None:
            _keep(
                clock, [_later(r) if r.rule.name == name else r for r in ladders.read(clock.rungs)]
            )


def _later(rung: ladders.Waiting) -> ladders.Waiting:
    pause = dt.timedelta(seconds=min(2**rung.attempts, LONGEST_PAUSE))
    return replace(rung, attempts=min(rung.attempts + 1, 30), try_at=time.now() + pause)


def learn_years() -> int:
    """Give a due instant to clocks that waited for a calendar year; returns to how many."""
    waiting = Clock.objects.filter(
        awaits_year__in=official_calendar().years, state=Clock.State.RUNNING
    )
    return sum(_learn(key) for key in list(waiting.values_list("pk", flat=True)[:500]))


def _learn(key: UUID) -> bool:
    with transaction.atomic():
        waiting = Clock.objects.filter(state=Clock.State.RUNNING, awaits_year__isnull=False)
        clock = _held(waiting.filter(pk=key))
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
