"""Small files in memory, in columns, for as long as their records are asked for.

Most of what it takes to find a few records in a file is reading its columns anew. A file that was
replaced, written to, closed or opened to others is told by what the file system says of it, as its
next reader sees it.
"""

import asyncio
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import pyarrow as pa

MOST_ON_DISK = 4_000_000
"""Bytes of a file; larger ones are searched where they lie."""
MOST_OF_ONE = 16_000_000
"""Bytes of one file in memory."""
MOST = 48_000_000
"""Bytes of all together, in each process."""
UNUSED = 60.0
"""Seconds after which what nobody asks for is let go."""


class Mark(NamedTuple):
    """What the file system says of a file; another wherever its content or its rights are."""

    st_dev: int
    st_ino: int
    st_size: int
    st_mtime_ns: int
    st_ctime_ns: int


class Held:
    """Tables of small files; those least asked for go first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[Path, Hashable], tuple[Mark, float, pa.Table | None]]
        self._kept = OrderedDict()

    def table(
        self, path: Path, shape: Hashable, load: "Callable[[], pa.Table | None]"
    ) -> "pa.Table | None":
        """What a file holds; ``None`` where it must be searched where it lies.

        Args:
            path: The file.
            shape: What of it is read, and as what: two readers with one shape share a table.
            load: Reads the whole; ``None`` where it cannot be held.

        Raises:
            OSError: There is no such file, or it cannot be read.
        """
        key, mark, now = (path, shape), _mark(path), time.monotonic()
        if mark.st_size > MOST_ON_DISK:
            return None
        with self._lock:
            found = self._kept.get(key)
            if found is not None and found[0] == mark:
                self._kept[key] = (mark, now, found[2])
                self._kept.move_to_end(key)
                return found[2]
        table = load()
        if mark == _mark(path):
            with self._lock:
                self._kept[key] = (mark, now, table)
                self._kept.move_to_end(key)
        self.let_go()
        return table

    def let_go(self) -> None:
        """Let go what nobody asked for lately, and what is too much."""
        now = time.monotonic()
        with self._lock:
            size = sum(0 if each[2] is None else each[2].nbytes for each in self._kept.values())
            for key, (_mark, used, table) in list(self._kept.items()):
                if size <= MOST and now - used <= UNUSED:
                    break
                del self._kept[key]
                size -= 0 if table is None else table.nbytes


async def keep_letting_go(ended: asyncio.Event) -> None:
    """Let go what nobody asks for, while a server runs."""
    while not ended.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(ended.wait(), UNUSED / 2)
        held.let_go()


def _mark(path: Path) -> Mark:
    found = path.stat()
    return Mark(*(getattr(found, name) for name in Mark._fields))


held = Held()
