"""Small files in memory, in columns, for as long as their records are asked for.

Most of what it takes to find a few records in a file is reading its columns anew. A file that was
replaced is told by its inode, size and time of change, as its next reader sees them.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from heli.exchange.connectors.faults import Fault, fault_of

MOST_ON_DISK = 4_000_000
"""Bytes of a file; larger ones are searched where they lie."""
MOST_OF_ONE = 16_000_000
"""Bytes of one file in memory."""
MOST = 48_000_000
"""Bytes of all together, in each process."""
UNUSED = 60.0
"""Seconds after which what nobody asks for is let go, when the next file is asked for."""

Mark = tuple[int, int, int]


class Held:
    """Tables of small files; those least asked for go first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, pa.Schema], tuple[Mark, float, pa.Table | None]]
        self._kept = OrderedDict()

    def table(self, path: Path, schema: pa.Schema, load: Callable[[], pa.Table]) -> pa.Table | None:
        """What a file holds, in a schema; ``None`` where it must be searched where it lies.

        Args:
            path: The file.
            schema: Of the table.
            load: Reads the whole in this schema.

        Raises:
            OSError: There is no such file, or it cannot be read.
        """
        mark, now = _mark(path), time.monotonic()
        key = (str(path), schema)
        if mark[1] > MOST_ON_DISK:
            return None
        with self._lock:
            self._let_go(now)
            found = self._kept.get(key)
            if found is not None and found[0] == mark:
                self._kept[key] = (mark, now, found[2])
                self._kept.move_to_end(key)
                return found[2]
        table: pa.Table | None
        try:
            table = load()
        except OSError as error:
            if fault_of(error) is not Fault.ANSWER:
                raise
            # One record that is not of the contract's types must not spoil it for the others.
            table = None
        if table is not None and table.nbytes > MOST_OF_ONE:
            table = None
        if mark == _mark(path):
            with self._lock:
                self._kept[key] = (mark, now, table)
                self._kept.move_to_end(key)
                self._let_go(now)
        return table

    def _let_go(self, now: float) -> None:
        size = sum(0 if each[2] is None else each[2].nbytes for each in self._kept.values())
        for key, (_mark, used, table) in list(self._kept.items()):
            if size <= MOST and now - used <= UNUSED:
                break
            del self._kept[key]
            size -= 0 if table is None else table.nbytes


def picked(
    whole: pa.Table, subject: str, wanted: Sequence[str], columns: Sequence[str], batch_rows: int
) -> list[pa.RecordBatch]:
    """The records of some subjects, in the order of the table."""
    named = pc.is_in(whole[subject], value_set=pa.array(wanted, pa.string()))
    return whole.select(list(columns)).filter(named).to_batches(max_chunksize=batch_rows)


def _mark(path: Path) -> Mark:
    found = path.stat()
    return found.st_ino, found.st_size, found.st_mtime_ns


held = Held()
