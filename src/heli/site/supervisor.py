"""Keeping server and worker running: what ends is told and started again, for a while."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NoReturn

from heli.site import kin
from heli.site.errors import KeepsEndingError

MOST_ENDS = 5
"""Ends in a row, each sooner than ``SETTLED`` seconds after its start, before giving up."""

SETTLED = 30.0
STOP_WITHIN = 10.0
TURN = 0.1
STOPS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

Tell = Callable[[str], None]


class Stopped(BaseException):
    """The operator asked for a stop.

    Args:
        number: The signal.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(signal.Signals(number).name)


def stop_on_signals() -> None:
    """Turn SIGTERM, SIGINT and SIGHUP into :class:`Stopped`."""

    def stop(number: int, frame: object) -> None:
        raise Stopped(number)

    for number in STOPS:
        if signal.getsignal(number) != signal.SIG_IGN:  # nohup ignores SIGHUP on purpose
            signal.signal(number, stop)


@dataclass(slots=True)
class Child:
    """One of the processes that make up a running Heli.

    Attributes:
        name: As people call it.
        module: What ``python -m`` runs, with its arguments.
        ends: Ends in a row that came too soon.
        start_at: When it is started again (monotonic seconds); only while it is not running.
        on_end: Called with its number when it has ended by itself.
    """

    name: str
    module: tuple[str, ...]
    on_end: Callable[[int], None] = lambda pid: None
    process: "subprocess.Popen[bytes] | None" = None
    started_at: float = 0.0
    start_at: float = 0.0
    ends: int = 0

    def start(self) -> None:
        """Start it, bound to this process."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", *self.module], env=kin.for_children()
        )
        self.started_at = time.monotonic()

    @property
    def ended(self) -> str:
        """How it ended; empty while it runs or waits to be started again."""
        status = self.process.poll() if self.process else None
        if status is None:
            return ""
        return signal.Signals(-status).name if status < 0 else f"exit status {status}"


class Supervisor:
    """Starts children, starts again what ends, stops them all.

    Args:
        children: In the order in which they start.
        tell: Where a line for the operator goes.
    """

    def __init__(self, children: list[Child], tell: Tell) -> None:
        self._children = children
        self._tell = tell

    def start(self) -> None:
        """Start all."""
        for child in self._children:
            child.start()

    def ended(self) -> str:
        """Who has ended and how; empty while all run."""
        found = ((child.name, child.ended) for child in self._children)
        return next((f"the {name} ended with {how}" for name, how in found if how), "")

    def keep(self) -> NoReturn:
        """Stay until stopped, starting again what ends.

        Raises:
            Stopped: The operator asked for it.
            KeepsEndingError: Something ended again and again.
        """
        while True:
            for child in self._children:
                self._look(child)
            time.sleep(TURN)

    def _look(self, child: Child) -> None:
        if child.process is None:
            if time.monotonic() >= child.start_at:
                child.start()
            return
        if not (how := child.ended):
            return
        lived = time.monotonic() - child.started_at
        child.ends = 1 if lived > SETTLED else child.ends + 1
        if child.ends >= MOST_ENDS:
            raise KeepsEndingError(name=child.name, count=child.ends, status=how)
        pause = 0.5 * 2 ** (child.ends - 1)
        self._tell(f"The {child.name} ended with {how}; it is started again in {pause:.1f} s.")
        pid = child.process.pid
        child.process, child.start_at = None, time.monotonic() + pause
        child.on_end(pid)

    def stop(self) -> None:
        """Stop all and wait; who does not stop is killed, at once if the operator insists."""
        running = [child.process for child in self._children if child.process]
        with _noted() as insisted:
            for process in running:
                process.terminate()
            until = time.monotonic() + STOP_WITHIN
            while time.monotonic() < until and not insisted.is_set():
                if all(process.poll() is not None for process in running):
                    return
                insisted.wait(TURN)
            for process in running:
                process.kill()
                process.wait()


@contextmanager
def _noted() -> Iterator[threading.Event]:
    """While it lasts, signals to stop are noted and interrupt nothing."""
    noted = threading.Event()
    before = {
        number: signal.signal(number, lambda _number, _frame: noted.set())
        for number in STOPS
        if signal.getsignal(number) != signal.SIG_IGN
    }
    try:
        yield noted
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
