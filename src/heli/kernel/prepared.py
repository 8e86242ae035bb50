"""Statements that are composed once and run many times.

Django composes the SQL of a queryset anew at every call, which costs several times what running it
costs. On the few paths that a city takes thousands of times an hour, the same statement is kept:
the conversion of values stays Django's own, so types and databases behave as everywhere else.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Generic, TypeVar, cast
from uuid import UUID

from django.db import connections, models, router
from django.db.models import QuerySet
from django.db.models.query import get_related_populators

M = TypeVar("M", bound=models.Model)
_CHUNK = 25
_MARK = "01a207f1-b898-7070-b745-27d7bac083ad"


def insert(rows: Sequence[models.Model]) -> None:
    """Insert rows of one model, whose primary keys are set, with few statements.

    No signals are sent and ``pre_save`` is not called: values are stored as they stand.
    """
    if not rows:
        return
    model = type(rows[0])
    connection = connections[router.db_for_write(model)]
    fields = _fields(model)
    for start in range(0, len(rows), _CHUNK):
        chunk = rows[start : start + _CHUNK]
        values = [
            getattr(row, name) if convert is None else convert(getattr(row, name), connection)
            for row in chunk
            for _, name, convert in fields
        ]
        with connection.cursor() as cursor:
            cursor.execute(_insert_sql(model, len(chunk), connection.vendor), values)
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias


# Values of these are passed to every driver as they are.
_PLAIN = (models.CharField, models.TextField, models.IntegerField, models.FloatField)

Convert = Callable[[Any, Any], Any]


@lru_cache
def _fields(model: type[models.Model]) -> tuple[tuple[Any, str, Convert | None], ...]:
    return tuple(
        (field, field.attname, _convert(field)) for field in model._meta.local_concrete_fields
    )


def _convert(field: Any) -> Convert | None:
    """How a value goes to the driver: for common kinds the last step of what Django does."""
    target = getattr(field, "target_field", field)
    if isinstance(target, _PLAIN):
        return None
    if isinstance(target, models.UUIDField):
        return _uuid
    if type(target) is models.DateTimeField:
        return lambda value, connection: connection.ops.adapt_datetimefield_value(value)
    return cast(Convert, field.get_db_prep_save)


def _uuid(value: Any, connection: Any) -> Any:
    if isinstance(value, str):
        value = UUID(value)
    return value if value is None or connection.features.has_native_uuid_field else value.hex


@lru_cache
def _insert_sql(model: type[models.Model], count: int, vendor: str) -> str:
    columns = ", ".join(f'"{field.column}"' for field, *_ in _fields(model))
    row = "(" + ", ".join(["%s"] * len(_fields(model))) + ")"
    places = ", ".join([row] * count)
    return f'INSERT INTO "{model._meta.db_table}" ({columns}) VALUES {places}'  # noqa: S608


def update(model: type[models.Model], where: Mapping[str, Any], changes: Mapping[str, Any]) -> int:
    """Change the rows that fit; returns how many.

    In ``where`` a tuple means any of its values, None means null.
    """
    connection = connections[router.db_for_write(model)]
    shape = tuple(
        (name, len(value) if isinstance(value, tuple) else -2 if value is None else -1)
        for name, value in where.items()
    )
    sql, setting, asking = _update_sql(model, tuple(changes), shape, connection.vendor)
    values = [
        value if convert is None else convert(value, connection)
        for (_, _, convert), value in zip(setting, changes.values(), strict=True)
    ]
    for field, value in zip(asking, where.values(), strict=True):
        wanted = value if isinstance(value, tuple) else () if value is None else (value,)
        values += [field.get_db_prep_value(item, connection) for item in wanted]
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return int(cursor.rowcount)


@lru_cache
def _update_sql(
    model: type[models.Model],
    changes: tuple[str, ...],
    where: tuple[tuple[str, int], ...],
    vendor: str,
) -> tuple[str, tuple[Any, ...], tuple[Any, ...]]:
    by_name = {entry[1]: entry for entry in _fields(model)}
    setting = tuple(by_name[name] for name in changes)
    asking = tuple(by_name[name][0] for name, _ in where)
    assign = ", ".join(f'"{field.column}" = %s' for field, *_ in setting)
    conditions = " AND ".join(
        f'"{field.column}" {_test(count)}' for field, (_, count) in zip(asking, where, strict=True)
    )
    sql = f'UPDATE "{model._meta.db_table}" SET {assign} WHERE {conditions}'  # noqa: S608
    return sql, setting, asking


def _test(count: int) -> str:
    if count < 0:
        return "= %s" if count == -1 else "IS NULL"
    return "IN (" + ", ".join(["%s"] * count) + ")"


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
        values[place] = prepare(key, connection)
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            row = cursor.fetchone()
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
        prepared = key.get_db_prep_value(mark, connection)
        place = list(params).index(prepared)
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
        return (
            sql,
            tuple(params),
            place,
            key.get_db_prep_value,
            converters,
            (first, end),
            names,
            related,
        )
