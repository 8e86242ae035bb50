"""One new version of a city model from resources of the exchange: all of it, or nothing."""

from collections.abc import Callable
from typing import Any

from django.db import transaction

from heli.kernel.actor import Actor
from heli.twin import labour, services
from heli.twin.building.joining import join, observed
from heli.twin.building.openings import Reader, require_open
from heli.twin.building.reading import Tell, draw
from heli.twin.building.recipe import Recipe
from heli.twin.crew import Crew, Inline
from heli.twin.models import CityModel, CityVersion
from heli.twin.packing import pack, unpack


def silent(step: str, done: int, total: int) -> None:
    """Tells nobody."""


def nothing_more(version: CityVersion) -> None:
    """Leaves a version as it is."""


def build_from_exchange(
    model: CityModel,
    recipe: Recipe,
    *,
    actor: Actor,
    department: str,
    note: str = "",
    tell: Tell = silent,
    crew: Crew | None = None,
    finish: Callable[[CityVersion], None] = nothing_more,
) -> CityVersion:
    """Read, join and calibrate a city, and keep it as the model's next version with its sources.

    Call it outside a transaction: what is read is in the ledger for good, whatever becomes of the
    version.

    Args:
        model: The city model.
        recipe: What comes from where.
        actor: Who builds it.
        department: Under whose grants.
        note: Why, in the builder's words.
        tell: Told the progress; may raise to stop.
        crew: Who calibrates; this process by default.
        finish: Called in the transaction that keeps the version; what it raises undoes it.

    Raises:
        PartWithoutGrantError: The department has no grant for a part; nothing was read.
        ColumnNotOpenError: A grant masks what is needed; nothing was read.
        BadSourceError: A record is wrong or does not fit; names resource and record.
        SameContentError: A version has the same content.
        HeliError: Whatever else exchange, city or calibration refuse.
    """
    crew = crew or Inline()
    reader = Reader(actor, department)
    require_open(recipe, reader)
    drawn = draw(recipe, reader, tell)
    tell("joining", 0, 1)
    city = join(recipe, drawn)
    seen = observed(recipe, drawn, city)
    fit: dict[str, Any] = {}
    if seen.counts or seen.sales:
        sources = {part: found.resource for part, found in drawn.items()}
        wanted = (pack(city), seen.counts, seen.sales, recipe.calibration, sources)
        ((content, fit),) = crew.carry_out(
            labour.calibrated, [wanted], lambda: tell("calibrating", 0, 1)
        )
        city = unpack(content)
    tell("saving", 0, 1)
    with transaction.atomic():
        version = services.add_version(
            model,
            city,
            [found.source for found in drawn.values()],
            actor=actor,
            department=department,
            note=note,
            fit=fit,
        )
        finish(version)
    return version
