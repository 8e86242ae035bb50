"""What a scenario makes of a city: its network, and the classes into which rules part drivers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from heli.arrays import Numbers
from heli.engines.traffic import FleetClass, Group, Network, Rule, make_classes
from heli.twin.city import City, Segment
from heli.twin.errors import (
    NobodyConcernedError,
    NoLaneLeftError,
    NothingThereError,
    OtherModelError,
    OutsideWindowError,
    OverlappingAreasError,
    TollWithoutClassError,
)
from heli.twin.places import find_zones, require_known
from heli.twin.scenarios import (
    BusLine,
    Capacity,
    Closure,
    LowEmissionZone,
    Measure,
    ParkingPrice,
    PlateRule,
    Scenario,
    SchoolHours,
    Speed,
    Toll,
    Vehicles,
    Where,
)
from heli.twin.timetables import move_schools, ride

Roadwork = Closure | Capacity | Speed
Charged = PlateRule | LowEmissionZone | Toll | ParkingPrice


@dataclass(frozen=True, eq=False)
class Applied:
    """A city under a scenario.

    Attributes:
        network: With closures, other capacities and speeds.
        classes: By segment, the classes into which rules part its vehicles. The largest is called
            as the segment is, so that it can start from the base.
        barred_kinds: By segment, kinds of vehicles that a low-emission zone bars somewhere; their
            owners can renew them.
        transit_minutes: By public transport from door to door, (Z, Z), bus lines included.
        school_shift: Share of the trips to each zone's schools that leaves the hour, (Z,).
    """

    network: Network
    classes: dict[str, tuple[FleetClass, ...]]
    barred_kinds: dict[str, frozenset[str]]
    transit_minutes: Numbers
    school_shift: Numbers


@dataclass(frozen=True, slots=True)
class _Placed:
    """A measure, where it stands, and its links; with a rule if it is only for some vehicles."""

    place: str
    measure: Measure
    links: frozenset[str]
    rule: Rule | None


def apply(scenario: Scenario | None, city: City) -> Applied:
    """A city under a scenario; without one, as it is.

    Raises:
        OtherModelError: If the scenario is for another version of the city.
        OutsideWindowError: If it does not hold in the modelled hour.
        UnknownPlaceError, NothingThereError: If a measure's place is not there.
        NobodyConcernedError, TollWithoutClassError: If a measure is for nobody.
        OverlappingAreasError, TwiceError: If two measures of one kind overlap.
        RepeatedStopError: If a line stops twice at one place.
        NoSchoolThereError: If school hours are changed where no school is.
    """
    if scenario is None:
        nowhere = np.zeros(len(city.zones))
        return Applied(city.network, _classes(city, ()), {}, city.transit_minutes, nowhere)
    if not city.version.startswith(scenario.model):
        length = len(scenario.model)
        raise OtherModelError(
            scenario=scenario.id, wanted=scenario.model, found=city.version[:length]
        )
    if not scenario.window.holds(city.hour):
        raise OutsideWindowError(scenario=scenario.id, hour=city.hour)
    network, placed = city.network, []
    lines: list[tuple[str, BusLine]] = []
    schools: list[tuple[str, SchoolHours]] = []
    for number, measure in enumerate(scenario.measures):
        place = f"{scenario.id}, measures[{number}]"
        if isinstance(measure, BusLine):
            lines.append((place, measure))
        elif isinstance(measure, SchoolHours):
            schools.append((place, measure))
        elif isinstance(measure, Charged):
            rule = _rule(measure, city, place)
            placed.append(_Placed(place, measure, rule.links, rule))
        else:
            links = find_links(measure.where, city, place)
            placed.append(_Placed(place, measure, links, None))
            network = _changed(network, measure, links, city, place)
    _refuse_overlaps(placed)
    rules = [each.rule for each in placed if each.rule is not None]
    return Applied(
        network,
        _classes(city, rules),
        _barred_kinds(placed, city),
        ride(lines, city),
        move_schools(schools, city),
    )


def find_links(where: Where, city: City, place: str) -> frozenset[str]:
    """The links of a place.

    Raises:
        UnknownPlaceError: If the city has no such area, zone, road or link.
        NothingThereError: If there is no link.
    """
    known = {road.id for road in city.roads}
    roads = {road.road for road in city.roads}
    found: set[str] = set()
    for name in where.links or ():
        require_known(name, known, "link", place)
        found.add(name)
    for name in where.roads or ():
        require_known(name, roads, "road", place)
        found |= {road.id for road in city.roads if road.road == name}
    at = city.node_zone
    if where.inside is not None:
        zones = find_zones(where.inside, city, place)
        found |= {r.id for r in city.roads if at[r.tail] in zones and at[r.head] in zones}
    if where.entering is not None:
        zones = find_zones(where.entering, city, place)
        found |= {r.id for r in city.roads if at[r.tail] not in zones and at[r.head] in zones}
    if not found:
        raise NothingThereError(place=place)
    return frozenset(found)


def _changed(
    network: Network, measure: Roadwork, links: frozenset[str], city: City, place: str
) -> Network:
    """A network after a closure, or with another capacity or speed."""
    if isinstance(measure, Closure):
        return network.closing(*sorted(links), place=place)
    at = network.find_links(sorted(links), place)
    if isinstance(measure, Speed):
        free_time = network.free_time.copy()
        free_time[at] = 60 * network.length[at] / measure.km_per_h
        return replace(network, free_time=free_time)
    return replace(network, capacity=_capacity(network, measure, at, city, place))


def _capacity(
    network: Network, measure: Capacity, at: list[int], city: City, place: str
) -> Numbers:
    lanes = np.array([city.roads[a].lanes for a in at], np.float64)
    if lanes.min() + measure.lanes < 1:
        raise NoLaneLeftError(
            place=place, link=city.roads[at[int(lanes.argmin())]].id, lanes=int(lanes.min())
        )
    capacity = network.capacity.copy()
    capacity[at] *= (lanes + measure.lanes) / lanes
    return capacity


def _rule(measure: Charged, city: City, place: str) -> Rule:
    """The traffic engine's rule, for exactly those vehicles that the measure concerns."""
    _require_vehicles(measure, city, place)
    units = _units(measure, city)
    if isinstance(measure, Toll) and measure.concerned is None:
        uses = ", ".join(sorted({segment.use for segment in city.segments}))
        raise TollWithoutClassError(place=place, known=uses)
    if not units:
        kinds = ", ".join(f"{kind.fuel} {kind.standard}" for kind in city.kinds)
        uses = ", ".join(sorted({segment.use for segment in city.segments}))
        raise NobodyConcernedError(
            place=place, kind=type(measure).__struct_config__.tag, known=f"{uses}; {kinds}"
        )
    digits = frozenset(measure.digits) if isinstance(measure, PlateRule) else frozenset()
    toll = measure.yuan if isinstance(measure, Toll | ParkingPrice) else None
    return Rule(place, _links(measure, city, place), toll, uses=units, digits=digits)


def _links(measure: Charged, city: City, place: str) -> frozenset[str]:
    if isinstance(measure, Toll):
        return find_links(measure.where, city, place)
    if isinstance(measure, ParkingPrice):
        zones = find_zones(measure.area, city, place)
        middles = {zone.node for zone in city.zones if zone.id in zones}
        found = frozenset(road.id for road in city.roads if road.head in middles)
        if not found:
            raise NothingThereError(place=place)
        return found
    return find_links(Where(inside=measure.area), city, place)


def _require_vehicles(measure: Charged, city: City, place: str) -> None:
    """Refuse names of uses, fuels and standards that no vehicle of the city has."""
    known = {
        "uses": {segment.use for segment in city.segments},
        "fuels": {kind.fuel for kind in city.kinds},
        "standards": {kind.standard for kind in city.kinds},
    }
    for field, vehicles in (("for", measure.concerned), ("except", measure.exempt)):
        for attribute, names in known.items():
            for name in getattr(vehicles, attribute, None) or ():
                require_known(name, names, attribute[:-1], f"{place}.{field}.{attribute}")
    if isinstance(measure, LowEmissionZone):
        for name in measure.standards:
            require_known(name, known["standards"], "standard", f"{place}.standards")


def _units(measure: Charged, city: City) -> frozenset[str]:
    """Those parts of segments, each of one kind of vehicle, that a measure concerns."""
    kinds = {kind.id: kind for kind in city.kinds}
    found = set()
    for segment in city.segments:
        for name, share in segment.fleet.items():
            kind = kinds[name]
            about = (segment.use, kind.fuel, kind.standard)
            exempt = measure.exempt is not None and _fits(measure.exempt, about)
            barred = not isinstance(measure, LowEmissionZone) or kind.standard in measure.standards
            concerned = measure.concerned is None or _fits(measure.concerned, about)
            if share > 0 and concerned and barred and not exempt:
                found.add(_unit(segment, name))
    return frozenset(found)


def _fits(vehicles: Vehicles, about: tuple[str, str, str]) -> bool:
    wanted = (vehicles.uses, vehicles.fuels, vehicles.standards)
    return all(names is None or has in names for names, has in zip(wanted, about, strict=True))


def _unit(segment: Segment, kind: str) -> str:
    return f"{segment.id}/{kind}"


def _refuse_overlaps(placed: Sequence[_Placed]) -> None:
    for one, other in combinations(placed, 2):
        if type(one.measure) is not type(other.measure):
            continue
        shared = sorted(one.links & other.links)
        together = not (one.rule and other.rule) or one.rule.uses & other.rule.uses
        if shared and together:
            raise OverlappingAreasError(
                place=one.place,
                other=other.place,
                kind=type(one.measure).__struct_config__.tag,
                count=len(shared),
                link=shared[0],
            )


def _barred_kinds(placed: Sequence[_Placed], city: City) -> dict[str, frozenset[str]]:
    units = {
        unit
        for each in placed
        if isinstance(each.measure, LowEmissionZone) and each.rule
        for unit in each.rule.uses
    }
    return {
        segment.id: frozenset(kind for kind in segment.fleet if _unit(segment, kind) in units)
        for segment in city.segments
    }


def _classes(city: City, rules: Sequence[Rule]) -> dict[str, tuple[FleetClass, ...]]:
    made = {}
    for segment in city.segments:
        groups = [
            Group(
                name=kind,
                share=share,
                use=_unit(segment, kind),
                value_of_time=segment.value_of_time,
                distance_cost=segment.distance_cost,
                pce=segment.pce,
            )
            for kind, share in sorted(segment.fleet.items())
            if share > 0
        ]
        units = {group.use for group in groups}
        made[segment.id] = _named(
            segment.id, make_classes(groups, [rule for rule in rules if rule.uses & units])
        )
    return made


def _named(segment: str, classes: Sequence[FleetClass]) -> tuple[FleetClass, ...]:
    largest = max(range(len(classes)), key=lambda n: (classes[n].share, -n))
    return tuple(
        replace(one, user=replace(one.user, name=segment if n == largest else f"{segment} ({n})"))
        for n, one in enumerate(classes)
    )
