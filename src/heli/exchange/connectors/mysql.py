"""Tables and views of MySQL and MariaDB."""

import socket
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, TypeVar

import pymysql
from pymysql.cursors import SSCursor

from heli.engines.contracts import Contract
from heli.exchange.connectors import pools
from heli.exchange.connectors.deadlines import BATCH_SECONDS, LOOKUP_SECONDS
from heli.exchange.connectors.endpoints import endpoint
from heli.exchange.connectors.sql import SqlConnector
from heli.kernel.deadlines import within

CONNECT_SECONDS = 3
T = TypeVar("T")


class MysqlConnector(SqlConnector):
    """Reads a table or view over a connection that is for reading only.

    Args:
        contract: Names the fields and the one that holds the subject.
        options: ``source``, ``table`` (or ``database.table``); ``columns``.

    Raises:
        BadInputError: An option is missing or unknown.
        SourceHostError: The operator has not allowed the host.
    """

    mark = "%s"
    quote = "`"
    # Collations of MySQL take letters of another case, and trailing spaces, for the same.
    text = "CAST(CONVERT({} USING utf8mb4) AS BINARY)"
    text_value = "CAST(%s AS BINARY)"

    def __init__(self, contract: Contract, options: Mapping[str, Any]) -> None:
        super().__init__(contract, options)
        self._endpoint = endpoint(options, "mysql")
        place = self._endpoint.location
        self._key = (
            "mysql",
            self._endpoint.host,
            self._endpoint.port,
            str(place["database"]),
            str(place["user"]),
            self._endpoint.secret,
        )

    def _connect(self) -> Any:
        _kind, host, port, database, user, password = self._key
        try:
            connection: Any = pymysql.connect(
                host=host,
                port=port,
                database=database,
                user=user,
                password=password,
                charset="utf8mb4",
                connect_timeout=CONNECT_SECONDS,
                read_timeout=CONNECT_SECONDS,
                write_timeout=CONNECT_SECONDS,
                autocommit=True,
                ssl=ssl.create_default_context() if self._endpoint.location.get("tls") else None,
                init_command="SET SESSION TRANSACTION READ ONLY",
            )
        except (pymysql.Error, OSError) as error:
            raise OSError("MySQL does not let Heli in, or does not answer") from error
        # Whoever asks sets a deadline; the driver's own must never pass for a line that was cut.
        connection._read_timeout = connection._write_timeout = 2 * BATCH_SECONDS
        return connection

    def _row(self, sql: str, values: list[Any]) -> Sequence[Any] | None:
        connection, row = self._asked(lambda connection: _first(connection, sql, values))
        pools.give_back(self._key, connection)
        return row

    def _is_comparable(self, name: str, values: Sequence[Any]) -> bool:
        # A column in an older character set refuses values with characters that it cannot hold.
        return name == self._subject or all(str(value).isascii() for value in values)

    @contextmanager
    def _rows(
        self, sql: str, values: list[Any], size: int
    ) -> Iterator[Iterator[list[Sequence[Any]]]]:
        connection, cursor = self._asked(lambda connection: _executed(connection, sql, values))
        with _closing_on_error(connection):
            yield _chunks(connection, cursor, size)
        pools.give_back(self._key, connection)

    def _asked(
        self, act: "Callable[[pymysql.connections.Connection[Any]], T]"
    ) -> "tuple[pymysql.connections.Connection[Any], T]":
        """A connection, and what it answered.

        The server may have closed a connection that lay idle; a read can be asked again.
        """
        connection, used = pools.take(self._key, self._connect)
        try:
            return connection, act(connection)
        except OSError as error:
            cut = isinstance(error.__cause__, pymysql.OperationalError)
            if not (used and cut) or isinstance(error, TimeoutError):
                raise
        connection = self._connect()
        return connection, act(connection)


class _Cursor(SSCursor):
    """Rows as they arrive; left early, it does not first read all that are left."""

    _result: Any
    connection: Any

    def close(self) -> None:
        """Let go of the connection, which is not used again."""
        if self._result is not None:
            self._result.unbuffered_active = False
        self._result = self.connection = None

    __del__ = close


def _closing_on_error(connection: Any) -> AbstractContextManager[None]:
    return pools.closing_on_error(lambda: _close(connection), pymysql.Error)


def _first(
    connection: "pymysql.connections.Connection[Any]", sql: str, values: list[Any]
) -> Sequence[Any] | None:
    hang_up = _hang_up(connection)
    with (
        _closing_on_error(connection),
        within(LOOKUP_SECONDS, hang_up),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql, values)
        row: Sequence[Any] | None = cursor.fetchone()
    return row


def _executed(
    connection: "pymysql.connections.Connection[Any]", sql: str, values: list[Any]
) -> _Cursor:
    cursor = _Cursor(connection)
    with _closing_on_error(connection), within(BATCH_SECONDS, _hang_up(connection)):
        cursor.execute(sql, values)
    return cursor


def _chunks(
    connection: "pymysql.connections.Connection[Any]", cursor: _Cursor, size: int
) -> Iterator[list[Sequence[Any]]]:
    hang_up = _hang_up(connection)
    while True:
        with within(BATCH_SECONDS, hang_up):
            rows: list[Sequence[Any]] = list(cursor.fetchmany(size))
        if not rows:
            return
        yield rows


def _hang_up(connection: Any) -> Callable[[], object]:
    """What ends a wait for a server that says nothing, or a drop at a time."""
    line: socket.socket | None = connection._sock

    def hang_up() -> None:
        try:
            if line is not None:
                line.shutdown(socket.SHUT_RDWR)
        except OSError:
            return

    return hang_up


def _close(connection: Any) -> None:
    try:
        connection._force_close()
    except OSError:
        return
