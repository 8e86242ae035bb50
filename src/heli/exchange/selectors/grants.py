"""Which grants there are, and what they say."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from heli.engines.contracts import Contract, PolicyError, Sentence, explain, parse_policy
from heli.errors import NotFoundError
from heli.exchange.models import (
    Grant,
    Resource,
)
from heli.exchange.words import spoken, value_words
from heli.kernel import clock
from heli.organisation import selectors as organisation
from heli.organisation.selectors import DepartmentCard
from heli.web.words import figure


@dataclass(frozen=True, slots=True)
class GrantView:
    """A grant in words.

    Attributes:
        binding: What each call must serve: ``matter``, ``project`` or ``public_task``.
        state: ``brand`` while valid, ``suspended``, or ``done`` when revoked or expired.
        sentences: What its holder sees, one sentence for each field.
    """

    id: str
    resource: Resource
    consumer: DepartmentCard
    purpose: str
    purpose_text: str
    legal_basis: str
    binding: str
    expires_at: dt.datetime
    granted_at: dt.datetime
    revoked_at: dt.datetime | None
    revoked_because: str
    suspended_at: dt.datetime | None
    suspended_because: str
    state: str
    state_label: str
    sentences: tuple[str, ...]
    fields: tuple[str, ...]
    url: str


def grants(*, resource: Resource | None = None, consumer: str = "") -> QuerySet[Grant]:
    """Grants, the newest first."""
    rows = Grant.objects.select_related("resource")
    if resource is not None:
        rows = rows.filter(resource=resource)
    return rows.filter(consumer=consumer) if consumer else rows


def purpose_words(address: str, purpose: str) -> str:
    """A purpose as the grants of a resource word it; its short name where there is none."""
    department, _slash, name = address.partition("/")
    row = Grant.objects.filter(
        resource__department=department, resource__name=name, purpose=purpose
    ).first()
    return spoken(row.purpose_zh, row.purpose_en) if row else purpose


def purpose_wordings(wanted: Iterable[tuple[Any, str]]) -> dict[tuple[Any, str], str]:
    """Purposes as the grants of their resources word them.

    Args:
        wanted: Key of the resource and short name of the purpose.
    """
    pairs = set(wanted)
    rows = Grant.objects.filter(
        resource__in={resource for resource, _purpose in pairs},
        purpose__in={purpose for _resource, purpose in pairs},
    )
    return {(row.resource_id, row.purpose): spoken(row.purpose_zh, row.purpose_en) for row in rows}


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
        binding=str(row.policy.get("binding", "matter")),
        expires_at=row.expires_at,
        granted_at=row.granted_at,
        revoked_at=row.revoked_at,
        revoked_because=row.revoked_because,
        suspended_at=row.suspended_at,
        suspended_because=row.suspended_because,
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
    if row.suspended_at:
        return "suspended", pgettext("grant", "Suspended")
    return "brand", _("Valid")


def policy_words(contract: Contract, document: dict[str, Any]) -> tuple[str, ...]:
    """What a policy lets its holder see, in the reader's language; empty if it does not fit."""
    try:
        policy = parse_policy(contract, document)
    except PolicyError:
        return ()
    return tuple(_said(sentence) for sentence in explain(contract, policy))


def _said(sentence: Sentence) -> str:
    figures = dict(sentence.figures)
    if "title_zh" in figures:
        figures["title"] = spoken(figures.pop("title_zh"), figures.pop("title_en"))
    if "values" in figures:
        figures["value"] = pgettext("list", ", ").join(
            spoken(zh, en) or value_words(None, value) for value, zh, en in figures.pop("values")
        )
    # Years and codes stand in values; what is still a number here counts something.
    shown = {name: figure(value) if isinstance(value, int) else value
             for name, value in figures.items()}  # fmt: skip
    return _(sentence.message).format(**shown)
