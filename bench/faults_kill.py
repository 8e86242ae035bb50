"""Processes that are killed: forked from a prepared one, stopped at the n-th step or by the clock.

A whole Python for each kill would take seconds; a fork takes milliseconds. The forked side counts
its steps: statements that write to the database, pieces of long ones, writes to and syncs of
files, what goes over a socket, and what it tells. At the step that the seed chose it kills itself,
so kills spread over all that is done rather than over the time it takes; other kills come from
outside, at a random instant, and hit what has no steps, as the middle of a commit.
"""

import json
import os
import re
import selectors
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NoReturn

PIECE = 300
"""Operations of SQLite's machine between two steps inside a statement."""
PATIENCE = 120.0
"""Seconds after which a child that neither ends nor is killed counts as hung."""

_READING = re.compile(r"\s*(SELECT|PRAGMA (?!wal)|SET|SHOW|--)", re.IGNORECASE)

Told = dict[str, Any]
Work = Callable[["Teller"], None]


class EndedError(Exception):
    """A process that nobody was to kill came to no good end."""


class Steps:
    """Counts steps and kills its own process at the n-th; 0: never."""

    def __init__(self, kill_at: int) -> None:
        self._left = kill_at if kill_at > 0 else sys.maxsize

    def step(self, *_: object) -> None:
        """One step further."""
        self._left -= 1
        if self._left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def statement(self, sql: object, *_: object) -> None:
        """A step, unless a statement only reads: between two of those nothing changes."""
        if not (isinstance(sql, str) and _READING.match(sql)):
            self.step()

    def watch(self) -> None:
        """Count what this process does from now on."""
        for owner, names in (
            (os, ("fsync", "write", "replace", "link")),
            (socket.socket, ("connect", "sendall", "recv")),
        ):
            for name in names:
                self._around(owner, name, self.step)
        self._watch_databases()

    def _around(self, owner: Any, name: str, step: Callable[..., None]) -> None:
        """A step before and a step after; told what is done, without whose it is."""
        real = getattr(owner, name)

        def counted(*arguments: Any, **more: Any) -> Any:
            step(*arguments[1:])
            found = real(*arguments, **more)
            step(*arguments[1:])
            return found

        setattr(owner, name, counted)

    def _watch_databases(self) -> None:
        import psycopg
        from django.db.backends.signals import connection_created

        def created(connection: Any, **_: Any) -> None:
            if connection.vendor == "sqlite":
                connection.connection.set_trace_callback(self.statement)
                connection.connection.set_progress_handler(self.step, PIECE)

        connection_created.connect(created, weak=False)
        for name in ("execute", "executemany"):
            self._around(psycopg.Cursor, name, self.statement)
        for name in ("commit", "rollback"):
            self._around(psycopg.Connection, name, self.step)


class Teller:
    """How a child tells what left it: one line of JSON in a pipe, whole or not at all."""

    def __init__(self, descriptor: int, steps: Steps) -> None:
        self._descriptor = descriptor
        self._steps = steps
        self._lock = threading.Lock()
        self._write = os.write

    def tell(self, **what: Any) -> None:
        """Tell something; it has left this process once the line is whole."""
        line = json.dumps(what).encode() + b"\n"
        with self._lock:
            self._steps.step()
            # In two pieces, so that some kills leave half a line.
            half = len(line) // 2
            for piece in (line[:half], line[half:]):
                self._write_all(piece)
                self._steps.step()

    def _write_all(self, data: bytes) -> None:
        while data:
            data = data[self._write(self._descriptor, data) :]


@dataclass
class Child:
    """A forked process and what it told.

    Attributes:
        pid: Its id.
        pipe: Where it tells.
        told: Its whole lines.
        status: How it ended; None while it has not.
        hung: Whether it neither ended nor came to the step at which it was to end.
    """

    pid: int
    pipe: int
    told: list[Told] = field(default_factory=list)
    status: int | None = None
    hung: bool = False
    _rest: bytes = b""

    @property
    def killed(self) -> bool:
        """Whether it ended by ``SIGKILL``."""
        return self.status == -signal.SIGKILL

    @property
    def at_work(self) -> bool:
        """Whether it ended between the beginning and the end of a piece of work."""
        begun = sum("begin" in each for each in self.told)
        return begun > sum("end" in each for each in self.told)

    def read(self) -> bool:
        """Take in what it told; false once there will be no more."""
        data = os.read(self.pipe, 1 << 20)
        *lines, self._rest = (self._rest + data).split(b"\n")
        self.told += [json.loads(line) for line in lines]
        return bool(data)

    def kill(self) -> None:
        """``kill -9``."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)


def fork(work: Work, kill_at: int = 0) -> Child:
    """Let a forked process work; it kills itself at that step."""
    here, there = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    pid = os.fork()
    if pid:
        os.close(there)
        return Child(pid, here)
    os.close(here)
    _work(work, there, kill_at)


def _work(work: Work, descriptor: int, kill_at: int) -> NoReturn:
    status = 0
    try:
        steps = Steps(kill_at)
        if kill_at:
            steps.watch()
        work(Teller(descriptor, steps))
        from django.db import connections

        connections.close_all()
    except BaseException as error:  # noqa: BLE001 - a forked process must end here
        sys.stderr.write("".join(traceback.format_exception(error)))
        sys.stderr.flush()
        status = 1
    os._exit(status)


def follow(
    children: Sequence[Child], kill_after: float | None = None, patience: float = PATIENCE
) -> None:
    """Follow children to their end; the first one's end is the end of all.

    Args:
        children: The first is the one whose steps or time run out.
        kill_after: Seconds after the first piece of work was begun.
        patience: Seconds after which the first one counts as hung.
    """
    until = time.monotonic() + patience
    due: float | None = None
    with selectors.DefaultSelector() as selector:
        for child in children:
            selector.register(child.pipe, selectors.EVENT_READ, child)
        while selector.get_map():
            now = time.monotonic()
            if now > until or (due is not None and now > due):
                children[0].hung = now > until
                children[0].kill()
                due, until = None, now + patience
            wait = min(until, due if due is not None else until) - now
            for key, _ in selector.select(max(0.0, wait)):
                child: Child = key.data
                if not child.read():
                    selector.unregister(child.pipe)
                    if child is children[0]:
                        for each in children[1:]:
                            each.kill()
            first = children[0]
            if kill_after is not None and due is None and first.told:
                due, kill_after = time.monotonic() + kill_after, None
    for child in children:
        os.close(child.pipe)
        child.status = os.waitstatus_to_exitcode(os.waitpid(child.pid, 0)[1])


def done(work: Work, patience: float = PATIENCE) -> list[Told]:
    """What a forked process told that worked to its end.

    Raises:
        EndedError: It did not end well; why is on stderr.
    """
    child = fork(work)
    follow([child], patience=patience)
    if child.status:
        raise EndedError("it hung" if child.hung else f"it ended with {child.status}")
    return child.told


def said(told: Sequence[Told], key: str) -> Iterator[Any]:
    """All that was told under a key."""
    return (each[key] for each in told if key in each)
