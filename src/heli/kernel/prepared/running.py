"""Running a composed statement on a connection."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.utils.connection import ConnectionProxy

# What a connection to PostgreSQL keeps prepared once it was run this often.
_PREPARE_AFTER = 2


def here() -> Any:
    """This thread's connection to the database, not the proxy that looks it up at every use."""
    return connections[DEFAULT_DB_ALIAS]


def run(connection: Any, sql: str, values: Sequence[Any]) -> Any:
    """Run a statement with ``%s`` places on a connection; returns a cursor with its rows."""
    if isinstance(connection, ConnectionProxy):
        connection = here()
    if connection.execute_wrappers or connection.queries_logged or connection.needs_rollback:
        cursor = connection.cursor()
        cursor.execute(sql, values)
        return cursor
    if connection.connection is None:
        connection.ensure_connection()
    with connection.wrap_database_errors:
        if connection.vendor == "sqlite":
            return connection.connection.execute(_native(sql, "sqlite"), values)
        return _postgresql(connection.connection).execute(_native(sql, "postgresql"), values)


def copy(connection: Any, sql: str, rows: Iterable[Sequence[Any]]) -> None:
    """Copy rows from here into a table of PostgreSQL, by its ``COPY … FROM STDIN``.

    ``execute_wrappers`` do not hear of it: it is no statement with values.
    """
    connection.validate_no_broken_transaction()
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(sql) as copied:
        for row in rows:
            copied.write_row(row)


def _postgresql(raw: Any) -> Any:
    """A cursor that binds on the server; statements run often stay prepared there."""
    import psycopg

    if raw.prepare_threshold is None:
        raw.prepare_threshold = _PREPARE_AFTER
    return psycopg.RawCursor(raw)


@lru_cache(maxsize=2048)
def _native(sql: str, vendor: str) -> str:
    """The statement with the driver's own places: ``?``, or ``$1`` and so on."""
    parts = sql.split("%s")
    if vendor == "sqlite":
        return "?".join(parts).replace("%%", "%")
    numbered = [f"{part}${number}" for number, part in enumerate(parts[:-1], 1)]
    return "".join([*numbered, parts[-1]]).replace("%%", "%")
