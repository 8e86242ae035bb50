"""Values as they go to the driver and come from it, converted as Django converts them."""

import datetime as dt
import json
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec
from django.db import models

from heli.kernel.ids import of_number
from heli.kernel.prepared.running import here

Convert = Callable[[Any], Any]


class Encoded(str):
    """Text that is JSON already."""

    __slots__ = ()


@lru_cache
def columns_of(
    model: type[models.Model], vendor: str
) -> tuple[tuple[Any, str, Convert | None], ...]:
    """A model's columns: the field, its attribute, and how its values go to the driver."""
    return tuple(
        (field, field.attname, conversion(field, vendor))
        for field in model._meta.local_concrete_fields
    )


def conversion(field: Any, vendor: str) -> Convert | None:
    """How a value goes to the driver; None: as it is."""
    target = getattr(field, "target_field", field)
    postgresql = vendor == "postgresql"
    for kinds, sqlite_way, postgresql_way in _WRITTEN:
        if isinstance(target, kinds):
            return postgresql_way if postgresql else sqlite_way
    if type(target) is models.DateTimeField:
        return _instant_text if postgresql else _instant_sqlite
    if isinstance(target, models.JSONField) and target.encoder is None:
        return _json
    connection = here()
    return lambda value: field.get_db_prep_save(value, connection)


def reading(
    functions: Sequence[Callable[[Any, Any, Any], Any]], expression: Any, vendor: str
) -> Convert:
    """How a value that came from the driver is read, by what Django's functions for it do.

    Args:
        functions: Django's converters, in order.
        expression: The column they belong to.
        vendor: What kind of database it comes from.
    """
    field = expression.output_field
    quick = _READ.get((vendor, type(field))) if len(functions) == 1 else None
    if getattr(field, "decoder", None) is not None:
        quick = None
    if quick is not None:
        return quick

    def read(value: Any) -> Any:
        for function in functions:
            value = function(value, expression, here())
        return value

    return read


def _read_uuid(value: Any) -> Any:
    if value is None:
        return None
    return of_number(int(value, 16)) if len(value) == 32 else UUID(value)


def _read_instant(value: Any) -> Any:
    """An instant as Django keeps it in SQLite; the driver has read it already where it knows."""
    if value is None:
        return None
    read = dt.datetime.fromisoformat(value) if isinstance(value, str) else value
    return read if read.tzinfo else read.replace(tzinfo=dt.UTC)


_decode = msgspec.json.Decoder().decode


def _read_json(value: Any) -> Any:
    """JSON as Django reads it: what is none stays as it stands."""
    if value is None:
        return None
    try:
        return _decode(value)
    except (msgspec.MsgspecError, UnicodeEncodeError):
        return _read_odd_json(value)


def _read_odd_json(value: Any) -> Any:
    """Half a surrogate pair, a number beyond all others: what only Python's own way reads."""
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        return value


_READ: dict[tuple[str, type], Convert] = {
    ("sqlite", models.UUIDField): _read_uuid,
    ("sqlite", models.DateTimeField): _read_instant,
    ("sqlite", models.JSONField): _read_json,
}


def _as_text(value: Any) -> Any:
    return None if value is None else str(value)


def _binary(value: Any) -> Any:
    """Bytes in the one form that SQLite's driver takes without looking for an adapter."""
    return None if value is None else bytearray(value)


def _uuid_hex(value: Any) -> Any:
    if isinstance(value, str):
        value = UUID(value)
    return None if value is None else value.hex


def _instant_text(value: Any) -> Any:
    if value is None:
        return None
    if value.tzinfo is dt.UTC:
        return _utc_text(value) + "+00"
    return _aware(value).isoformat()


def _instant_sqlite(value: Any) -> Any:
    """UTC without its zone, as Django keeps instants in SQLite."""
    if value is None:
        return None
    return _utc_text(value if value.tzinfo is dt.UTC else _aware(value).astimezone(dt.UTC))


@lru_cache(maxsize=64)
def _utc_text(value: dt.datetime) -> str:
    """The same for an instant in UTC; rows of a step share theirs."""
    return value.isoformat(" ")[:-6]


def _aware(value: dt.datetime) -> dt.datetime:
    if value.tzinfo is None:
        raise ValueError("an instant needs a zone")
    return value


_quick = msgspec.json.Encoder().encode
_encode = json.JSONEncoder().encode


def _json(value: Any) -> Any:
    """JSON without spaces, where Django writes some.

    SQLite compares whole values as text: look for parts (``data__source``), never ``data={…}``.
    """
    if value is None:
        return None
    if type(value) is Encoded:
        return str(value)  # drivers take a subclass of text the long way round
    try:
        return _quick(value).decode()
    except UnicodeEncodeError:
        return _encode(value)  # half a surrogate pair has a form as an escape only


_WRITTEN: tuple[tuple[tuple[type, ...], Convert | None, Convert | None], ...] = (
    # Fields, and how their values go to SQLite and to PostgreSQL. Numbers go to PostgreSQL as
    # text, whose type the column gives, so that one prepared statement serves all of them.
    ((models.CharField, models.TextField), None, None),
    ((models.BinaryField,), _binary, None),
    ((models.IntegerField, models.FloatField), None, _as_text),
    ((models.UUIDField,), _uuid_hex, _uuid_hex),
)
