"""Values as they go to the driver, converted as Django converts them."""

import datetime as dt
import json
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import connections, models, router

Convert = Callable[[Any], Any]
# Values of these are passed as they are; numbers go to PostgreSQL as text, whose type the column
# gives, so that one prepared statement serves small and large ones alike.
_TEXT = (models.CharField, models.TextField, models.BinaryField)
_NUMBERS = (models.IntegerField, models.FloatField)


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


def all_converted(values: Sequence[Any], convert: Convert) -> list[Any]:
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
