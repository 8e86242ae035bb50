"""Every question about the catalogue, the grants and the accesses."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from heli.engines.contracts import Contract, PolicyError, Sensitivity, explain, parse_policy
from heli.errors import NotFoundError
from heli.exchange.errors import UnknownResourceError
from heli.exchange.models import (
    SENSITIVITY_LABELS,
    Access,
    Grant,
    Resource,
    SharingClass,
    UpdateCycle,
)
from heli.exchange.words import allowed_words, denial_words, spoken, type_words, value_words
from heli.kernel import clock
from heli.organisation import selectors as organisation
from heli.organisation.selectors import DepartmentCard

__all__ = [
    "AccessRow",
    "FieldRow",
    "GrantView",
    "Resource",
    "SharingClass",
    "UpdateCycle",
    "Use",
    "access_rows",
    "accesses",
    "catalogue",
    "denial_words",
    "field_rows",
    "find_resource",
    "grant_by_id",
    "grant_views",
    "grants",
    "had_accesses",
    "holds_grant",
    "receipt_url",
    "resource_by_address",
    "resource_title",
    "resource_titles",
    "uses_of_matter",
    "value_words",
]


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A field of a contract as a page shows it."""

    name: str
    title: str
    type: str
    semantic: str
    standard: str
    sensitivity: str
    level: int
    required: bool
    subject: bool
    allowed: str


@dataclass(frozen=True, slots=True)
class GrantView:
    """A grant in words.

    Attributes:
        state: ``brand`` while valid, ``done`` when revoked or expired.
        sentences: What its holder sees, one sentence for each field.
    """

    id: str
    resource: Resource
    consumer: DepartmentCard
    purpose: str
    purpose_text: str
    legal_basis: str
    expires_at: dt.datetime
    granted_at: dt.datetime
    revoked_at: dt.datetime | None
    revoked_because: str
    state: str
    state_label: str
    sentences: tuple[str, ...]
    fields: tuple[str, ...]
    url: str


@dataclass(frozen=True, slots=True)
class AccessRow:
    """One call as a list shows it."""

    key: str
    at: dt.datetime
    consumer: DepartmentCard | None
    source: DepartmentCard | None
    resource: str
    title: str
    purpose: str
    legal_basis: str
    matter: str
    answered: bool
    state: tuple[str, str]
    reason: str
    fields: str
    receipt_url: str


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


def catalogue(
    *, text: str = "", department: str = "", sharing: str = "", subject_type: str = ""
) -> QuerySet[Resource]:
    """Resources on offer, each with the number of its valid grants as ``valid_grants``."""
    now = clock.now()
    rows = Resource.objects.filter(withdrawn_at=None).annotate(
        valid_grants=Count("grants", filter=Q(grants__revoked_at=None, grants__expires_at__gt=now))
    )
    if text:
        rows = rows.filter(
            Q(title_zh__icontains=text) | Q(title_en__icontains=text) | Q(name__icontains=text)
        )
    chosen = {"department": department, "sharing": sharing, "subject_type": subject_type}
    return rows.filter(**{key: value for key, value in chosen.items() if value})


def find_resource(address: str) -> Resource | None:
    """The resource at an address, ``None`` if the catalogue has none."""
    department, _slash, name = address.partition("/")
    return Resource.objects.filter(department=department, name=name, withdrawn_at=None).first()


def resource_by_address(address: str) -> Resource:
    """The resource at an address.

    Raises:
        UnknownResourceError: There is none.
    """
    found = find_resource(address)
    if found is None:
        raise UnknownResourceError(resource=address)
    return found


def resource_title(resource: Resource) -> str:
    """The title in the reader's language."""
    return spoken(resource.title_zh, resource.title_en)


def resource_titles() -> dict[str, tuple[str, str]]:
    """Chinese and English titles of all resources, also withdrawn ones, by address."""
    rows = Resource.objects.values_list("department_id", "name", "title_zh", "title_en")
    return {f"{department}/{name}": (zh, en) for department, name, zh, en in rows}


def field_rows(contract: Contract) -> list[FieldRow]:
    """The fields of a contract in words."""
    return [
        FieldRow(
            name=field.name,
            title=spoken(field.title_zh, field.title_en),
            type=type_words(field.type),
            semantic=spoken(kind.title_zh, kind.title_en) if kind else "",
            standard=kind.standard if kind else "",
            sensitivity=str(SENSITIVITY_LABELS[field.sensitivity]),
            level=int(field.sensitivity),
            required=field.required,
            subject=field.subject,
            allowed=allowed_words(field),
        )
        for field in contract.fields
        for kind in [field.semantic_type]
    ]


def sensitivity_label(level: int) -> str:
    """A sensitivity level in words."""
    return str(SENSITIVITY_LABELS[Sensitivity(level)])


def grants(*, resource: Resource | None = None, consumer: str = "") -> QuerySet[Grant]:
    """Grants, the newest first."""
    rows = Grant.objects.select_related("resource")
    if resource is not None:
        rows = rows.filter(resource=resource)
    return rows.filter(consumer=consumer) if consumer else rows


def holds_grant(resource: Resource, consumer: str, purpose: str) -> bool:
    """Whether a grant for this consumer and purpose stands."""
    return resource.grants.filter(consumer=consumer, purpose=purpose, revoked_at=None).exists()


def grant_by_id(grant_id: uuid.UUID) -> Grant:
    """One grant with its resource.

    Raises:
        NotFoundError: There is none.
    """
    found = grants().filter(pk=grant_id).first()
    if found is None:
        raise NotFoundError(what=str(grant_id))
    return found


def grant_views(rows: Sequence[Grant] | QuerySet[Grant]) -> list[GrantView]:
    """Grants in words, in the order given."""
    return [_grant_view(row) for row in rows]


def _grant_view(row: Grant) -> GrantView:
    state, label = _grant_state(row)
    return GrantView(
        id=str(row.pk),
        resource=row.resource,
        consumer=organisation.department(row.consumer_id),
        purpose=row.purpose,
        purpose_text=spoken(row.purpose_zh, row.purpose_en),
        legal_basis=row.legal_basis,
        expires_at=row.expires_at,
        granted_at=row.granted_at,
        revoked_at=row.revoked_at,
        revoked_because=row.revoked_because,
        state=state,
        state_label=label,
        sentences=policy_words(row.resource.parsed_contract, row.policy),
        fields=tuple(str(rule.get("field", "")) for rule in row.policy.get("fields", ())),
        url=reverse("exchange:grant", args=[row.pk]),
    )


def _grant_state(row: Grant) -> tuple[str, str]:
    if row.revoked_at:
        return "done", _("Revoked")
    if row.expires_at <= clock.now():
        return "done", _("Expired")
    return "brand", _("Valid")


def policy_words(contract: Contract, document: dict[str, Any]) -> tuple[str, ...]:
    """What a policy lets its holder see, in the reader's language; empty if it does not fit."""
    try:
        policy = parse_policy(contract, document)
    except PolicyError:
        return ()
    return tuple(
        _(sentence.message).format(
            title=spoken(sentence.figures["title_zh"], sentence.figures["title_en"]),
            **{k: v for k, v in sentence.figures.items() if not k.startswith("title")},
        )
        for sentence in explain(contract, policy)
    )


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
        purpose=words.purposes.get((key, row.purpose), row.purpose),
        legal_basis=row.grant.legal_basis if row.grant else "",
        matter=row.matter,
        answered=answered,
        state=("done", pgettext("exchange", "Answered")) if answered else ("brand", _("Denied")),
        reason=denial_words(row.why_denied(watching=watching)) if row.reason else "",
        fields=_(", ").join(titles.get(name, name) for name in row.fields),
        receipt_url=receipt_url(row.fact_id),
    )


def had_accesses(matter_code: str) -> bool:
    """Whether data was asked for in a matter, with success or without."""
    return Access.objects.filter(matter=matter_code).exists()


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
