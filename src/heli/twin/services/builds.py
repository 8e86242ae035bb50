"""Asking for versions of city models that are built from the exchange, and how that ends."""

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from heli.errors import HeliError
from heli.kernel import clock
from heli.kernel.actor import HELI, Actor
from heli.twin.errors import BuildingAlreadyError
from heli.twin.facts import BuildAsked, BuildFailed
from heli.twin.models import Build, CityModel, CityVersion
from heli.twin.packing import digest
from heli.twin.services.recording import about_model

if TYPE_CHECKING:
    from heli.twin.building.recipe import Recipe

LEASE = dt.timedelta(minutes=2)
"""How long the process that builds may be silent."""


@transaction.atomic
def ask_build(
    model: CityModel,
    recipe: "Recipe",
    *,
    actor: Actor,
    department: str,
    note: str = "",
    begin: bool = False,
) -> Build:
    """Have a version built, in the background unless it is begun at once.

    Args:
        model: The city model.
        recipe: What comes from where.
        actor: Who asks, and reads the data.
        department: Under whose grants.
        note: Why, in the asker's words.
        begin: Whether the asker carries it out; then no worker takes it up.

    Raises:
        BuildingAlreadyError: A version of the model is being built.
    """
    from heli.twin.building.recipe import plain

    document: dict[str, Any] = plain(recipe)
    row = Build(
        model=model,
        recipe=document,
        digest=digest(document),
        note=note.strip()[:500],
        asked_at=clock.now(),
        asked_by=str(actor),
        department=department,
    )
    if begin:
        row.state, row.attempts = Build.State.RUNNING, 1
        row.leased_until = clock.now() + LEASE
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise BuildingAlreadyError(model=model.name) from None
    fact = BuildAsked(
        model=model.name,
        recipe_hash=row.digest,
        resources=sorted({part.resource for part in recipe.parts.values()}),
    )
    about_model(model, fact, actor, department)
    return row


def finish_build(build: Build, version: CityVersion) -> bool:
    """Keep what was built; returns whether the build was still this process's to end."""
    ended = _still(build).update(
        state=Build.State.DONE,
        version=version,
        step="",
        leased_until=None,
        finished_at=clock.now(),
    )
    return bool(ended)


@transaction.atomic
def fail_build(build: Build, error: HeliError) -> bool:
    """Keep why nothing could be built; returns whether this process still had to say so."""
    ended = _still(build).update(
        state=Build.State.FAILED,
        fault={
            "code": error.code,
            "message": error.message,
            "remedy": error.remedy,
            "figures": {name: str(value) for name, value in error.figures.items()},
        },
        step="",
        leased_until=None,
        finished_at=clock.now(),
    )
    if not ended:
        return False
    fact = BuildFailed(model=build.model.name, recipe_hash=build.digest, fault=error.code)
    about_model(build.model, fact, HELI, build.department)
    return True


def _still(build: Build) -> QuerySet[Build]:
    """The build, unless another process has taken it up or ended it since."""
    return Build.objects.filter(pk=build.pk, state=Build.State.RUNNING, attempts=build.attempts)
