"""Who called what."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from heli.exchange.models import (
    Access,
    Grant,
    Resource,
)
from heli.exchange.models.overrides import EMERGENCY
from heli.exchange.selectors.catalogue import resource_title
from heli.exchange.selectors.served import served_words
from heli.exchange.words import denial_words, spoken
from heli.organisation import selectors as organisation
from heli.organisation.selectors import DepartmentCard


@dataclass(frozen=True, slots=True)
class AccessRow:
    """One call as a list shows it.

    Attributes:
        serves: The project or duty that it served, where that was no matter.
        rows: How many records left.
        refusal: Names a denied call of the reader's own department, who may object to it.
    """

    key: str
    at: dt.datetime
    consumer: DepartmentCard | None
    source: DepartmentCard | None
    resource: str
    title: str
    purpose: str
    legal_basis: str
    matter: str
    serves: str
    answered: bool
    rows: int
    state: tuple[str, str]
    reason: str
    fields: str
    receipt_url: str
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class Use:
    """One use of data in a matter, as its applicant sees it.

    Attributes:
        fields: Titles of the released fields in the reader's language.
        found: Whether the register had a record.
    """

    at: dt.datetime
    consumer: DepartmentCard
    source: DepartmentCard
    title: str
    purpose: str
    legal_basis: str
    fields: tuple[str, ...]
    found: bool
    fact_id: uuid.UUID
    receipt_url: str


def accesses(
    *, source: str = "", consumer: str = "", matter: str = "", answered: bool | None = None
) -> QuerySet[Access]:
    """Calls, the newest first.

    Args:
        source: Only to resources of this department.
        consumer: Only by this department.
        matter: Only for this matter.
        answered: Only answered, or only denied ones.
    """
    rows = Access.objects.select_related("resource", "grant")
    if source:
        rows = rows.filter(resource__department=source)
    if consumer:
        rows = rows.filter(consumer=consumer)
    if matter:
        rows = rows.filter(matter=matter)
    if answered is not None:
        rows = rows.filter(reason="") if answered else rows.exclude(reason="")
    return rows


def access_rows(
    rows: Sequence[Access] | QuerySet[Access], *, watching: bool = False
) -> list[AccessRow]:
    """Calls in words, in the order given; with the true reasons for who watches over them."""
    found = list(rows)
    words = _Words.of(found)
    return [_access_row(row, words, watching) for row in found]


@dataclass(frozen=True, slots=True)
class _Words:
    """What a page of calls needs to be told in words, read in bulk."""

    departments: dict[str, DepartmentCard]
    titles: dict[int, dict[str, str]]
    purposes: dict[tuple[int, str], str]
    served: dict[tuple[str, str], str]

    @classmethod
    def of(cls, rows: Sequence[Access]) -> "_Words":
        resources = {row.resource.pk: row.resource for row in rows if row.resource}
        grants = Grant.objects.filter(resource__in=resources)
        return cls(
            departments=organisation.departments(),
            titles={key: _field_titles(resource) for key, resource in resources.items()},
            purposes={
                (grant.resource_id, grant.purpose): spoken(grant.purpose_zh, grant.purpose_en)
                for grant in grants
            },
            served=served_words((row.consumer, row.serves) for row in rows),
        )


def _field_titles(resource: Resource) -> dict[str, str]:
    fields = resource.parsed_contract.fields
    return {field.name: spoken(field.title_zh, field.title_en) for field in fields}


def _access_row(row: Access, words: _Words, watching: bool) -> AccessRow:
    answered = not row.reason
    key = row.resource_id or 0
    titles = words.titles.get(key, {})
    return AccessRow(
        key=str(row.fact_id),
        at=row.at,
        consumer=words.departments.get(row.consumer),
        source=words.departments.get(row.address.partition("/")[0]),
        resource=row.address,
        title=resource_title(row.resource) if row.resource else row.address,
        purpose=_purpose(row, words),
        legal_basis=row.grant.legal_basis if row.grant else "",
        matter=row.matter,
        serves=words.served[row.consumer, row.serves],
        answered=answered,
        rows=row.rows,
        state=("done", pgettext("exchange", "Answered")) if answered else ("brand", _("Denied")),
        reason=denial_words(row.why_denied(watching=watching)) if row.reason else "",
        fields=_(", ").join(titles.get(name, name) for name in row.fields),
        receipt_url=receipt_url(row.fact_id),
    )


def _purpose(row: Access, words: _Words) -> str:
    if row.purpose == EMERGENCY:
        return _("Emergency access")
    return words.purposes.get((row.resource_id or 0, row.purpose), row.purpose)


def had_accesses(matter_code: str) -> bool:
    """Whether data was asked for in a matter, with success or without."""
    return Access.objects.filter(matter=matter_code).exists()


def count_answers(matter_code: str) -> int:
    """How many look-ups were answered in a matter."""
    return accesses(matter=matter_code, answered=True).count()


def uses_of_matter(matter_code: str) -> list[Use]:
    """Which data was used in a matter, the newest first; denials are not among them."""
    uses = []
    for row in accesses(matter=matter_code, answered=True):
        resource, grant = row.resource, row.grant
        if resource is None or grant is None:
            continue
        titles = _field_titles(resource)
        uses.append(
            Use(
                at=row.at,
                consumer=organisation.department(row.consumer),
                source=organisation.department(resource.department_id),
                title=resource_title(resource),
                purpose=spoken(grant.purpose_zh, grant.purpose_en),
                legal_basis=grant.legal_basis,
                fields=tuple(titles.get(name, name) for name in row.fields),
                found=row.rows > 0,
                fact_id=row.fact_id,
                receipt_url=receipt_url(row.fact_id),
            )
        )
    return uses


def receipt_url(fact_id: uuid.UUID) -> str:
    """Where the receipt of a fact is shown; empty where the ledger has no such page."""
    try:
        return reverse("ledger:receipt", args=[fact_id])
    except NoReverseMatch:
        return ""
