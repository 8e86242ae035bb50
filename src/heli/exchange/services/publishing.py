"""Publishing a resource together with the file that it is read from."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.utils.crypto import salted_hmac

from heli.engines.contracts import Contract, dump_contract
from heli.errors import BadInputError
from heli.exchange.connectors import kept, open_connector
from heli.exchange.errors_applications import ResourceExistsError
from heli.exchange.errors_sources import FileInUseError
from heli.exchange.models import Resource, SharingClass, UpdateCycle
from heli.exchange.services.catalogue import publish
from heli.exchange.services.files import received, record_file, switch_file
from heli.exchange.services.trials import TRIED, SourceResource
from heli.exchange.starred import masked_words
from heli.kernel.actor import Actor


@dataclass(frozen=True, slots=True)
class FileResource:
    """A file to be published.

    Attributes:
        name: What it is called in the department's folder.
        content: The file.
        connector: What reads it.
        options: What the connector needs to know beside the file's name.
        sharing: Sharing class.
        update_cycle: How often it is brought up to date.
        ground: Short name of the provision because of which it is not shared.
        condition: On what condition it is shared, in Chinese and English.
    """

    name: str
    content: bytes
    connector: str
    options: Mapping[str, Any]
    sharing: SharingClass
    update_cycle: UpdateCycle
    ground: str = ""
    condition: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class FileTrial:
    """What a file held when it was read through.

    Attributes:
        rows: The first records, masked, in words.
        count: How many records it has.
    """

    rows: tuple[list[str], ...]
    count: int


def try_file(given: FileResource, contract: Contract, *, department: str, held: str) -> FileTrial:
    """Read a file through before anything is published.

    Args:
        given: The file and how it is shared.
        contract: What each column means.
        department: Code of the source department.
        held: What the file is called while it is held.

    Raises:
        ResourceExistsError: The catalogue has a resource of this name.
        FileInUseError: Another resource is read from the file of this name.
        BadInputError: The file does not hold what the contract promises.
    """
    _refuse_present(given, contract, department)
    options = {**given.options, "file": f"{department}/{held}"}
    rows: list[list[str]] = []
    count = 0
    try:
        for batch in open_connector(given.connector, contract, options).scan(contract.names):
            count += batch.num_rows
            first = batch.slice(0, max(0, TRIED - len(rows))).to_pylist()
            rows += [masked_words(contract, record) for record in first]
    except OSError as error:
        raise BadInputError(field="file", reason=str(error)) from error
    return FileTrial(tuple(rows), count)


def mark_of(given: FileResource | SourceResource, contract: Contract, *, by: int) -> str:
    """What stands for all that somebody looked over; nobody can make it up.

    Args:
        given: What is to be published: place or content, options and how it is shared.
        contract: What each column means.
        by: Id of the person who looks it over.
    """
    said = {each.name: getattr(given, each.name) for each in fields(given)}
    text = json.dumps([by, dump_contract(contract), said], sort_keys=True, default=_hashed)
    return salted_hmac("heli.exchange.publishing", text, algorithm="sha256").hexdigest()


def _hashed(value: object) -> str:
    assert isinstance(value, bytes)
    return sha256(value).hexdigest()


def publish_file(
    given: FileResource, contract: Contract, *, actor: Actor, department: str, held: str
) -> Resource:
    """Put a new resource that is read from a file that is held into the catalogue.

    The file is read through before anybody sees it: a resource whose data do not keep its contract
    is not published. That may take minutes, so it is done before anything is written. The file
    takes its name once the catalogue has the resource; where it is refused, every file stays as it
    was.

    Args:
        given: The file and how it is shared.
        contract: What each column means.
        actor: Who publishes.
        department: Code of the source department.
        held: What the file is called while it is held.

    Raises:
        ResourceExistsError: The catalogue has one of this name.
        FileInUseError: Another resource is read from the file of this name.
        BadInputError: The file does not hold what the contract promises.
        ContractError: The contract breaks its rules.
        GroundError: It is not shared, and no ground binds.
    """
    try_file(given, contract, department=department, held=held)
    options = {**given.options, "file": f"{department}/{given.name}"}
    fact = received(department=department, name=given.name, held=held)
    with transaction.atomic():
        _refuse_present(given, contract, department)
        row = publish(
            actor=actor,
            department=department,
            contract=dump_contract(contract),
            connector=given.connector,
            options=options,
            sharing=given.sharing,
            update_cycle=given.update_cycle,
            ground=given.ground,
            condition=given.condition,
        )
        record_file(fact, actor=actor, department=department)
    switch_file(department=department, name=given.name, held=held)
    was = {**given.options, "file": f"{department}/{held}"}
    kept.rename(given.connector, contract, was, options)
    return row


def _refuse_present(given: FileResource, contract: Contract, department: str) -> None:
    if Resource.objects.filter(department=department, name=contract.name).exists():
        raise ResourceExistsError(field="contract", resource=f"{department}/{contract.name}")
    file = f"{department}/{given.name}"
    other = Resource.objects.filter(options__file=file, withdrawn_at=None).first()
    if other is not None:
        raise FileInUseError(field="contract", resource=other.address, file=file)
