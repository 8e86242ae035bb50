"""What setting a city up wrote, put back at once for the tests that come after the first.

Four fifths of the suite's time went into setting up the same departments, people and catalogues.
A test still begins with the rows that the real services wrote; only the first of a process waits
for them to be written.
"""

from collections.abc import Callable, Iterator

from django.core.management.color import no_style
from django.db import connection, transaction

from heli.kernel import clock, ids
from heli.kernel.home import home

Contents = dict[str, object]


class Remembered:
    """One way to set a city up, in a database without one.

    Args:
        make: Writes it. What it keeps in memory or on disk is not put back, but for the memories
            of witnesses; who uses it lets rooms forget what they keep.
    """

    def __init__(self, make: Callable[[], object]) -> None:
        self._make = make
        self._kept: dict[object, tuple[Contents, dict[str, bytes], int]] = {}

    def set_up(self) -> None:
        """Write it, or put back what was written before at the same instant."""
        # Time that stands is part of what is written; of time that runs only the first counts.
        # What is sealed opens with the keys of its home alone.
        held = clock._holder.clock
        at = (home(), None if held is clock.system_clock else held())
        if at in self._kept:
            # What comes next has greater identifiers than what is put back, as after writing it.
            tables, memories, ids._last = self._kept[at]
            _put_back(tables)
            for name, octets in memories.items():
                (home() / name).write_bytes(octets)
            return
        before = _contents()
        self._make()
        after = _contents()
        changed = {table: rows for table, rows in after.items() if rows != before[table]}
        self._kept[at] = changed, _memories(), ids._last


def _memories() -> dict[str, bytes]:
    return {
        str(path.relative_to(home())): path.read_bytes()
        for path in home().glob("witnesses/*/state.json")
    }


def _tables() -> Iterator[str]:
    found = connection.introspection.django_table_names(only_existing=True, include_views=False)
    return (table for table in sorted(found) if table != "django_migrations")


def _contents() -> Contents:
    connection.validate_no_broken_transaction()
    read = _copied_out if connection.vendor == "postgresql" else _selected
    return {table: read(table) for table in _tables()}


def _put_back(tables: Contents) -> None:
    connection.validate_no_broken_transaction()
    write = _copy_in if connection.vendor == "postgresql" else _insert
    with transaction.atomic(), connection.cursor() as cursor:
        for table, rows in tables.items():
            cursor.execute(f'SELECT EXISTS(SELECT 1 FROM "{table}")')
            if cursor.fetchone()[0]:
                cursor.execute(f'DELETE FROM "{table}"')
            write(cursor, table, rows)
        models = [
            model
            for model in connection.introspection.installed_models(list(tables))
            if model._meta.db_table in tables
        ]
        for statement in connection.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)


def _selected(table: str) -> tuple[list[str], list[tuple[object, ...]]]:
    """Values as they are stored: a sign before a column keeps Django from reading them."""
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT * FROM "{table}" LIMIT 0')
        columns = [column[0] for column in cursor.description]
        named = ", ".join(f'+"{column}"' for column in columns)
        cursor.execute(f'SELECT {named} FROM "{table}" ORDER BY rowid')
        return columns, cursor.fetchall()


def _insert(cursor: object, table: str, rows: object) -> None:
    columns, values = rows
    named = ", ".join(f'"{column}"' for column in columns)
    places = ", ".join(["%s"] * len(columns))
    cursor.executemany(f'INSERT INTO "{table}" ({named}) VALUES ({places})', values)


def _copied_out(table: str) -> bytes:
    with connection.cursor() as cursor, cursor.copy(f'COPY "{table}" TO STDOUT BINARY') as copied:
        return b"".join(map(bytes, copied))


def _copy_in(cursor: object, table: str, rows: object) -> None:
    with cursor.copy(f'COPY "{table}" FROM STDIN BINARY') as copied:
        copied.write(rows)
