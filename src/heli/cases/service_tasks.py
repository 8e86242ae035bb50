"""Service tasks: what Heli does by itself within a procedure, after the step that opened it.

A service is a function registered under a name; ``heli:service`` of a service task names it. The
worker runs it outside the step's transaction and completes the task in another one. If it crashes
between the two it runs again, so a service must be safe to repeat; the task itself completes once,
because its token can be taken only once.
"""

import datetime as dt
import logging
from collections.abc import Callable
from typing import Any

from django.db import DatabaseError, transaction
from django.db.models import Q

from heli.cases import facts, notices
from heli.cases.models import Notice, ServiceJob, Task
from heli.engines import bpmn
from heli.errors import HeliError
from heli.kernel import clock
from heli.kernel.actor import HELI
from heli.ledger.services import record

logger = logging.getLogger(__name__)

Service = Callable[[Task], dict[str, Any]]
_services: dict[str, Service] = {}
MOST_ATTEMPTS = 8
CRASHED_AFTER = dt.timedelta(minutes=2)


def service(name: str) -> Callable[[Service], Service]:
    """Register a service under its name; it returns variables for the procedure."""

    def wrap(function: Service) -> Service:
        if _services.setdefault(name, function) is not function:
            raise ValueError(f"the service {name} is registered twice")
        return function

    return wrap


def known(name: str) -> bool:
    """Whether a service of this name is registered."""
    return name in _services


def names() -> list[str]:
    """All registered services."""
    return sorted(_services)


def run_due(limit: int = 20) -> int:
    """Run the service tasks that are due; returns how many were tried."""
    now = clock.now()
    due = ServiceJob.objects.filter(
        Q(claimed_at=None) | Q(claimed_at__lt=now - CRASHED_AFTER),
        state=ServiceJob.State.PENDING,
        run_at__lte=now,
    )
    keys = list(due.order_by("run_at").values_list("pk", flat=True)[:limit])
    return sum(_run(key) for key in keys)


def _run(key: Any) -> bool:
    now = clock.now()
    claimed = (
        ServiceJob.objects.filter(pk=key, state=ServiceJob.State.PENDING, run_at__lte=now)
        .filter(Q(claimed_at=None) | Q(claimed_at__lt=now - CRASHED_AFTER))
        .update(claimed_at=now)
    )
    if not claimed:
        return False
    job = ServiceJob.objects.select_related("task__matter").get(pk=key)
    try:
        variables = _services[job.service](job.task)
    except (HeliError, OSError, DatabaseError) as error:
        _failed(job, error)
    else:
        _done(job, variables)
    return True


def _done(job: ServiceJob, variables: dict[str, Any]) -> None:
    from heli.cases.services.matters import locked
    from heli.cases.steps import Step, names

    with transaction.atomic():
        matter = locked(job.matter)
        task = job.task
        closed = Task.objects.filter(pk=task.pk, closed_at__isnull=True).update(
            state=Task.State.DONE, outcome="done", closed_at=clock.now(), closed_by=str(HELI)
        )
        ServiceJob.objects.filter(pk=job.pk).update(
            state=ServiceJob.State.DONE, attempts=job.attempts + 1, error=""
        )
        if not closed:
            return
        from heli.cases.plans import plan_of

        assert matter.procedure_id is not None
        step = Step(matter, plan_of(matter.procedure_id), HELI)
        data = facts.ServiceDone(
            task=str(task.pk), service=job.service, attempts=job.attempts + 1, **names(task)
        )
        step.fact(data, f"cases.task:{task.pk}", task.department_id)
        step.happen(bpmn.TaskCompleted(task.token, variables))
        step.save()


def _failed(job: ServiceJob, error: Exception) -> None:
    """Try again later, each time twice as late; in the end the department is told."""
    attempts = job.attempts + 1
    text = f"{type(error).__name__}: {error}"[:500]
    logger.warning("service %s failed: %s", job.service, text)
    last = attempts >= MOST_ATTEMPTS
    with transaction.atomic():
        ServiceJob.objects.filter(pk=job.pk, state=ServiceJob.State.PENDING).update(
            attempts=attempts,
            error=text,
            claimed_at=None,
            run_at=clock.now() + dt.timedelta(seconds=2**attempts),
            state=ServiceJob.State.FAILED if last else ServiceJob.State.PENDING,
        )
        if last:
            _hand_to_people(job, attempts, text)


def _hand_to_people(job: ServiceJob, attempts: int, text: str) -> None:
    """The task becomes one for the department's officers."""
    task = job.task
    Task.objects.filter(pk=task.pk, closed_at__isnull=True).update(kind=Task.Kind.MANUAL)
    record(
        facts.ServiceFailed(
            task=str(task.pk),
            service=job.service,
            name_zh=task.name_zh,
            name_en=task.name_en,
            attempts=attempts,
            error=text.partition(":")[0],
        ),
        actor=HELI,
        subject=f"cases.task:{task.pk}",
        matter=task.matter.code,
        department=task.department_id,
    )
    Notice.objects.bulk_create(notices.service_failed(task))


@service("cases.prepare_data")
def _prepare_data(task: Task) -> dict[str, Any]:
    """Look up what the form names for this task, for the department that the task belongs to."""
    from heli.cases.services.data import prepare

    prepare(task)
    return {}
