"""Work that ends: it is stopped from outside, or knows how much time it has left."""

import heapq
import itertools
import math
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

_until: ContextVar[float] = ContextVar("until", default=math.inf)


@dataclass(slots=True)
class _Ticket:
    stop: Callable[[], object] | None
    fired: bool = False


class _Watch:
    """One thread that calls ``stop`` of every ticket whose time is up."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._heap: list[tuple[float, int, _Ticket]] = []
        self._order = itertools.count()
        self._process = 0

    def arm(self, seconds: float, stop: Callable[[], object]) -> _Ticket:
        ticket = _Ticket(stop)
        with self._changed:
            if self._process != os.getpid():
                self._heap, self._process = [], os.getpid()
                threading.Thread(target=self._run, name="deadlines", daemon=True).start()
            heapq.heappush(self._heap, (time.monotonic() + seconds, next(self._order), ticket))
            if self._heap[0][2] is ticket:
                self._changed.notify()
        return ticket

    def disarm(self, ticket: _Ticket) -> None:
        with self._changed:
            ticket.stop = None

    def _run(self) -> None:
        with self._changed:
            while True:
                wait = self._heap[0][0] - time.monotonic() if self._heap else None
                if wait is None or wait > 0:
                    self._changed.wait(wait)
                    continue
                ticket = heapq.heappop(self._heap)[2]
                if ticket.stop is not None:
                    ticket.fired = True
                    ticket.stop()


_watch = _Watch()


@contextmanager
def within(seconds: float, stop: Callable[[], object]) -> Iterator[None]:
    """Do something that must end in time.

    Args:
        seconds: How long it may take.
        stop: Makes it end; called from another thread, must return at once and raise nothing.

    Raises:
        TimeoutError: It was stopped; any error that this made it raise is the cause.
    """
    ticket = _watch.arm(seconds, stop)
    try:
        yield
    except Exception as error:
        if ticket.fired:
            raise TimeoutError(f"no answer within {seconds:g} s") from error
        raise
    finally:
        _watch.disarm(ticket)
    if ticket.fired:
        raise TimeoutError(f"no answer within {seconds:g} s")


@contextmanager
def ending(seconds: float) -> Iterator[None]:
    """Do something that asks :func:`left` by itself how long it may still take.

    Args:
        seconds: How long; less where it is part of something that ends sooner.
    """
    token = _until.set(min(_until.get(), time.monotonic() + seconds))
    try:
        yield
    finally:
        _until.reset(token)


def left(most: float = math.inf) -> float:
    """Seconds until the end that :func:`ending` set, 0 when it is past.

    Args:
        most: Never more than this, and this where no end is set.
    """
    return max(0.0, min(most, _until.get() - time.monotonic()))
