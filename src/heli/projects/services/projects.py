"""Registering projects and declaring what they promise."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction

from heli.engines.contracts import dump_contract, parse_contract
from heli.exchange.conformance.report import digest
from heli.exchange.selectors import find_resource
from heli.kernel import clock
from heli.kernel.actor import Actor
from heli.kernel.outward import check_url
from heli.kernel.sealing import Sealing
from heli.ledger import services as ledger
from heli.ledger.verbs import FactData
from heli.projects import errors
from heli.projects.facts import (
    InterfaceDeclared,
    InterfaceRemoved,
    ProjectRegistered,
    ProjectWithdrawn,
)
from heli.projects.models import Interface, Project, Run

_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{2,28}[A-Z0-9]")
KEYS = Sealing("projects-keys")
"""Seals bearer tokens of endpoints; the key lies outside the database."""


@dataclass(frozen=True, slots=True)
class NewProject:
    """A project to register.

    Attributes:
        code: The code it was proposed with.
        needs: Addresses of the resources whose data it needs.
    """

    code: str
    title_zh: str
    summary: str
    title_en: str = ""
    needs: Sequence[str] = ()


@transaction.atomic
def register(new: NewProject, *, department: str, actor: Actor) -> Project:
    """Register a project of a department.

    Raises:
        ProjectCodeError: The code has not the form of one.
        CodeTakenError: Another project has it.
        UnknownNeedError: It needs data that the catalogue does not have.
    """
    code = new.code.strip().upper()
    if _CODE.fullmatch(code) is None:
        raise errors.ProjectCodeError(field="code", given=new.code)
    needs = list(dict.fromkeys(each.strip() for each in new.needs if each.strip()))
    for address in needs:
        if find_resource(address) is None:
            raise errors.UnknownNeedError(field="needs", resource=address)
    now = clock.now()
    row = Project(
        code=code,
        department_id=department,
        title_zh=new.title_zh.strip()[:120],
        title_en=new.title_en.strip()[:160],
        summary=new.summary.strip()[:2000],
        needs=needs,
        registered_at=now,
        registered_by=str(actor),
        stage_since=now,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise errors.CodeTakenError(field="code", given=code) from None
    record(row, ProjectRegistered(project=str(row.pk), code=code, needs=needs), actor, department)
    return row


@transaction.atomic
def declare(
    project: Project, contract: Mapping[str, Any], url: str, *, actor: Actor, key: str = ""
) -> Interface:
    """Declare an interface, or declare it anew with another contract or address.

    Args:
        project: Whose.
        contract: The contract document.
        url: Where it is served.
        actor: Who declares it.
        key: Bearer token for the test; empty keeps the present one of an interface known already.

    Raises:
        ContractError: The contract breaks its rules.
        AddressRefusedError: The address is not written as one that may be called.
        StageError: The project was accepted or withdrawn.
        RunOpenError: Its interfaces are being tested.
    """
    parsed = parse_contract(contract)
    check_url(url)
    locked = changeable(project)
    document = dump_contract(parsed)
    row = Interface.objects.filter(project=locked, name=parsed.name, removed_at=None).first()
    row = row or Interface(project=locked, name=parsed.name)
    row.title_zh, row.title_en = parsed.title_zh[:120], parsed.title_en[:160]
    row.version, row.document, row.digest = parsed.version, document, digest(document)
    row.url, row.declared_at = url, clock.now()
    if key:
        row.sealed_key = KEYS.seal_bytes(str(row.pk), key.encode())
    row.save()
    fact = InterfaceDeclared(
        project=str(locked.pk),
        code=locked.code,
        interface=row.name,
        version=row.version,
        contract_hash=row.digest,
        url=url,
    )
    record(locked, fact, actor, locked.department_id)
    return row


@transaction.atomic
def remove_interface(project: Project, name: str, *, actor: Actor, reason: str) -> None:
    """Take the promise of an interface back.

    Raises:
        UnknownInterfaceError: The project has none of this name.
        StageError: The project was accepted or withdrawn.
        RunOpenError: Its interfaces are being tested.
        EmptyReasonError: No reason is given.
    """
    reason = needed(reason)
    locked = changeable(project)
    row = declared(locked, name)
    row.removed_at = clock.now()
    row.sealed_key = b""
    row.save(update_fields=["removed_at", "sealed_key"])
    fact = InterfaceRemoved(project=str(locked.pk), code=locked.code, interface=name, reason=reason)
    record(locked, fact, actor, locked.department_id)


@transaction.atomic
def withdraw(project: Project, *, actor: Actor, reason: str) -> Project:
    """Give a project up.

    Raises:
        StageError: It was accepted or withdrawn.
        RunOpenError: Its interfaces are being tested.
        EmptyReasonError: No reason is given.
    """
    reason = needed(reason)
    locked = changeable(project)
    locked.stage, locked.stage_since = Project.Stage.WITHDRAWN, clock.now()
    locked.save(update_fields=["stage", "stage_since"])
    fact = ProjectWithdrawn(project=str(locked.pk), code=locked.code, reason=reason)
    record(locked, fact, actor, locked.department_id)
    return locked


def changeable(project: Project) -> Project:
    """The project, locked, if what it promises may change.

    Raises:
        StageError: It was accepted or withdrawn.
        RunOpenError: Its interfaces are being tested.
    """
    locked = Project.objects.select_for_update().get(pk=project.pk)
    if locked.stage in (Project.Stage.ACCEPTED, Project.Stage.WITHDRAWN):
        raise errors.StageError(code=locked.code, stage=locked.get_stage_display())
    if Run.objects.filter(project=locked).exclude(state=Run.State.DONE).exists():
        raise errors.RunOpenError(code=locked.code)
    return locked


def declared(project: Project, name: str) -> Interface:
    """An interface that a project promises now.

    Raises:
        UnknownInterfaceError: There is none of this name.
    """
    row = Interface.objects.filter(project=project, name=name, removed_at=None).first()
    if row is None:
        raise errors.UnknownInterfaceError(code=project.code, interface=name)
    return row


def needed(reason: str) -> str:
    """A reason, cut to what is kept.

    Raises:
        EmptyReasonError: There is none.
    """
    if not reason.strip():
        raise errors.EmptyReasonError(field="reason")
    return reason.strip()[:500]


def record(project: Project, fact: FactData, actor: Actor, department: str) -> None:
    """Enter a fact about a project."""
    subject = f"projects.project:{project.pk}"
    ledger.record(fact, actor=actor, department=department, subject=subject)
