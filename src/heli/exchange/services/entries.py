"""Describing resources as the catalogue of a government does."""

import re
from collections.abc import Mapping, Sequence

from django.db import transaction
from django.db.models import Max

from heli.errors import BadInputError, gettext_noop
from heli.exchange import errors
from heli.exchange.compiled import touch
from heli.exchange.errors_applications import CategoryError
from heli.exchange.facts_catalogue import CategoryRegistered, ResourceDescribed
from heli.exchange.models import (
    Category,
    Entry,
    Format,
    Openness,
    Provision,
    Resource,
    SharingClass,
)
from heli.exchange.services.elements import claim
from heli.exchange.services.provisions import binding
from heli.kernel import clock
from heli.kernel.actor import Actor
from heli.ledger import services as ledger
from heli.organisation import selectors as organisation

LEVELS = (1, 3, 6)
"""Digits of a class, an item and a subject; a detail has more."""
_CODE = re.compile(r"[0-9]{1}|[0-9]{3}|[0-9]{6,20}")
FORMATS = {
    "csv": Format.TEXT,
    "json": Format.TEXT,
    "excel": Format.TABLE,
    "parquet": Format.COLUMNAR,
    "http": Format.API,
}


@transaction.atomic
def register_category(*, actor: Actor, code: str, title_zh: str, title_en: str = "") -> Category:
    """Set up a place in the classification, or rename it.

    Raises:
        CategoryError: The code does not fit, or the category above it is missing.
    """
    above = parent_code(code)
    if _CODE.fullmatch(code) is None or (above and not Category.objects.filter(pk=above).exists()):
        raise CategoryError(field="code", given=code)
    row, _ = Category.objects.update_or_create(
        code=code, defaults={"title_zh": title_zh, "title_en": title_en}
    )
    ledger.record(
        CategoryRegistered(category=code, title=title_zh),
        actor=actor,
        department=actor.department,
        subject=f"exchange.category:{code}",
    )
    return row


def parent_code(code: str) -> str:
    """Code of the category above; empty for a class."""
    return code[: max((level for level in LEVELS if level < len(code)), default=0)]


@transaction.atomic
def describe(
    resource: Resource,
    *,
    actor: Actor,
    category: str,
    summary_zh: str,
    summary_en: str = "",
    openness: Openness,
    sharing: SharingClass | None = None,
    ground: str = "",
    condition_zh: str = "",
    condition_en: str = "",
    related: Sequence[str] = (),
    elements: Mapping[str, str] | None = None,
) -> Entry:
    """Say what the catalogue shall say about a resource.

    Args:
        resource: Which.
        actor: Who describes it.
        category: Code of its category.
        summary_zh: What it holds, in a few sentences.
        summary_en: The same in English.
        openness: Whether the public may have it.
        sharing: Its sharing class; the present one where ``None``.
        ground: Short name of the provision that the sharing class rests on.
        condition_zh: On what condition it is shared; needed where it is on condition.
        condition_en: The same in English.
        related: Addresses of related resources.
        elements: Fields by the data element whose source they claim to be.

    Raises:
        CategoryError: There is no such category.
        GroundError: It is not shared, or a ground is named, and none that binds.
        BadInputError: The condition is missing, or an address is of no resource.
    """
    sharing = sharing or SharingClass(resource.sharing)
    place = Category.objects.filter(pk=category).first()
    if place is None:
        raise CategoryError(field="category", given=category)
    needed = sharing == SharingClass.NOT_SHARED or bool(ground)
    basis = binding(ground) if needed else None
    if sharing == SharingClass.CONDITIONAL and not condition_zh.strip():
        raise BadInputError(field="condition_zh", reason=gettext_noop("the condition is missing"))
    _check_related(resource, related)
    if sharing != resource.sharing:
        resource.sharing = sharing
        resource.save(update_fields=["sharing"])
        touch()
    entry = _saved(
        resource,
        place,
        basis,
        summary_zh=summary_zh.strip(),
        summary_en=summary_en.strip(),
        openness=openness,
        condition_zh=condition_zh.strip(),
        condition_en=condition_en.strip(),
        related=list(related),
    )
    for element, field in (elements or {}).items():
        claim(resource, field, element=element, actor=actor)
    ledger.record(
        ResourceDescribed(
            resource=resource.address,
            code=entry.code,
            sharing=sharing,
            openness=openness,
            ground=basis.pk if basis else "",
        ),
        actor=actor,
        department=resource.department_id,
        subject=f"exchange.resource:{resource.address}",
    )
    return entry


def _check_related(resource: Resource, related: Sequence[str]) -> None:
    for address in related:
        department, _slash, name = address.partition("/")
        found = Resource.objects.filter(department=department, name=name, withdrawn_at=None)
        if address == resource.address or not found.exists():
            raise errors.UnknownResourceError(field="related", resource=address)


def _saved(resource: Resource, place: Category, basis: Provision | None, **values: object) -> Entry:
    present = Entry.objects.filter(resource=resource).first()
    keeps = present is not None and present.category_id == place.pk
    code = present.code if present and keeps else _next_code(place.pk)
    first = present.first_published_on if present else clock.today()
    entry = Entry(
        resource=resource,
        category=place,
        code=code,
        ground=basis,
        format=FORMATS.get(resource.connector, Format.DATABASE),
        first_published_on=first,
        **values,
    )
    entry.words = _words(entry)
    entry.save(force_insert=present is None, force_update=present is not None)
    return entry


def _next_code(category: str) -> str:
    """The category's code and the next running number in it, six digits."""
    last = Entry.objects.filter(code__startswith=f"{category}/").aggregate(last=Max("code"))["last"]
    return f"{category}/{int(last.rpartition('/')[2]) + 1 if last else 1:06d}"


def _words(entry: Entry) -> str:
    """All that the search looks through."""
    resource = entry.resource
    contract = resource.parsed_contract
    card = organisation.department(resource.department_id)
    parts = [resource.title_zh, resource.title_en, resource.address, entry.code, card.name_zh,
             card.name_en, entry.summary_zh, entry.summary_en, entry.category.title_zh,
             entry.category.title_en, contract.purpose]  # fmt: skip
    for field in contract.fields:
        parts += [field.name, field.title_zh, field.title_en]
    return "\n".join(parts).lower()


def refresh_words(resource: Resource) -> None:
    """Let the search find what a new version of the contract says."""
    entry = Entry.objects.select_related("resource", "category").filter(resource=resource).first()
    if entry is not None:
        entry.resource = resource
        entry.words = _words(entry)
        entry.format = FORMATS.get(resource.connector, Format.DATABASE)
        entry.save(update_fields=["words", "format"])
