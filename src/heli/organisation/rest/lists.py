"""Rows, and lists in the order of their ids."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.db.models import QuerySet

from heli.errors import HeliError
from heli.kernel.rest import Page, decode_cursor, encode_cursor

R = TypeVar("R")


def after(cursor: str | None, kind: type[Any]) -> Any:
    """The one value of a cursor, as what the list is ordered by; None at the beginning."""
    values = decode_cursor(cursor, kind)
    return None if values is None else values[0]


def page_by_id(rows: "QuerySet[Any]", limit: int, show: Callable[[Any], Any]) -> Page[Any]:
    """The first rows, and the cursor of what follows."""
    page = list(rows[: limit + 1])
    following = encode_cursor(page[limit - 1].pk) if len(page) > limit else None
    return Page(items=[show(row) for row in page[:limit]], next=following)


def found(row: R | None, error: HeliError) -> R:
    """The row.

    Raises:
        HeliError: There is none; ``error`` itself.
    """
    if row is None:
        raise error
    return row
