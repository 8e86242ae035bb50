"""Statements that are composed once and run many times.

Django composes the SQL of a queryset anew at every call, which costs several times what running it
costs. On the few paths that a city takes thousands of times an hour, the same statement is kept,
and goes to the driver directly: on PostgreSQL prepared on the server, and several writes as one.
Values are converted as Django converts them, so rows read the same either way.

Where somebody listens to Django's statements (``execute_wrappers``, counting in tests), they go
through Django's cursor.
"""

import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import connections, models, router
from django.db.models import QuerySet
from django.db.models.query import get_related_populators

M = TypeVar("M", bound=models.Model)
_CHUNK = 25
_MARK = "01a207f1-b898-7070-b745-27d7bac083ad"
# What a connection to PostgreSQL keeps prepared once it was run this often.
_PREPARE_AFTER = 2


# -- running --------------------------------------------------------------------------------------


def run(connection: Any, sql: str, values: Sequence[Any]) -> Any:
    """Run a statement with ``%s`` places on a connection; returns a cursor with its rows."""
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


# -- values ---------------------------------------------------------------------------------------

Convert = Callable[[Any], Any]
# Values of these are passed as they are; numbers go to PostgreSQL as text, whose type the column
# gives, so that one prepared statement serves small and large ones alike.
_TEXT = (models.CharField, models.TextField, models.BinaryField)
_NUMBERS = (models.IntegerField, models.FloatField)


class Encoded(str):
    """Text that is JSON already."""

    __slots__ = ()


@lru_cache
def _fields(model: type[models.Model], vendor: str) -> tuple[tuple[Any, str, Convert | None], ...]:
    return tuple(
        (field, field.attname, _convert(field, vendor))
        for field in model._meta.local_concrete_fields
    )


def _convert(field: Any, vendor: str) -> Convert | None:
    """How a value goes to the driver; None: as it is."""
    target = getattr(field, "target_field", field)
    postgresql = vendor == "postgresql"
    if isinstance(target, _TEXT):
        return None
    if isinstance(target, _NUMBERS):
        return _as_text if postgresql else None
    if isinstance(target, models.UUIDField):
        return _uuid_text if postgresql else _uuid_hex
    if type(target) is models.DateTimeField:
        return _instant_text if postgresql else _instant_sqlite
    if isinstance(target, models.JSONField) and target.encoder is None:
        return _json
    connection = connections[router.db_for_write(field.model)]
    return lambda value: field.get_db_prep_save(value, connection)


def _converted(values: Sequence[Any], convert: Convert) -> list[Any]:
    """Each value converted; one that stands in several rows running is converted once."""
    converted, before, made = [], None, convert(None)
    for value in values:
        if value is not before:
            before, made = value, convert(value)
        converted.append(made)
    return converted


def _as_text(value: Any) -> Any:
    return None if value is None else str(value)


def _uuid_text(value: Any) -> Any:
    return None if value is None else str(value)


def _uuid_hex(value: Any) -> Any:
    if isinstance(value, str):
        value = UUID(value)
    return None if value is None else value.hex


def _instant_text(value: Any) -> Any:
    return None if value is None else _aware(value).isoformat()


def _instant_sqlite(value: Any) -> Any:
    """UTC without its zone, as Django keeps instants in SQLite."""
    if value is None:
        return None
    if value.tzinfo is not dt.UTC:
        value = _aware(value).astimezone(dt.UTC)
    return value.isoformat(" ")[:-6]


def _aware(value: dt.datetime) -> dt.datetime:
    if value.tzinfo is None:
        raise ValueError("an instant needs a zone")
    return value


_encode = json.JSONEncoder().encode


def _json(value: Any) -> Any:
    if value is None or type(value) is Encoded:
        return value
    return _encode(value)


# -- rows -----------------------------------------------------------------------------------------


@lru_cache
def _template(model: type[models.Model]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Defaults of a model's columns: those that are plain values, and those to be called."""
    plain, called = {}, {}
    for field in model._meta.local_concrete_fields:
        if field.has_default() and callable(field.default):
            called[field.attname] = field.default
        else:
            plain[field.attname] = field.get_default()
    return plain, called


def make(model: type[M], **values: Any) -> M:
    """An unsaved row from values by column name (``matter_id``), the rest by default.

    Sends no signals and checks no names: a model's constructor costs ten times as much.
    """
    row = model.__new__(model)
    plain, called = _template(model)
    row.__dict__ = state = {"_state": models.base.ModelState(), **plain, **values}
    for name, default in called.items():
        if name not in values:
            state[name] = default()
    return row


# -- writing --------------------------------------------------------------------------------------


def insert(rows: Sequence[models.Model]) -> None:
    """Insert rows of one model, whose primary keys are set, with few statements.

    No signals are sent and ``pre_save`` is not called: values are stored as they stand.
    """
    batch = Batch()
    batch.insert(rows)
    batch.run()


def update(model: type[models.Model], where: Mapping[str, Any], changes: Mapping[str, Any]) -> int:
    """Change the rows that fit; returns how many.

    In ``where`` a tuple means any of its values, None means null.
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
    by_name = {name: field for field, name, _ in _fields(model, connection.vendor)}
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
        for _, name, convert in _fields(model, connection.vendor):
            given = encoded.get(name)
            if given is None:
                given = [state[name] for state in states]
                given = given if convert is None else _converted(given, convert)
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
    columns = ", ".join(f'"{field.column}"' for field, *_ in _fields(model, vendor))
    row = "(" + ", ".join(["%s"] * len(_fields(model, vendor))) + ")"
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
    by_name = {name: (field, convert) for field, name, convert in _fields(model, vendor)}
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
    return "IN (" + ", ".join(["%s"] * count) + ")"


# -- reading --------------------------------------------------------------------------------------


class PreparedGet(Generic[M]):
    """A query for one row by a key, composed once for each kind of database.

    Args:
        queryset: Without the condition on the key; may use ``select_related``, ``only``,
            ``select_for_update``.
        by: Name of the key; the primary key where empty.
        mark: A valid value of the key that stands for it while the statement is composed.
    """

    def __init__(self, queryset: "QuerySet[M]", by: str = "pk", mark: Any = _MARK) -> None:
        self._queryset = queryset
        self._by = by
        self._mark = mark
        self._composed: dict[str, tuple[Any, ...]] = {}

    def get(self, key: Any) -> M | None:
        """The row, or None."""
        connection = connections[self._queryset.db]
        composed = self._composed.get(connection.vendor)
        if composed is None:
            composed = self._composed[connection.vendor] = self._compose(connection)
        sql, params, place, prepare, converters, info, names, related = composed
        values = list(params)
        values[place] = prepare(key)
        row = run(connection, sql, values).fetchone()
        if row is None:
            return None
        values = list(row)
        for position, convert, expression in converters:
            value = values[position]
            for function in convert:
                value = function(value, expression, connection)
            values[position] = value
        first, end = info
        found = self._queryset.model.from_db(connection.alias, names, values[first:end])
        for populate in related:
            populate.populate(values, found)
        return found

    def _compose(self, connection: Any) -> tuple[Any, ...]:
        meta = self._queryset.model._meta
        key: Any = meta.pk if self._by == "pk" else meta.get_field(self._by)
        mark = key.to_python(self._mark)
        compiler = self._queryset.filter(**{self._by: mark}).query.get_compiler(
            connection=connection
        )
        sql, params = compiler.as_sql()
        place = list(params).index(key.get_db_prep_value(mark, connection))
        converters = [
            (position, functions, expression)
            for position, (functions, expression) in compiler.get_converters(
                [item[0] for item in compiler.select]
            ).items()
        ]
        info = compiler.klass_info
        columns = info["select_fields"]
        first, end = columns[0], columns[-1] + 1
        names = [item[0].target.attname for item in compiler.select[first:end]]
        related = get_related_populators(info, compiler.select, connection.alias)  # type: ignore[call-arg]
        convert = _convert(key, connection.vendor)
        return (
            sql,
            tuple(params),
            place,
            (lambda value: convert(key.to_python(value))) if convert else key.to_python,
            converters,
            (first, end),
            names,
            related,
        )
