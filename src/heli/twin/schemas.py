"""What the REST interface of the twin takes and gives."""

import datetime as dt
from typing import Any
from uuid import UUID

from ninja import Field, Schema


class SourceOut(Schema):
    """Data of the exchange that a version was built from."""

    part: str
    resource: str
    grant: str
    fact: UUID
    rows: int
    response_hash: str
    read_at: dt.datetime


class VersionOut(Schema):
    """A state of a city's data."""

    number: int
    digest: str = Field(description="SHA-256 of its content; scenarios name it")
    zones: int
    links: int
    note: str
    built_at: dt.datetime
    department: str


class VersionDetail(VersionOut):
    """A version with its origin and its fit."""

    fit: dict[str, Any]
    sources: list[SourceOut]
    assumptions: list[dict[str, Any]]


class ModelOut(Schema):
    """A city that is modelled."""

    name: str
    title_zh: str
    title_en: str
    department: str
    versions: list[VersionOut]


class BuildIn(Schema):
    """A version to build."""

    note: str = Field("", max_length=500)
    recipe: dict[str, Any] | None = Field(
        None, description="What comes from where; null for the recipe that was used last"
    )


class BuildOut(Schema):
    """A version that was asked for, and how far it is."""

    id: UUID
    state: str
    step: str
    done: int
    total: int
    version: int | None
    fault: dict[str, Any]
    note: str
    asked_at: dt.datetime
    department: str


class ScenarioIn(Schema):
    """A scenario to save."""

    document: dict[str, Any] = Field(description="In the form of `heli twin schema`")
    opened: int | None = Field(None, description="Revision that was changed; null for a new one")


class ScenarioOut(Schema):
    """A policy to try."""

    model: str
    name: str
    title_zh: str
    title_en: str
    revision: int
    digest: str
    department: str
    saved_at: dt.datetime
    document: dict[str, Any]


class RunIn(Schema):
    """Scenarios to be compared with the city as it is."""

    model: str = Field(max_length=40)
    version: int | None = Field(None, description="The newest without a number")
    options: list[str] = Field(description="Names of one to six scenarios")
    draws: int = Field(0, description="Size of the ensemble, 8 … 1024; 0 for none")
    by: list[str] = Field(
        default_factory=list, max_length=20, description="Figures to rank by, NAME or NAME@PLACE"
    )
    note: str = Field("", max_length=500)


class OptionOut(Schema):
    """A scenario as it was when the run was asked for."""

    name: str
    title: dict[str, str]
    revision: int
    digest: str


class RunOut(Schema):
    """A comparison of scenarios."""

    code: str
    model: str
    version: int
    version_digest: str
    options: list[OptionOut]
    draws: int
    by: list[str]
    note: str
    state: str = Field(description="waiting, running, done, failed or cancelled")
    step: str
    done: int
    total: int
    asked_at: dt.datetime
    finished_at: dt.datetime | None
    department: str
    fault: dict[str, Any] = Field(description="Code, message and remedy of what made it fail")
    result_hash: str = Field(description="SHA-256 of the result's bytes")
    fact: UUID | None = Field(description="The fact that proves the result")


class CiteIn(Schema):
    """A matter that is to refer to a run."""

    matter: str = Field(max_length=20)
    note: str = Field("", max_length=500)


class CitationOut(Schema):
    """A matter refers to a run."""

    run: str
    matter: str
    note: str
    cited_at: dt.datetime
    department: str
    fact: UUID
