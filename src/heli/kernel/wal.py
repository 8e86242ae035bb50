"""SQLite's write-ahead log, moved into the database file beside the work.

SQLite would do it within a commit once the log is long, and whoever commits then waits for it: at
the gateway for a tenth of a second, and with it everybody whose call comes meanwhile.
"""

import asyncio
import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from django.db import connection, connections

logger = logging.getLogger(__name__)

EVERY = 0.5
"""Seconds between two looks at whether the log has grown."""
PATIENCE = 10.0
"""Seconds that wiping waits for whoever reads the log or moves it."""


def empty() -> bool:
    """Move what the log holds into the file, as far as nobody reads it; keeps nobody waiting.

    Returns:
        Whether all of it was moved.
    """
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        return True
    _busy, held, moved = _checkpoint("PASSIVE")
    return moved >= held


@contextmanager
def going_to_disk() -> Iterator[None]:
    """Put on disk what was committed so far, beside what is done inside.

    A commit that waits for its disk waits for all of this, too, and while it does nobody else can
    write; after this it has only its own pages to wait for. Nothing is promised: that commit is
    what makes them durable.
    """
    thread = threading.Thread(target=_sync, args=(_file(),), name="log-to-disk")
    with suppress(RuntimeError):  # no more threads to be had
        thread.start()
    try:
        yield
    finally:
        if thread.ident is not None:
            thread.join()


def _sync(log: Path) -> None:
    # SQLite's locks are on other files than the log: closing it takes none of them away.
    with suppress(OSError):
        descriptor = os.open(log, os.O_RDONLY)
        try:
            os.fdatasync(descriptor)
        finally:
            os.close(descriptor)


def _file() -> Path:
    return Path(f"{connection.settings_dict['NAME']}-wal")


def wipe() -> None:
    """Leave nothing in the log of what was overwritten; waits for who reads or moves it."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        return
    until = time.monotonic() + PATIENCE
    # Where another moves the log, SQLite says so at once instead of waiting.
    while _checkpoint("TRUNCATE")[0]:
        if time.monotonic() > until:
            logger.error("the write-ahead log is in use and could not be emptied; restart Heli")
            return
        time.sleep(0.05)


def _checkpoint(kind: str) -> tuple[int, int, int]:
    """Whether it was hindered, pages in the log, pages of them that are in the file."""
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA wal_checkpoint({kind})")
        busy, held, moved = cursor.fetchone()
    return busy, held, moved


async def keep_emptying(ended: asyncio.Event) -> None:
    """Empty the log while a server runs, whenever something was written."""
    if connection.vendor != "sqlite":
        return
    log, seen = _file(), 0
    while not ended.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), EVERY)
        now = _written(log)
        if now != seen and await asyncio.to_thread(_try_emptying):
            seen = now


def _written(log: Path) -> int:
    try:
        return log.stat().st_mtime_ns
    except OSError:
        return 0


def _try_emptying() -> bool:
    try:
        return empty()
    except Exception:
        logger.exception("the write-ahead log could not be moved into the database")
        return False
    finally:
        connections.close_all()
