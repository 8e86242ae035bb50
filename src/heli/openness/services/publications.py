"""Opening a resource to everybody, changing what is open of it, and closing it again."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import validate_email, validate_slug
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from heli.errors import BadInputError, gettext_noop
from heli.exchange.selectors import Entry, Openness, Resource, UpdateCycle
from heli.kernel import clock
from heli.kernel.actor import Actor
from heli.kernel.home import folder
from heli.ledger import services as ledger
from heli.openness import errors, facts
from heli.openness.licences import LICENCES, OTHER
from heli.openness.models import Publication, Theme
from heli.openness.rules import Opening, parse_opening


@dataclass(frozen=True, slots=True)
class Terms:
    """Under what name, licence and contact a dataset is open.

    Attributes:
        contact_email: One of mail and telephone is needed.
    """

    title_zh: str
    description_zh: str
    theme: str
    licence: str
    update_cycle: str
    contact_name: str
    legal_basis: str
    title_en: str = ""
    description_en: str = ""
    keywords: tuple[str, ...] = field(default=())
    licence_name: str = ""
    licence_url: str = ""
    contact_email: str = ""
    contact_phone: str = ""


@transaction.atomic
def publish(
    *,
    actor: Actor,
    resource: Resource,
    slug: str,
    kind: str,
    rules: Mapping[str, Any],
    terms: Terms,
) -> Publication:
    """Open a resource, or counts of it; the worker makes the files within seconds.

    Args:
        actor: Who decides, for the source department.
        resource: What is opened.
        slug: Its address below ``/open/``.
        kind: ``records`` or ``statistics``.
        rules: Which fields leave and how; see :func:`heli.openness.rules.parse_opening`.
        terms: Name, licence, contact.

    Raises:
        OpeningRefusedError: A field may not leave like this.
        BadInputError: A term is missing or wrong; the field says which.
        AddressTakenError: Another dataset has or had the address.
        OpenAlreadyError: The resource is open in this way already.
    """
    opening = _checked(resource, kind, rules, terms)
    _check_slug(slug)
    open_now = Publication.objects.filter(resource=resource, kind=kind, withdrawn_at=None).first()
    if open_now is not None:
        raise errors.OpenAlreadyError(
            resource=resource.address, kind=open_now.get_kind_display(), slug=open_now.slug
        )
    now = clock.now()
    row = Publication(
        resource=resource,
        department_id=resource.department_id,
        slug=slug,
        kind=kind,
        published_at=now,
        changed_at=now,
        due_at=now,
        decided_by=str(actor),
    )
    _fill(row, resource, opening, rules, terms)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise errors.AddressTakenError(field="slug", slug=slug) from None
    _record(facts.DatasetPublished, row, opening, actor)
    return row


@transaction.atomic
def change(
    row: Publication, *, actor: Actor, rules: Mapping[str, Any], terms: Terms
) -> Publication:
    """Replace the decision about an open dataset; new files follow, the old ones go at once.

    Raises:
        OpeningRefusedError: A field may not leave like this.
        BadInputError: A term is missing or wrong.
        UnknownDatasetError: It was closed meanwhile.
    """
    row = _locked(row)
    opening = _checked(row.resource, row.kind, rules, terms)
    other_rules = row.rules != dict(rules)
    _fill(row, row.resource, opening, rules, terms)
    row.version += 1
    row.changed_at = row.due_at = clock.now()
    row.decided_by = str(actor)
    row.save()
    if other_rules:
        # What was open under the old rules may be what the new ones mean to keep back.
        _take_back(row)
    _record(facts.DatasetChanged, row, opening, actor)
    return row


@transaction.atomic
def withdraw(row: Publication, *, actor: Actor, reason: str) -> Publication:
    """Close a dataset: page, files and catalogue entry are gone from this moment.

    Raises:
        UnknownDatasetError: It is closed already.
        BadInputError: No reason is given.
    """
    if not reason.strip():
        raise BadInputError(field="reason", reason=gettext_noop("a reason is required"))
    row = _locked(row)
    row.withdrawn_at = clock.now()
    row.withdrawn_because = reason.strip()[:300]
    row.due_at = None
    row.save()
    _take_back(row)
    ledger.record(
        facts.DatasetWithdrawn(
            dataset=row.slug, resource=row.resource.address, reason=row.withdrawn_because
        ),
        actor=actor,
        department=row.department_id,
        subject=f"openness.dataset:{row.slug}",
    )
    return row


def _take_back(row: Publication) -> None:
    """Forget what was given out; the files go when the decision stands."""
    row.editions.update(files={}, preview=[], profile={})
    place = folder("open") / str(row.pk)
    transaction.on_commit(lambda: shutil.rmtree(place, ignore_errors=True))


def _locked(row: Publication) -> Publication:
    found = (
        Publication.objects.select_for_update(of=("self",))
        .select_related("resource")
        .filter(pk=row.pk, withdrawn_at=None)
        .first()
    )
    if found is None:
        raise errors.UnknownDatasetError(slug=row.slug)
    return found


def _checked(resource: Resource, kind: str, rules: Mapping[str, Any], terms: Terms) -> Opening:
    if kind not in Publication.Kind.values:
        raise BadInputError(field="kind", reason=gettext_noop("use records or statistics"))
    if resource.withdrawn_at is not None:
        raise errors.OpeningRefusedError(
            name=resource.address, reason=gettext_noop("the resource left the catalogue")
        )
    if kind == Publication.Kind.RECORDS and _closed(resource):
        raise errors.OpeningRefusedError(
            name=resource.address,
            reason=gettext_noop("the catalogue calls it not open to the public"),
        )
    _check_terms(terms)
    return parse_opening(resource.parsed_contract, kind, rules)


def _closed(resource: Resource) -> bool:
    """Whether the catalogue says that the public may not have the resource."""
    entry = Entry.objects.filter(resource=resource).first()
    return entry is not None and entry.openness == Openness.CLOSED


def _check_slug(slug: str) -> None:
    try:
        validate_slug(slug)
    except ValidationError:
        raise BadInputError(
            field="slug", reason=gettext_noop("use letters, digits and hyphens")
        ) from None
    if slug in RESERVED or len(slug) > 80:
        raise errors.AddressTakenError(field="slug", slug=slug[:80])


RESERVED = frozenset({"catalog", "feed", "about", "objections", "request"})
"""Addresses below ``/open/`` that are pages of their own."""

_NEEDED = ("title_zh", "description_zh", "contact_name", "legal_basis")
_LONGEST = {"title_zh": 120, "title_en": 160, "description_zh": 4000, "description_en": 4000,
            "contact_name": 120, "contact_phone": 40, "legal_basis": 300, "licence_name": 120,
            "licence_url": 200}  # fmt: skip


def _check_terms(terms: Terms) -> None:
    for name in _NEEDED:
        if not getattr(terms, name).strip():
            raise BadInputError(field=name, reason=gettext_noop("it is missing"))
    for name, most in _LONGEST.items():
        if len(getattr(terms, name)) > most:
            reason = _("it is over {limit} characters").format(limit=most)
            raise BadInputError(field=name, reason=reason)
    if terms.theme not in Theme.values:
        raise BadInputError(field="theme", reason=gettext_noop("there is no such theme"))
    if terms.update_cycle not in UpdateCycle.values:
        raise BadInputError(field="update_cycle", reason=gettext_noop("there is no such cycle"))
    _check_licence(terms)
    _check_contact(terms)


def _check_licence(terms: Terms) -> None:
    if terms.licence in LICENCES:
        return
    if terms.licence != OTHER:
        raise BadInputError(field="licence", reason=gettext_noop("there is no such licence"))
    if not terms.licence_name.strip():
        raise BadInputError(field="licence_name", reason=gettext_noop("it is missing"))
    parts = urlsplit(terms.licence_url)
    if parts.scheme != "https" or not parts.netloc:
        raise BadInputError(
            field="licence_url", reason=gettext_noop("it must be an address with https://")
        )


def _check_contact(terms: Terms) -> None:
    if not (terms.contact_email or terms.contact_phone.strip()):
        raise BadInputError(
            field="contact_email", reason=gettext_noop("a mail address or a telephone is needed")
        )
    if terms.contact_email:
        try:
            validate_email(terms.contact_email)
        except ValidationError:
            raise BadInputError(
                field="contact_email", reason=gettext_noop("it is no mail address")
            ) from None


def _fill(
    row: Publication,
    resource: Resource,
    opening: Opening,
    rules: Mapping[str, Any],
    terms: Terms,
) -> None:
    for name in Terms.__dataclass_fields__:
        setattr(row, name, getattr(terms, name))
    row.keywords = [word.strip()[:40] for word in terms.keywords if word.strip()][:12]
    row.rules = dict(rules)
    row.contract_version = resource.contract_version
    row.trouble = ""
    titles = [f"{each.field.title_zh} {each.field.title_en}" for each in opening.fields]
    row.search_text = "\n".join(
        [row.title_zh, row.title_en, row.description_zh, row.description_en,
         *row.keywords, *titles]
    )  # fmt: skip


def _record(
    kind: type[facts.DatasetPublished] | type[facts.DatasetChanged],
    row: Publication,
    opening: Opening,
    actor: Actor,
) -> None:
    text = json.dumps(row.rules, sort_keys=True, separators=(",", ":"))
    ledger.record(
        kind(
            dataset=row.slug,
            resource=row.resource.address,
            kind=row.kind,
            version=row.version,
            fields=list(opening.source_columns),
            licence=row.licence,
            legal_basis=row.legal_basis,
            rules_hash=sha256(text.encode()).hexdigest(),
        ),
        actor=actor,
        department=row.department_id,
        subject=f"openness.dataset:{row.slug}",
    )
