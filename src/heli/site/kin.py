"""A process that was started by another one ends with it.

A parent that is killed (``kill -9``, out of memory) cannot stop its children. Left alone, a web
server's orphan would go on answering from the old port beside the new server.
"""

import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

from heli.errors import HeliError

PARENT = "HELI_PARENT_PROCESS"
"""Internal: the process whose end a child follows."""

# Many threads otherwise keep an arena of freed memory each (glibc), and Arrow a pool of its own.
_FRUGAL = {"MALLOC_ARENA_MAX": "2", "ARROW_DEFAULT_MEMORY_POOL": "system"}

EVERY = 0.3
GRACE = 5.0


def for_children() -> dict[str, str]:
    """The environment that binds children to this process."""
    return _FRUGAL | os.environ | {PARENT: str(os.getpid())}


def follow_parent() -> None:
    """Watch, from a thread, whether the parent lives; without a bound parent nothing happens."""
    bound = os.environ.get(PARENT, "")
    if bound.isdecimal():
        watcher = threading.Thread(target=_follow, args=(int(bound),), name="kin", daemon=True)
        watcher.start()


def _follow(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(EVERY)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE)
    os.kill(os.getpid(), signal.SIGKILL)


def apart(act: Callable[[], None]) -> None:
    """Run something in a process of its own, so that the memory it takes ends with it.

    Raises:
        SystemExit: It failed, and has told why.
    """
    child = os.fork()
    if child == 0:
        _end_with(act)
    try:
        _, status = os.waitpid(child, 0)
    except BaseException:
        # It may have ended by itself, and been waited for, as the signal came.
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(child, signal.SIGTERM)
            os.waitpid(child, 0)
        raise
    if code := os.waitstatus_to_exitcode(status):
        raise SystemExit(abs(code))


def _end_with(act: Callable[[], None]) -> NoReturn:
    """The forked side: it follows its parent, tells its errors and leaves with a status."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)
    threading.Thread(target=_follow, args=(os.getppid(),), daemon=True).start()
    status = 0
    try:
        act()
    except HeliError as error:
        sys.stderr.write(f"{error}\n{error.advice()}\n")
        status = 2
    except BaseException as error:  # noqa: BLE001 - a forked process must end here
        sys.stderr.write("".join(traceback.format_exception(error)))
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
