"""What runs and builds have in common: rows that wait, are leased, and are carried out in a thread.

One at a time for each kind and process. A process that dies leaves a lease that ends by itself;
what it did is then begun anew.
"""

import datetime as dt
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

from django.db import close_old_connections
from django.db.models import F, Q, QuerySet

from heli.kernel import clock
from heli.twin.models import Build, Run

logger = logging.getLogger(__name__)

R = TypeVar("R", Run, Build)
TRIES = 3
"""How often something is begun before its end is taken for its own fault."""


def claim(rows: "QuerySet[R]", lease: dt.timedelta, **fresh: Any) -> R | None:
    """Lease the oldest row that waits, or whose process has died; nobody else has it meanwhile.

    Args:
        rows: All of them, with what is to be loaded of the one that is claimed.
        lease: How long its process may be silent.
        **fresh: Values that it begins with.
    """
    kind, now = rows.model, clock.now()
    State = kind.State  # noqa: N806 - a class
    due = kind._default_manager.filter(state__in=(State.WAITING, State.RUNNING)).filter(
        Q(leased_until=None) | Q(leased_until__lt=now)
    )
    found = due.order_by("asked_at").values_list("pk", "state", "leased_until").first()
    if found is None:
        return None
    key, state, until = found
    free = kind._default_manager.filter(pk=key, state=state, leased_until=until)
    taken = free.update(
        state=State.RUNNING, leased_until=now + lease, attempts=F("attempts") + 1, **fresh
    )
    return rows.get(pk=key) if taken else None


class OneAtATime(Generic[R]):
    """Carries out one row at a time, in a thread beside the worker's other jobs.

    Args:
        name: Of the thread.
        claim: Leases the next row, if there is one.
        carry_out: Carries it out; what it raises is logged, and the row begun anew.
    """

    def __init__(
        self, name: str, claim: Callable[[], R | None], carry_out: Callable[[R], object]
    ) -> None:
        self._name = name
        self._claim: Callable[[], R | None] = claim
        self._carry_out: Callable[[R], object] = carry_out
        self._busy = threading.Lock()

    def start_due(self) -> int:
        """Begin the next row unless one is being carried out; returns how many began."""
        if not self._busy.acquire(blocking=False):
            return 0
        row = None
        try:
            row = self._claim()
            if row is not None:
                threading.Thread(
                    target=self._in_thread, args=(row,), name=self._name, daemon=True
                ).start()
        finally:
            if row is None:
                self._busy.release()
        return int(row is not None)

    @contextmanager
    def idle(self, wait: float = 0.0) -> Iterator[bool]:
        """Whether nothing is being carried out; if so, nothing begins until the block ends."""
        free = self._busy.acquire(timeout=wait) if wait else self._busy.acquire(blocking=False)
        try:
            yield free
        finally:
            if free:
                self._busy.release()

    def _in_thread(self, row: R) -> None:
        close_old_connections()
        try:
            self._carry_out(row)
        except Exception:
            # The lease ends by itself.
            logger.exception("%s %s broke off", self._name, row.pk)
        finally:
            close_old_connections()
            self._busy.release()
