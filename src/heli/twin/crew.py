"""Who carries out the parts of a run: this process, or others on this machine.

Processes are started when they are first needed, and stay a while, so that the next option finds
the city and its base there. They end with the process that started them.
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any, Protocol, TypeVar

R = TypeVar("R")
EVERY = 0.1
"""Seconds between two looks at whether to go on."""
IDLE = 600.0
"""Seconds after which processes without work end."""
NICE = 15
"""How far processes step back behind whoever waits for a page or an answer."""


class Crew(Protocol):
    """Carries out one function on many arguments."""

    def carry_out(
        self, act: Callable[..., R], items: Iterable[tuple[Any, ...]], beat: Callable[[], None]
    ) -> Iterator[R]:
        """What ``act`` makes of each item, in their order.

        Args:
            act: A function at the top of a module.
            items: Its arguments.
            beat: Called again and again while this waits; what it raises ends the work.
        """


class Inline:
    """Everything in this process, one after the other."""

    def carry_out(
        self, act: Callable[..., R], items: Iterable[tuple[Any, ...]], beat: Callable[[], None]
    ) -> Iterator[R]:
        """See :class:`Crew`."""
        for item in items:
            beat()
            yield act(*item)


class Processes:
    """Processes of this machine; safe to use from one thread at a time.

    Args:
        size: How many; by default as many as there are cores for this process.
    """

    def __init__(self, size: int | None = None) -> None:
        self.size = size or len(os.sched_getaffinity(0))
        self._pool: ProcessPoolExecutor | None = None
        self._used_at = 0.0

    def carry_out(
        self, act: Callable[..., R], items: Iterable[tuple[Any, ...]], beat: Callable[[], None]
    ) -> Iterator[R]:
        """See :class:`Crew`.

        Raises:
            BrokenProcessPool: A process ended before its work.
        """
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                self.size, get_context("spawn"), initializer=_begin, initargs=(os.getpid(),)
            )
        futures = [self._pool.submit(act, *item) for item in items]
        try:
            for future in futures:
                yield _awaited(future, beat)
        except BaseException:
            self.abandon()
            raise
        self._used_at = time.monotonic()

    def abandon(self) -> None:
        """End all processes at once, whatever they do; new ones are started when needed."""
        pool, self._pool = self._pool, None
        if pool is not None:
            for process in list((pool._processes or {}).values()):
                process.kill()
            pool.shutdown(wait=False, cancel_futures=True)

    def rest(self) -> bool:
        """End the processes if they had nothing to do for a while; returns whether."""
        idle = self._pool is not None and time.monotonic() - self._used_at > IDLE
        if idle:
            self.abandon()
        return idle


def _awaited(future: "Future[R]", beat: Callable[[], None]) -> R:
    while True:
        beat()
        try:
            return future.result(EVERY)
        except TimeoutError:
            if future.done():
                raise


def _begin(parent: int) -> None:
    """Prepare a process: it leaves stopping to its parent, ends with it, and steps back."""
    os.nice(NICE)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow, args=(parent,), daemon=True).start()


def _follow(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)
