"""Files for callers who wait: made in a few threads, in turn, with a share for each department.

Whoever finds no place is told at once when to come again, so that slow extracts of some keep nobody
waiting without end.
"""

import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from heli.exchange.extracts.errors import ExtractsFullError, ExtractsShareError

AT_ONCE = 4
"""Files made at once, each of another department."""
PLACES = 16
"""Callers whose file is being made or waits for its turn."""
SHARE = 4
"""Places that one department can hold."""

Work = Callable[[], Any]


class Making:
    """Makes files in threads of its own; one of a department at a time, in the order they came."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="exchange-extracts")
        self._lock = threading.Lock()
        self._places: Counter[str] = Counter()
        self._busy: set[str] = set()
        self._waiting: deque[tuple[str, Work, Future[Any]]] = deque()

    @contextmanager
    def place(self, department: str) -> Iterator[None]:
        """Hold a place, until it is left; what fails in the block leaves it at once.

        Raises:
            ExtractsShareError: The department holds its share of them.
            ExtractsFullError: There is none.
        """
        with self._lock:
            if self._places[department] >= SHARE:
                raise ExtractsShareError(count=SHARE)
            if self._places.total() >= PLACES:
                raise ExtractsFullError(count=PLACES)
            self._places[department] += 1
        try:
            yield
        except BaseException:
            self.leave(department)
            raise

    def leave(self, department: str) -> None:
        """Give a place back."""
        with self._lock:
            self._places -= Counter([department])

    def make(self, department: str, work: Work) -> "Future[Any]":
        """Do a department's work when its turn comes; the future has what came of it."""
        told: Future[Any] = Future()
        with self._lock:
            self._waiting.append((department, work, told))
            self._begin()
        return told

    def _begin(self) -> None:
        """Begin what can begin; the lock is held."""
        later: deque[tuple[str, Work, Future[Any]]] = deque()
        while self._waiting:
            department, work, told = self._waiting.popleft()
            if department in self._busy or len(self._busy) >= AT_ONCE:
                later.append((department, work, told))
                continue
            self._busy.add(department)
            self._pool.submit(self._do, department, work, told)
        self._waiting = later

    def _do(self, department: str, work: Work, told: "Future[Any]") -> None:
        try:
            if told.set_running_or_notify_cancel():
                _tell(told, work)
        finally:
            with self._lock:
                self._busy.discard(department)
                self._begin()


def _tell(told: "Future[Any]", work: Work) -> None:
    try:
        found = work()
    except BaseException as error:  # noqa: BLE001 - the waiting caller is told, whatever it was
        told.set_exception(error)
    else:
        told.set_result(found)
