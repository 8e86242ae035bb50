"""What the REST interface takes and gives."""

import datetime as dt
from uuid import UUID

from ninja import Field, Schema
from pydantic import ConfigDict

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

    model_config = ConfigDict(extra="forbid")

    name_zh: str | None = Field(None, min_length=1, max_length=80)
    name_en: str | None = Field(None, max_length=120)
    badge: str | None = Field(None, min_length=1, max_length=1)
    parent: str | None = Field(None, description="Code of the department above; empty: none.")


class PostIn(Schema):
    """A post to set up."""

    name_zh: str = Field(min_length=1, max_length=60)
    name_en: str = Field("", max_length=80)
    rank: Rank
    seats: int = Field(1, ge=1, le=200)
    is_head: bool = False


class PostPatch(Schema):
    """What to change of a post; absent or null: as it is."""

    model_config = ConfigDict(extra="forbid")

    name_zh: str | None = Field(None, min_length=1, max_length=60)
    name_en: str | None = Field(None, max_length=80)
    rank: Rank | None = None
    seats: int | None = Field(None, ge=1, le=200)
    is_head: bool | None = None
    department: str | None = Field(None, description="Only while nobody holds the post.")


class PersonPatch(Schema):
    """What to change of an official; absent or null: as it is."""

    model_config = ConfigDict(extra="forbid")

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
    seats: int
    is_head: bool = Field(description="Whether its holder answers for the department.")


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


class PersonIn(Schema):
    """Somebody to take on; their password is drawn by lot."""

    username: str = Field(pattern=r"^[-a-zA-Z0-9_]{1,60}$")
    name_zh: str = Field(min_length=1, max_length=60)
    name_en: str = Field("", max_length=80)
    phone: str = Field("", max_length=40)
    department: str = Field(min_length=1)


class NewPasswordOut(Schema):
    """Somebody with a password drawn by lot, to be changed at the next sign-in."""

    person: PersonOut
    password: str = Field(
        description="Given out once: a repeat under the same Idempotency-Key has it empty."
    )


class CompetencesIn(Schema):
    """All that a person is qualified for; what is left out is taken away."""

    competences: list[str] = Field(max_length=100)


class AppointmentIn(Schema):
    """The post to appoint somebody to, by id."""

    post: int


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
    last_used_at: dt.datetime | None
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
