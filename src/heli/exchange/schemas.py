"""What the REST interface of the exchange gives out."""

import datetime as dt
from typing import Any

from ninja import Schema

from heli.exchange.models import SharingClass, UpdateCycle


class ResourceOut(Schema):
    """A resource of the catalogue."""

    address: str
    department: str
    name: str
    title_zh: str
    title_en: str
    sharing: str
    sensitivity: int
    update_cycle: str
    subject_type: str
    contract_version: str


class ResourceDetail(ResourceOut):
    """A resource with its contract document (Open Data Contract Standard)."""

    contract: dict[str, Any]


class GrantOut(Schema):
    """A grant and what it lets its holder see."""

    id: str
    resource: str
    consumer: str
    purpose: str
    purpose_text: str
    legal_basis: str
    policy: dict[str, Any]
    words: list[str]
    granted_at: dt.datetime
    expires_at: dt.datetime
    revoked_at: dt.datetime | None
    revoked_because: str
    suspended_at: dt.datetime | None
    suspended_because: str


class AccessOut(Schema):
    """One call; ``reason`` of a denial is what the caller was told, for watchers the true one."""

    fact: str
    at: dt.datetime
    resource: str
    consumer: str
    actor: str
    purpose: str
    matter: str
    answered: bool
    reason: str
    fields: list[str]
    rows: int


class PublishIn(Schema):
    """A resource to be put into the catalogue."""

    contract: dict[str, Any]
    connector: str
    options: dict[str, Any]
    sharing: SharingClass
    update_cycle: UpdateCycle
    sunset: dt.date | None = None
    ground: str = ""


class GrantIn(Schema):
    """A grant to be given."""

    consumer: str
    purpose: str
    purpose_zh: str
    purpose_en: str = ""
    legal_basis: str
    policy: dict[str, Any]
    expires_at: dt.datetime


class RevokeIn(Schema):
    """Why a grant is taken back, suspended, or opened again."""

    reason: str
