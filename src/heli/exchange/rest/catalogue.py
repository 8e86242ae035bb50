"""REST: metadata of resources, facets of the search, the classification, legal provisions."""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status

from heli.exchange import errors, policy, selectors, services
from heli.exchange.errors_applications import NotDescribedError
from heli.exchange.models import (
    Category,
    LawKind,
    Openness,
    Provision,
    Resource,
    SharingClass,
)
from heli.exchange.rest.shapes import person_of
from heli.kernel import clock
from heli.kernel.permissions import STAFF, Role, audience, require
from heli.kernel.rest import idempotent

router = Router(tags=["exchange"])


class ChoiceOut(Schema):
    """One value of a facet and how many resources have it."""

    value: str
    label: str
    count: int


class FacetOut(Schema):
    """A property by which the catalogue is narrowed."""

    name: str
    label: str
    choices: list[ChoiceOut]


class CategoryOut(Schema):
    """A place in the classification."""

    code: str
    title_zh: str
    title_en: str


class CategoryIn(Schema):
    """What a category is called."""

    title_zh: str
    title_en: str = ""


class ProvisionOut(Schema):
    """An article of a legal text."""

    code: str
    kind: LawKind
    law_zh: str
    law_en: str
    number: str
    article: str
    says_zh: str
    says_en: str
    effective_on: dt.date
    repealed_on: dt.date | None
    in_force: bool


class ProvisionIn(Schema):
    """An article of a legal text, to be registered."""

    code: str
    kind: LawKind
    law_zh: str
    law_en: str = ""
    number: str = ""
    article: str
    says_zh: str
    says_en: str = ""
    effective_on: dt.date


class RepealIn(Schema):
    """The first day on which a provision does not bind any more."""

    repealed_on: dt.date


class ClaimOut(Schema):
    """A data element whose source the resource claims to be."""

    element: str
    field: str
    standing: str


class FieldQualityOut(Schema):
    """Shares of a field's values that are there, and that are valid."""

    name: str
    filled: float
    valid: float


class QualityOut(Schema):
    """Figures of the last reading; shares are 0 to 1."""

    rows: int
    partial: bool
    completeness: float
    validity: float
    uniqueness: float
    measured_at: dt.datetime
    changed_at: dt.datetime
    kept_up: bool
    fault: str
    fields: list[FieldQualityOut]


class EntryOut(Schema):
    """The catalogue's metadata of a resource."""

    resource: str
    code: str
    category: CategoryOut
    summary_zh: str
    summary_en: str
    format: str
    sharing: SharingClass
    condition_zh: str
    condition_en: str
    ground: str
    openness: Openness
    sensitivity: int
    update_cycle: str
    first_published_on: dt.date
    related: list[str]
    elements: list[ClaimOut]
    quality: QualityOut | None
    calls: int
    denials: int


class EntryIn(Schema):
    """What the catalogue shall say about a resource."""

    category: str
    summary_zh: str
    summary_en: str = ""
    openness: Openness
    sharing: SharingClass | None = None
    ground: str = ""
    condition_zh: str = ""
    condition_en: str = ""
    related: list[str] = []
    elements: dict[str, str] = {}


class SampleOut(Schema):
    """A few masked records: column names, and the values of each."""

    columns: list[str]
    rows: list[list[str]]


@router.get("/facets", response=list[FacetOut])
@audience(*STAFF, systems=True)
def list_facets(
    request: HttpRequest,
    *,
    q: str = "",
    category: str = "",
    department: str = "",
    sharing: str = "",
    openness: str = "",
    form: str = "",
    level: str = "",
    cycle: str = "",
) -> Any:
    """How many resources each value of each property has, given what is chosen in the others."""
    chosen = {"category": category, "department": department, "sharing": sharing,
              "openness": openness, "form": form, "level": level, "cycle": cycle}  # fmt: skip
    return [
        FacetOut(
            name=facet.name,
            label=str(facet.label),
            choices=[
                ChoiceOut(value=each.value, label=each.label, count=each.count)
                for each in facet.choices
            ],
        )
        for facet in selectors.facets(selectors.catalogue(text=q), chosen)
    ]


@router.get("/resources/{department}/{name}/entry", response=EntryOut)
@audience(*STAFF, systems=True)
def get_entry(request: HttpRequest, department: str, name: str) -> Any:
    """The catalogue's metadata of a resource, with quality and usage."""
    return _entry(selectors.resource_by_address(f"{department}/{name}"))


@router.put("/resources/{department}/{name}/entry", response=EntryOut)
@audience(Role.STEWARD)
@idempotent
def put_entry(request: HttpRequest, department: str, name: str, body: EntryIn) -> Any:
    """Describe a resource; a claim to be the source of an element may open a conflict."""
    row = selectors.resource_by_address(f"{department}/{name}")
    person = person_of(request)
    require(policy.may_publish(person, row.department_id))
    services.describe(row, actor=person.actor, **body.model_dump())
    return _entry(row)


@router.get("/resources/{department}/{name}/sample", response=SampleOut)
@audience(*STAFF)
def get_sample(request: HttpRequest, department: str, name: str) -> Any:
    """A few records, masked so that nobody is recognised; that they were shown is a fact."""
    row = selectors.resource_by_address(f"{department}/{name}")
    try:
        rows = services.show_sample(row, actor=person_of(request).actor)
    except OSError as error:
        raise errors.SourceUnavailableError(resource=row.address) from error
    return SampleOut(columns=list(row.parsed_contract.names), rows=rows)


@router.get("/categories", response=list[CategoryOut])
@audience(*STAFF, systems=True)
def list_categories(request: HttpRequest) -> Any:
    """The classification, in order."""
    return [_category(row) for row in selectors.categories()]


@router.put("/categories/{code}", response=CategoryOut)
@audience(Role.STEWARD)
@idempotent
def put_category(request: HttpRequest, code: str, body: CategoryIn) -> Any:
    """Set a category up, or rename it; for the data authority."""
    person = person_of(request)
    require(policy.is_authority(person))
    row = services.register_category(actor=person.actor, code=code, **body.model_dump())
    return _category(row)


@router.get("/provisions", response=list[ProvisionOut])
@audience(*STAFF)
def list_provisions(request: HttpRequest, in_force: bool = False) -> Any:
    """Registered provisions of law."""
    return [_provision(row) for row in selectors.provisions(in_force=in_force)]


@router.post("/provisions", response={201: ProvisionOut})
@audience(Role.STEWARD)
@idempotent
def register_provision(request: HttpRequest, body: ProvisionIn) -> Any:
    """Register an article of a legal text, so that grounds can refer to it."""
    person = person_of(request)
    require(policy.may_register_provision(person))
    row = services.register_provision(actor=person.actor, **body.model_dump())
    return Status(201, _provision(row))


@router.post("/provisions/{code}/repeal", response=ProvisionOut)
@audience(Role.STEWARD)
@idempotent
def repeal_provision(request: HttpRequest, code: str, body: RepealIn) -> Any:
    """Note when a provision ceases to bind; for the data authority."""
    person = person_of(request)
    require(policy.is_authority(person))
    row = services.repeal_provision(code, actor=person.actor, repealed_on=body.repealed_on)
    return _provision(row)


def _category(row: Category) -> CategoryOut:
    return CategoryOut(code=row.code, title_zh=row.title_zh, title_en=row.title_en)


def _provision(row: Provision) -> ProvisionOut:
    values = {name: getattr(row, name) for name in ProvisionOut.model_fields if name != "in_force"}
    return ProvisionOut(**values, in_force=row.in_force(clock.today()))


def _entry(resource: Resource) -> EntryOut:
    entry = selectors.entry_of(resource)
    if entry is None:
        raise NotDescribedError(resource=resource.address)
    used = selectors.usage(resource=resource)
    return EntryOut(
        resource=resource.address,
        code=entry.code,
        category=_category(entry.category),
        summary_zh=entry.summary_zh,
        summary_en=entry.summary_en,
        format=entry.format,
        sharing=SharingClass(resource.sharing),
        condition_zh=entry.condition_zh,
        condition_en=entry.condition_en,
        ground=entry.ground_id or "",
        openness=Openness(entry.openness),
        sensitivity=resource.sensitivity,
        update_cycle=resource.update_cycle,
        first_published_on=entry.first_published_on,
        related=entry.related,
        elements=[
            ClaimOut(element=claim.element_id, field=claim.field, standing=claim.standing)
            for claim in selectors.claims(resource)
        ],
        quality=_quality(resource),
        calls=used.calls,
        denials=used.denials,
    )


def _quality(resource: Resource) -> QualityOut | None:
    view = selectors.quality_view(resource)
    if view is None:
        return None
    return QualityOut(
        rows=view.rows,
        partial=view.partial,
        completeness=view.completeness,
        validity=view.validity,
        uniqueness=view.uniqueness,
        measured_at=view.measured_at,
        changed_at=view.changed_at,
        kept_up=view.state == "on_time",
        fault=view.fault,
        fields=[
            FieldQualityOut(name=each.name, filled=each.filled, valid=each.valid)
            for each in selectors.field_quality(resource)
        ],
    )
