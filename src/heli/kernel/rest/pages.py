"""Lists of the REST interface, paged by opaque cursors."""

import base64
import datetime as dt
import json
from collections.abc import Callable
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from django.db.models import Q, QuerySet
from ninja import Schema
from pydantic import Field

from heli.errors import BadInputError, gettext_noop

CURSOR_LENGTH = 1000

T = TypeVar("T")
Limit = Annotated[int, Field(ge=1, le=200)]


class BadCursorError(BadInputError):
    """A paging cursor was not one that Heli gave out."""

    code = "input.cursor"
    message = gettext_noop("The cursor is not one that this list gave out.")
    remedy = gettext_noop("Start again without a cursor and follow the «next» value of each page.")


class Page(Schema, Generic[T]):
    """One page of a list; ``next`` is the cursor of the following one, or null at the end."""

    items: list[T]
    next: str | None = None


def encode_cursor(*values: object) -> str:
    """An opaque cursor holding the sort key of the last row shown."""
    text = json.dumps([str(value) for value in values], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(cursor: str | None, *kinds: type[Any]) -> list[Any] | None:
    """The values of a cursor, or None where there is none.

    Args:
        cursor: As it came from the caller.
        kinds: What each value is: ``str``, ``int``, ``UUID`` or ``datetime``.

    Raises:
        BadCursorError: It holds other values than these, or one that no row can have.
    """
    if not cursor:
        return None
    try:
        values = _packed(cursor)
        if len(values) != len(kinds):
            raise ValueError(len(values))
        return [_READ[kind](value) for kind, value in zip(kinds, values, strict=True)]
    except (ValueError, OverflowError, RecursionError) as error:
        raise BadCursorError(field="cursor") from error


def _packed(cursor: str) -> list[str]:
    if len(cursor) > CURSOR_LENGTH:
        raise ValueError(len(cursor))
    values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise ValueError(values)
    return values


def _read_text(value: str) -> str:
    # Neither database takes a NUL or half a character.
    if "\0" in value:
        raise ValueError(value)
    return value.encode().decode()


def _read_number(value: str) -> int:
    number = int(value)
    if not 0 <= number < 2**63:
        raise ValueError(value)
    return number


def _read_instant(value: str) -> dt.datetime:
    instant = dt.datetime.fromisoformat(value)
    if instant.tzinfo is None:
        raise ValueError(value)
    return instant.astimezone(dt.UTC)


_READ: dict[type[Any], Callable[[str], Any]] = {
    str: _read_text,
    int: _read_number,
    UUID: UUID,
    dt.datetime: _read_instant,
}


def page_of(
    rows: "QuerySet[Any]",
    key: str,
    cursor: str | None,
    limit: int,
    show: Callable[[list[Any]], list[T]],
    *,
    newest_first: bool = False,
) -> "Page[T]":
    """One page of rows in the order of an instant that none lacks, and of their ids.

    Args:
        rows: All of them.
        key: The field of the instant.
        cursor: From the page before.
        limit: How many at most.
        show: Makes what is answered of the rows of one page.
        newest_first: Whether the latest instant comes first.

    Raises:
        BadCursorError: The cursor is none that this list gave out.
    """
    sign, way = ("-", "lt") if newest_first else ("", "gt")
    rows = rows.order_by(f"{sign}{key}", f"{sign}pk")
    values = decode_cursor(cursor, dt.datetime, UUID)
    if values is not None:
        at, last = values
        rows = rows.filter(Q(**{f"{key}__{way}": at}) | Q(**{key: at, f"pk__{way}": last}))
    found = list(rows[: limit + 1])
    following = None
    if len(found) > limit:
        found = found[:limit]
        following = encode_cursor(getattr(found[-1], key).isoformat(), found[-1].pk)
    return Page(items=show(found), next=following)
