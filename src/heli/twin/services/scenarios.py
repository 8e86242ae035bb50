"""Scenarios of a city model."""

from typing import Any

import msgspec
from django.db import IntegrityError, transaction

from heli.kernel import clock
from heli.kernel.actor import Actor
from heli.twin.errors import (
    BadEntryError,
    ChangedMeanwhileError,
    NameTakenError,
    OtherModelError,
    UnknownPolicyError,
)
from heli.twin.facts import ScenarioRemoved, ScenarioSaved
from heli.twin.models import CityModel, CityVersion
from heli.twin.models import Scenario as Row
from heli.twin.packing import digest, unpack
from heli.twin.scenarios import Scenario
from heli.twin.services.recording import about_model

BASE = "base"
"""What the city as it is is called among the options."""


def save_scenario(
    model: CityModel,
    scenario: Scenario,
    *,
    actor: Actor,
    department: str,
    opened: int | None = None,
) -> Row:
    """Keep a scenario, new or changed, once it fits the version of the city that it names.

    Args:
        model: The city model.
        scenario: The scenario; its ``id`` is its name.
        actor: Who saves it.
        department: For which department.
        opened: The revision that was changed; ``None`` for a new scenario.

    Raises:
        OtherModelError: It names no version of this model.
        TwinError: It does not fit that version; says where.
        NameTakenError: It is new, and another has its name.
        ChangedMeanwhileError: Somebody else saved it since it was opened.
    """
    if scenario.id == BASE:
        raise NameTakenError(field="id", given=scenario.id)
    check_fit(model, scenario)
    return _keep(model, scenario, actor, department, opened)


def check_fit(model: CityModel, scenario: Scenario) -> CityVersion:
    """The version of the city that a scenario names, if it fits.

    Raises:
        OtherModelError: It names no version of this model.
        TwinError: It does not fit that version; says where.
    """
    from heli.twin.applying import apply  # with it comes NumPy

    version = CityVersion.objects.filter(model=model, digest__startswith=scenario.model).first()
    if version is None:
        newest = CityVersion.objects.filter(model=model).first()
        found = newest.digest[:12] if newest else "–"
        raise OtherModelError(scenario=scenario.id, wanted=scenario.model[:12], found=found)
    if not scenario.measures:
        raise BadEntryError(place="measures", reason="there are none")
    apply(scenario, unpack(bytes(version.content)))
    return version


@transaction.atomic
def _keep(
    model: CityModel, scenario: Scenario, actor: Actor, department: str, opened: int | None
) -> Row:
    document: dict[str, Any] = msgspec.to_builtins(scenario)
    kept = Row.objects.select_for_update().filter(model=model, name=scenario.id, removed_at=None)
    row = kept.first()
    if row is None:
        row = Row(model=model, name=scenario.id, revision=0)
    elif opened is None:
        raise NameTakenError(field="id", given=scenario.id)
    elif row.revision != opened:
        raise ChangedMeanwhileError(scenario=scenario.id)
    row.title_zh, row.title_en = scenario.title.zh[:120], scenario.title.en[:160]
    row.document, row.digest = document, digest(document)
    row.revision += 1
    row.department, row.saved_at, row.saved_by = department, clock.now(), str(actor)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError:
        raise NameTakenError(field="id", given=scenario.id) from None
    fact = ScenarioSaved(
        model=model.name, scenario=row.name, revision=row.revision, content_hash=row.digest
    )
    about_model(model, fact, actor, department)
    return row


@transaction.atomic
def remove_scenario(model: CityModel, name: str, *, actor: Actor, department: str) -> None:
    """Put a scenario away; runs that used it keep what it was.

    Raises:
        UnknownPolicyError: There is none of this name.
    """
    found = Row.objects.filter(model=model, name=name, removed_at=None)
    if not found.update(removed_at=clock.now()):
        raise UnknownPolicyError(model=model.name, scenario=name)
    about_model(model, ScenarioRemoved(model=model.name, scenario=name), actor, department)
