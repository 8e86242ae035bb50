"""Putting resources into the catalogue and taking them out."""

import datetime as dt
import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from django.db import transaction

from heli.engines.contracts import Contract, dump_contract, parse_contract
from heli.exchange import errors
from heli.exchange.compiled import touch
from heli.exchange.connectors import open_connector, place_read
from heli.exchange.contracts import services as versions
from heli.exchange.extracts import marks
from heli.exchange.facts import ResourcePublished, ResourceWithdrawn
from heli.exchange.models import Resource, SharingClass, UpdateCycle
from heli.exchange.services.entries import refresh_words
from heli.exchange.services.provisions import binding
from heli.kernel import clock
from heli.kernel.actor import HELI, Actor
from heli.ledger import services as ledger


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
    sunset: dt.date | None = None,
    ground: str = "",
    condition: tuple[str, str] = ("", ""),
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
        sunset: Last day of the version in force, where the new one breaks who uses it. The new one
            is announced then, and comes into force after that day.
        ground: Short name of the provision because of which it is not shared.
        condition: On what condition it is shared, in Chinese and English; empty keeps what is said.

    Raises:
        ContractError: The contract breaks its rules.
        PlanError: It declares a tolerance that makes no sense.
        VersionError: A different contract of the same or a newer version is in force.
        WrongNumberError: The version number does not grow by what the differences need.
        SunsetMissingError: Departments would break, and no last day is named.
        BadInputError: The connector's options do not suit it.
        GroundError: It is not shared, and no ground binds.
        ForeignSourceError: What it is read from is another department's.
    """
    parsed = parse_contract(contract)
    marks.check(parsed)
    present = Resource.objects.filter(department=department, name=parsed.name).first()
    moved = present is None or (present.connector, present.options) != (connector, dict(options))
    if actor != HELI and moved:
        _require_own(connector, options, department)
    open_connector(connector, parsed, options)
    document = dump_contract(parsed)
    offer = versions.Offer(parsed, connector, options, sunset)
    if sharing == SharingClass.NOT_SHARED:
        binding(ground)
    if (
        present is not None
        and present.contract != document
        and not versions.announce_or_accept(present, offer, actor=actor)
    ):
        return present
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
    if condition[0].strip():
        values |= {"condition_zh": condition[0].strip(), "condition_en": condition[1].strip()}
    # First, for this locks the row to which answers that are being recorded point.
    touch()
    resource, _ = Resource.objects.update_or_create(
        department_id=department, name=parsed.name, defaults=values
    )
    versions.keep(resource, offer, actor=actor)
    refresh_words(resource)
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


def _digest(contract: Contract) -> str:
    text = json.dumps(dump_contract(contract), sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()


def _require_own(connector: str, options: Mapping[str, Any], department: str) -> None:
    place = place_read(connector, options)
    if place.partition("/")[0] != department:
        raise errors.ForeignSourceError(field="options", place=place, department=department)
