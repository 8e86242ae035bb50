"""Carrying out runs in the background: claimed by lease, shown as they go, stopped when asked.

One run at a time for each worker, with all its cores. A process that dies leaves a lease that ends
by itself; the run then begins anew, which harms nobody, as the same run gives the same result.
"""

import datetime as dt
import logging
import threading
import time
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING, Any

import msgspec
from django.db import DatabaseError

from heli.errors import HeliError
from heli.kernel import clock, worker
from heli.twin import background, services
from heli.twin.background import TRIES
from heli.twin.crew import Crew, Processes
from heli.twin.errors import RunBrokeOffError, RunFaultError
from heli.twin.models import Run

if TYPE_CHECKING:
    from heli.twin.computing import Tell
    from heli.twin.labour import Job

logger = logging.getLogger(__name__)

LEASE = dt.timedelta(seconds=60)
SHOWN_EVERY = 0.4
"""Seconds between two signs of progress."""

_crew = Processes()
_ending = threading.Event()


class _StopError(Exception):
    """The run is to end here: cancelled, taken over, or the worker stops."""


def claim() -> Run | None:
    """Lease the oldest run that waits, or whose process has died."""
    return background.claim(Run.objects.select_related("version"), LEASE, done=0, step="central")


def start_due() -> int:
    """Begin the next run beside the worker's other jobs, unless one is being carried out."""
    return 0 if _ending.is_set() else _desk.start_due()


def execute(run: Run, crew: Crew) -> None:
    """Carry out a run that was claimed, and keep what it finds, or why it cannot be done."""
    try:
        if run.attempts > TRIES:
            raise RunBrokeOffError(run=run.code, count=run.attempts - 1)
        found = _computed(run, crew)
    except _StopError:
        _let_go(run)
    except BrokenProcessPool:
        if not _ending.is_set():
            raise
        services.begin_again(run)
    except HeliError as error:
        services.fail_run(run, error)
    else:
        services.finish_run(run, found)


def _computed(run: Run, crew: Crew) -> dict[str, Any]:
    """What a run finds; a fault of the program is the run's end, as it would meet it again."""
    from heli.twin.computing import compute  # with it comes Numba

    try:
        return compute(job_of(run), crew, _teller(run), lambda some: _so_far(run, some))
    except (HeliError, _StopError, BrokenProcessPool, DatabaseError):
        raise
    except Exception as fault:
        logger.exception("%s met a fault", run.code)
        raise RunFaultError(run=run.code) from fault


def job_of(run: Run) -> "Job":
    """What a run asks for, as plain data."""
    from heli.twin.labour import Job

    return Job(
        content=bytes(run.version.content),
        documents=tuple(
            (each["name"], msgspec.json.encode(each["document"]).decode()) for each in run.options
        ),
        draws=run.draws,
        by=tuple(run.by),
    )


def _let_go(run: Run) -> None:
    if Run.objects.filter(pk=run.pk, cancel_asked=True).exists():
        services.stop_run(run)
    elif _ending.is_set():
        services.begin_again(run)


def _so_far(run: Run, found: dict[str, Any]) -> None:
    services.keep_so_far(run, found)


def _teller(run: Run) -> "Tell":
    """Shows progress and keeps the lease now and then; ends the run where it must not go on."""
    shown: dict[str, Any] = {"at": 0.0, "step": ""}

    def tell(step: str, done: int, total: int) -> None:
        if _ending.is_set():
            raise _StopError
        if step == shown["step"] and time.monotonic() < shown["at"] + SHOWN_EVERY:
            return
        shown.update(at=time.monotonic(), step=step)
        mine = Run.objects.filter(pk=run.pk, state=Run.State.RUNNING, attempts=run.attempts)
        told = mine.filter(cancel_asked=False).update(
            step=step, done=done, total=total, leased_until=clock.now() + LEASE
        )
        if not told:
            raise _StopError

    return tell


_desk = background.OneAtATime("twin-run", claim, lambda run: execute(run, _crew))


def rest() -> int:
    """End the processes of runs if nothing was asked of them for a while."""
    with _desk.idle() as free:
        return int(free and _crew.rest())


@worker.at_end
def end() -> None:
    """Stop what is being carried out; it is taken up again by the next worker."""
    _ending.set()
    with _desk.idle(wait=5.0) as free:
        _crew.abandon()
        if free:
            _ending.clear()  # another worker may begin in this process
