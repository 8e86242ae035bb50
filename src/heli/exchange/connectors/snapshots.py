"""Files that are not columnar, read in once and kept as Parquet until they change.

A text file is checked as a whole: either every value is of the contract's type, or the source
cannot be read and says why. So nobody gets the good half of a broken file.
"""

import datetime as dt
import os
import threading
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as TooLongError
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from heli.engines.contracts import Condition, Contract
from heli.exchange.connectors.deadlines import LOOKUP_SECONDS
from heli.exchange.connectors.duck import ParquetReader, engine, quoted
from heli.exchange.connectors.kept import key_of
from heli.exchange.connectors.options import owner_of, source_columns
from heli.exchange.connectors.readers import Readers
from heli.kernel.deadlines import left, within
from heli.kernel.home import folder

READ_SECONDS = 300.0
"""How long reading a source in may take; who asks meanwhile waits as long as a lookup may."""

REMEMBERED_SECONDS = 30.0
"""How long a file that cannot be read is not tried again."""

_readers = Readers()
_running: dict[Path, Future[Path]] = {}
_failed: dict[Path, tuple[float, str]] = {}
_lock = threading.RLock()


class SnapshotConnector(ABC):
    """A source that is read in as a whole.

    Args:
        contract: Names the fields and the one that holds the subject.
        options: ``columns``, and what the kind needs.
    """

    def __init__(self, contract: Contract, options: Mapping[str, Any]) -> None:
        self._contract = contract
        self._columns = source_columns(contract, options)
        self._reader = ParquetReader(contract, {name: name for name in contract.names})
        self._owner = owner_of(options)
        self._key = key_of(type(self).__name__, contract, options)

    @abstractmethod
    def _stamp(self) -> str:
        """What changes whenever the source changes.

        Raises:
            OSError: The source is not there.
        """

    def _fresh_stamp(self) -> str:
        """The stamp, after a look whether the source is to be read in anew."""
        return self._stamp()

    @abstractmethod
    def _write(self, target: Path) -> None:
        """Read the source in: a Parquet file of the contract's fields, in any order.

        Raises:
            OSError: It cannot be read, or holds what the contract does not promise.
        """

    def lookup(self, subject: str) -> dict[str, Any] | None:
        """The record of one subject.

        Raises:
            OSError: The source cannot be read or breaks its contract.
        """
        return self._reader.lookup(self._current(), subject)

    def scan(
        self,
        columns: Sequence[str],
        *,
        where: Sequence[Condition] = (),
        after: str = "",
        limit: int = 0,
        batch_rows: int = 65_536,
    ) -> Iterator[pa.RecordBatch]:
        """Records in the order of the subject field.

        Raises:
            OSError: The source cannot be read or breaks its contract.
        """
        return self._reader.scan(
            self._current(wait=READ_SECONDS),
            columns,
            where=where,
            after=after,
            limit=limit,
            batch_rows=batch_rows,
        )

    def _current(self, wait: float = LOOKUP_SECONDS) -> Path:
        """The source as it is now, read in if it has changed."""
        path = folder("snapshots") / f"{self._key}-{self._fresh_stamp()}.parquet"
        if path.exists():
            return path
        with _lock:
            until, reason = _failed.get(path, (0.0, ""))
            if time.monotonic() < until:
                raise OSError(reason)
            future = _running.get(path)
            if future is None:
                future = _readers.submit(self._owner, partial(self._read_in, path), READ_SECONDS)
                _running[path] = future
                future.add_done_callback(partial(_note, path))
        try:
            return future.result(wait)
        except TooLongError:
            if future.done():
                return future.result()
            raise OSError("the file has changed and is being read in; ask again later") from None

    def _read_in(self, path: Path) -> Path:
        raw = path.with_name(f"{uuid.uuid4().hex}.raw")
        fresh = path.with_name(f"{uuid.uuid4().hex}.new")
        stamp = self._stamp()
        try:
            if not path.exists():
                self._write(raw)
                if self._stamp() != stamp or not path.name.endswith(f"-{stamp}.parquet"):
                    raise OSError("the file was changed while it was read")
                _sort(raw, fresh, self._contract.subject_field.name)
                fresh.replace(path)
                self._forget_older(path)
        finally:
            raw.unlink(missing_ok=True)
            fresh.unlink(missing_ok=True)
        return path

    def _forget_older(self, path: Path) -> None:
        with _lock:
            for each in [each for each, (until, _) in _failed.items() if until < time.monotonic()]:
                del _failed[each]
        for older in path.parent.glob(f"{self._key}-*.parquet"):
            if older != path:
                older.unlink(missing_ok=True)


def _note(path: Path, future: Future[Path]) -> None:
    error = future.exception()
    with _lock:
        if isinstance(error, OSError):
            _failed[path] = time.monotonic() + REMEMBERED_SECONDS, str(error)
        _running.pop(path, None)


def file_stamp(path: Path) -> str:
    """What changes whenever a file is replaced or written to."""
    found = _stat(path)
    return sha256(
        f"{found.st_ino}:{found.st_size}:{found.st_mtime_ns}".encode()
    ).hexdigest()[:16]  # fmt: skip


def file_changed_at(path: Path) -> dt.datetime:
    """When a file was last replaced or written to.

    Raises:
        OSError: It is not there.
    """
    return dt.datetime.fromtimestamp(_stat(path).st_mtime, dt.UTC)


def _stat(path: Path) -> os.stat_result:
    try:
        return path.stat()
    except OSError as error:
        raise OSError(f"the file {path.name} is not there") from error


def _sort(raw: Path, target: Path, subject: str) -> None:
    run(
        f"COPY (SELECT * FROM read_parquet(?) ORDER BY {quoted(subject)})"  # noqa: S608 - names are checked
        f" TO '{_literal(target)}' (FORMAT parquet, ROW_GROUP_SIZE 20480)",
        [str(raw)],
    )


def run(sql: str, values: Sequence[Any], hint: str = "") -> list[tuple[Any, ...]]:
    """Run one statement over a file, for as long as reading in may take.

    Args:
        sql: The statement.
        values: Its parameters.
        hint: What is said when it fails; the engine's own message may hold what was read.

    Raises:
        OSError: It failed or took too long.
    """
    cursor = engine.fresh()
    try:
        with within(left(READ_SECONDS), cursor.interrupt):
            return cursor.execute(sql, list(values)).fetchall()
    except duckdb.Error as error:
        raise OSError(hint or type(error).__name__) from error
    finally:
        cursor.close()


def copy_to(target: Path, selection: str, values: Sequence[Any], hint: str) -> None:
    """Write what a statement selects as Parquet."""
    run(f"COPY ({selection}) TO '{_literal(target)}' (FORMAT parquet)", values, hint)


def _literal(path: Path) -> str:
    return str(path).replace("'", "''")
