"""Which extracts there are, and what became of them."""

import json
import uuid
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import pgettext

from heli.engines.contracts import Binding, PolicyError, parse_policy
from heli.errors import NotFoundError
from heli.exchange import policy
from heli.exchange.extracts import marks
from heli.exchange.models import Extract, Grant, PublicDuty
from heli.exchange.words import spoken
from heli.kernel import clock
from heli.kernel.permissions import Role, roles_of
from heli.ledger import selectors as ledger
from heli.organisation.selectors import Person

READERS = frozenset({Role.STEWARD, Role.HEAD})


def extracts_seen_by(person: object) -> QuerySet[Extract]:
    """Extracts that a person may see, the newest first."""
    rows = Extract.objects.select_related("resource", "grant")
    if policy.watches_all(person):
        return rows
    if not isinstance(person, Person):
        return rows.none()
    seen = Q(actor=str(person.actor))
    if roles_of(person) & READERS and person.department_id:
        own = person.department_id
        seen |= Q(consumer=own) | Q(resource__department=own)
    return rows.filter(seen)


def extracts_of(department: str) -> QuerySet[Extract]:
    """Extracts made for a department, the newest first."""
    return Extract.objects.select_related("resource", "grant").filter(consumer=department)


def extract_by_id(extract_id: uuid.UUID) -> Extract:
    """One extract.

    Raises:
        NotFoundError: There is none.
    """
    found = Extract.objects.select_related("resource", "grant").filter(pk=extract_id).first()
    if found is None:
        raise NotFoundError(what=str(extract_id))
    return found


def extract_proof(extract: Extract) -> dict[str, Any]:
    """What proves a file offline: its receipt, and the key of the hash that the receipt holds.

    Raises:
        NotFoundError: Nothing was released.
    """
    if extract.fact_id is None:
        raise NotFoundError(what=str(extract.pk))
    return {
        "extract": str(extract.pk),
        "file": extract.name,
        "response_key": bytes(extract.response_key).hex(),
        "receipt": json.loads(ledger.receipt(extract.fact_id).to_json()),
    }


def most_rows(grant: Grant) -> int:
    """Most records of one extract under a grant; 0 where it allows none."""
    try:
        opened = parse_policy(grant.resource.parsed_contract, grant.policy)
    except PolicyError:
        return 0
    return 0 if opened.binding is Binding.MATTER else opened.extract


def marked_titles(grant: Grant) -> str:
    """Titles of the fields whose values are moved within their tolerance, in one list."""
    contract = grant.resource.parsed_contract
    plan = marks.plan_of(contract, parse_policy(contract, grant.policy))
    fields = [contract.field(column.name) for column in plan.marked]
    titles = [spoken(field.title_zh, field.title_en) for field in fields if field]
    return pgettext("list", ", ").join(titles)


def duties_in_force(department: str) -> list[tuple[str, str]]:
    """Registered duties of a department that are in force, as choices."""
    now = clock.now()
    rows = PublicDuty.objects.filter(
        Q(valid_until=None) | Q(valid_until__gt=now),
        department=department,
        withdrawn_at=None,
        valid_from__lte=now,
    )
    return [(row.code, spoken(row.title_zh, row.title_en)) for row in rows]
