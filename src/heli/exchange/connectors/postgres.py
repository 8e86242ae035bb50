"""Tables and views of PostgreSQL."""

import os
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg

from heli.engines.contracts import Contract
from heli.exchange.connectors import pools
from heli.exchange.connectors.deadlines import BATCH_SECONDS, LOOKUP_SECONDS
from heli.exchange.connectors.endpoints import endpoint
from heli.exchange.connectors.sql import SqlConnector
from heli.kernel.deadlines import within

CONNECT_SECONDS = 3


class PostgresConnector(SqlConnector):
    """Reads a table or view over a connection that is for reading only.

    Args:
        contract: Names the fields and the one that holds the subject.
        options: ``source``, ``table`` (or ``schema.table``); ``columns``.

    Raises:
        BadInputError: An option is missing or unknown.
        SourceHostError: The operator has not allowed the host.
    """

    mark = "%s"
    text = '{} COLLATE "C"'
    text_value = "%s"

    def __init__(self, contract: Contract, options: Mapping[str, Any]) -> None:
        super().__init__(contract, options)
        self._endpoint = endpoint(options, "postgresql")
        self._key = ("postgresql", *self._parameters().items())

    def _parameters(self) -> dict[str, Any]:
        place = self._endpoint.location
        return {
            "host": self._endpoint.host,
            "port": self._endpoint.port,
            "dbname": str(place["database"]),
            "user": str(place["user"]),
            "password": self._endpoint.secret,
            "sslmode": "verify-full" if place.get("tls") else "prefer",
            "sslrootcert": "system" if place.get("tls") else "",
        }

    def _connect(self) -> "psycopg.Connection[Any]":
        given = {key: value for key, value in self._parameters().items() if value != ""}
        try:
            return psycopg.connect(
                **given,
                autocommit=True,
                connect_timeout=CONNECT_SECONDS,
                application_name="heli",
                options="-c default_transaction_read_only=on"
                f" -c statement_timeout={int(BATCH_SECONDS * 1000)}",
            )
        except psycopg.Error as error:
            raise OSError("PostgreSQL does not let Heli in, or does not answer") from error

    def _row(self, sql: str, values: list[Any]) -> Sequence[Any] | None:
        connection, used = pools.take(self._key, self._connect)
        try:
            row = self._first(connection, sql, values)
        except OSError as error:
            # The server may have closed a connection that lay idle; a read can be asked again.
            cut = isinstance(error.__cause__, psycopg.OperationalError)
            if not (used and cut) or isinstance(error, TimeoutError):
                raise
            connection = self._connect()
            row = self._first(connection, sql, values)
        pools.give_back(self._key, connection)
        return row

    def _first(
        self, connection: "psycopg.Connection[Any]", sql: str, values: list[Any]
    ) -> Sequence[Any] | None:
        with (
            pools.closing_on_error(connection.close, psycopg.Error),
            _hung_up(connection) as hang_up,
            within(LOOKUP_SECONDS, hang_up),
        ):
            row: Sequence[Any] | None = connection.execute(sql, values).fetchone()
        return row

    @contextmanager
    def _rows(
        self, sql: str, values: list[Any], size: int
    ) -> Iterator[Iterator[list[Sequence[Any]]]]:
        connection = self._begun()
        with (
            pools.closing_on_error(connection.close, psycopg.Error),
            _hung_up(connection) as hang_up,
        ):
            yield _chunks(connection, sql, values, size, hang_up)
        if _told(connection, "COMMIT") is None:
            pools.give_back(self._key, connection)

    def _begun(self) -> "psycopg.Connection[Any]":
        """A connection on which all that is read is of one moment."""
        connection: psycopg.Connection[Any]
        connection, used = pools.take(self._key, self._connect)
        begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
        error = _told(connection, begin)
        if used and isinstance(error, psycopg.OperationalError):
            connection = self._connect()
            error = _told(connection, begin)
        if isinstance(error, psycopg.Error):
            raise OSError(type(error).__name__) from error
        if error is not None:
            raise error
        return connection


def _told(connection: "psycopg.Connection[Any]", sql: str) -> Exception | None:
    """Why a connection, now closed, did not do what it was told."""
    try:
        with _hung_up(connection) as hang_up, within(LOOKUP_SECONDS, hang_up):
            connection.execute(sql)
    except (psycopg.Error, OSError) as error:
        connection.close()
        return error
    return None


def _chunks(
    connection: "psycopg.Connection[Any]",
    sql: str,
    values: list[Any],
    size: int,
    hang_up: Callable[[], object],
) -> Iterator[list[Sequence[Any]]]:
    # A cursor of the server's, so that memory holds one batch; it lives as long as a transaction.
    cursor = connection.cursor(name="heli")
    with within(BATCH_SECONDS, hang_up):
        cursor.execute(sql, values)
    while True:
        with within(BATCH_SECONDS, hang_up):
            rows = cursor.fetchmany(size)
        if rows:
            yield rows
        if len(rows) < size:
            break
    with within(LOOKUP_SECONDS, hang_up):
        cursor.close()


@contextmanager
def _hung_up(connection: "psycopg.Connection[Any]") -> Iterator[Callable[[], object]]:
    """What ends a wait for a server that says nothing: its socket is shut under the driver.

    The server's own time limit does not help where the server, or the way to it, is dead.
    """
    with socket.socket(fileno=os.dup(connection.fileno())) as line:

        def hang_up() -> None:
            try:
                line.shutdown(socket.SHUT_RDWR)
            except OSError:
                return

        yield hang_up
