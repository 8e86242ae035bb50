"""Threads that read sources in: each source by itself, so that one that hangs stops no other."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

from heli.kernel.deadlines import ending, within


@dataclass(slots=True)
class _Reading:
    owner: str
    seconds: float
    read: Callable[[], Path]
    future: Future[Path] = field(default_factory=Future)
    given_up: bool = False


class Readers:
    """Starts a thread for each reading, and gives up the ones that take too long.

    A reading that was given up makes room for others at once. Its thread still counts against its
    own owner until it ends, so that a share that never answers does not gather threads.

    Args:
        most: How many readings at once.
        each: How many of them for one owner.
    """

    def __init__(self, most: int = 16, each: int = 2) -> None:
        self._most, self._each = most, each
        self._lock = threading.Lock()
        self._waiting: list[_Reading] = []
        self._of: Counter[str] = Counter()
        self._busy = 0

    def submit(self, owner: str, read: Callable[[], Path], seconds: float) -> Future[Path]:
        """Read something in as soon as there is room.

        Args:
            owner: Whose it is.
            read: Reads it; :func:`heli.kernel.deadlines.left` tells it how long it may take.
            seconds: How long it may take from its start. The result is then a
                :class:`TimeoutError`, whatever ``read`` does.
        """
        reading = _Reading(owner, seconds, read)
        with self._lock:
            self._waiting.append(reading)
        self._start()
        return reading.future

    def _start(self) -> None:
        for reading in self._ready():
            thread = threading.Thread(
                target=self._run, args=(reading,), name="snapshots", daemon=True
            )
            try:
                thread.start()
            except RuntimeError:
                self._over(reading)
                reading.future.set_exception(OSError("no thread is left to read it in"))

    def _ready(self) -> list[_Reading]:
        """The readings for which there is room, oldest first; they are counted from now on."""
        with self._lock:
            ready = []
            for reading in list(self._waiting):
                if self._busy < self._most and self._of[reading.owner] < self._each:
                    self._waiting.remove(reading)
                    self._busy += 1
                    self._of[reading.owner] += 1
                    ready.append(reading)
            return ready

    def _run(self, reading: _Reading) -> None:
        path, failed = None, None
        try:
            with (
                within(reading.seconds, lambda: self._give_up(reading)),
                ending(reading.seconds),
            ):
                path = reading.read()
        except BaseException as error:  # noqa: BLE001 - whoever waits for it is told
            failed = error
        given_up = self._over(reading)
        if not given_up and failed is not None:
            reading.future.set_exception(failed)
        elif not given_up and path is not None:
            reading.future.set_result(path)
        self._start()

    def _give_up(self, reading: _Reading) -> None:
        with self._lock:
            reading.given_up = True
            self._busy -= 1
        reading.future.set_exception(
            TimeoutError(f"reading it in took longer than {reading.seconds:g} s")
        )
        self._start()

    def _over(self, reading: _Reading) -> bool:
        """Count a thread that has ended; whether its reading had been given up."""
        with self._lock:
            self._of[reading.owner] -= 1
            if not self._of[reading.owner]:
                del self._of[reading.owner]
            if not reading.given_up:
                self._busy -= 1
            return reading.given_up
