"""Supplements, requests to other departments and handovers over REST."""

import datetime as dt
from typing import Any
from uuid import UUID

from ninja import Schema
from pydantic import Field

from heli.cases.models import (
    CollaborationRequest,
    Handover,
    Supplement,
)


class SupplementIn(Schema):
    """What the applicant should add, and on what legal ground the clock stands still."""

    text: str = Field(default="", max_length=4000)
    ground: str = Field(default="", max_length=300)
    items: list[dict[str, str]] = Field(default=[], max_length=100)


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
    items: list[dict[str, str]]
    answer: str
    corrected: dict[str, list[Any]]

    @classmethod
    def of(cls, row: Supplement) -> "SupplementOut":
        """From a row with its matter."""
        return cls(
            id=row.pk,
            matter=row.matter.code,
            state=row.state,
            text=row.text,
            ground=row.ground,
            items=row.items,
            answer=row.answer,
            corrected=row.corrected,
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
