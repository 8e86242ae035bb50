"""What the REST interface of openness takes and gives."""

import datetime as dt
from typing import Any

from ninja import Schema
from pydantic import Field


class FileOut(Schema):
    """A file of the present edition."""

    format: str
    url: str
    bytes: int
    sha256: str


class DatasetOut(Schema):
    """An open dataset."""

    slug: str
    title_zh: str
    title_en: str
    description_zh: str
    description_en: str
    department: str
    resource: str
    kind: str
    theme: str
    keywords: list[str]
    update_cycle: str
    licence: str
    licence_name: str
    licence_url: str
    legal_basis: str
    published_at: dt.datetime
    changed_at: dt.datetime
    version: int
    edition: int | None
    rows: int | None
    files: list[FileOut]


class ColumnOut(Schema):
    """A column of an open dataset."""

    name: str
    title: str
    type: str
    meaning: str
    shown: str
    share: float | None = Field(None, description="Rows that have a value, 0 to 1")


class DatasetDetail(DatasetOut):
    """An open dataset with its columns and what was measured."""

    columns: list[ColumnOut]
    profile: dict[str, Any]
    downloads: int


class TermsIn(Schema):
    """What of a resource is opened, and under what terms."""

    rules: dict[str, Any] = Field(
        ..., description='`{"fields": [{"field", "mask", "width"}], "measures": […], "least": 5}`'
    )
    title_zh: str
    title_en: str = ""
    description_zh: str
    description_en: str = ""
    keywords: list[str] = []
    theme: str
    licence: str
    licence_name: str = ""
    licence_url: str = ""
    update_cycle: str
    contact_name: str
    contact_email: str = ""
    contact_phone: str = ""
    legal_basis: str


class PublicationIn(TermsIn):
    """A resource to be opened."""

    resource: str
    slug: str
    kind: str


class ReasonIn(Schema):
    """Why."""

    reason: str


class ObjectionIn(Schema):
    """An objection to be filed; which parts are needed follows from `about`."""

    about: str = Field(..., description="`record`, `dataset`, `refusal` or `opening`")
    ground: str
    resource: str = Field("", description="Address of the register, for a record or an opening")
    subject: str = Field("", description="Identifier of whom the record is about")
    claims: dict[str, str] = Field({}, description="What fields of the record should say")
    dataset: str = ""
    refusal: str = Field(
        "", description="`access:FACT`, `application:ID`, `grant:ID` or `opening:CODE`"
    )
    department: str = ""
    name: str = ""
    reach: str = ""


class FiledOut(Schema):
    """What was filed; with both, its progress is seen without a login."""

    code: str
    secret: str


class RulingOut(Schema):
    """One tier's part."""

    tier: int
    department: str
    opened_at: dt.datetime
    due_at: dt.datetime | None
    outcome: str
    reason: str
    ground: str
    decided_at: dt.datetime | None


class ToldOut(Schema):
    """A department that was told of a correction."""

    department: str
    proven: bool
    fields: list[str]
    uses: int
    notified_at: dt.datetime
    acknowledged_at: dt.datetime | None
    action: str


class ObjectionOut(Schema):
    """An objection; what only its parties read is empty for others."""

    code: str
    about: str
    state: str
    department: str
    deciding: str
    resource: str
    filed_at: dt.datetime
    ground: str
    subject_hint: str
    claims: dict[str, str]
    rulings: list[RulingOut]
    correction: str
    told: list[ToldOut]


class SecretIn(Schema):
    """The secret that opens an objection without a login."""

    secret: str = ""


class AppealIn(SecretIn):
    """Why the decision is not accepted."""

    reason: str


class DecisionIn(Schema):
    """What a tier decides."""

    outcome: str = Field(..., description="`upheld`, `partly` or `rejected`")
    reason: str
    ground: str = ""
    identity_checked: str = ""
    corrected: dict[str, str] | None = Field(
        None, description="What fields are to say; the claims where left out"
    )
    wrong_since: dt.datetime | None = None


class EvidenceOut(Schema):
    """A file handed in."""

    id: str
    name: str
    media_type: str
    size: int
    sha256: str


class AlarmOut(Schema):
    """The wrong version is still about."""

    kind: str
    department: str
    matter: str
    fact: str
    raised_at: dt.datetime
    settled_at: dt.datetime | None


class CorrectionOut(Schema):
    """A correction and who was told, as far as the caller may see it."""

    code: str
    resource: str
    department: str
    fields: list[str]
    state: str
    decided_at: dt.datetime
    wrong_since: dt.datetime | None
    applied_at: dt.datetime | None
    closed_at: dt.datetime | None
    recipients: list[ToldOut]
    alarms: list[AlarmOut]


class CorrectionIn(Schema):
    """A mistake that the source department found itself."""

    resource: str
    subject: str
    values: dict[str, str]
    wrong_since: dt.datetime | None = None


class NoticeOut(Schema):
    """A correction that the caller's department has to answer.

    `values` are the right ones, as far as its grant shows them; the fact's `values_hash` is
    HMAC-SHA256 of their canonical JSON under `key`.
    """

    correction: str
    resource: str
    subject_hint: str
    fields: list[str]
    matters: list[str]
    values: dict[str, Any]
    fact: str
    key: str
    notified_at: dt.datetime
    due_at: dt.datetime | None


class AnswerIn(Schema):
    """What a department did."""

    action: str = Field(..., description="`updated`, `redecided`, `nothing_kept` or `no_effect`")
    note: str = ""


class CheckOut(Schema):
    """Whether the source gives the right values."""

    right: bool
