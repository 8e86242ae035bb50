"""Matters, what was looked up for them and what was handed in, over REST."""

import datetime as dt
from typing import Any
from uuid import UUID

from ninja import Schema
from pydantic import Field

from heli.cases.models import (
    Attachment,
    Matter,
)
from heli.cases.schemas.clocks import ClockOut
from heli.cases.selectors import Entry, Prepared, TaskState


class MatterIn(Schema):
    """A matter to start."""

    procedure: str
    form: dict[str, Any]
    on_behalf: dict[str, str] | None = None
    title: str = Field(default="", max_length=200)
    draft: str = ""


class PrefillIn(Schema):
    """What was typed so far."""

    procedure: str
    form: dict[str, Any] = {}
    on_behalf: dict[str, str] | None = None
    draft: str = ""


class PreparedOut(Schema):
    """A value the city held already."""

    field: str
    label: str
    value: Any
    source: str
    receipt: str
    refused: str

    @classmethod
    def of(cls, item: Prepared) -> "PreparedOut":
        """From what pages show."""
        return cls(
            field=item.field,
            label=item.label,
            value=item.raw,
            source=item.source,
            receipt=item.receipt,
            refused=item.refused,
        )


class PrefillOut(Schema):
    """The draft, and what could be filled."""

    draft: str
    values: dict[str, Any]
    prepared: list[PreparedOut]


class StartedOut(Schema):
    """A matter that was started; ``secret`` opens its public progress together with ``code``."""

    code: str
    secret: str
    title: str
    state: str
    accountable: str
    waiting_for: list[str]
    opened_at: dt.datetime


class TaskStateOut(Schema):
    """One department's part."""

    id: str
    label: str
    department: str
    state: str
    state_label: str
    clock: ClockOut | None
    opened_at: dt.datetime
    closed_at: dt.datetime | None

    @classmethod
    def of(cls, task: TaskState) -> "TaskStateOut":
        """From what pages show."""
        return cls(
            id=task.id,
            label=task.label,
            department=task.department.code,
            state=task.state,
            state_label=task.state_label,
            clock=ClockOut.of(task.clock),
            opened_at=task.opened_at,
            closed_at=task.closed_at,
        )


class MatterOut(Schema):
    """A matter in a list."""

    code: str
    title: str
    procedure: str | None
    state: str
    state_label: str
    accountable: str | None
    waiting_for: list[str]
    opened_at: dt.datetime | None
    closed_at: dt.datetime | None

    @classmethod
    def of(cls, row: Matter) -> "MatterOut":
        """From a row with its procedure."""
        return cls(
            code=row.code,
            title=row.title,
            procedure=row.procedure.key if row.procedure else None,
            state=row.state,
            state_label=row.get_state_display(),
            accountable=row.accountable_id,
            waiting_for=row.waiting_for,
            opened_at=row.opened_at,
            closed_at=row.closed_at,
        )


class MatterDetailOut(MatterOut):
    """A matter as far as the reader may see it; ``messages`` can be delivered to it now."""

    messages: list[str]
    received_by: str | None
    tasks: list[TaskStateOut]
    answers: dict[str, str]
    expected_at: dt.datetime | None
    parallel_days: float
    serial_days: float
    may: dict[str, bool]


class DiscardedOut(Schema):
    """A draft that is no more."""

    code: str


class SecretOut(Schema):
    """A new secret: it opens the public progress together with ``code``, the old one no more."""

    code: str
    secret: str


class AttachmentOut(Schema):
    """A file handed in; ``sha256`` stands in the ledger."""

    id: UUID
    name: str
    media_type: str
    size: int
    sha256: str
    supplement: UUID | None
    uploaded_at: dt.datetime

    @classmethod
    def of(cls, row: Attachment) -> "AttachmentOut":
        """From a row."""
        return cls(
            id=row.pk,
            name=row.name,
            media_type=row.media_type,
            size=row.size,
            sha256=row.sha256,
            supplement=row.supplement_id,
            uploaded_at=row.uploaded_at,
        )


class ProgressOut(Schema):
    """Public progress: no people, no answers, no data."""

    code: str
    procedure: str
    state: str
    state_label: str
    opened_at: dt.datetime | None
    closed_at: dt.datetime | None
    expected_at: dt.datetime | None
    accountable: str | None
    tasks: list[TaskStateOut]
    needs_supplement: bool


class EntryOut(Schema):
    """A line of a timeline; ``fact`` can be proved by its receipt."""

    at: dt.datetime
    verb: str
    sentence: str
    department: str | None
    fact: str

    @classmethod
    def of(cls, entry: Entry) -> "EntryOut":
        """From what pages show."""
        return cls(
            at=entry.at,
            verb=entry.verb,
            sentence=entry.sentence,
            department=entry.department.code if entry.department else None,
            fact=entry.fact,
        )


class MessageIn(Schema):
    """A message as the procedure names it, and what it brings."""

    name: str = Field(min_length=1, max_length=255)
    variables: dict[str, Any] = {}


class WithdrawIn(Schema):
    """Why a matter is taken back."""

    reason: str = Field(default="", max_length=2000)
