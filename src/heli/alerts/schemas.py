"""What the REST interface of the alerts takes and gives."""

import datetime as dt
from typing import Literal

from ninja import Schema
from pydantic import ConfigDict, Field


class Strict(Schema):
    """Refuses fields that it does not know."""

    model_config = ConfigDict(extra="forbid")


class KindIO(Strict):
    """A kind of alert."""

    code: str = Field(max_length=30, pattern=r"^[a-z][a-z0-9_]*$")
    title_zh: str = Field(min_length=1, max_length=60)
    title_en: str = Field("", max_length=80)
    ground: str = Field(min_length=1, max_length=200)
    issuers: list[str] = Field(max_length=100)
    subject_type: Literal["person", "enterprise", "batch", ""] = ""
    answer_minutes: int = Field(ge=1, le=1440)
    hours: int = Field(ge=1, le=8760)
    most_hours: int = Field(ge=1, le=8760)


class SubjectIn(Strict):
    """Whom or what an alert or a question is about."""

    type: Literal["person", "enterprise", "batch"]
    id: str = Field(min_length=1, max_length=100)


class AlertIn(Strict):
    """An alert to be issued."""

    kind: str = Field(max_length=30)
    headline: str = Field(min_length=1, max_length=200, description="Without names")
    details: str = Field("", max_length=2000, description="Sealed; for officers on duty")
    subjects: list[SubjectIn] = Field(default_factory=list, max_length=50)
    hours: int = Field(0, ge=0, le=8760, description="0: as its kind says")


class NoticeOut(Schema):
    """What one department was told, and its answer."""

    department: str
    phase: str
    officer: str
    sent_at: dt.datetime
    due_at: dt.datetime
    acknowledged_at: dt.datetime | None
    note: str
    escalated_at: dt.datetime | None
    second: str


class AlertOut(Schema):
    """An alert."""

    id: str
    number: str
    kind: str
    department: str
    headline: str
    ground: str
    state: str
    issued_at: dt.datetime
    expires_at: dt.datetime
    ended_at: dt.datetime | None
    reason: str
    told: int
    answered: int


class AlertDetail(AlertOut):
    """An alert with its notices."""

    notices: list[NoticeOut]


class DetailsOut(Schema):
    """What an alert says about people."""

    details: str


class NoteIn(Strict):
    """What goes with an answer."""

    note: str = Field("", max_length=300)


class ReasonIn(Strict):
    """Why."""

    reason: str = Field(min_length=1, max_length=300)


class AnswerOut(Schema):
    """Yes or no, and whom to call; ``padding`` makes every answer equally long."""

    match: bool
    department: str
    telephone: str
    padding: str


class DutyOut(Schema):
    """Who is on duty in a department."""

    department: str
    officer: str
    stands_in_for: str
    telephone: str
    until: dt.datetime | None
    taken_over: bool


class PlanIn(Strict):
    """Shifts to be planned."""

    people: list[int] = Field(min_length=1, max_length=50)
    first: dt.date
    days: int = Field(ge=1, le=62)
    hours: Literal[8, 12, 24] = 12
    begins: int = Field(8, ge=0, le=23)


class SubstituteIn(Strict):
    """Who takes a shift instead."""

    officer: int
    reason: str = Field(min_length=1, max_length=300)


class HandoverIn(Strict):
    """What is left to the next officer."""

    note: str = Field("", max_length=500)


class ShiftOut(Schema):
    """A shift."""

    id: int
    department: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    officer: int
    planned: int
    note: str
    handed_at: dt.datetime | None
    accepted_at: dt.datetime | None


class ChannelIn(Strict):
    """How else a department is reached."""

    address: str = Field("", max_length=400)
    telephone: str = Field("", max_length=40)


class ChannelOut(Schema):
    """The same."""

    department: str
    address: str
    telephone: str
