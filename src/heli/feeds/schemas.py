"""What the REST interface of the feeds takes and gives."""

import datetime as dt
from typing import Any, Literal

from ninja import Schema
from pydantic import ConfigDict, Field


class Strict(Schema):
    """Refuses fields that it does not know."""

    model_config = ConfigDict(extra="forbid")


class FeedIn(Strict):
    """A feed to be opened."""

    keep_days: int = Field(30, ge=1, le=365)
    compare_every: int = Field(
        0, ge=0, le=31 * 86400, description="Seconds; 0: the source posts its changes"
    )
    allowed_age: int = Field(0, ge=0, le=400 * 86400, description="Seconds; 0: by the update cycle")


class FeedOut(Schema):
    """A feed."""

    resource: str
    title_zh: str
    title_en: str
    version: str
    head: int
    cursor: str
    oldest: str
    keep_days: int
    compare_every: int
    allowed_age: int
    confirmed_at: dt.datetime
    late_since: dt.datetime | None
    opened_at: dt.datetime
    closed_at: dt.datetime | None
    subscribers: int | None


class ReasonIn(Strict):
    """Why."""

    reason: str = Field(min_length=1, max_length=300)


class ChangeIn(Strict):
    """A change of one record: its subject as a lookup would ask for it."""

    kind: Literal["insert", "update", "delete"]
    key: str = Field(max_length=100)


class ChangesIn(Strict):
    """Changes in their order; none at all says that the data is up to date."""

    changes: list[ChangeIn] = Field(max_length=1000)


class PostedOut(Schema):
    """Where the feed stands now."""

    taken: int
    head: int
    cursor: str


class SubscribeIn(Strict):
    """A subscription to be started."""

    purpose: str = Field(max_length=40)
    transport: Literal["stream", "webhook", "broker"]
    address: str = Field("", max_length=400, description="Of a webhook: where to")
    cursor: str = Field("", max_length=1000, description="After which change to begin")
    project: str = Field("", max_length=40, description="Where the grant is bound to a project")
    task: str = Field("", max_length=40, description="Where the grant is bound to a duty")


class SubscriptionOut(Schema):
    """A subscription."""

    id: str
    resource: str
    consumer: str
    purpose: str
    serves: str
    transport: str
    address: str
    subject: str
    state: str
    because: str
    cursor: str
    waiting: int
    failures: int
    rests_until: dt.datetime | None
    started_at: dt.datetime


class EventOut(Schema):
    """One change.

    ``key`` is the subject of the matter that opens it. ``data`` is what the record says now, as far
    as the grant goes; null where it is gone.
    """

    id: str
    position: int
    kind: str
    key: str | None
    matter: str
    contract_version: str
    at: dt.datetime
    data: dict[str, Any] | None


class BatchOut(Schema):
    """Changes, with the fact that proves their release."""

    delivery: str
    subscription: str
    resource: str
    grant: str
    purpose: str
    contract_version: str
    events: list[EventOut]
    cursor: str
    fact: str
    response_key: str
    more: bool = False
    next: str | None = None


class DeliveryOut(Schema):
    """A batch for a webhook or the broker."""

    id: str
    subscription: str
    resource: str
    consumer: str
    state: str
    count: int
    attempts: int
    error: str
    detail: str
    fact: str | None
    created_at: dt.datetime
    next_at: dt.datetime | None
    ended_at: dt.datetime | None
    reason: str


class KeyOut(Schema):
    """The public key with which webhooks are signed."""

    key_id: str
    algorithm: str
    public_key: str = Field(description="Raw key in base64")
    components: list[str]
