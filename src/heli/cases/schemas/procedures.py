"""Procedures over REST."""

import datetime as dt
from typing import Any

from ninja import Schema
from pydantic import Field

from heli.cases.forms_schema import Field as FormField
from heli.cases.models import (
    Procedure,
)


class ProcedureOut(Schema):
    """A procedure that matters can be filed for."""

    key: str
    version: int
    name: str
    name_zh: str
    name_en: str
    summary: str
    first_receiver: str
    published_at: dt.datetime

    @classmethod
    def of(cls, row: Procedure) -> "ProcedureOut":
        """From a row."""
        return cls(
            key=row.key,
            version=row.version,
            name=row.name,
            name_zh=row.name_zh,
            name_en=row.name_en,
            summary=row.summary,
            first_receiver=row.first_receiver_id,
            published_at=row.published_at,
        )


class FieldOut(Schema):
    """A question of a form; one with a ``source`` is filled from the exchange where possible."""

    key: str
    type: str
    label: str
    hint: str
    optional: bool
    subject: str | None
    semantic: str
    unit: str
    choices: list[dict[str, str]]
    source: str | None

    @classmethod
    def of(cls, item: FormField) -> "FieldOut":
        """From a form's field."""
        return cls(
            key=item.key,
            type=item.type,
            label=item.label,
            hint=item.hint,
            optional=item.optional or item.account,
            subject=item.subject,
            semantic=item.semantic,
            unit=item.unit,
            choices=[{"value": c.value, "label": c.label} for c in item.choices],
            source=item.source.address if item.source else None,
        )


class SectionOut(Schema):
    """Questions that belong together."""

    key: str
    label: str
    fields: list[FieldOut]


class ProcedureDetailOut(ProcedureOut):
    """A procedure with its form and its BPMN model."""

    sections: list[SectionOut]
    xml: str


class ProcedureIn(Schema):
    """A version to publish."""

    key: str = Field(max_length=60, pattern=r"^[-a-z0-9]+$")
    name_zh: str = Field(min_length=1, max_length=120)
    name_en: str = Field(default="", max_length=160)
    summary_zh: str = ""
    summary_en: str = ""
    first_receiver: str = ""
    xml: str
    form: dict[str, Any]
