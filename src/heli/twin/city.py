"""A city as plain data: who lives, works and shops where, who drives what, on which roads.

One hour is modelled, on working days. Places are metres east and north in a plane. A city's
``version`` is the hash of its content, so that every result says of which city it holds.
"""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from heli.arrays import Indices, Numbers
from heli.engines.exposure.dispersion import transfer
from heli.engines.exposure.weather import Weather
from heli.engines.traffic import Link, Network, build_network
from heli.twin.assumptions import Assumption
from heli.twin.errors import BadEntryError

POLLUTANTS = ("nox", "pm25")
"""Those whose concentrations are told, of the emissions engine's quantities."""
PARTS = ("groups", "kinds", "segments", "nodes", "roads", "zones", "shops")
"""Of which every city has some."""
MOST = 1e7
"""More vehicles or persons an hour, between two zones or on a road, are a slip of the pen."""
RANGES = {
    "speed": (1.0, 200.0),
    "capacity": (0.0, MOST),
    "power": (0.0, 20.0),
    "vehicles": (0.0, MOST),
    "persons": (0.0, MOST),
}
"""Least and most that is allowed in columns of a city's tables."""
RECEPTORS = tuple(
    (east, north)
    for one in (-0.65, 0.65)
    for other in (-0.2, 0.2)
    for east, north in ((one, other), (other, one))
)
"""Where people of a zone breathe, in radii from its middle."""


@dataclass(frozen=True, slots=True)
class Group:
    """People by income.

    Attributes:
        car_share: Share of them who can use a car.
        spending: Yuan a person and day, in shops, online or elsewhere.
    """

    id: str
    car_share: float
    spending: float


@dataclass(frozen=True, slots=True)
class Kind:
    """Vehicles of one fuel and emission standard; ``figures`` is the emission engine's key."""

    id: str
    fuel: str
    standard: str
    figures: str


@dataclass(frozen=True, slots=True)
class Segment:
    """Trips of one use by one group of people (private cars), or of none (freight, taxis).

    Attributes:
        value_of_time: Yuan an hour.
        distance_cost: Yuan a kilometre.
        pce: Passenger-car units of a vehicle.
        occupancy: Persons in a vehicle.
        fleet: Share of each kind of vehicle in the trips.
    """

    id: str
    use: str
    group: str | None
    value_of_time: float
    distance_cost: float
    pce: float
    occupancy: float
    fleet: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Node:
    """A junction, or the middle of a zone; ``zone`` is the zone it lies in, if any."""

    id: str
    x: float
    y: float
    zone: str


@dataclass(frozen=True, slots=True)
class Road:
    """One direction of a piece of road, or of the way between a zone's middle and the roads.

    Attributes:
        road: Name of the road, which several links may share, such as a bridge's.
        length: Kilometres.
        capacity: Passenger-car units an hour of all lanes; 0 where time does not depend on flow.
        speed: Kilometres an hour without traffic.
        lanes: How many.
        b: Of the BPR curve.
        power: Of the BPR curve.
    """

    id: str
    tail: str
    head: str
    road: str
    length: float
    capacity: float
    speed: float
    lanes: int = 1
    b: float = 0.15
    power: float = 4.0


@dataclass(frozen=True, slots=True)
class Zone:
    """Where trips begin and end.

    Attributes:
        node: Its middle.
        radius: Metres from its middle to its sides; people are spread over this square.
        residents: Persons by group.
    """

    id: str
    district: str
    node: str
    radius: float
    residents: Mapping[str, float]
    jobs: float
    school_places: float
    hospital_beds: float


@dataclass(frozen=True, slots=True)
class Shop:
    """Shops of one kind in a zone; ``floor_space`` in square metres."""

    id: str
    zone: str
    kind: str
    floor_space: float


@dataclass(frozen=True, eq=False)
class City:
    """All of a city; make it with :func:`build_city`. Z zones, in the order of ``zones``.

    Attributes:
        hour: The modelled hour of working days, ``"08:00"``.
        trips: Vehicles an hour by segment, origins × destinations, (Z, Z) each.
        transit: Persons an hour by public transport, by group, (Z, Z) each.
        transit_minutes: From door to door, (Z, Z).
        areas: Named sets of zones that measures may refer to.
        background: µg/m³ of each pollutant without the city's roads.
        limits: µg/m³ above which people are counted, by pollutant.
        watched: Names of roads whose flow is told, such as bridges.
        water: Polygons of rivers and lakes, metres; only for maps.
    """

    name: str
    hour: str
    districts: tuple[str, ...]
    groups: tuple[Group, ...]
    kinds: tuple[Kind, ...]
    segments: tuple[Segment, ...]
    nodes: tuple[Node, ...]
    roads: tuple[Road, ...]
    zones: tuple[Zone, ...]
    shops: tuple[Shop, ...]
    trips: Mapping[str, Numbers]
    transit: Mapping[str, Numbers]
    transit_minutes: Numbers
    areas: Mapping[str, tuple[str, ...]]
    weather: Weather
    background: Mapping[str, float]
    limits: Mapping[str, float]
    watched: tuple[str, ...]
    assumptions: Mapping[str, Assumption]
    water: tuple[tuple[tuple[float, float], ...], ...] = ()

    @cached_property
    def network(self) -> Network:
        """Its roads, as the traffic engine takes them."""
        return make_network(self.nodes, self.roads, self.zones)

    @cached_property
    def version(self) -> str:
        """SHA-256 of everything in it, hexadecimal."""
        tables = {
            **{f"trips/{name}": table for name, table in self.trips.items()},
            **{f"transit/{name}": table for name, table in self.transit.items()},
            "transit_minutes": self.transit_minutes,
        }
        digest = hashlib.sha256(json.dumps(_floats(self.plain), sort_keys=True).encode())
        for name in sorted(tables):
            digest.update(name.encode() + np.ascontiguousarray(tables[name], "<f8").tobytes())
        return digest.hexdigest()

    @property
    def plain(self) -> dict[str, Any]:
        """All but the tables of trips, as JSON can hold it.

        What was added to cities later stands in it only where a city has it, so that the versions
        of those that were kept before stay what they are.
        """
        return {
            "name": self.name,
            "hour": self.hour,
            "districts": self.districts,
            **{part: [asdict(each) for each in getattr(self, part)] for part in PARTS},
            "areas": dict(self.areas),
            "weather": asdict(self.weather),
            "background": dict(self.background),
            "limits": dict(self.limits),
            "watched": self.watched,
            "assumptions": {name: asdict(each) for name, each in self.assumptions.items()},
            **({"water": self.water} if self.water else {}),
        }

    @cached_property
    def zone_index(self) -> dict[str, int]:
        """Position of each zone by its id."""
        return {zone.id: z for z, zone in enumerate(self.zones)}

    @cached_property
    def zone_district(self) -> Indices:
        """Position of each zone's district, (Z,)."""
        return np.array([self.districts.index(zone.district) for zone in self.zones], np.intp)

    @cached_property
    def residents(self) -> Numbers:
        """Persons, zones × groups."""
        return np.array(
            [[zone.residents[group.id] for group in self.groups] for zone in self.zones], np.float64
        )

    @cached_property
    def node_zone(self) -> dict[str, str]:
        """The zone in which each node lies; empty if in none."""
        return {node.id: node.zone for node in self.nodes}

    @cached_property
    def road_district(self) -> Indices:
        """Position of the district of each road's tail; ``len(districts)`` if it lies in none."""
        of_zone = {zone.id: self.districts.index(zone.district) for zone in self.zones}
        return np.array(
            [of_zone.get(self.node_zone[road.tail], len(self.districts)) for road in self.roads],
            np.intp,
        )

    @cached_property
    def points(self) -> dict[str, tuple[float, float]]:
        """Where each node is, metres."""
        return {node.id: (node.x, node.y) for node in self.nodes}

    @cached_property
    def spread(self) -> Numbers:
        """What one g/s of each road adds at each receptor in a wind of 1 m/s, receptors × roads.

        Each zone has eight receptors, one after the other, off the lines of a street grid. A
        plume is inversely proportional to the wind.
        """
        start = np.array([self.points[road.tail] for road in self.roads])
        end = np.array([self.points[road.head] for road in self.roads])
        middles = np.array([self.points[zone.node] for zone in self.zones])
        radius = np.array([zone.radius for zone in self.zones])
        places = middles[:, None] + radius[:, None, None] * np.array(RECEPTORS)
        calm = replace(self.weather, wind=1.0)
        return transfer(start, end, places.reshape(-1, 2), calm)


def make_network(nodes: Sequence[Node], roads: Sequence[Road], zones: Sequence[Zone]) -> Network:
    """The traffic engine's network; zones' middles are not passed on the way.

    Raises:
        TrafficError: If a road is wrong; says which and why.
        BadEntryError: If a speed, capacity or power is out of its range.
    """
    for road in roads:
        for field in ("speed", "capacity", "power"):
            require_range(f"road {road.id}", field, getattr(road, field))
    return build_network(
        [
            Link(
                id=road.id,
                tail=road.tail,
                head=road.head,
                capacity=road.capacity,
                free_time=60 * road.length / road.speed,
                b=road.b,
                power=road.power,
                length=road.length,
                place=f"road {road.id}",
            )
            for road in roads
        ],
        nodes=[node.id for node in nodes],
        zones={zone.id: zone.node for zone in zones},
        no_through=[zone.node for zone in zones],
    )


def require_range(place: str, field: str, value: float) -> None:
    """Refuse a number that is out of the range of its column, if that has one.

    Raises:
        BadEntryError: Names the place, the number and its range.
    """
    least, most = RANGES.get(field.partition(":")[0], (-math.inf, math.inf))
    if not least <= value <= most:
        raise BadEntryError(
            place=place, reason=f"{field} is {value:g}, but must be from {least:g} to {most:g}"
        )


def build_city(**parts: Any) -> City:
    """A city, every part of it checked; the arguments are the attributes of :class:`City`.

    Raises:
        BadEntryError: For the first entry that is wrong, with its place.
        TrafficError: If a road is wrong.
        BadNumberError, BadShapeError: If a table of trips is.
    """
    from heli.twin.city_checks import check_city

    city = City(**parts)
    check_city(city)
    _ = city.network
    return city


def _floats(value: Any) -> Any:
    """The same data with 1 and 1.0 alike, however a file wrote it."""
    if isinstance(value, Mapping):
        return {name: _floats(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_floats(each) for each in value]
    return float(value) if isinstance(value, int) else value
