"""Decisions of the reviewing department: at the gate, and on exceptions from it."""

import datetime as dt
import uuid

from django.db import transaction

from heli.kernel import clock
from heli.kernel.actor import HELI, Actor
from heli.projects import errors
from heli.projects.facts import (
    ExemptionEnded,
    ExemptionExpired,
    ExemptionGranted,
    GatePassed,
    GateRefused,
)
from heli.projects.gate import GateStanding, Part, shut_again, standing
from heli.projects.models import (
    GATE_OF_STAGE,
    Decision,
    Exemption,
    Gate,
    Interface,
    Project,
    Run,
)
from heli.projects.services.projects import changeable, declared, needed, record

LONGEST = 180
"""Days that an exception may last; who needs longer decides again."""

_NEXT = {Gate.APPROVAL: Project.Stage.APPROVED, Gate.ACCEPTANCE: Project.Stage.ACCEPTED}


@transaction.atomic
def decide(
    project: Project, *, passed: bool, reason: str, actor: Actor, department: str
) -> Decision:
    """Decide at the gate that a project meets next.

    Args:
        project: The project.
        passed: Whether it may go on.
        reason: Why, in words.
        actor: Who decides.
        department: The reviewing department.

    Raises:
        StageError: The project was accepted or withdrawn.
        RunOpenError: Its interfaces are being tested.
        GateShutError: It shall pass though an interface neither conforms nor has an exception.
        NoInterfaceError: It shall pass without any interface.
        EmptyReasonError: No reason is given.
    """
    reason = needed(reason)
    locked = changeable(project)
    gate = GATE_OF_STAGE[Project.Stage(locked.stage)]
    found = standing(locked, gate)
    if passed:
        _require_open(locked, found)
    now = clock.now()
    run = Run.objects.filter(project=locked, gate=gate, state=Run.State.DONE).first()
    row = Decision.objects.create(
        project=locked,
        gate=gate,
        run=run,
        passed=passed,
        reason=reason,
        decided_at=now,
        decided_by=str(actor),
        department=department,
    )
    if passed:
        locked.stage, locked.stage_since = _NEXT[gate], now
        locked.save(update_fields=["stage", "stage_since"])
    record(locked, _fact(locked, row, found), actor, department)
    return row


def _require_open(project: Project, found: GateStanding) -> None:
    if not found.interfaces:
        raise errors.NoInterfaceError(code=project.code)
    if not found.open:
        names = ", ".join(each.interface.name for each in found.shut_by)
        raise errors.GateShutError(count=len(found.shut_by), interfaces=names)


def _fact(project: Project, row: Decision, found: GateStanding) -> GatePassed | GateRefused:
    run = str(row.run_id or "")
    if not row.passed:
        return GateRefused(
            project=str(project.pk), code=project.code, gate=row.gate, run=run, reason=row.reason
        )
    excepted = [each.interface.name for each in found.interfaces if each.part is Part.EXCEPTED]
    return GatePassed(
        project=str(project.pk),
        code=project.code,
        gate=row.gate,
        run=run,
        evidence_hash=row.run.digest if row.run else "",
        exceptions=excepted,
        reason=row.reason,
    )


@transaction.atomic
def grant_exemption(
    project: Project,
    name: str,
    *,
    ground: str,
    legal_basis: str,
    last_day: dt.date,
    actor: Actor,
    department: str,
) -> Exemption:
    """Decide that an interface need not conform until the end of a day.

    Raises:
        UnknownInterfaceError: The project has none of this name.
        ExpiryError: The day is past or too far off.
        ExemptedAlreadyError: It has a valid exception.
        EmptyReasonError: Ground or legal basis is missing.
        StageError: The project was withdrawn.
    """
    ground, basis = needed(ground), needed(legal_basis)[:300]
    locked = Project.objects.select_for_update().get(pk=project.pk)
    if locked.stage == Project.Stage.WITHDRAWN:
        raise errors.StageError(code=locked.code, stage=locked.get_stage_display())
    interface = declared(locked, name)
    if not clock.today() <= last_day <= clock.today() + dt.timedelta(days=LONGEST):
        raise errors.ExpiryError(field="last_day", days=LONGEST)
    valid = _valid(interface)
    if valid is not None:
        until = valid.expires_at.astimezone(clock.SHANGHAI).date().isoformat()
        raise errors.ExemptedAlreadyError(interface=name, expires=until)
    after = dt.datetime.combine(last_day + dt.timedelta(days=1), dt.time(), clock.SHANGHAI)
    row = Exemption.objects.create(
        interface=interface,
        ground=ground,
        legal_basis=basis,
        granted_at=clock.now(),
        granted_by=str(actor),
        department=department,
        expires_at=after.astimezone(dt.UTC),
    )
    fact = ExemptionGranted(
        project=str(locked.pk),
        code=locked.code,
        interface=name,
        ground=ground,
        legal_basis=basis,
        expires_at=row.expires_at.isoformat(),
    )
    record(locked, fact, actor, department)
    return row


def _valid(interface: Interface) -> Exemption | None:
    return Exemption.objects.filter(
        interface=interface, ended_at=None, expires_at__gt=clock.now()
    ).first()


@transaction.atomic
def end_exemption(
    project: Project, name: str, *, reason: str, actor: Actor, department: str
) -> None:
    """Take an exception back before it expires.

    Raises:
        UnknownInterfaceError: The project has none of this name.
        NoExemptionError: It has no valid exception.
        EmptyReasonError: No reason is given.
    """
    reason = needed(reason)
    locked = Project.objects.select_for_update().get(pk=project.pk)
    row = _valid(declared(locked, name))
    if row is None:
        raise errors.NoExemptionError(interface=name)
    row.ended_at = clock.now()
    row.save(update_fields=["ended_at"])
    fact = ExemptionEnded(project=str(locked.pk), code=locked.code, interface=name, reason=reason)
    record(locked, fact, actor, department)


def tell_expired_exemptions(limit: int = 100) -> int:
    """Enter exceptions that ran out, each once; returns how many."""
    due = Exemption.objects.filter(
        expires_at__lte=clock.now(), told_at=None, ended_at=None
    ).values_list("pk", flat=True)
    return sum(_tell_expired(key) for key in list(due[:limit]))


@transaction.atomic
def _tell_expired(key: uuid.UUID) -> bool:
    row = Exemption.objects.select_for_update().select_related("interface__project").get(pk=key)
    if row.told_at is not None:
        return False
    row.told_at = clock.now()
    row.save(update_fields=["told_at"])
    project = row.interface.project
    shut = any(each.interface.pk == row.interface_id for each in shut_again(project))
    fact = ExemptionExpired(
        project=str(project.pk),
        code=project.code,
        interface=row.interface.name,
        gate_shut=shut,
    )
    record(project, fact, HELI, project.department_id)
    return True
