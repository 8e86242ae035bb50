"""Idle connections to databases, kept a short while for the next lookup."""

import threading
import time
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Any

MOST_IDLE = 4
IDLE_SECONDS = 30.0

_idle: dict[Hashable, list[tuple[float, Any]]] = {}
_lock = threading.Lock()


def take(key: Hashable, connect: Callable[[], Any]) -> tuple[Any, bool]:
    """A connection of this key, and whether it has been used before."""
    with _lock:
        waiting = _idle.get(key)
        found = waiting.pop()[1] if waiting else None
    return (connect(), False) if found is None else (found, True)


@contextmanager
def closing_on_error(close: Callable[[], object], *faults: type[Exception]) -> Iterator[None]:
    """Close a connection on which anything went wrong.

    Args:
        close: Closes it.
        faults: Of the driver; raised as ``OSError`` that names their kind and nothing else.

    Raises:
        OSError: The driver told of a fault.
    """
    try:
        yield
    except BaseException as error:
        close()
        if isinstance(error, faults):
            raise OSError(type(error).__name__) from error
        raise


def give_back(key: Hashable, connection: Any) -> None:
    """Keep a healthy connection; closes those that nobody took for long."""
    now = time.monotonic()
    closing = []
    with _lock:
        _idle.setdefault(key, []).append((now, connection))
        for each, waiting in list(_idle.items()):
            while waiting and (waiting[0][0] < now - IDLE_SECONDS or len(waiting) > MOST_IDLE):
                closing.append(waiting.pop(0)[1])
            if not waiting:
                del _idle[each]
    for old in closing:
        old.close()


def close_all() -> None:
    """Close every idle connection."""
    with _lock:
        closing = [connection for waiting in _idle.values() for _, connection in waiting]
        _idle.clear()
    for connection in closing:
        connection.close()
