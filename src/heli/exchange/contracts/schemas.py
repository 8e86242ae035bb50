"""What the REST interface of contract versions takes and gives."""

import datetime as dt
from typing import Any

from ninja import Field, Schema


class VersionOut(Schema):
    """A version of a resource's contract."""

    version: str
    state: str = Field(description="announced, in_force or ended")
    digest: str = Field(description="SHA-256 of the document as canonical JSON")
    published_at: dt.datetime
    in_force_at: dt.datetime | None
    deprecated_at: dt.datetime | None
    sunset_at: dt.datetime | None
    ended_at: dt.datetime | None


class VersionDetail(VersionOut):
    """A version with its contract document (Open Data Contract Standard)."""

    contract: dict[str, Any]


class ChangeOut(Schema):
    """A difference between two versions."""

    kind: str
    field: str
    sentence: str
    breaks_backward: bool
    breaks_forward: bool
    affected: str
    whom: str
    needs: str


class TouchedOut(Schema):
    """A grant that the differences touch."""

    grant: str
    consumer: str
    purpose: str
    fields: str
    fits: bool


class ComparisonOut(Schema):
    """Two versions compared."""

    old: str
    new: str
    mode: str
    compatible: bool
    numbered_rightly: bool
    needed: str
    given: str
    changes: list[ChangeOut]
    touched: list[TouchedOut]


class VersionIn(Schema):
    """A version to be published."""

    contract: dict[str, Any]
    sunset: dt.date | None = Field(
        None, description="Last day of the version in force, where the new one breaks consumers"
    )


class CompareIn(Schema):
    """A contract to be compared with the version in force."""

    contract: dict[str, Any]


class WithdrawIn(Schema):
    """Why an announcement is taken back."""

    reason: str = Field(min_length=1, max_length=300)


class EndingOut(Schema):
    """A version whose end is announced."""

    resource: str
    title: str
    version: str
    successor: str
    deprecated_at: dt.datetime
    sunset_at: dt.datetime
    last_day: dt.date
