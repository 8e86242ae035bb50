"""The gateway's work in two steps, each taking all that waits: judge, then record and answer.

Between them each source is read by itself, one query for all calls that wait for it, so that a
source that hangs keeps nobody waiting but its own callers. Together the steps make a group commit:
the more calls come, the more share one transaction, one signature of the log and one wait for the
disk.
"""

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from django.db import close_old_connections

from heli.exchange.calls import reading
from heli.exchange.calls.model import Call
from heli.exchange.errors import SourceUnavailableError

logger = logging.getLogger(__name__)

MOST = 256
"""At most so many calls in one step."""
PATIENCE = 10.0
"""Seconds that a source may take."""
LOOK = 0.5
"""Seconds between two looks at sources that take long."""
HOLD = 0.1
"""Seconds that a step waits at most for the next one to take what it was given."""
T = TypeVar("T")


class Step(Generic[T]):
    """A thread that takes whatever waits and works on it at once.

    Args:
        name: Of the thread.
        work: Takes what waited, in order; must not raise.

    Attributes:
        idle: Called now and then while nothing waits, and between two turns.
        ahead: The step that the work goes on to. While something waits there for its turn, nothing
            is taken here: what would only wait again there joins a larger batch instead.
    """

    def __init__(self, name: str, work: Callable[[list[T]], None]) -> None:
        self._name = name
        self._work = work
        self.idle: Callable[[], None] | None = None
        self.ahead: Step[Any] | None = None
        self._changed = threading.Condition()
        self._waiting: deque[T] = deque()
        self._thread: threading.Thread | None = None

    def put(self, items: Sequence[T]) -> None:
        """Let items wait for their turn; of none, only see to it that the thread lives."""
        with self._changed:
            self._waiting.extend(items)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name=self._name)
                self._thread.start()
            if items:
                self._changed.notify_all()

    def _take(self) -> list[T]:
        with self._changed:
            if not self._waiting:
                self._changed.wait(LOOK)
        if self.ahead is not None:
            self.ahead.wait_until_taken()
        with self._changed:
            taken = [self._waiting.popleft() for _ in range(min(MOST, len(self._waiting)))]
            self._changed.notify_all()
        return taken

    def wait_until_taken(self) -> None:
        """Return when nothing waits for its turn here, at the latest after ``HOLD`` seconds."""
        with self._changed:
            self._changed.wait_for(lambda: not self._waiting, HOLD)

    def _run(self) -> None:
        # The process waits for this thread, which ends when the process has nothing else to do.
        while threading.main_thread().is_alive():
            taken = self._take()
            if taken:
                close_old_connections()
                try:
                    self._work(taken)
                except Exception:
                    logger.exception("%s failed", self._name)
                finally:
                    close_old_connections()
            if self.idle is not None:
                self.idle()


class Sources:
    """Reads sources, each in a thread of its own while somebody waits for it.

    Args:
        done: Takes calls that were read or refused.
    """

    def __init__(self, done: Callable[[list[Call]], None]) -> None:
        self._done = done
        self._lock = threading.Lock()
        self._sources: dict[int, _Source] = {}

    def read(self, calls: Sequence[Call]) -> None:
        """Read for calls; each group is given back when its source has answered."""
        groups: dict[int, list[Call]] = {}
        for call in calls:
            groups.setdefault(call.opened[0].id, []).append(call)
        for key, group in groups.items():
            with self._lock:
                source = self._sources.setdefault(key, _Source())
                source.waiting += group
                if source.since is not None:
                    continue
                source.since = time.monotonic()
            threading.Thread(
                target=self._run, args=(source,), name=f"exchange-source-{key}", daemon=True
            ).start()

    def give_up(self) -> None:
        """Refuse the calls of sources that take too long, and those that wait behind them."""
        late: list[Call] = []
        moment = time.monotonic()
        with self._lock:
            for source in self._sources.values():
                if source.since is not None and moment - source.since > PATIENCE:
                    late += source.reading + source.waiting
                    source.reading, source.waiting = [], []
        for call in late:
            call.refuse(SourceUnavailableError(resource=call.query.resource))
        if late:
            self._done(late)

    def _run(self, source: "_Source") -> None:
        while True:
            with self._lock:
                if not source.waiting:
                    source.since = None
                    return
                source.since = time.monotonic()
                group = source.reading = source.waiting[:MOST]
                source.waiting = source.waiting[MOST:]
            reading.read_source(group)
            with self._lock:
                # Whoever was told that the source takes too long stays told so.
                given_up, source.reading = not source.reading, []
            if not given_up:
                self._done(group)


class _Source:
    """One source: who waits, for whom it is read, and since when."""

    def __init__(self) -> None:
        self.waiting: list[Call] = []
        self.reading: list[Call] = []
        self.since: float | None = None


def one_by_one(work: Callable[[list[Any]], None], items: list[Any]) -> None:
    """Do again for each alone what failed for several, so that one spoils it for nobody else."""
    for item in items:
        work([item])
