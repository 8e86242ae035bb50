"""Shapes of the cases room's REST interface."""

import datetime as dt
from typing import Any
from uuid import UUID

from ninja import Schema
from pydantic import Field

from heli.cases.forms_schema import Field as FormField
from heli.cases.models import (
    Attachment,
    CollaborationRequest,
    Handover,
    Matter,
    Procedure,
    Supplement,
    Task,
)
from heli.cases.selectors import ClockView, Entry, NoticeView, Prepared, TaskState


class ClockOut(Schema):
    """A clock; ``remaining_seconds`` is negative when late."""

    state: str
    fraction: float
    remaining_seconds: int | None
    due_at: dt.datetime | None

    @classmethod
    def of(cls, clock: ClockView | None) -> "ClockOut | None":
        """From what pages show."""
        if clock is None:
            return None
        left = clock.remaining
        seconds = None if left is None else int(left.total_seconds())
        return cls(
            state=clock.state,
            fraction=round(clock.fraction, 4),
            remaining_seconds=seconds,
            due_at=clock.due_at,
        )


class ProcedureOut(Schema):
    """A procedure that matters can be filed for."""

    key: str
    version: int
    name: str
    name_zh: str
    name_en: str
    summary: str
    first_receiver: str
    published_at: dt.datetime

    @classmethod
    def of(cls, row: Procedure) -> "ProcedureOut":
        """From a row."""
        return cls(
            key=row.key,
            version=row.version,
            name=row.name,
            name_zh=row.name_zh,
            name_en=row.name_en,
            summary=row.summary,
            first_receiver=row.first_receiver_id,
            published_at=row.published_at,
        )


class FieldOut(Schema):
    """A question of a form; one with a ``source`` is filled from the exchange where possible."""

    key: str
    type: str
    label: str
    hint: str
    optional: bool
    subject: str | None
    semantic: str
    unit: str
    choices: list[dict[str, str]]
    source: str | None

    @classmethod
    def of(cls, item: FormField) -> "FieldOut":
        """From a form's field."""
        return cls(
            key=item.key,
            type=item.type,
            label=item.label,
            hint=item.hint,
            optional=item.optional or item.account,
            subject=item.subject,
            semantic=item.semantic,
            unit=item.unit,
            choices=[{"value": c.value, "label": c.label} for c in item.choices],
            source=item.source.address if item.source else None,
        )


class SectionOut(Schema):
    """Questions that belong together."""

    key: str
    label: str
    fields: list[FieldOut]


class ProcedureDetailOut(ProcedureOut):
    """A procedure with its form and its BPMN model."""

    sections: list[SectionOut]
    xml: str


class ProcedureIn(Schema):
    """A version to publish."""

    key: str = Field(max_length=60, pattern=r"^[-a-z0-9]+$")
    name_zh: str = Field(min_length=1, max_length=120)
    name_en: str = Field(default="", max_length=160)
    summary_zh: str = ""
    summary_en: str = ""
    first_receiver: str = ""
    xml: str
    form: dict[str, Any]


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


class TaskOut(Schema):
    """A task in a queue."""

    id: UUID
    matter: str
    title: str
    label: str
    department: str
    competence: str
    assignee: int | None
    state: str
    clock: ClockOut | None
    opened_at: dt.datetime

    @classmethod
    def of(cls, task: Task) -> "TaskOut":
        """From a row with its matter and clock."""
        return cls(
            id=task.pk,
            matter=task.matter.code,
            title=task.matter.title,
            label=task.name,
            department=task.department_id,
            competence=task.competence,
            assignee=task.assignee_id,
            state=task.state,
            clock=ClockOut.of(task.clock),
            opened_at=task.opened_at,
        )


class TaskDetailOut(TaskOut):
    """A task with what is needed to decide it."""

    reason: str
    answers: dict[str, str]
    prepared: list[PreparedOut]
    others: list[TaskStateOut]
    may: dict[str, bool]
    documentation: str


class TaskResultOut(Schema):
    """A task after something was done with it."""

    id: UUID
    matter: str
    state: str
    outcome: str
    assignee: int | None

    @classmethod
    def of(cls, task: Task) -> "TaskResultOut":
        """From a row with its matter."""
        return cls(
            id=task.pk,
            matter=task.matter.code,
            state=task.state,
            outcome=task.outcome,
            assignee=task.assignee_id,
        )


class ApproveIn(Schema):
    """An approval."""

    opinion: str = Field(default="", max_length=4000)
    variables: dict[str, Any] = {}


class RefuseIn(Schema):
    """A refusal needs its legal ground."""

    ground: str = Field(default="", max_length=300)
    opinion: str = Field(default="", max_length=4000)


class ReturnIn(Schema):
    """What is wrong."""

    opinion: str = Field(default="", max_length=4000)


class AssignIn(Schema):
    """To whom."""

    person: int


class SupplementIn(Schema):
    """What the applicant should add, and on what legal ground the clock stands still."""

    text: str = Field(default="", max_length=4000)
    ground: str = Field(default="", max_length=300)
    items: list[dict[str, str]] = []


class AnswerIn(Schema):
    """An answer in words, with corrected fields of the form."""

    answer: str = Field(default="", max_length=4000)
    form: dict[str, Any] = {}


class SupplementOut(Schema):
    """A request for a supplement."""

    id: UUID
    matter: str
    state: str
    text: str
    ground: str
    answer: str

    @classmethod
    def of(cls, row: Supplement) -> "SupplementOut":
        """From a row with its matter."""
        return cls(
            id=row.pk,
            matter=row.matter.code,
            state=row.state,
            text=row.text,
            ground=row.ground,
            answer=row.answer,
        )


class RequestIn(Schema):
    """A request for collaboration."""

    asked: str
    text: str = Field(default="", max_length=4000)
    task: UUID | None = None
    allowance: str = "H48"


class RefuseRequestIn(Schema):
    """A refusal needs its legal ground."""

    ground: str = Field(default="", max_length=300)
    answer: str = Field(default="", max_length=4000)


class RequestOut(Schema):
    """A request between departments."""

    id: UUID
    matter: str
    asker: str
    asked: str
    state: str
    text: str
    answer: str
    ground: str
    asked_at: dt.datetime
    due_at: dt.datetime | None
    closed_at: dt.datetime | None

    @classmethod
    def of(cls, row: CollaborationRequest) -> "RequestOut":
        """From a row with its matter."""
        return cls(
            id=row.pk,
            matter=row.matter.code,
            asker=row.asker_id,
            asked=row.asked_id,
            state=row.state,
            text=row.text,
            answer=row.answer,
            ground=row.ground,
            asked_at=row.asked_at,
            due_at=row.due_at,
            closed_at=row.closed_at,
        )


class HandoverIn(Schema):
    """To whom a matter is offered, and why."""

    taker: str
    reason: str = Field(default="", max_length=2000)


class DeclineIn(Schema):
    """Why an offer is declined."""

    reason: str = Field(default="", max_length=2000)


class MessageIn(Schema):
    """A message as the procedure names it, and what it brings."""

    name: str = Field(min_length=1, max_length=255)
    variables: dict[str, Any] = {}


class WithdrawIn(Schema):
    """Why a matter is taken back."""

    reason: str = Field(default="", max_length=2000)


class HandoverOut(Schema):
    """An offer to hand a matter over."""

    id: UUID
    matter: str
    giver: str
    taker: str
    state: str
    reason: str
    answer: str
    accountable: str | None
    offered_at: dt.datetime
    due_at: dt.datetime | None
    answered_at: dt.datetime | None

    @classmethod
    def of(cls, row: Handover) -> "HandoverOut":
        """From a row with its matter."""
        return cls(
            id=row.pk,
            matter=row.matter.code,
            giver=row.giver_id,
            taker=row.taker_id,
            state=row.state,
            reason=row.reason,
            answer=row.answer,
            accountable=row.matter.accountable_id,
            offered_at=row.offered_at,
            due_at=row.due_at,
            answered_at=row.answered_at,
        )


class NoticeOut(Schema):
    """A line of the inbox."""

    id: str
    level: str
    sentence: str
    at: dt.datetime
    read: bool
    matter: str

    @classmethod
    def of(cls, item: NoticeView) -> "NoticeOut":
        """From what pages show."""
        return cls(
            id=item.id,
            level=item.level,
            sentence=item.sentence,
            at=item.at,
            read=item.read,
            matter=item.matter_code,
        )


class ReadIn(Schema):
    """Which notices were read; all where none are named."""

    ids: list[UUID] | None = None


class ReadOut(Schema):
    """How many were unread before."""

    read: int
