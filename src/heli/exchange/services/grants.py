"""Giving grants and taking them back."""

import datetime as dt
import secrets
import uuid
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction

from heli.engines.contracts import parse_policy
from heli.engines.contracts.combinations import revealed
from heli.errors import NotFoundError, gettext_noop
from heli.exchange import errors, holdings
from heli.exchange.compiled import touch
from heli.exchange.errors_applications import GrantStateError
from heli.exchange.facts import GrantGiven, GrantRevoked
from heli.exchange.facts_applications import GrantRenewed, GrantResumed, GrantSuspended
from heli.exchange.models import Grant, Resource, SharingClass
from heli.exchange.services.holdings import look_back
from heli.kernel import clock
from heli.kernel.actor import Actor
from heli.ledger import services as ledger

MAX_YEARS = 5


@transaction.atomic
def grant(
    *,
    actor: Actor,
    resource: Resource,
    consumer: str,
    purpose: str,
    purpose_zh: str,
    purpose_en: str = "",
    legal_basis: str,
    policy: Mapping[str, Any],
    expires_at: dt.datetime,
) -> Grant:
    """Let a department read fields of a resource for a purpose.

    Args:
        actor: Who grants, for the source department.
        resource: What may be read.
        consumer: Code of the department that may read it.
        purpose: Short code of the purpose.
        purpose_zh: The purpose in words.
        purpose_en: The same in English.
        legal_basis: The provision that allows it.
        policy: ``{"fields": [{"field": …, "mask": …}, …]}``.
        expires_at: Until when, aware; at most five years ahead.

    Raises:
        NotSharedError: The resource is not shared with anybody.
        PolicyError: The policy does not fit the contract.
        ExpiryError: The end lies in the past or too far ahead.
        GrantExistsError: There is a grant for this consumer and purpose.
        CombinationError: The department would hold a forbidden combination.
    """
    if resource.sharing == SharingClass.NOT_SHARED:
        raise errors.NotSharedError(resource=resource.address)
    parsed = parse_policy(resource.parsed_contract, policy)
    now = clock.now()
    if not now < expires_at <= now + dt.timedelta(days=366 * MAX_YEARS):
        raise errors.ExpiryError(field="expires_on", years=MAX_YEARS)
    # First, so that of two at once the second sees what the first gave or forbade.
    touch()
    holdings.refuse_grant(consumer, resource, policy)
    row = Grant(
        resource=resource,
        consumer_id=consumer,
        purpose=purpose,
        purpose_zh=purpose_zh,
        purpose_en=purpose_en,
        legal_basis=legal_basis,
        policy=dict(policy),
        salt=secrets.token_bytes(32),
        granted_at=now,
        granted_by=str(actor),
        expires_at=expires_at,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise errors.GrantExistsError(
            consumer=consumer, resource=resource.address, purpose=purpose
        ) from None
    look_back(consumer)
    ledger.record(
        GrantGiven(
            grant=str(row.pk),
            resource=resource.address,
            consumer=consumer,
            purpose=purpose,
            legal_basis=legal_basis,
            fields=list(parsed.fields),
            policy_hash=parsed.digest,
            expires_at=expires_at.isoformat(),
        ),
        actor=actor,
        department=resource.department_id,
        subject=f"exchange.grant:{row.pk}",
    )
    return row


@transaction.atomic
def revoke(grant_id: uuid.UUID, *, actor: Actor, reason: str) -> Grant:
    """Take a grant back; the next call under it is denied.

    Raises:
        NotFoundError: There is no such grant, or it is revoked already.
    """
    now = clock.now()
    changed = Grant.objects.filter(pk=grant_id, revoked_at=None).update(
        revoked_at=now, revoked_because=reason
    )
    if not changed:
        raise NotFoundError(what=str(grant_id))
    row = Grant.objects.select_related("resource").get(pk=grant_id)
    touch()
    ledger.record(
        GrantRevoked(
            grant=str(row.pk),
            resource=row.resource.address,
            consumer=row.consumer_id,
            reason=reason,
        ),
        actor=actor,
        department=row.resource.department_id,
        subject=f"exchange.grant:{row.pk}",
    )
    return row


@transaction.atomic
def renew(
    grant_id: uuid.UUID, *, actor: Actor, policy: Mapping[str, Any], expires_at: dt.datetime
) -> Grant:
    """Give a grant another end and, where wanted, other fields; pseudonyms stay the same.

    Args:
        grant_id: Which.
        actor: Who renews it, for the source department.
        policy: The document of its release policy from now on.
        expires_at: Until when, aware; at most five years ahead.

    Raises:
        NotFoundError: There is no such grant, or it is revoked.
        PolicyError: The policy does not fit the contract.
        ExpiryError: The end lies in the past or too far ahead.
        CombinationError: The department would hold a forbidden combination.
    """
    row = _locked(grant_id)
    parsed = parse_policy(row.resource.parsed_contract, policy)
    now = clock.now()
    if not now < expires_at <= now + dt.timedelta(days=366 * MAX_YEARS):
        raise errors.ExpiryError(field="expires_on", years=MAX_YEARS)
    # First, so that of two at once the second sees what the first gave or forbade.
    touch()
    holdings.refuse_grant(row.consumer_id, row.resource, policy, instead_of=row)
    if row.was_used:
        row.revealed_before = sorted({*row.revealed_before, *revealed(row.policy)})
    row.policy, row.expires_at = dict(policy), expires_at
    row.save(update_fields=["policy", "revealed_before", "expires_at"])
    look_back(row.consumer_id)
    ledger.record(
        GrantRenewed(
            grant=str(row.pk),
            resource=row.resource.address,
            consumer=row.consumer_id,
            fields=list(parsed.fields),
            policy_hash=parsed.digest,
            expires_at=expires_at.isoformat(),
        ),
        actor=actor,
        department=row.resource.department_id,
        subject=f"exchange.grant:{row.pk}",
    )
    return row


@transaction.atomic
def suspend(grant_id: uuid.UUID, *, actor: Actor, reason: str) -> Grant:
    """Let a grant open nothing until further notice; the next call under it is denied.

    Raises:
        NotFoundError: There is no such grant, or it is revoked.
        GrantStateError: It is suspended already.
    """
    row = _locked(grant_id)
    if row.suspended_at is not None:
        raise GrantStateError(state=gettext_noop("suspended"))
    row.suspended_at, row.suspended_because = clock.now(), reason
    row.save(update_fields=["suspended_at", "suspended_because"])
    touch()
    _tell(row, GrantSuspended(reason=reason, **_about(row)), actor)
    return row


@transaction.atomic
def resume(grant_id: uuid.UUID, *, actor: Actor, reason: str) -> Grant:
    """Lift the suspension of a grant.

    Raises:
        NotFoundError: There is no such grant, or it is revoked.
        GrantStateError: It is not suspended.
    """
    row = _locked(grant_id)
    if row.suspended_at is None:
        raise GrantStateError(state=gettext_noop("valid"))
    row.suspended_at, row.suspended_because = None, ""
    row.save(update_fields=["suspended_at", "suspended_because"])
    touch()
    _tell(row, GrantResumed(reason=reason, **_about(row)), actor)
    return row


def _locked(grant_id: uuid.UUID) -> Grant:
    # Answers that are being recorded point at the row, and are waited for; they need not wait.
    rows = Grant.objects.select_for_update(of=("self",), no_key=True).select_related("resource")
    row = rows.filter(pk=grant_id, revoked_at=None).first()
    if row is None:
        raise NotFoundError(what=str(grant_id))
    return row


def _about(row: Grant) -> dict[str, str]:
    return {"grant": str(row.pk), "resource": row.resource.address, "consumer": row.consumer_id}


def _tell(row: Grant, fact: GrantSuspended | GrantResumed, actor: Actor) -> None:
    ledger.record(
        fact,
        actor=actor,
        department=row.resource.department_id,
        subject=f"exchange.grant:{row.pk}",
    )
