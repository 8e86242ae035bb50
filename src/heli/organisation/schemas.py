"""What the REST interface takes and gives."""

import datetime as dt
from uuid import UUID

from ninja import Field, Schema

from heli.kernel.permissions import Role
from heli.organisation.models import Absence
from heli.organisation.ranks import Rank


class DepartmentOut(Schema):
    """A department."""

    code: str
    name_zh: str
    name_en: str
    badge: str
    parent: str = Field(description="Code of the department above; empty at the top.")
    is_active: bool


class DepartmentIn(Schema):
    """A department to set up."""

    code: str = Field(pattern=r"^[a-z0-9-]{1,40}$")
    name_zh: str = Field(min_length=1, max_length=80)
    name_en: str = Field("", max_length=120)
    badge: str = Field("", max_length=1)
    parent: str = ""


class DepartmentPatch(Schema):
    """What to change of a department; absent or null: as it is."""

    name_zh: str | None = Field(None, min_length=1, max_length=80)
    name_en: str | None = Field(None, max_length=120)
    badge: str | None = Field(None, min_length=1, max_length=1)
    parent: str | None = Field(None, description="Code of the department above; empty: none.")


class PostPatch(Schema):
    """What to change of a post; absent or null: as it is."""

    name_zh: str | None = Field(None, min_length=1, max_length=60)
    name_en: str | None = Field(None, max_length=80)
    rank: Rank | None = None
    seats: int | None = Field(None, ge=1, le=200)
    is_head: bool | None = None
    department: str | None = Field(None, description="Only while nobody holds the post.")


class PersonPatch(Schema):
    """What to change of an official; absent or null: as it is."""

    name_zh: str | None = Field(None, min_length=1, max_length=60)
    name_en: str | None = Field(None, max_length=80)
    phone: str | None = Field(None, max_length=40)
    department: str | None = Field(None, description="Only without a post of another department.")


class PostOut(Schema):
    """A post."""

    id: int
    name_zh: str
    name_en: str
    rank: int = Field(description="Ordered: tens are the level, 10 staff member to 75 bureau.")
    department: str


class PersonOut(Schema):
    """An official."""

    id: int
    username: str
    name_zh: str
    name_en: str
    phone: str
    is_active: bool
    department: str | None
    roles: list[Role]
    competences: list[str]
    posts: list[PostOut]


class AbsenceIn(Schema):
    """An absence to record, both days included (Asia/Shanghai)."""

    person: int
    starts_on: dt.date
    ends_on: dt.date
    substitute: int | None = None
    kind: Absence.Kind = Absence.Kind.LEAVE


class AbsenceOut(Schema):
    """An absence."""

    id: int
    person: int
    starts_on: dt.date
    ends_on: dt.date
    substitute: int | None
    kind: str
    cancelled: bool


class RoleIn(Schema):
    """A role."""

    role: Role


class KeyOut(Schema):
    """A public key of a system."""

    key_id: str
    public_key: str = Field(description="32 octets in base64.")
    not_before: dt.datetime
    not_after: dt.datetime | None
    state: str = Field(description="valid, revoked, ended or not_yet.")


class SystemOut(Schema):
    """A machine client."""

    id: UUID
    name_zh: str
    name_en: str
    department: str
    is_active: bool
    keys: list[KeyOut]


class SystemIn(Schema):
    """A machine client to register."""

    department: str
    name_zh: str = Field(min_length=1, max_length=80)
    name_en: str = Field("", max_length=120)
    public_key: str = Field(description="Ed25519, PEM or base64.")


class KeyIn(Schema):
    """A new public key."""

    public_key: str = Field(description="Ed25519, PEM or base64.")


class MeOut(Schema):
    """Who calls."""

    kind: str = Field(description="person or system.")
    id: str
    name_zh: str
    name_en: str
    department: str
    roles: list[Role]
