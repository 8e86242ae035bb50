"""Asking for tests of a project's interfaces, and keeping what they found."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction

from heli.exchange.conformance.report import digest
from heli.kernel import clock
from heli.kernel.actor import HELI, Actor
from heli.projects import errors
from heli.projects.facts import RunAsked, RunFinished
from heli.projects.models import GATE_OF_STAGE, Interface, Project, Result, Run
from heli.projects.services.projects import changeable, record


@transaction.atomic
def ask_run(project: Project, *, actor: Actor, department: str) -> Run:
    """Have all interfaces of a project tested for the gate it meets next.

    Raises:
        StageError: The project was accepted or withdrawn.
        RunOpenError: They are being tested.
        NoInterfaceError: It has declared none.
    """
    locked = changeable(project)
    total = Interface.objects.filter(project=locked, removed_at=None).count()
    if not total:
        raise errors.NoInterfaceError(code=locked.code)
    row = Run(
        project=locked,
        gate=GATE_OF_STAGE[Project.Stage(locked.stage)],
        asked_at=clock.now(),
        asked_by=str(actor),
        department=department,
        total=total,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise errors.RunOpenError(code=locked.code) from None
    fact = RunAsked(project=str(locked.pk), code=locked.code, gate=row.gate, run=str(row.pk))
    record(locked, fact, actor, department)
    return row


@transaction.atomic
def finish_run(run: Run, reports: Mapping[Interface, Mapping[str, Any]]) -> bool:
    """Keep the reports of a run as evidence, with their hash in a fact.

    Args:
        run: The run; one that is through already is left alone.
        reports: A report for each interface, as plain data.

    Returns:
        Whether this ended the run.
    """
    locked = Run.objects.select_for_update().select_related("project").get(pk=run.pk)
    if locked.state == Run.State.DONE:
        return False
    now = clock.now()
    results = [
        Result(
            run=locked,
            interface=interface,
            contract_digest=interface.digest,
            url=interface.url,
            passed=bool(report["passed"]),
            report=dict(report),
            digest=digest(report),
            at=now,
        )
        for interface, report in reports.items()
    ]
    Result.objects.bulk_create(results)
    locked.state, locked.finished_at, locked.leased_until = Run.State.DONE, now, None
    locked.done, locked.step = len(results), ""
    locked.passed = all(each.passed for each in results)
    locked.digest = digest({each.interface.name: each.digest for each in results})
    locked.save()
    fact = RunFinished(
        project=str(locked.project_id),
        code=locked.project.code,
        gate=locked.gate,
        run=str(locked.pk),
        passed=sum(each.passed for each in results),
        total=len(results),
        failing=sorted(each.interface.name for each in results if not each.passed),
        evidence_hash=locked.digest,
    )
    record(locked.project, fact, HELI, locked.department)
    return True
