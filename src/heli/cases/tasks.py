"""Background work of the cases room."""

from heli.cases import service_tasks, timers
from heli.cases.models import Task
from heli.kernel import clock
from heli.kernel.worker import periodic


@periodic("cases.services", every=0.5)
def run_services() -> int:
    """Run service tasks of procedures that are due."""
    return service_tasks.run_due()


@periodic("cases.stalled", every=5.0)
def tell_stalled() -> int:
    """Tell of timers of procedures that failed a few times."""
    return timers.tell_stalled()


@periodic("cases.prepare", every=1.0)
def prepare_tasks(limit: int = 20) -> int:
    """Look up data for tasks that were opened, so that it is there when the officer comes."""
    from heli.cases.services.data import prepare

    waiting = Task.objects.filter(prepare_at__isnull=False, prepare_at__lte=clock.now())
    keys = list(waiting.order_by("prepare_at").values_list("pk", flat=True)[:limit])
    done = 0
    for key in keys:
        # Whoever takes the mark away does the lookups; a crash leaves them to the officer's button.
        if not Task.objects.filter(pk=key, prepare_at__isnull=False).update(prepare_at=None):
            continue
        task = Task.objects.select_related("matter").get(pk=key)
        if task.closed_at is None and task.matter.open:
            prepare(task)
            done += 1
    return done
