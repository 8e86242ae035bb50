"""What the REST interface gives out of extracts and traces."""

import datetime as dt
from typing import Any

from ninja import Schema


class ExtractIn(Schema):
    """An extract to be made: its format, and what it serves as the grant asks."""

    format: str = "csv"
    project: str = ""
    task: str = ""


class ExtractOut(Schema):
    """An extract and where it stands.

    ``rows_done`` tells how far the work is; ``fact`` proves what was released.
    """

    id: str
    resource: str
    grant: str
    consumer: str
    purpose: str
    matter: str
    format: str
    state: str
    reason: str
    asked_at: dt.datetime
    ready_at: dt.datetime | None
    expires_at: dt.datetime | None
    ended_at: dt.datetime | None
    rows_done: int
    rows: int
    size: int
    fact: str | None


class ProofOut(Schema):
    """What proves a file offline: ``heli exchange verify-extract FILE PROOF`` reads it."""

    extract: str
    file: str
    response_key: str
    receipt: dict[str, Any]


class NamedOut(Schema):
    """An extract that a found file comes from.

    ``error``: at most so likely would anybody innocent have been named. ``marks`` and ``order``:
    evidence as powers of ten.
    """

    extract: str
    resource: str
    grant: str
    consumer: str
    actor: str
    released_at: dt.datetime | None
    fact: str | None
    error: float
    marks: float
    order: float
    decoys: int


class TraceOut(Schema):
    """What a found file says; ``named`` is empty where the evidence does not suffice."""

    rows: int
    suspects: int
    columns: dict[str, str]
    values: int
    limit: float
    named: list[NamedOut]
