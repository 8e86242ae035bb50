"""What the REST interface of digital projects takes and gives."""

import datetime as dt
from typing import Any
from uuid import UUID

from ninja import Field, Schema


class ProjectIn(Schema):
    """A project to register, for the caller's department."""

    code: str = Field(max_length=30)
    title_zh: str = Field(min_length=1, max_length=120)
    title_en: str = Field("", max_length=160)
    summary: str = Field(min_length=1, max_length=2000)
    needs: list[str] = Field(default_factory=list, max_length=50)


class InterfaceIn(Schema):
    """An interface to declare: its contract and where it is served."""

    contract: dict[str, Any]
    url: str = Field(max_length=300)
    key: str = Field("", max_length=500, description="Bearer token for the test; never shown")


class ReasonIn(Schema):
    """Why."""

    reason: str = Field(min_length=1, max_length=500)


class DecisionIn(Schema):
    """What is decided at the gate that the project meets next."""

    passed: bool
    reason: str = Field(min_length=1, max_length=500)


class ExemptionIn(Schema):
    """An exception from the gate."""

    ground: str = Field(min_length=1, max_length=500)
    legal_basis: str = Field(min_length=1, max_length=300)
    last_day: dt.date


class InterfaceOut(Schema):
    """An interface and how it stands before the gate."""

    name: str
    title_zh: str
    title_en: str
    version: str
    contract_hash: str
    url: str
    declared_at: dt.datetime
    part: str = Field(description="conforms, excepted, untested, outdated, fails or expired")
    tested_at: dt.datetime | None
    excepted_until: dt.datetime | None


class DecisionOut(Schema):
    """What was decided."""

    gate: str
    passed: bool
    reason: str
    run: UUID | None
    decided_at: dt.datetime
    department: str


class ProjectOut(Schema):
    """A digital project."""

    code: str
    department: str
    title_zh: str
    title_en: str
    stage: str
    stage_since: dt.datetime
    registered_at: dt.datetime
    needs: list[str]


class ProjectDetail(ProjectOut):
    """A project with its interfaces before the gate that it meets next."""

    summary: str
    gate: str | None
    gate_open: bool
    shut_again_by: list[str] = Field(description="Interfaces whose exceptions have run out")
    interfaces: list[InterfaceOut]
    decisions: list[DecisionOut]


class ResultOut(Schema):
    """What a run found at one interface."""

    interface: str
    passed: bool
    digest: str
    report: dict[str, Any]


class RunOut(Schema):
    """A test of all interfaces of a project."""

    id: UUID
    gate: str
    state: str
    asked_at: dt.datetime
    finished_at: dt.datetime | None
    step: str
    done: int
    total: int
    passed: bool | None
    evidence_hash: str


class RunDetail(RunOut):
    """A run with what it found."""

    results: list[ResultOut]


class ExemptionOut(Schema):
    """An exception from the gate."""

    interface: str
    ground: str
    legal_basis: str
    granted_at: dt.datetime
    department: str
    expires_at: dt.datetime
    ended_at: dt.datetime | None
