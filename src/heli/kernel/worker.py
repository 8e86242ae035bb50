"""The background process: jobs that rooms register, run on their rhythm.

A job is a plain function that does a bounded amount of work and says how much; it must be safe to
run twice at once, because two workers may run. A failing job is logged and tried again at its next
turn; it never stops the others.
"""

import logging
import os
import platform
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from django.db import close_old_connections

from heli.kernel import clock
from heli.kernel.models import Heartbeat

logger = logging.getLogger(__name__)

Job = Callable[[], int | None]
J = TypeVar("J", bound=Job)


@dataclass(slots=True)
class Periodic:
    """A job and its rhythm.

    Attributes:
        name: Dotted name, ``room.job``.
        every: Seconds between two turns.
        job: The function; it returns how many things it did, or None.
    """

    name: str
    every: float
    job: Job
    next_at: float = field(default=0.0)


_jobs: dict[str, Periodic] = {}
_endings: list[Callable[[], None]] = []


def periodic(name: str, *, every: float) -> Callable[[J], J]:
    """Register a job to run every so many seconds."""

    def wrap(job: J) -> J:
        _jobs[name] = Periodic(name, every, job)
        return job

    return wrap


def jobs() -> list[Periodic]:
    """All registered jobs, by name."""
    return [_jobs[name] for name in sorted(_jobs)]


def at_end(act: Callable[[], None]) -> Callable[[], None]:
    """Have something done when the worker stops, such as ending processes that a job started."""
    _endings.append(act)
    return act


def run_once() -> dict[str, int]:
    """Run every job once, now; returns what each did. Errors propagate (for tests and commands)."""
    return {job.name: job.job() or 0 for job in jobs()}


def run(stop: threading.Event, name: str = "worker") -> None:
    """Run jobs on their rhythm until ``stop`` is set."""
    queue = jobs()
    beat_at = 0.0
    while not stop.is_set():
        moment = time.monotonic()
        if moment >= beat_at:
            beat(name)
            beat_at = moment + 2.0
        for job in queue:
            if time.monotonic() >= job.next_at:
                _turn(job)
                job.next_at = time.monotonic() + job.every
        pause = min([beat_at, *(job.next_at for job in queue)]) - time.monotonic()
        stop.wait(min(max(pause, 0.01), 1.0))
    for act in _endings:
        act()
    leave(name, os.getpid())


def _turn(job: Periodic) -> None:
    close_old_connections()
    try:
        job.job()
    except Exception:
        logger.exception("job %s failed; it is tried again in %.1f s", job.name, job.every)


def beat(name: str) -> None:
    """Leave a sign of life."""
    Heartbeat.objects.update_or_create(
        name=name, defaults={"at": clock.now(), "process": _process(os.getpid())}
    )


def leave(name: str, pid: int) -> None:
    """Take the sign of life of a process on this machine away, because it has ended."""
    Heartbeat.objects.filter(name=name, process=_process(pid)).delete()


def _process(pid: int) -> str:
    return f"{platform.node()}:{pid}"
