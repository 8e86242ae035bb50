"""A process that was started by another one ends with it.

A parent that is killed (``kill -9``, out of memory) cannot stop its children. Left alone, a web
server's orphan would go on answering from the old port beside the new server.
"""

import os
import signal
import threading
import time

PARENT = "HELI_PARENT_PROCESS"
"""Internal: the process whose end a child follows."""

EVERY = 0.3
GRACE = 5.0


def for_children() -> dict[str, str]:
    """The environment that binds children to this process."""
    return os.environ | {PARENT: str(os.getpid())}


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
