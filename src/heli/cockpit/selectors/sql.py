"""The few things that SQLite and PostgreSQL write differently, and order statistics in SQL."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import connection

DAY = 86_400.0


def seconds(start: str, end: str) -> str:
    """SQL for the seconds from one instant to another."""
    if connection.vendor == "postgresql":
        return f"EXTRACT(EPOCH FROM ({end} - {start}))::float8"
    return f"((julianday({end}) - julianday({start})) * 86400.0)"


def instant() -> str:
    """SQL for a parameter that is an instant."""
    return "%s::timestamptz" if connection.vendor == "postgresql" else "%s"


def day(column: str) -> str:
    """SQL for the day of an instant in Asia/Shanghai, as text."""
    if connection.vendor == "postgresql":
        return f"to_char({column} AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD')"
    # China has kept one zone without summer time since 1992.
    return f"date({column}, '+8 hours')"


def value(moment: dt.datetime) -> Any:
    """An instant as the database's own parameter."""
    return connection.ops.adapt_datetimefield_value(moment)


def rows(query: str, parameters: Sequence[Any]) -> list[dict[str, Any]]:
    """Run a query; instants among the parameters are adapted."""
    adapted = [value(item) if isinstance(item, dt.datetime) else item for item in parameters]
    with connection.cursor() as cursor:
        cursor.execute(query, adapted)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def order_statistics(rank: str, count: str, of: str, name: str) -> str:
    """SQL columns for the neighbours of median and 90 % quantile, by ``rank`` 1…``count``."""
    half, ninety = f"({count} - 1) / 2", f"(9 * ({count} - 1)) / 10"
    return ", ".join(
        f"MAX(CASE WHEN {rank} = {place} + {step} THEN {of} END) AS {name}_{label}{step}"
        for label, place in (("m", half), ("p", ninety))
        for step in (1, 2)
    )


def quantiles(row: dict[str, Any], name: str, count: int) -> tuple[float | None, float | None]:
    """Median and 90 % quantile from :func:`order_statistics`, interpolated (type 7)."""
    if not count:
        return None, None
    return (
        _between(row[f"{name}_m1"], row[f"{name}_m2"], (count - 1) % 2 / 2),
        _between(row[f"{name}_p1"], row[f"{name}_p2"], 9 * (count - 1) % 10 / 10),
    )


def _between(low: float, high: float | None, share: float) -> float:
    return float(low) if high is None else float(low) + (float(high) - float(low)) * share
