"""What the catalogue holds."""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from heli.engines.contracts import Contract, Sensitivity
from heli.exchange.errors import UnknownResourceError
from heli.exchange.models import (
    SENSITIVITY_LABELS,
    Resource,
)
from heli.exchange.selectors.facets import search_words
from heli.exchange.words import allowed_words, spoken, type_words
from heli.kernel import clock


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


def catalogue(
    *, text: str = "", department: str = "", sharing: str = "", subject_type: str = ""
) -> QuerySet[Resource]:
    """Resources on offer, each with the number of its valid grants as ``valid_grants``."""
    now = clock.now()
    rows = search_words(Resource.objects.filter(withdrawn_at=None), text)
    rows = rows.annotate(
        valid_grants=Count("grants", filter=Q(grants__revoked_at=None, grants__expires_at__gt=now))
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
