"""Every write of the exchange, and the lookup."""

import datetime as dt
import json
import secrets
import uuid
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from django.db import IntegrityError, transaction

from heli.engines.contracts import Contract, dump_contract, parse_contract, parse_policy
from heli.errors import NotFoundError
from heli.exchange import errors
from heli.exchange.compiled import touch
from heli.exchange.connectors import open_connector
from heli.exchange.facts import GrantGiven, GrantRevoked, ResourcePublished, ResourceWithdrawn
from heli.exchange.lookup import LookupAnswer, Query, answer, response_hash
from heli.exchange.models import Grant, Resource, SharingClass, UpdateCycle, UsedNonce
from heli.kernel import clock
from heli.kernel.actor import Actor
from heli.ledger import services as ledger

MAX_YEARS = 5

__all__ = [
    "LookupAnswer",
    "forget_nonces",
    "grant",
    "lookup",
    "publish",
    "response_hash",
    "revoke",
    "withdraw",
]


def lookup(
    *,
    actor: Actor,
    resource: str,
    subject: tuple[str, str],
    matter: str,
    department: str = "",
    purpose: str = "",
) -> LookupAnswer:
    """Look one subject up from inside Heli, on the same path as the gateway.

    Args:
        actor: Who asks.
        resource: Address, ``gaj/residents``.
        subject: Type and identifier, ``("person", "…")``.
        matter: Code of the matter (or draft) for which it is asked.
        department: For which department; the actor's own when empty.
        purpose: Purpose of the grant; may be empty if only one grant fits.

    Raises:
        HeliError: The reason of the denial, which has been recorded.
    """
    return answer(
        Query(
            actor=actor,
            department=department or actor.department,
            resource=resource,
            subject_type=subject[0],
            subject_id=subject[1],
            matter=matter,
            purpose=purpose,
        )
    )


@transaction.atomic
def publish(
    *,
    actor: Actor,
    department: str,
    contract: Mapping[str, Any],
    connector: str,
    options: Mapping[str, Any],
    sharing: SharingClass,
    update_cycle: UpdateCycle,
) -> Resource:
    """Put a resource into the catalogue, or bring it to a newer contract version.

    Args:
        actor: Who publishes.
        department: Code of the source department.
        contract: The contract document.
        connector: Kind of connector.
        options: What the connector needs to know.
        sharing: Sharing class.
        update_cycle: How often it is brought up to date.

    Raises:
        ContractError: The contract breaks its rules.
        VersionError: A different contract of the same or a newer version is in force.
        BadInputError: The connector's options do not suit it.
    """
    parsed = parse_contract(contract)
    open_connector(connector, parsed, options)
    document = dump_contract(parsed)
    present = Resource.objects.filter(department=department, name=parsed.name).first()
    if present is not None and present.contract != document:
        _require_newer(parsed.version, present.contract_version)
    values = {
        "title_zh": parsed.title_zh,
        "title_en": parsed.title_en,
        "sharing": sharing,
        "sensitivity": max(field.sensitivity for field in parsed.fields),
        "update_cycle": update_cycle,
        "subject_type": parsed.subject_type,
        "contract": document,
        "contract_version": parsed.version,
        "connector": connector,
        "options": dict(options),
        "published_at": clock.now(),
        "withdrawn_at": None,
    }
    resource, _ = Resource.objects.update_or_create(
        department_id=department, name=parsed.name, defaults=values
    )
    touch()
    ledger.record(
        ResourcePublished(
            resource=resource.address, version=parsed.version, contract_hash=_digest(parsed)
        ),
        actor=actor,
        department=department,
        subject=f"exchange.resource:{resource.address}",
    )
    return resource


@transaction.atomic
def withdraw(resource: Resource, *, actor: Actor) -> None:
    """Take a resource out of the catalogue; from then on every call to it is unknown."""
    resource.withdrawn_at = clock.now()
    resource.save(update_fields=["withdrawn_at"])
    touch()
    ledger.record(
        ResourceWithdrawn(resource=resource.address),
        actor=actor,
        department=resource.department_id,
        subject=f"exchange.resource:{resource.address}",
    )


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
    """
    if resource.sharing == SharingClass.NOT_SHARED:
        raise errors.NotSharedError(resource=resource.address)
    parsed = parse_policy(resource.parsed_contract, policy)
    now = clock.now()
    if not now < expires_at <= now + dt.timedelta(days=366 * MAX_YEARS):
        raise errors.ExpiryError(field="expires_on", years=MAX_YEARS)
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
    touch()
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


def forget_nonces() -> int:
    """Delete nonces whose signatures are too old to be accepted anyway; returns how many."""
    return UsedNonce.objects.filter(expires_at__lt=clock.now()).delete()[0]


def _digest(contract: Contract) -> str:
    text = json.dumps(dump_contract(contract), sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()


def _require_newer(given: str, present: str) -> None:
    if _numbers(given) <= _numbers(present):
        raise errors.VersionError(field="version", given=given, present=present)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
