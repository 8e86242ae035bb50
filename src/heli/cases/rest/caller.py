"""Who calls, and paging of lists."""

import datetime as dt
from collections.abc import Callable
from typing import Annotated, Any, TypeVar
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from pydantic import Field

from heli.cases.callers import Caller
from heli.kernel.rest import Page, decode_cursor, encode_cursor

Limit = Annotated[int, Field(ge=1, le=200)]
T = TypeVar("T")


def caller(request: HttpRequest) -> Caller:
    """The system that signed the request, else the person who is signed in."""
    system = getattr(request, "system", None)
    return system if system is not None else request.user  # type: ignore[return-value]


def address_of(request: HttpRequest) -> str:
    """Where a request came from."""
    return str(request.META.get("REMOTE_ADDR", ""))


def page(
    rows: "QuerySet[Any]",
    key: str,
    cursor: str | None,
    limit: int,
    show: Callable[[list[Any]], list[T]],
    *,
    newest_first: bool = False,
) -> "Page[T]":
    """One page of rows ordered by an instant and the id.

    Raises:
        BadCursorError: The cursor is none that this list gave out.
    """
    values = decode_cursor(cursor, dt.datetime, UUID)
    if values is not None:
        at, last = values
        way = "lt" if newest_first else "gt"
        rows = rows.filter(Q(**{f"{key}__{way}": at}) | Q(**{key: at, f"id__{way}": last}))
    found = list(rows[: limit + 1])
    following = None
    if len(found) > limit:
        found = found[:limit]
        following = encode_cursor(getattr(found[-1], key).isoformat(), found[-1].pk)
    return Page(items=show(found), next=following)
