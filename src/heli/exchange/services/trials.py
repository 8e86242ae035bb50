"""Publishing a resource from a database or an API, which is tried before anything is saved."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from django.db import transaction

from heli.engines.contracts import Contract, check_value, dump_contract
from heli.engines.contracts.errors import FieldError
from heli.errors import HeliError
from heli.exchange import errors_sources as faults
from heli.exchange.connectors import NetworkConnector, open_connector
from heli.exchange.connectors.endpoints import Endpoint, check_host
from heli.exchange.connectors.faults import Fault, fault_of
from heli.exchange.errors_applications import ResourceExistsError
from heli.exchange.models import Resource, SharingClass, Source, SourceKind, UpdateCycle
from heli.exchange.sealing import unseal
from heli.exchange.services.catalogue import publish
from heli.exchange.services.sources import place_of, register_source
from heli.exchange.starred import masked_words
from heli.kernel.actor import Actor

TRIED = 10
"""Records that are read to try a source."""


@dataclass(frozen=True, slots=True)
class SourceResource:
    """A table, view or API to be published.

    Attributes:
        source: Short name of the data source in its department.
        kind: What it speaks.
        location: As :class:`heli.exchange.models.Source` keeps it.
        secret: The credential; ``None`` takes the one that a source at this very place has.
        options: What the connector needs to know beside the source.
        sharing: Sharing class.
        update_cycle: How often it is brought up to date.
        ground: Short name of the provision because of which it is not shared.
        condition: On what condition it is shared, in Chinese and English.
    """

    source: str
    kind: SourceKind
    location: Mapping[str, Any]
    secret: str | None
    options: Mapping[str, Any]
    sharing: SharingClass
    update_cycle: UpdateCycle
    ground: str = ""
    condition: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class FieldConflict:
    """One way in which records do not keep the contract.

    Attributes:
        field: Name of the field.
        given: Name of the type that the source gives; empty where it is the value that is wrong.
        error: What is wrong with the value; ``None`` where it is the type.
        count: In how many of the records.
    """

    field: str
    given: str
    error: HeliError | None
    count: int


@dataclass(frozen=True, slots=True)
class Trial:
    """What a source gave when it was tried.

    Attributes:
        rows: Masked records, in words.
        conflicts: Where they do not keep the contract.
    """

    rows: tuple[list[str], ...]
    conflicts: tuple[FieldConflict, ...]


def try_source(given: SourceResource, contract: Contract, *, department: str) -> Trial:
    """Read a few records of a source without saving anything.

    Raises:
        ResourceExistsError: The catalogue has a resource of this name.
        SourceNameTakenError: The department has a source of this name elsewhere.
        SourceHostError: The operator has not allowed the host.
        BadInputError: Place or options cannot be such.
        SourceFaultError: The source cannot be read, and why.
    """
    if Resource.objects.filter(department=department, name=contract.name).exists():
        raise ResourceExistsError(field="contract", resource=f"{department}/{contract.name}")
    place = place_of(given.kind, given.location)
    check_host(given.kind, place)
    address = f"{department}/{given.source}"
    endpoint = Endpoint(address, place, _secret(given, address, place))
    options = {**given.options, "source": endpoint}
    connector = cast(NetworkConnector, open_connector(given.kind, contract, options))
    try:
        records = connector.peek(TRIED)
    except OSError as error:
        raise _said(error, given, connector) from error
    return _held_against(contract, records)


def publish_source(
    given: SourceResource, contract: Contract, *, actor: Actor, department: str
) -> Resource:
    """Register a source and put a new resource that is read from it into the catalogue.

    Args:
        given: The source and how it is shared.
        contract: What each column means.
        actor: Who publishes.
        department: Code of the source department.

    Raises:
        HeliError: As :func:`try_source`, and what :func:`publish` refuses.
        SourceConflictsError: Records do not keep the contract.
    """
    trial = try_source(given, contract, department=department)
    if trial.conflicts:
        count = len({conflict.field for conflict in trial.conflicts})
        raise faults.SourceConflictsError(field="contract", count=count)
    with transaction.atomic():
        register_source(
            actor=actor,
            department=department,
            name=given.source,
            kind=given.kind,
            location=given.location,
            secret=given.secret,
        )
        return publish(
            actor=actor,
            department=department,
            contract=dump_contract(contract),
            connector=given.kind,
            options={**given.options, "source": f"{department}/{given.source}"},
            sharing=given.sharing,
            update_cycle=given.update_cycle,
            ground=given.ground,
            condition=given.condition,
        )


def _secret(given: SourceResource, address: str, place: Mapping[str, Any]) -> str:
    department, _slash, name = address.partition("/")
    present = Source.objects.filter(department=department, name=name).first()
    if present is not None and (present.kind, present.location) != (given.kind, place):
        raise faults.SourceNameTakenError(field="source", source=address)
    if given.secret is not None or present is None:
        return given.secret or ""
    return unseal(address, present.sealed)


def _said(error: OSError, given: SourceResource, connector: NetworkConnector) -> HeliError:
    """Why it could not be read, as whoever describes the source can act on it."""
    place = str(given.location.get("host") or given.location.get("url") or "")
    table = str(given.options.get("table") or given.options.get("path") or "")
    is_api = given.kind == SourceKind.HTTP
    found = fault_of(error)
    if found is Fault.UNREACHABLE:
        return faults.SourceUnreachableError(field="url" if is_api else "host", place=place)
    if found is Fault.CREDENTIAL:
        return faults.SourceCredentialError(field="password", place=place)
    if found is Fault.DATABASE:
        database = given.location.get("database", "")
        return faults.SourceDatabaseError(field="database", database=database)
    if found is Fault.TABLE:
        return faults.SourceTableError(field="path" if is_api else "table", table=table)
    if found is Fault.COLUMN:
        columns = ", ".join(connector.lacking())
        return faults.SourceColumnsError(field="headings", table=table, columns=columns)
    return faults.SourceAnswerError(field="records" if is_api else "table", reason=str(error))


def _held_against(contract: Contract, records: list[dict[str, Any]]) -> Trial:
    from heli.exchange.connectors.types import plain  # Loads Arrow, which few processes need.

    counts: Counter[tuple[str, str, str]] = Counter()
    errors: dict[str, HeliError] = {}
    rows = []
    for record in records:
        shown = dict.fromkeys(contract.names)
        for field in contract.fields:
            value = record[field.name]
            try:
                shown[field.name] = None if value is None else plain(field, value)
            except OSError:
                counts[field.name, type(value).__name__, ""] += 1
                continue
            try:
                check_value(field, shown[field.name])
            except FieldError as error:
                counts[field.name, "", error.code] += 1
                errors[f"{field.name} {error.code}"] = error
        rows.append(masked_words(contract, shown))
    conflicts = [
        FieldConflict(name, given, errors.get(f"{name} {code}"), count)
        for (name, given, code), count in counts.items()
    ]
    return Trial(tuple(rows), tuple(conflicts))
