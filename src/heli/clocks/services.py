"""Every change to a clock: start, suspend, resume, stop. One verb, one transaction, its facts."""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from heli.clocks import facts, ladders
from heli.clocks.errors import (
    AlreadySuspendedError,
    ClockNotFoundError,
    ClockStateError,
    UnattributedSuspensionError,
)
from heli.clocks.kinds import OVERDUE, kind_of
from heli.clocks.models import Clock, Suspension
from heli.clocks.schedule import schedule
from heli.clocks.selectors import elapsed_fraction
from heli.engines.legaltime import Allowance, RungRule
from heli.engines.legaltime import Suspension as Pause
from heli.kernel import clock as time
from heli.kernel import prepared
from heli.kernel.actor import Actor
from heli.kernel.ids import uuid7
from heli.kernel.prepared import Batch
from heli.ledger.services import NewFact, record_many

_DUE = RungRule(OVERDUE, fraction=1.0)


@dataclass(frozen=True, slots=True)
class ClockRequest:
    """A clock to start.

    Attributes:
        kind: Name of a registered kind.
        owner_type: What it belongs to, ``room.noun``.
        owner_id: Identifier of that.
        department: Code of the department that owes.
        allowance: The allowed time.
        matter: Matter code, empty where there is none.
        started_at: The instant it runs from; now where None.
        ladder: Its rungs; those of the kind where None.
    """

    kind: str
    owner_type: str
    owner_id: str
    department: str
    allowance: Allowance
    matter: str = ""
    started_at: dt.datetime | None = None
    ladder: tuple[RungRule, ...] | None = None


def start(request: ClockRequest, *, actor: Actor) -> Clock:
    """Start one clock; see :func:`start_many`."""
    return start_many([request], actor=actor)[0]


def start_many(
    requests: Iterable[ClockRequest],
    *,
    actor: Actor,
    facts_into: list[NewFact] | None = None,
    batch: Batch | None = None,
) -> list[Clock]:
    """Start clocks, however many, with one statement.

    Args:
        requests: What to start.
        actor: Who starts them.
        facts_into: Where given, the facts are appended here for the caller to record with its
            own in the same transaction, which saves a statement.
        batch: Where given, the clocks are written with it.

    Raises:
        UnknownClockKindError: A kind is not registered.
    """
    now = time.now()
    clocks = [_fresh(request, now) for request in requests]
    new = [NewFact(_started(c), actor, c.subject, c.matter, c.department) for c in clocks]
    if batch is not None and facts_into is not None:
        batch.insert(clocks)
        facts_into += new
        return clocks
    with transaction.atomic(savepoint=False):
        prepared.insert(clocks)
        if facts_into is None:
            record_many(new)
        else:
            facts_into += new
    return clocks


def _fresh(request: ClockRequest, now: dt.datetime) -> Clock:
    """An unsaved clock, counted."""
    rules = _rules(request)
    begins = request.started_at or now
    plan = schedule(begins, request.allowance, rules)
    rungs, next_rung_at = ladders.fresh(rules, plan.fires)
    return prepared.make(
        Clock,
        id=uuid7(),
        kind=request.kind,
        owner_type=request.owner_type,
        owner_id=request.owner_id,
        matter=request.matter,
        department=request.department,
        started_at=begins,
        unit=request.allowance.unit.value,
        amount=request.allowance.amount,
        due_at=plan.due_at,
        at_risk_at=plan.at_risk_at,
        total=plan.total,
        awaits_year=plan.awaits_year,
        rungs=rungs,
        next_rung_at=next_rung_at,
    )


def _rules(request: ClockRequest) -> tuple[RungRule, ...]:
    kind = kind_of(request.kind)
    ladder = kind.ladder if request.ladder is None else request.ladder
    return (*ladder, _DUE)


def _started(clock: Clock) -> facts.ClockStarted:
    return facts.ClockStarted(
        clock=str(clock.id),
        kind=clock.kind,
        owner=owner_of(clock),
        unit=clock.unit,
        amount=clock.amount,
        started_at=clock.started_at.isoformat(),
        due_at=iso(clock.due_at),
    )


def owner_of(clock: Clock) -> str:
    """The owner as facts name it."""
    return f"{clock.owner_type}:{clock.owner_id}"


def iso(instant: dt.datetime | None) -> str:
    """An instant as facts hold it; empty where there is none."""
    return instant.isoformat() if instant else ""


def _locked(ids: Collection[UUID]) -> list[Clock]:
    """The clocks, locked until the transaction ends, in the order of their ids."""
    rows = list(Clock.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
    missing = {str(item) for item in ids} - {str(row.pk) for row in rows}
    if missing:
        raise ClockNotFoundError(clock=min(missing), what=min(missing))
    return rows


def suspend(clock_id: UUID, *, department: str, ground: str, actor: Actor) -> Clock:
    """Let a clock stand still at the account of a department, on a legal ground.

    Several departments may suspend the same clock; it runs again when all have ended theirs, and
    time suspended twice counts once. A clock that is overdue stays so.

    Raises:
        UnattributedSuspensionError: Department or ground is missing.
        ClockNotFoundError: There is no such clock.
        ClockStateError: It has stopped.
        AlreadySuspendedError: This department has suspended it already.
    """
    if not department.strip() or not ground.strip():
        raise UnattributedSuspensionError(field="ground" if department.strip() else "department")
    now = time.now()
    with transaction.atomic(savepoint=False):
        (clock,) = _locked([clock_id])
        _refuse_stopped(clock)
        if clock.suspensions.filter(department=department, ends_at=None).exists():
            raise AlreadySuspendedError(department=department)
        Suspension.objects.create(
            clock=clock, department=department, ground=ground.strip(), begins_at=now
        )
        if clock.state == Clock.State.RUNNING:
            _freeze(clock, now)
        data = facts.ClockSuspended(
            clock=str(clock.id), kind=clock.kind, owner=owner_of(clock), ground=ground.strip()
        )
        record_many([NewFact(data, actor, clock.subject, clock.matter, department)])
    return clock


def _freeze(clock: Clock, now: dt.datetime) -> None:
    clock.frozen = elapsed_fraction(clock, now)
    clock.state = Clock.State.SUSPENDED
    clock.suspended_since = now
    if clock.due_at is None or now < clock.due_at:
        clock.due_at = clock.at_risk_at = clock.total = None
        clock.awaits_year = None
        # What was reached before the suspension still fires; the rest is unknown until it ends.
        set_rungs(
            clock,
            [
                rung.at(None) if rung.fire_at and rung.fire_at > now else rung
                for rung in ladders.read(clock.rungs)
            ],
        )
    clock.save()


def set_rungs(clock: Clock, rungs: Sequence[ladders.Waiting]) -> None:
    """Put the rungs that have not fired onto the clock's row, which the caller saves."""
    clock.rungs, clock.next_rung_at = ladders.write(rungs), ladders.next_at(rungs)


def resume(clock_id: UUID, *, actor: Actor, department: str | None = None) -> Clock:
    """End a suspension; the due instant moves by exactly the suspended time.

    Args:
        clock_id: The clock.
        actor: Who ends it.
        department: Whose suspension ends; all open ones where None.

    Raises:
        ClockNotFoundError: There is no such clock.
        ClockStateError: No such suspension is open.
    """
    now = time.now()
    with transaction.atomic(savepoint=False):
        (clock,) = _locked([clock_id])
        rows = list(clock.suspensions.all())
        ending = [
            row for row in rows if row.ends_at is None and department in {None, row.department}
        ]
        if not ending:
            raise ClockStateError(state=clock.get_state_display())
        for row in ending:
            row.ends_at = max(now, row.begins_at)
        Suspension.objects.bulk_update(ending, ["ends_at"])
        if all(row.ends_at for row in rows):
            _run_again(clock, rows)
        record_many(_resumed(clock, ending, actor))
    return clock


def _resumed(clock: Clock, ended: Sequence[Suspension], actor: Actor) -> list[NewFact]:
    running = clock.state == Clock.State.RUNNING
    return [
        NewFact(
            facts.ClockResumed(
                clock=str(clock.id),
                kind=clock.kind,
                owner=owner_of(clock),
                running=running,
                suspended_seconds=int((row.ends_at - row.begins_at).total_seconds())
                if row.ends_at
                else 0,
                due_at=iso(clock.due_at),
            ),
            actor,
            clock.subject,
            clock.matter,
            row.department,
        )
        for row in ended
    ]


def _run_again(clock: Clock, suspensions: Iterable[Suspension]) -> None:
    clock.state = Clock.State.RUNNING
    clock.suspended_since = clock.frozen = None
    reschedule(clock, suspensions)


def reschedule(clock: Clock, suspensions: Iterable[Suspension]) -> None:
    """Count a running clock anew and save it with the rungs that have not fired."""
    rungs = ladders.read(clock.rungs)
    rules = [rung.rule for rung in rungs]
    plan = schedule(clock.started_at, clock.allowance, rules, pauses(suspensions))
    clock.due_at, clock.at_risk_at = plan.due_at, plan.at_risk_at
    clock.total, clock.awaits_year = plan.total, plan.awaits_year
    set_rungs(clock, [rung.at(at) for rung, at in zip(rungs, plan.fires, strict=True)])
    clock.save()


def pauses(suspensions: Iterable[Suspension]) -> list[Pause]:
    """Suspension rows as the engine takes them."""
    return [Pause(row.begins_at, row.ends_at, row.department, row.ground) for row in suspensions]


def stop(clock_id: UUID, *, actor: Actor) -> Clock:
    """Stop one clock; see :func:`stop_many`."""
    return stop_many([clock_id], actor=actor)[0]


def stop_many(
    clock_ids: Collection[UUID], *, actor: Actor, facts_into: list[NewFact] | None = None
) -> list[Clock]:
    """Stop clocks because their obligations were met; open suspensions end with them.

    A clock that has stopped already stays as it is and records nothing.

    Args:
        clock_ids: Which.
        actor: Who met the obligations.
        facts_into: Where given, the facts are appended here for the caller to record with its
            own in the same transaction, which saves a statement.

    Raises:
        ClockNotFoundError: There is no such clock.
    """
    now = time.now()
    with transaction.atomic(savepoint=False):
        stopped = prepared.update_returning(
            Clock,
            {"id": tuple(clock_ids), "state": _OPEN},
            {
                "state": Clock.State.STOPPED.value,
                "stopped_at": now,
                "suspended_since": None,
                "awaits_year": None,
                "next_rung_at": None,
            },
            _COLUMNS,
        )
        if suspended := [clock.pk for clock in stopped if clock.frozen is not None]:
            Suspension.objects.filter(clock__in=suspended, ends_at=None).update(ends_at=now)
        stopped.sort(key=lambda clock: clock.pk)
        others = set(clock_ids) - {clock.pk for clock in stopped}
        known = _locked(others) if others else []
        new = [
            NewFact(_stopped(clock), actor, clock.subject, clock.matter, clock.department)
            for clock in stopped
        ]
        if facts_into is None:
            record_many(new)
        else:
            facts_into += new
    return sorted([*stopped, *known], key=lambda clock: clock.pk) if known else stopped


_OPEN = (Clock.State.RUNNING.value, Clock.State.SUSPENDED.value)
_COLUMNS = tuple(field.attname for field in Clock._meta.concrete_fields)


def _stopped(clock: Clock) -> facts.ClockStopped:
    due, stopped = clock.due_at, clock.stopped_at
    return facts.ClockStopped(
        clock=str(clock.id),
        kind=clock.kind,
        owner=owner_of(clock),
        late=due is not None and stopped is not None and stopped > due,
        due_at=iso(clock.due_at),
    )


def _refuse_stopped(clock: Clock) -> None:
    if clock.state == Clock.State.STOPPED:
        raise ClockStateError(state=clock.get_state_display())
