"""SQLite's write-ahead log, moved into the database file beside the work.

SQLite would do it within a commit once the log is long, and whoever commits then waits for it: at
the gateway for a tenth of a second, and with it everybody whose call comes meanwhile.
"""

import asyncio
import logging
from contextlib import suppress
from pathlib import Path

from django.db import DatabaseError, connection, connections

logger = logging.getLogger(__name__)

EVERY = 0.5
"""Seconds between two looks at whether the log has grown."""


def empty() -> None:
    """Move what the log holds into the file, as far as nobody reads it; keeps nobody waiting."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")


async def keep_emptying(ended: asyncio.Event) -> None:
    """Empty the log while a server runs, whenever something was written."""
    if connection.vendor != "sqlite":
        return
    log = Path(f"{connection.settings_dict['NAME']}-wal")
    seen = _written(log)
    while not ended.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), EVERY)
        if (now := _written(log)) != seen:
            seen = now
            await asyncio.to_thread(_try_emptying)


def _written(log: Path) -> int:
    try:
        return log.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def _try_emptying() -> None:
    try:
        empty()
    except DatabaseError:
        logger.exception("the write-ahead log could not be moved into the database")
    finally:
        connections.close_all()
