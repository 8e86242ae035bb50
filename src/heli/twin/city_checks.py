"""What a city must be, each fault named with its place."""

import re
from collections.abc import Sequence

from heli.arrays import numbers
from heli.engines.emissions.figures import published
from heli.twin.assumptions import check
from heli.twin.city import MOST, PARTS, POLLUTANTS, City
from heli.twin.errors import BadEntryError
from heli.twin.scenarios import CLOCK

PARTING = "@:"
"""What parts a figure's place from its name and group; see :mod:`heli.twin.keys`."""


def check_city(city: City) -> None:
    """Refuse a city whose parts do not fit together.

    Raises:
        BadEntryError: For the first entry that is wrong, with its place.
        BadNumberError, BadShapeError: If a table of trips is.
    """
    _check_names(city)
    _check_people(city)
    _check_vehicles(city)
    _check_tables(city)
    check(dict(city.assumptions), "city")
    for pollutant in POLLUTANTS:
        for table, what in ((city.background, "background"), (city.limits, "limit")):
            numbers(table.get(pollutant, float("nan")), f"{what} {pollutant}", least=0)


def _check_names(city: City) -> None:
    if not re.fullmatch(CLOCK, city.hour):
        raise BadEntryError(place="city", reason=f"hour is “{city.hour}”, but must be like 08:00")
    for part in PARTS:
        if not getattr(city, part):
            raise BadEntryError(place=part, reason="there are none")
    for part in ("groups", "kinds", "segments", "zones", "shops"):
        names = [each.id for each in getattr(city, part)]
        for name in names:
            if names.count(name) > 1:
                raise BadEntryError(place=f"{part}, {name}", reason=f"“{name}” is used twice")
    _check_places(city)
    _known(city.districts, [(f"zone {zone.id}", zone.district) for zone in city.zones])
    zones = list(city.zone_index)
    _known(zones, [(f"shop {shop.id}", shop.zone) for shop in city.shops])
    _known(zones, [(f"node {node.id}", node.zone) for node in city.nodes if node.zone])
    _known([road.road for road in city.roads], [("watched", name) for name in city.watched])
    for name, area in city.areas.items():
        _known(zones, [(f"area {name}", zone) for zone in area])


def _check_places(city: City) -> None:
    """Refuse places of figures that could be taken for one another."""
    kinds = tuple(dict.fromkeys(shop.kind for shop in city.shops))
    taken: dict[str, str] = {}
    for what, names in (
        ("district", city.districts),
        ("area", tuple(city.areas)),
        ("kind of shop", kinds),
    ):
        for name in names:
            _require_name(what, name)
            if name in taken:
                reason = f"“{name}” is used twice, first as {taken[name]}"
                raise BadEntryError(place=what, reason=reason)
            taken[name] = what
    for name in city.watched:
        _require_name("watched", name)
    for name, area in city.areas.items():
        if len(set(area)) < len(area):
            raise BadEntryError(place=f"area {name}", reason="it has a zone twice")


def _require_name(what: str, name: str) -> None:
    if not name or not set(name).isdisjoint(PARTING):
        reason = f"“{name}” must be a name without any of {' '.join(PARTING)}"
        raise BadEntryError(place=what, reason=reason)


def _check_people(city: City) -> None:
    names = [group.id for group in city.groups]
    for group in city.groups:
        numbers(group.car_share, f"group {group.id}: car_share", least=0, most=1)
        numbers(group.spending, f"group {group.id}: spending", least=0)
    for zone in city.zones:
        if sorted(zone.residents) != sorted(names):
            raise BadEntryError(
                place=f"zone {zone.id}", reason=f"residents must be given for {', '.join(names)}"
            )
        amounts = (*zone.residents.values(), zone.jobs, zone.school_places, zone.hospital_beds)
        numbers(amounts, f"zone {zone.id}", (None,), least=0)
        numbers(zone.radius, f"zone {zone.id}: radius", above=0)
    for shop in city.shops:
        numbers(shop.floor_space, f"shop {shop.id}: floor_space", above=0)
    for node in city.nodes:
        numbers((node.x, node.y), f"node {node.id}", (2,))
    for n, polygon in enumerate(city.water):
        numbers(polygon, f"water {n + 1}", (None, 2))


def _check_vehicles(city: City) -> None:
    figures = list(published().vehicles)
    _known(figures, [(f"kind {kind.id}", kind.figures) for kind in city.kinds])
    kinds = [kind.id for kind in city.kinds]
    groups = [group.id for group in city.groups]
    for segment in city.segments:
        place = f"segment {segment.id}"
        _known(kinds, [(place, kind) for kind in segment.fleet])
        _known(groups, [(place, segment.group)] if segment.group is not None else [])
        numbers(tuple(segment.fleet.values()), f"{place}: fleet", (None,), least=0)
        if abs(sum(segment.fleet.values()) - 1) > 1e-9:
            raise BadEntryError(
                place=place, reason=f"its fleet adds up to {sum(segment.fleet.values())}, not 1"
            )
        for field in ("value_of_time", "pce", "occupancy"):
            numbers(getattr(segment, field), f"{place}: {field}", above=0)
        numbers(segment.distance_cost, f"{place}: distance_cost", least=0)


def _check_tables(city: City) -> None:
    shape = (len(city.zones), len(city.zones))
    for part, wanted in (("trips", city.segments), ("transit", city.groups)):
        tables = getattr(city, part)
        names = [each.id for each in wanted]
        if sorted(tables) != sorted(names):
            raise BadEntryError(place=part, reason=f"there must be tables for {', '.join(names)}")
        for name in names:
            numbers(tables[name], f"{part} {name}", shape, least=0, most=MOST)
    numbers(city.transit_minutes, "transit_minutes", shape, least=0)


def _known(names: Sequence[str], used: Sequence[tuple[str, str]]) -> None:
    for place, name in used:
        if name not in names:
            known = ", ".join(names[:20]) + (" …" if len(names) > 20 else "")
            raise BadEntryError(place=place, reason=f"“{name}” is none of {known}")
