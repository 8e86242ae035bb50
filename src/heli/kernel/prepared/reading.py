"""Reading one row by a key."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import models
from django.db.models import QuerySet

from heli.kernel.prepared.running import here, run
from heli.kernel.prepared.values import conversion, reading

M = TypeVar("M", bound=models.Model)
_MARK = "01a207f1-b898-7070-b745-27d7bac083ad"


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
        connection = here()
        composed = self._composed.get(connection.vendor)
        if composed is None:
            composed = self._composed[connection.vendor] = self._compose(connection)
        sql, params, place, prepare, converters, parts = composed
        values = list(params)
        values[place] = prepare(key)
        row = run(connection, sql, values).fetchone()
        if row is None:
            return None
        values = list(row)
        for position, convert in converters:
            value = values[position]
            if value is not None:
                values[position] = convert(value)
        found: M = _instance(parts, values, connection.alias)
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
            (position, reading(functions, expression, connection.vendor))
            for position, (functions, expression) in compiler.get_converters(
                [item[0] for item in compiler.select]
            ).items()
        ]
        convert = conversion(key, connection.vendor)
        return (
            sql,
            tuple(params),
            place,
            (lambda value: convert(key.to_python(value))) if convert else key.to_python,
            converters,
            _parts(compiler.klass_info, compiler.select),
        )


@dataclass(frozen=True, slots=True)
class _Part:
    """Where the columns of one model stand in a row, and where its instance goes."""

    model: type[models.Model]
    first: int
    end: int
    names: tuple[str, ...]
    key: int
    related: "tuple[_Part, ...]"
    local_setter: Callable[[Any, Any], None] | None = None
    remote_setter: Callable[[Any, Any], None] | None = None


def _parts(info: Mapping[str, Any], select: Sequence[Any]) -> _Part:
    columns = info["select_fields"]
    first, end = columns[0], columns[-1] + 1
    names = tuple(item[0].target.attname for item in select[first:end])
    return _Part(
        info["model"],
        first,
        end,
        names,
        names.index(info["model"]._meta.pk.attname) + first,
        tuple(_parts(part, select) for part in info.get("related_klass_infos", ())),
        info.get("local_setter"),
        info.get("remote_setter"),
    )


def _instance(part: _Part, values: Sequence[Any], alias: str) -> Any:
    """The row of a part with its related rows; a model's constructor costs several times this."""
    row = part.model.__new__(part.model)
    row._state = state = models.base.ModelState()
    state.adding, state.db = False, alias
    row.__dict__.update(zip(part.names, values[part.first : part.end], strict=True))
    for each in part.related:
        other = None if values[each.key] is None else _instance(each, values, alias)
        if each.local_setter is not None:
            each.local_setter(row, other)
        if other is not None and each.remote_setter is not None:
            each.remote_setter(other, row)
    return row
