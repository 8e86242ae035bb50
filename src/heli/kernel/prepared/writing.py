"""Inserting and changing rows, several writes at once."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain, islice
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar

from django.db import DataError, models

from heli.kernel.prepared.running import copy, here, listened, numbered, run
from heli.kernel.prepared.values import Convert, Encoded, columns_of, reading

M = TypeVar("M", bound=models.Model)
Column = tuple[int, Convert]  # where its value stands, and how it is converted
_UNCHANGED_WORDS = "heli: nothing changed by part"
_UNCHANGED = re.compile(rf"{_UNCHANGED_WORDS} (\d+)")
_CHUNK = 25
"""Rows of one statement."""
_COPIED = 50
"""From so many rows on, PostgreSQL takes them by COPY, which costs it a quarter."""


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
    connection = here()
    sql, values = _updating(connection, model, where, changes)
    return int(run(connection, sql, values).rowcount)


def update_returning(
    model: type[M],
    where: Mapping[str, Any],
    changes: Mapping[str, Any],
    columns: tuple[str, ...],
) -> list[M]:
    """Change the rows that fit; returns them with the columns named, as they are now."""
    connection = here()
    sql, values = _updating(connection, model, where, changes)
    by_name = {name: field for field, name, _ in columns_of(model, connection.vendor)}
    names = ", ".join(f'"{by_name[name].column}"' for name in columns)
    rows = run(connection, f"{sql} RETURNING {names}", values).fetchall()
    converters = _reading(model, columns, connection.vendor)
    found = []
    for row in rows:
        read = list(row)
        for position, convert in converters:
            read[position] = convert(read[position])
        found.append(model.from_db(connection.alias, list(columns), read))
    return found


@lru_cache
def _reading(model: type[models.Model], columns: tuple[str, ...], vendor: str) -> list[Column]:
    connection = here()
    found = []
    for position, name in enumerate(columns):
        field: Any = model._meta.get_field(name)
        column = field.get_col(model._meta.db_table)
        functions = [
            *connection.ops.get_db_converters(column),
            *field.get_db_converters(connection),
        ]
        if functions:
            found.append((position, reading(functions, column, vendor)))
    return found


class Part(NamedTuple):
    """A write: a statement, its values, and what is wrong where it changes nothing.

    With ``copied`` the values are rows, which the statement copies from the client.
    """

    sql: str
    values: list[Any]
    otherwise: Callable[[], Exception] | None = None
    copied: bool = False


class Batch:
    """Writes of one transaction that do not depend on each other.

    They reach PostgreSQL as one statement, which spares the way there and back for each, but for
    many rows of one kind, which are copied before; SQLite runs them one after the other. No row
    may be written twice in a batch, and one thread makes and runs it.
    """

    def __init__(self) -> None:
        self._parts: list[Part] = []
        self._connection = here()

    def insert(self, rows: Sequence[models.Model], **encoded: Sequence[Encoded]) -> None:
        """Insert rows of one model; ``encoded`` gives a column's JSON where it is at hand."""
        if not rows:
            return
        model, vendor = type(rows[0]), self._connection.vendor
        values = _converted(model, rows, encoded, vendor)
        parts = []
        if vendor == "postgresql" and len(rows) >= _COPIED:
            parts.append(Part(_copy_sql(model, vendor), list(values), copied=True))
        else:
            while several := list(islice(values, _CHUNK)):
                sql = _insert_sql(model, len(several), vendor)
                parts.append(Part(sql, list(chain.from_iterable(several))))
        self._parts += parts
        for row in rows:
            row._state.adding, row._state.db = False, self._connection.alias

    def update(
        self,
        model: type[models.Model],
        where: Mapping[str, Any],
        changes: Mapping[str, Any],
        otherwise: Callable[[], Exception] | None = None,
    ) -> None:
        """Change the rows that fit; where none does, ``otherwise`` gives the error of the run."""
        sql, values = _updating(self._connection, model, where, changes)
        self._parts.append(Part(sql, values, otherwise))

    def run(self, *, last: bool = False) -> None:
        """Write everything noted so far, in the caller's transaction.

        Args:
            last: Most likely nothing else is to be done in the transaction. Where it is the
                outermost one, PostgreSQL gets the rows with its COMMIT then, or before the next
                statement through Django or ``run``, and what is wrong with them is told there:
                also what ``otherwise`` gives.
        """
        parts, self._parts = self._parts, []
        connection = self._connection
        if connection.vendor == "postgresql":
            for part in parts:
                if part.copied:
                    copy(connection, part.sql, part.values)
            parts = [part for part in parts if not part.copied]
            if last and parts and connection.may_wait() and not listened(connection):
                self._wait(parts)
                return
            if len(parts) > 1:
                self._run_as_one(parts)
                return
        for sql, values, otherwise, _ in parts:
            cursor = run(connection, sql, values)
            if otherwise is not None and not cursor.rowcount:
                raise otherwise()

    def _run_as_one(self, parts: Sequence[Part]) -> None:
        sql = _as_one(tuple((part.sql, part.otherwise is not None) for part in parts))
        found = run(self._connection, sql, _values(parts)).fetchone()
        expected = [part.otherwise for part in parts if part.otherwise is not None]
        for changed, otherwise in zip(found, expected, strict=False):
            if not changed:
                raise otherwise()

    def _wait(self, parts: Sequence[Part]) -> None:
        def fault(error: DataError) -> Exception | None:
            cause: Any = error.__cause__
            told = cause.sqlstate == "22P02" and _UNCHANGED.search(cause.diag.message_primary)
            otherwise = parts[int(told[1])].otherwise if told else None
            return None if otherwise is None else otherwise()

        sql = _as_one_or_fail(tuple((part.sql, part.otherwise is not None) for part in parts))
        self._connection.write_late(
            numbered(sql), _values(parts), fault, lambda: self._run_as_one(parts)
        )


def _converted(
    model: type[models.Model],
    rows: Sequence[models.Model],
    encoded: Mapping[str, Sequence[Encoded]],
    vendor: str,
) -> Iterator[list[Any]]:
    """Rows as the driver takes them."""
    names, values_of, converts = _columns(model, vendor)
    given = [(names.index(name), texts) for name, texts in encoded.items()]
    for number, row in enumerate(rows):
        values = list(values_of(row.__dict__))
        for position, texts in given:
            values[position] = texts[number]
        for position, convert in converts:
            value = values[position]
            if value is not None:
                values[position] = convert(value)
        yield values


@lru_cache(maxsize=512)
def _as_one(parts: tuple[tuple[str, bool], ...]) -> str:
    """Several writes as one statement that tells which of the updates found their row."""
    named = _named(parts)
    asked = [f"EXISTS(SELECT 1 FROM w{n})" for n, (_, asked) in enumerate(parts) if asked]  # noqa: S608
    return f"WITH {named} SELECT {', '.join(asked) or '1'}"


@lru_cache(maxsize=512)
def _as_one_or_fail(parts: tuple[tuple[str, bool], ...]) -> str:
    """The same, but it fails and names the first update that found none.

    PostgreSQL has no way to fail on purpose in plain SQL; a text that is no number is one.
    """
    named = _named(parts)
    checks = " ".join(
        f"WHEN NOT EXISTS(SELECT 1 FROM w{n}) THEN '{_UNCHANGED_WORDS} {n}'"  # noqa: S608
        for n, (_, asked) in enumerate(parts)
        if asked
    )
    outcome = f"CAST(CASE {checks} ELSE '0' END AS integer)" if checks else "0"
    return f"WITH {named} SELECT {outcome}"


def _named(parts: tuple[tuple[str, bool], ...]) -> str:
    return ", ".join(
        f"w{number} AS ({sql}{' RETURNING 1' if asked else ''})"
        for number, (sql, asked) in enumerate(parts)
    )


def _values(parts: Sequence[Part]) -> list[Any]:
    return [value for part in parts for value in part.values]


@lru_cache
def _columns(
    model: type[models.Model], vendor: str
) -> tuple[tuple[str, ...], Callable[[Mapping[str, Any]], tuple[Any, ...]], list[Column]]:
    """A model's columns, what reads their values from a row, and what converts which of them."""
    columns = columns_of(model, vendor)
    names = tuple(name for _, name, _ in columns)
    converts = [(position, convert) for position, (_, _, convert) in enumerate(columns) if convert]
    return names, itemgetter(*names), converts


@lru_cache(maxsize=512)
def _insert_sql(model: type[models.Model], count: int, vendor: str) -> str:
    columns = ", ".join(f'"{field.column}"' for field, *_ in columns_of(model, vendor))
    row = "(" + ", ".join(["%s"] * len(columns_of(model, vendor))) + ")"
    places = ", ".join([row] * count)
    return f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES {places}'  # noqa: S608


@lru_cache
def _copy_sql(model: type[models.Model], vendor: str) -> str:
    columns = ", ".join(f'"{field.column}"' for field, *_ in columns_of(model, vendor))
    return f'COPY "{model._meta.db_table}" ({columns}) FROM STDIN'


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
