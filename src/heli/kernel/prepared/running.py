"""Running a composed statement on a connection."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.utils.connection import ConnectionProxy


def here() -> Any:
    """This thread's connection to the database, not the proxy that looks it up at every use."""
    return connections[DEFAULT_DB_ALIAS]


def run(connection: Any, sql: str, values: Sequence[Any]) -> Any:
    """Run a statement with ``%s`` places on a connection; returns a cursor with its rows."""
    if isinstance(connection, ConnectionProxy):
        connection = here()
    if listened(connection) or connection.needs_rollback:
        cursor = connection.cursor()
        cursor.execute(sql, values)
        return cursor
    if connection.connection is None:
        connection.ensure_connection()
    if connection.vendor == "postgresql":
        return connection.run(numbered(sql), values)
    with connection.wrap_database_errors:
        return connection.connection.execute(_questioned(sql), values)


def listened(connection: Any) -> bool:
    """Whether somebody wants to hear of every statement."""
    return bool(connection.execute_wrappers or connection.force_debug_cursor)


def copy(connection: Any, sql: str, rows: Iterable[Sequence[Any]]) -> None:
    """Copy rows from here into a table of PostgreSQL, by its ``COPY … FROM STDIN``.

    ``execute_wrappers`` do not hear of it: it is no statement with values.
    """
    connection.validate_no_broken_transaction()
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(sql) as copied:
        for row in rows:
            copied.write_row(row)


@lru_cache(maxsize=2048)
def numbered(sql: str) -> bytes:
    """The statement as PostgreSQL takes it: ``$1`` and so on for its ``%s``."""
    parts = sql.split("%s")
    places = [f"{part}${number}" for number, part in enumerate(parts[:-1], 1)]
    return "".join([*places, parts[-1]]).replace("%%", "%").encode()


@lru_cache(maxsize=2048)
def _questioned(sql: str) -> str:
    """The statement as SQLite takes it."""
    return sql.replace("%s", "?").replace("%%", "%")
