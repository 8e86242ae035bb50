"""Inserting and changing rows, several writes at once."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, TypeVar

from django.db import connections, models, router

from heli.kernel.prepared.running import run
from heli.kernel.prepared.values import Convert, Encoded, all_converted, columns_of

M = TypeVar("M", bound=models.Model)
_CHUNK = 25


def insert(rows: Sequence[models.Model]) -> None:
    """Insert rows of one model, whose primary keys are set, with few statements.

    No signals are sent and ``pre_save`` is not called: values are stored as they stand.
    """
    batch = Batch()
    batch.insert(rows)
    batch.run()


def update(model: type[models.Model], where: Mapping[str, Any], changes: Mapping[str, Any]) -> int:
    """Change the rows that fit; returns how many.

    In ``where`` a tuple means any of its values (an empty one: no row), None means null.
    """
    connection = connections[router.db_for_write(model)]
    sql, values = _updating(connection, model, where, changes)
    return int(run(connection, sql, values).rowcount)


def update_returning(
    model: type[M],
    where: Mapping[str, Any],
    changes: Mapping[str, Any],
    columns: tuple[str, ...],
) -> list[M]:
    """Change the rows that fit; returns them with the columns named, as they are now."""
    connection = connections[router.db_for_write(model)]
    sql, values = _updating(connection, model, where, changes)
    by_name = {name: field for field, name, _ in columns_of(model, connection.vendor)}
    names = ", ".join(f'"{by_name[name].column}"' for name in columns)
    rows = run(connection, f"{sql} RETURNING {names}", values).fetchall()
    converters = _reading(model, columns, connection.vendor)
    found = []
    for row in rows:
        read = list(row)
        for position, functions, expression in converters:
            for function in functions:
                read[position] = function(read[position], expression, connection)
        found.append(model.from_db(connection.alias, list(columns), read))
    return found


@lru_cache
def _reading(
    model: type[models.Model], columns: tuple[str, ...], vendor: str
) -> list[tuple[int, list[Any], Any]]:
    connection = connections[router.db_for_write(model)]
    found = []
    for position, name in enumerate(columns):
        field: Any = model._meta.get_field(name)
        column = field.get_col(model._meta.db_table)
        functions = [
            *connection.ops.get_db_converters(column),
            *field.get_db_converters(connection),
        ]
        if functions:
            found.append((position, functions, column))
    return found


# A statement, its values, and what is wrong where it changes nothing.
Part = tuple[str, list[Any], Callable[[], Exception] | None]


class Batch:
    """Writes of one transaction that do not depend on each other.

    They reach PostgreSQL as one statement, which spares the way there and back for each; SQLite
    runs them one after the other. No row may be written twice in a batch.
    """

    def __init__(self) -> None:
        self._parts: list[Part] = []
        self._connection: Any = None

    def insert(self, rows: Sequence[models.Model], **encoded: Sequence[Encoded]) -> None:
        """Insert rows of one model; ``encoded`` gives a column's JSON where it is at hand."""
        if not rows:
            return
        model = type(rows[0])
        connection = self._on(model)
        states = [row.__dict__ for row in rows]
        columns: list[Sequence[Any]] = []
        for _, name, convert in columns_of(model, connection.vendor):
            given = encoded.get(name)
            if given is None:
                given = [state[name] for state in states]
                given = given if convert is None else all_converted(given, convert)
            columns.append(given)
        values = list(chain.from_iterable(zip(*columns, strict=True)))
        width = len(columns)
        for start in range(0, len(rows), _CHUNK):
            count = min(_CHUNK, len(rows) - start)
            sql = _insert_sql(model, count, connection.vendor)
            chunk = values[start * width : (start + count) * width]
            self._parts.append((sql, chunk, None))
        for row in rows:
            row._state.adding, row._state.db = False, connection.alias

    def update(
        self,
        model: type[models.Model],
        where: Mapping[str, Any],
        changes: Mapping[str, Any],
        otherwise: Callable[[], Exception] | None = None,
    ) -> None:
        """Change the rows that fit; where none does, ``otherwise`` gives the error of the run."""
        sql, values = _updating(self._on(model), model, where, changes)
        self._parts.append((sql, values, otherwise))

    def run(self) -> None:
        """Write everything noted so far, in the caller's transaction."""
        parts, self._parts = self._parts, []
        if not parts:
            return
        if self._connection.vendor == "postgresql" and len(parts) > 1:
            self._run_as_one(parts)
            return
        for sql, values, otherwise in parts:
            cursor = run(self._connection, sql, values)
            if otherwise is not None and not cursor.rowcount:
                raise otherwise()

    def _run_as_one(self, parts: list[Part]) -> None:
        sql = _as_one(tuple((sql, otherwise is not None) for sql, _, otherwise in parts))
        found = run(self._connection, sql, [v for _, values, _ in parts for v in values]).fetchone()
        expected = [otherwise for _, _, otherwise in parts if otherwise is not None]
        for changed, otherwise in zip(found, expected, strict=False):
            if not changed:
                raise otherwise()

    def _on(self, model: type[models.Model]) -> Any:
        self._connection = connections[router.db_for_write(model)]
        return self._connection


@lru_cache(maxsize=512)
def _as_one(parts: tuple[tuple[str, bool], ...]) -> str:
    """Several writes as one statement that tells which of the updates found their row."""
    named = ", ".join(
        f"w{number} AS ({sql}{' RETURNING 1' if asked else ''})"
        for number, (sql, asked) in enumerate(parts)
    )
    asked = [f"EXISTS(SELECT 1 FROM w{n})" for n, (_, asked) in enumerate(parts) if asked]  # noqa: S608
    return f"WITH {named} SELECT {', '.join(asked) or '1'}"


@lru_cache(maxsize=512)
def _insert_sql(model: type[models.Model], count: int, vendor: str) -> str:
    columns = ", ".join(f'"{field.column}"' for field, *_ in columns_of(model, vendor))
    row = "(" + ", ".join(["%s"] * len(columns_of(model, vendor))) + ")"
    places = ", ".join([row] * count)
    return f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES {places}'  # noqa: S608


def _updating(
    connection: Any,
    model: type[models.Model],
    where: Mapping[str, Any],
    changes: Mapping[str, Any],
) -> tuple[str, list[Any]]:
    shape = tuple(
        (name, len(value) if isinstance(value, tuple) else -2 if value is None else -1)
        for name, value in where.items()
    )
    sql, setting, asking = _update_sql(model, tuple(changes), shape, connection.vendor)
    values = [
        value if convert is None else convert(value)
        for convert, value in zip(setting, changes.values(), strict=True)
    ]
    for convert, value in zip(asking, where.values(), strict=True):
        wanted = value if isinstance(value, tuple) else () if value is None else (value,)
        values += wanted if convert is None else [convert(item) for item in wanted]
    return sql, values


@lru_cache(maxsize=512)
def _update_sql(
    model: type[models.Model],
    changes: tuple[str, ...],
    where: tuple[tuple[str, int], ...],
    vendor: str,
) -> tuple[str, tuple[Convert | None, ...], tuple[Convert | None, ...]]:
    by_name = {name: (field, convert) for field, name, convert in columns_of(model, vendor)}
    assign = ", ".join(f'"{by_name[name][0].column}" = %s' for name in changes)
    conditions = " AND ".join(
        f'"{by_name[name][0].column}" {_test(count)}' for name, count in where
    )
    sql = f'UPDATE "{model._meta.db_table}" SET {assign} WHERE {conditions}'  # noqa: S608
    return (
        sql,
        tuple(by_name[name][1] for name in changes),
        tuple(by_name[name][1] for name, _ in where),
    )


def _test(count: int) -> str:
    if count < 0:
        return "= %s" if count == -1 else "IS NULL"
    return "IN (" + (", ".join(["%s"] * count) or "NULL") + ")"  # None of no values.
