"""Publishing contract versions: what breaks callers is announced and comes at the old one's end."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction

from heli.engines.contracts import Contract, Verdict, compare, dump_contract, version_key
from heli.engines.contracts.compatibility import Bump, next_version
from heli.exchange import errors as exchange_errors
from heli.exchange.compiled import touch
from heli.exchange.conformance.report import digest
from heli.exchange.contracts import errors, selectors
from heli.exchange.contracts.facts import (
    AnnouncementWithdrawn,
    ContractAnnounced,
    ContractEnded,
)
from heli.exchange.facts import ResourcePublished
from heli.exchange.models import ContractVersion, Resource, SharingClass, UpdateCycle
from heli.kernel import clock
from heli.kernel.actor import HELI, Actor
from heli.ledger import services as ledger


@dataclass(frozen=True, slots=True)
class Offer:
    """A contract version that somebody wants to publish.

    Attributes:
        contract: The version.
        connector: Kind of connector.
        options: What the connector needs to know.
        sunset: Last day of the version in force, where callers need to be told.
    """

    contract: Contract
    connector: str
    options: Mapping[str, Any]
    sunset: dt.date | None = None


def publish_version(
    resource: Resource, contract: Contract, *, actor: Actor, sunset: dt.date | None = None
) -> ContractVersion:
    """Publish a new version of a resource's contract, read from where the present one is.

    Raises:
        DifferentResourceError: It describes another resource.
        VersionError: It is not newer than the version in force.
        WrongNumberError: Its number does not grow by what the differences need.
        SunsetMissingError: It breaks departments that hold grants, and names no last day.
        SunsetTooSoonError: The last day is too soon.
        AnnouncedAlreadyError: Another version waits.
    """
    if contract.name != resource.name:
        raise errors.DifferentResourceError(
            field="contract", given=contract.name, expected=resource.name
        )
    from heli.exchange.services.catalogue import publish

    publish(
        actor=actor,
        department=resource.department_id,
        contract=dump_contract(contract),
        connector=resource.connector,
        options=resource.options,
        sharing=SharingClass(resource.sharing),
        update_cycle=UpdateCycle(resource.update_cycle),
        sunset=sunset,
    )
    return selectors.version(resource, contract.version)


def announce_or_accept(resource: Resource, offer: Offer, *, actor: Actor) -> bool:
    """Judge a version against those before; announce it where callers need time.

    Args:
        resource: The resource with the version in force.
        offer: What is to be published.
        actor: Who publishes.

    Returns:
        Whether it comes into force now; otherwise it is announced.

    Raises:
        VersionError: It is not newer than the version in force.
        WrongNumberError: Its number does not grow by what the differences need.
        SunsetMissingError: It breaks departments that hold grants, and names no last day.
        SunsetTooSoonError: The last day is too soon.
        AnnouncedAlreadyError: Another version waits.
    """
    present, new = resource.parsed_contract, offer.contract
    if version_key(new.version) <= version_key(present.version):
        raise exchange_errors.VersionError(
            field="version", given=new.version, present=present.version
        )
    waiting = selectors.announced(resource)
    if waiting is not None:
        raise errors.AnnouncedAlreadyError(field="version", announced=waiting.version)
    verdict = compare(present, new)
    _check_number(resource, verdict, new)
    consumers = selectors.consumers(resource)
    if verdict.compatible or not consumers:
        return True
    _announce(resource, offer, verdict, consumers, actor)
    return False


def _check_number(resource: Resource, verdict: Verdict, new: Contract) -> None:
    """Hold the number against every version that it claims to be compatible with."""
    older = [verdict]
    if verdict.given is not Bump.MAJOR:
        major = version_key(new.version)[0]
        older += [
            compare(row.contract, new)
            for row in selectors.versions(resource)
            if row.in_force_at is not None
            and version_key(row.version)[0] == major > 0
            and row.version != verdict.old
        ]
    for each in older:
        if not each.numbered_rightly:
            needing = [change for change in each.changes if _needs(change, each)]
            raise errors.WrongNumberError(
                field="version",
                old=each.old,
                given=new.version,
                count=len(needing),
                least=next_version(verdict.old, each.needed),
            )


def _needs(change: Any, verdict: Verdict) -> bool:
    from heli.engines.contracts.compatibility import change_bump

    return change_bump(change) > verdict.given


def _announce(
    resource: Resource, offer: Offer, verdict: Verdict, consumers: list[str], actor: Actor
) -> None:
    sunset_at = _sunset(resource, offer, consumers)
    now = clock.now()
    row = _row(resource, offer, actor)
    row.save()
    old = selectors.versions(resource).filter(version=resource.contract_version)
    old.update(deprecated_at=now, sunset_at=sunset_at)
    touch()
    ledger.record(
        ContractAnnounced(
            resource=resource.address,
            version=offer.contract.version,
            replaces=resource.contract_version,
            sunset_at=sunset_at.isoformat(),
            contract_hash=row.digest,
            consumers=consumers,
            breaks=sorted({change.kind.value for change in verdict.breaking}),
        ),
        actor=actor,
        department=resource.department_id,
        subject=f"exchange.resource:{resource.address}",
    )


def _sunset(resource: Resource, offer: Offer, consumers: list[str]) -> dt.datetime:
    days = settings.HELI_SUNSET_NOTICE_DAYS
    earliest = clock.today() + dt.timedelta(days=days)
    if offer.sunset is None:
        raise errors.SunsetMissingError(
            field="sunset",
            given=offer.contract.version,
            count=len(consumers),
            present=resource.contract_version,
            earliest=earliest.isoformat(),
        )
    if offer.sunset < earliest:
        raise errors.SunsetTooSoonError(
            field="sunset",
            given=offer.sunset.isoformat(),
            days=days,
            earliest=earliest.isoformat(),
        )
    after = offer.sunset + dt.timedelta(days=1)
    return dt.datetime.combine(after, dt.time(), clock.SHANGHAI).astimezone(dt.UTC)


def _row(resource: Resource, offer: Offer, actor: Actor) -> ContractVersion:
    document = dump_contract(offer.contract)
    return ContractVersion(
        resource=resource,
        version=offer.contract.version,
        document=document,
        digest=digest(document),
        connector=offer.connector,
        options=dict(offer.options),
        published_at=clock.now(),
        published_by=str(actor),
    )


def keep(resource: Resource, offer: Offer, *, actor: Actor) -> None:
    """Note which version is in force now; those before have ended."""
    now = clock.now()
    kept = selectors.versions(resource)
    row = kept.filter(version=offer.contract.version).first()
    if row is None:
        row = _row(resource, offer, actor)
    row.in_force_at = row.in_force_at or now
    row.connector, row.options = offer.connector, dict(offer.options)
    row.save()
    before = kept.filter(ended_at=None, in_force_at__isnull=False).exclude(pk=row.pk)
    before.update(ended_at=now)


@transaction.atomic
def withdraw_announcement(
    resource: Resource, version: str, *, actor: Actor, reason: str
) -> ContractVersion:
    """Take an announced version back; the one in force stays without an end.

    Raises:
        UnknownVersionError: There is no such version.
        NotAnnouncedError: It is in force or has ended.
    """
    row = selectors.version(resource, version)
    if not row.announced:
        raise errors.NotAnnouncedError(version=version)
    row.withdrawn_at, row.withdrawn_because = clock.now(), reason[:300]
    row.save(update_fields=["withdrawn_at", "withdrawn_because"])
    selectors.versions(resource).filter(version=resource.contract_version).update(
        deprecated_at=None, sunset_at=None
    )
    touch()
    ledger.record(
        AnnouncementWithdrawn(
            resource=resource.address,
            version=version,
            reason=row.withdrawn_because,
            consumers=selectors.consumers(resource),
        ),
        actor=actor,
        department=resource.department_id,
        subject=f"exchange.resource:{resource.address}",
    )
    return row


def let_due_versions_in() -> int:
    """Put announced versions into force whose predecessors have ended; returns how many."""
    due = ContractVersion.objects.filter(
        sunset_at__lte=clock.now(), ended_at=None, in_force_at__isnull=False
    ).values_list("resource", flat=True)
    return sum(_let_in(resource) for resource in list(due))


@transaction.atomic
def _let_in(resource_id: int) -> bool:
    resource = Resource.objects.select_for_update(no_key=True).get(pk=resource_id)
    row = selectors.announced(resource)
    if row is None:
        return False
    ended = resource.contract_version
    contract = row.contract
    resource.title_zh, resource.title_en = contract.title_zh, contract.title_en
    resource.sensitivity = max(field.sensitivity for field in contract.fields)
    resource.subject_type = contract.subject_type
    resource.contract, resource.contract_version = row.document, row.version
    resource.connector, resource.options = row.connector, row.options
    resource.published_at = clock.now()
    resource.save()
    keep(resource, Offer(contract, row.connector, row.options), actor=HELI)
    touch()
    subject = f"exchange.resource:{resource.address}"
    for fact in (
        ContractEnded(resource=resource.address, version=ended, successor=row.version),
        ResourcePublished(resource=resource.address, version=row.version, contract_hash=row.digest),
    ):
        ledger.record(fact, actor=HELI, department=resource.department_id, subject=subject)
    return True
