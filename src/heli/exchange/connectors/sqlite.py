"""SQLite databases under ``HELI_HOME/registers``."""

import datetime as dt
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from heli.engines.contracts import Contract
from heli.exchange.connectors import pools
from heli.exchange.connectors.deadlines import BATCH_SECONDS, LOOKUP_SECONDS
from heli.exchange.connectors.options import register_file
from heli.exchange.connectors.snapshots import file_changed_at, file_stamp
from heli.exchange.connectors.sql import SqlConnector
from heli.kernel.deadlines import within

BUSY_SECONDS = 2.0


class SqliteConnector(SqlConnector):
    """Reads a table or view of a database file, which is opened for reading only.

    Args:
        contract: Names the fields and the one that holds the subject.
        options: ``file``, ``table``; ``columns``.

    Raises:
        BadInputError: An option is missing or unknown.
    """

    text = "{} COLLATE BINARY"

    def __init__(self, contract: Contract, options: Mapping[str, Any]) -> None:
        super().__init__(contract, options)
        self._path = register_file(options, "sqlite", "sqlite3", "db")

    def changed_at(self) -> dt.datetime:
        """When the file was last replaced or written to."""
        return file_changed_at(self._path)

    def _connect(self) -> sqlite3.Connection:
        try:
            connection = sqlite3.connect(
                f"{self._path.as_uri()}?mode=ro",
                uri=True,
                timeout=BUSY_SECONDS,
                check_same_thread=False,
                isolation_level=None,
            )
            connection.execute("PRAGMA query_only = 1")
            connection.execute("PRAGMA trusted_schema = 0")
        except sqlite3.Error as error:
            raise OSError("the database file cannot be opened") from error
        return connection

    def _value(self, value: Any) -> Any:
        return value.isoformat() if isinstance(value, dt.date) else value

    def _row(self, sql: str, values: list[Any]) -> Sequence[Any] | None:
        # Another file of the same name is another database.
        key = ("sqlite", str(self._path), file_stamp(self._path))
        connection, _used = pools.take(key, self._connect)
        try:
            with within(LOOKUP_SECONDS, connection.interrupt):
                row: Sequence[Any] | None = connection.execute(sql, values).fetchone()
        except sqlite3.Error as error:
            connection.close()
            raise OSError(type(error).__name__) from error
        except BaseException:
            connection.close()
            raise
        pools.give_back(key, connection)
        return row

    @contextmanager
    def _rows(
        self, sql: str, values: list[Any], size: int
    ) -> Iterator[Iterator[list[Sequence[Any]]]]:
        connection = self._connect()
        try:
            yield self._chunks(connection, sql, values, size)
        except sqlite3.Error as error:
            raise OSError(type(error).__name__) from error
        finally:
            connection.close()

    def _chunks(
        self, connection: sqlite3.Connection, sql: str, values: list[Any], size: int
    ) -> Iterator[list[Sequence[Any]]]:
        with within(BATCH_SECONDS, connection.interrupt):
            cursor = connection.execute(sql, values)
        while True:
            with within(BATCH_SECONDS, connection.interrupt):
                rows = cursor.fetchmany(size)
            if not rows:
                return
            yield rows
