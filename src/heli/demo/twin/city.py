"""Linjiang's roads, people, shops and trips, made from rules: the same city every time.

A grid of streets on both banks of a river that only three bridges cross. The old town lies on the
south bank where the middle bridge lands; a ring goes around it by the two other bridges. Nothing
here is measured: the figures are chosen so that the city is busy, and so that keeping cars out of
the old town has two sides. Distances are in metres, the river flows along y = 0.
"""

import math
from dataclasses import replace
from itertools import product

import numpy as np

from heli.arrays import Numbers
from heli.engines.exposure.weather import Weather
from heli.twin.assumptions import Assumption
from heli.twin.city import City, Group, Kind, Node, Road, Segment, Shop, Zone, build_city

NORTH, SOUTH, HARBOUR, HILLS = "江北示范区", "江南示范区", "港口示范区", "山前示范区"
COLUMNS, BANK = 7, 4
"""Zones along the river, and away from it on each bank; each is two by two blocks."""
BLOCK = 700.0
RIVER = 500.0
"""Half the way from bank to bank and to the first street."""
OLD_TOWN = ("s02", "s03", "s04", "s13")
BRIDGES = {"west": 3, "middle": 6, "east": 10}
"""Columns of streets that cross the river."""
RING = (3, 10, 4)
"""The ring: two columns of streets, and a row on the south bank; in the north, the first row."""

GROUPS = (Group("low", 0.4, 38.0), Group("middle", 0.65, 70.0), Group("high", 0.9, 130.0))
KINDS = (
    Kind("petrol-old", "petrol", "CN3", "petrol-car-euro-3"),
    Kind("petrol", "petrol", "CN5", "petrol-car-euro-5"),
    Kind("petrol-new", "petrol", "CN6", "petrol-car-euro-6c"),
    Kind("electric", "electric", "none", "electric-car"),
    Kind("truck-old", "diesel", "CN3", "truck-euro-3"),
    Kind("truck", "diesel", "CN5", "truck-euro-5"),
    Kind("truck-new", "diesel", "CN6", "truck-euro-6"),
)
SEGMENTS = (
    Segment(
        "private-low", "private", "low", 22.0, 0.7, 1.0, 1.3,
        {"petrol-old": 0.3, "petrol": 0.5, "petrol-new": 0.15, "electric": 0.05},
    ),
    Segment(
        "private-middle", "private", "middle", 38.0, 0.7, 1.0, 1.3,
        {"petrol-old": 0.12, "petrol": 0.43, "petrol-new": 0.25, "electric": 0.2},
    ),
    Segment(
        "private-high", "private", "high", 75.0, 0.7, 1.0, 1.3,
        {"petrol-old": 0.04, "petrol": 0.26, "petrol-new": 0.35, "electric": 0.35},
    ),
    Segment("taxi", "taxi", None, 60.0, 0.6, 1.0, 1.5, {"petrol-new": 0.4, "electric": 0.6}),
    Segment(
        "freight", "freight", None, 90.0, 1.6, 2.0, 1.0,
        {"truck-old": 0.3, "truck": 0.45, "truck-new": 0.25},
    ),
)  # fmt: skip
ASSUMPTIONS = {
    "demand": Assumption(1.0, 0.95, 1.05),
    "value_of_time": Assumption(1.0, 0.8, 1.25),
    "mode_sensitivity": Assumption(0.03, 0.015, 0.05),
    "barred_to_transit": Assumption(0.6, 0.45, 0.7),
    "barred_elsewhere": Assumption(0.2, 0.1, 0.3),
    "school_runs": Assumption(0.12, 0.06, 0.2),
    "renewal": Assumption(0.5, 0.3, 0.7),
    "shop_attraction": Assumption(0.9, 0.8, 1.0),
    "shop_decay": Assumption(0.08, 0.05, 0.11),
    "shop_outside": Assumption(8.5, 8.0, 9.0),
    "shop_elasticity": Assumption(0.15, 0.0, 0.3),
    "emission_factor": Assumption(1.2, 1.0, 1.5),
    "wind": Assumption(2.4, 1.6, 3.4),
}
CARS = {"private-low": 0.22, "private-middle": 0.38, "private-high": 0.52}
"""Shares of a group's trips that are made by car where public transport takes as long."""
TRIPS_PER_PERSON = 0.17
"""In the modelled hour."""
DETERRENCE = 0.075
"""Per minute of a trip, in the gravity model."""


def linjiang() -> City:
    """The demo city."""
    zones = _zones()
    nodes = _nodes(zones)
    places = {node.id: (node.x, node.y) for node in nodes}
    middles = np.array([places[zone.node] for zone in zones])
    minutes = _transit_minutes(middles)
    trips, transit = _demand(zones, middles, minutes)
    return build_city(
        name="Linjiang 临江",
        hour="08:00",
        districts=(NORTH, SOUTH, HARBOUR, HILLS),
        groups=GROUPS,
        kinds=KINDS,
        segments=SEGMENTS,
        nodes=nodes,
        roads=_roads(zones, places),
        zones=zones,
        shops=_shops(zones),
        trips=trips,
        transit=transit,
        transit_minutes=minutes,
        areas={"old-town": OLD_TOWN},
        weather=Weather(wind=2.4, direction=60.0, stability="D", mixing=600.0),
        background={"nox": 28.0, "pm25": 32.0},
        limits={"nox": 100.0, "pm25": 35.0},
        watched=tuple(f"{name}-bridge" for name in BRIDGES),
        assumptions=ASSUMPTIONS,
        water=(_river(),),
    )


def _river() -> tuple[tuple[float, float], ...]:
    """The river from west to east, a little wider and narrower on its way."""
    east = [BLOCK * (step - COLUMNS) for step in range(-1, 2 * COLUMNS + 2)]
    bank = [(x, round(RIVER / 4 + 22 * math.sin(x / 900), 1)) for x in east]
    return (*bank, *((x, round(14 * math.sin(x / 700) - y, 1)) for x, y in reversed(bank)))


def _zones() -> tuple[Zone, ...]:
    return tuple(
        _zone(bank, row, column)
        for bank in "ns"
        for row in range(BANK)
        for column in range(COLUMNS)
    )


def _zone(bank: str, row: int, column: int) -> Zone:
    name = f"{bank}{row}{column}"
    central = name in OLD_TOWN
    near = np.exp(-((column - 3) ** 2 + (1.3 * row) ** 2) / 8)
    residents = round(6500 + 11000 * near, -1)
    wealth = {"n": 0.24, "s": 0.16}[bank] + 0.02 * row + (0.06 if central else 0.0)
    poor = 0.5 - 0.9 * wealth + (0.15 if bank == "s" and column >= 5 else 0.0)
    return Zone(
        id=name,
        district=_district(bank, column),
        node=f"z-{name}",
        radius=BLOCK,
        residents={
            "low": round(residents * poor),
            "middle": round(residents * (1 - poor - wealth)),
            "high": round(residents * wealth),
        },
        jobs=4500.0 if central else round((2600 if bank == "n" else 7000) + 3000 * near),
        school_places=round(900 + 900 * near),
        hospital_beds={"s23": 1200.0, "n12": 800.0, "s36": 500.0, "s30": 300.0}.get(name, 0.0),
    )


def _district(bank: str, column: int) -> str:
    if bank == "n":
        return NORTH
    return HILLS if column < 2 else SOUTH if column < 5 else HARBOUR


def _place(bank: str, row: float, column: float) -> tuple[float, float]:
    """Where a crossing of streets is; rows count away from the river."""
    side = 1 if bank == "n" else -1
    return BLOCK * (column - (2 * COLUMNS - 1) / 2), side * (RIVER + BLOCK * row)


def _nodes(zones: tuple[Zone, ...]) -> tuple[Node, ...]:
    nodes = []
    for zone in zones:
        bank, row, column = zone.id[0], int(zone.id[1]), int(zone.id[2])
        nodes.append(Node(zone.node, *_place(bank, 2 * row + 0.5, 2 * column + 0.5), zone.id))
    for bank, row, column in product("ns", range(2 * BANK), range(2 * COLUMNS)):
        inside = f"{bank}{row // 2}{column // 2}"
        nodes.append(Node(_crossing(bank, row, column), *_place(bank, row, column), inside))
    return tuple(nodes)


def _crossing(bank: str, row: int, column: int) -> str:
    return f"{bank}-{row}-{column}"


Street = tuple[str, float, float, int]
"""Name, capacity, speed and lanes."""


def _roads(zones: tuple[Zone, ...], places: dict[str, tuple[float, float]]) -> tuple[Road, ...]:
    pairs: list[tuple[str, str, Street]] = []
    for bank, row, column in product("ns", range(2 * BANK), range(2 * COLUMNS)):
        here = _crossing(bank, row, column)
        if column + 1 < 2 * COLUMNS:
            pairs.append((here, _crossing(bank, row, column + 1), _along(bank, row, column)))
        if row + 1 < 2 * BANK:
            pairs.append((here, _crossing(bank, row + 1, column), _across(bank, row, column)))
    for name, column in BRIDGES.items():
        figures = (4500.0, 60.0, 3) if name == "middle" else (2700.0, 50.0, 2)
        ends = _crossing("n", 0, column), _crossing("s", 0, column)
        pairs.append((*ends, (f"{name}-bridge", *figures)))
    roads = [road for pair in pairs for road in _both_ways(*pair, places)]
    return (*roads, *(road for zone in zones for road in _access(zone)))


def _both_ways(
    one: str, other: str, street: Street, places: dict[str, tuple[float, float]]
) -> tuple[Road, Road]:
    name, capacity, speed, lanes = street
    length = round(float(np.hypot(*np.subtract(places[one], places[other]))) / 1000, 3)
    there = Road(f"{one}>{other}", one, other, name, length, capacity, speed, lanes)
    return there, replace(there, id=f"{other}>{one}", tail=other, head=one)


def _access(zone: Zone) -> list[Road]:
    """The ways between a zone's middle and two of its crossings."""
    bank, row, column = zone.id[0], int(zone.id[1]), int(zone.id[2])
    crossings = [_crossing(bank, 2 * row + more, 2 * column + more) for more in (0, 1)]
    return [
        Road(f"{tail}>{head}", tail, head, "access", 0.3, 0.0, 18.0, b=0.0)
        for crossing in crossings
        for tail, head in ((zone.node, crossing), (crossing, zone.node))
    ]


def _along(bank: str, row: int, column: int) -> Street:
    """A street along the river."""
    west, east, south = RING
    on_ring = west <= column < east and row == (south if bank == "s" else 0)
    if on_ring:
        return "ring", 2500.0, 50.0, 3
    if bank == "s" and row < south and west < column < east - 1:
        return f"old-town-{row}", 1000.0, 35.0, 1
    if row % 2 == 0:
        return f"{bank}-avenue-{row}", 1700.0, 50.0, 2
    return f"{bank}-street-{row}", 800.0, 40.0, 1


def _across(bank: str, row: int, column: int) -> Street:
    """A street away from the river."""
    west, east, south = RING
    if bank == "s" and row < south and column in (west, east):
        return "ring", 2500.0, 50.0, 3
    if column in BRIDGES.values():
        return f"bridge-road-{column}", 2800.0, 55.0, 2
    if bank == "s" and row < south and west < column < east:
        return f"old-town-{column}", 900.0, 30.0, 1
    if column % 3 == 0:
        return f"{bank}-road-{column}", 1700.0, 50.0, 2
    return f"{bank}-lane-{column}", 800.0, 40.0, 1


def _shops(zones: tuple[Zone, ...]) -> tuple[Shop, ...]:
    shops = []
    for zone in zones:
        central, row = zone.id in OLD_TOWN, int(zone.id[1])
        shops.append(Shop(f"daily-{zone.id}", zone.id, "daily", 3000.0 + 500.0 * (3 - row)))
        if central:
            shops.append(Shop(f"fashion-{zone.id}", zone.id, "fashion", 14000.0))
        if zone.id in {"n11", "n15", "s20", "s26", "s33"}:
            shops.append(Shop(f"mall-{zone.id}", zone.id, "mall", 30000.0))
    return tuple(shops)


def _transit_minutes(middles: Numbers) -> Numbers:
    """Walking, waiting and riding; the river costs a detour by a bridge."""
    apart = np.hypot(*(middles[:, None] - middles).transpose(2, 0, 1)) / 1000
    crossing = np.sign(middles[:, None, 1]) != np.sign(middles[:, 1])
    minutes: Numbers = np.round(13 + 60 * apart * 1.25 / 19 + 3 * crossing, 2)
    np.fill_diagonal(minutes, 12.0)
    return minutes


def _demand(
    zones: tuple[Zone, ...], middles: Numbers, minutes: Numbers
) -> tuple[dict[str, Numbers], dict[str, Numbers]]:
    """Trips by a gravity model with jobs as attraction, shared by a logit."""
    attraction = np.array([zone.jobs for zone in zones])
    apart = np.hypot(*(middles[:, None] - middles).transpose(2, 0, 1)) / 1000
    driving = 5 + 60 * apart * 1.3 / 30
    weight = attraction * np.exp(-DETERRENCE * driving)
    weight /= weight.sum(axis=1, keepdims=True)
    trips, transit = {}, {}
    for segment in SEGMENTS:
        if segment.group is None:
            continue
        residents = np.array([zone.residents[segment.group] for zone in zones])
        persons = TRIPS_PER_PERSON * residents[:, None] * weight
        odds = CARS[segment.id] / (1 - CARS[segment.id]) * np.exp(0.03 * (minutes - driving - 8))
        by_car = persons * odds / (1 + odds)
        trips[segment.id] = np.round(by_car / segment.occupancy, 4)
        transit[segment.group] = np.round(persons - by_car, 4)
    both_ways = attraction[:, None] * attraction * np.exp(-0.05 * driving)
    np.fill_diagonal(both_ways, 0)
    for name, total in (("taxi", 3600.0), ("freight", 3000.0)):
        trips[name] = np.round(total * both_ways / both_ways.sum(), 4)
    return trips, transit
