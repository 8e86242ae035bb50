"""Linjiang as its departments keep it: one table for each resource, and a survey with errors.

What counts as true is the city of :mod:`heli.demo.twin.city`. The travel survey misses it as
surveys do: by district, by distance, and pair by pair. What was counted and sold comes from a file
that :mod:`heli.demo.twin.observing` made. All of it is invented.
"""

import json
from collections.abc import Iterable, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from heli.arrays import Numbers
from heli.demo.twin.city import linjiang
from heli.twin.city import City

SEED = 20260401
MISSED = {"江北示范区": 0.9, "江南示范区": 1.08, "港口示范区": 0.95, "山前示范区": 0.86}
"""What the survey finds of the trips that people of a district make."""
LONGER = 0.02
"""By how much it finds longer trips too often, for a kilometre."""
FREIGHT_MISSED = 0.88
SCATTER = 0.15
"""Standard deviation of the logarithm of each pair's error."""
OBSERVED = ("traffic_counts", "shop_sales")

Row = dict[str, Any]


def write(folder: Path) -> None:
    """Write all tables as Parquet files; each is replaced in one step."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables().items():
        fresh = folder / f"{name}.parquet.new"
        pq.write_table(pa.Table.from_pylist(list(rows)), fresh, compression="zstd")
        fresh.replace(folder / f"{name}.parquet")


def tables() -> dict[str, list[Row]]:
    """The rows of every resource."""
    city = linjiang()
    return {
        **_roads(city),
        **_zones(city),
        **_shops(city),
        "travel_survey": _survey(city),
        "transit_times": [
            {**pair, "minutes": float(city.transit_minutes[i, j])} for pair, i, j in _pairs(city)
        ],
        **{name: observed(name) for name in OBSERVED},
    }


def observed(name: str) -> list[Row]:
    """What was counted or sold, from the file that comes with the demo."""
    text = files(__package__).joinpath("observed.json").read_text("utf-8")
    rows: list[Row] = json.loads(text)[name]
    return rows


def _roads(city: City) -> dict[str, list[Row]]:
    return {
        "road_nodes": [
            {"node_no": node.id, "east": node.x, "north": node.y, "zone_no": node.zone}
            for node in city.nodes
        ],
        "road_links": [
            {
                "link_no": road.id,
                "from_node": road.tail,
                "to_node": road.head,
                "road": road.road,
                "length_km": road.length,
                "capacity": float(road.capacity),
                "free_speed": float(road.speed),
                "lanes": road.lanes,
                "delay_factor": road.b,
                "delay_power": road.power,
            }
            for road in city.roads
        ],
    }


def _zones(city: City) -> dict[str, list[Row]]:
    return {
        "traffic_zones": [
            {
                "zone_no": zone.id,
                "district": zone.district,
                "centre_node": zone.node,
                "radius": zone.radius,
            }
            for zone in city.zones
        ],
        "zone_population": [
            {"zone_no": zone.id} | {group: int(n) for group, n in zone.residents.items()}
            for zone in city.zones
        ],
        "zone_jobs": [{"zone_no": zone.id, "jobs": int(zone.jobs)} for zone in city.zones],
        "school_places": [
            {
                "school_no": f"示例学校-{zone.id}",
                "zone_no": zone.id,
                "places": int(zone.school_places),
            }
            for zone in city.zones
        ],
        "hospital_sites": [
            {
                "site_no": f"示例院区-{zone.id}",
                "zone_no": zone.id,
                "beds": int(zone.hospital_beds),
            }
            for zone in city.zones
            if zone.hospital_beds
        ],
    }


def _shops(city: City) -> dict[str, list[Row]]:
    return {
        "shop_floor_space": [
            {
                "shop_no": shop.id,
                "zone_no": shop.zone,
                "kind": shop.kind,
                "floor_space": shop.floor_space,
            }
            for shop in city.shops
        ],
        "fleet_shares": [
            {"row_no": f"{segment.id}:{kind}", "segment": segment.id, "kind": kind, "share": share}
            for segment in city.segments
            for kind, share in segment.fleet.items()
        ],
    }


def _survey(city: City) -> list[Row]:
    found = surveyed(city)
    return [
        {**pair, **{column: float(table[i, j]) for column, table in found.items()}}
        for pair, i, j in _pairs(city)
    ]


def surveyed(city: City) -> dict[str, Numbers]:
    """What the survey finds between zones, (Z, Z) each, by its columns."""
    generator = np.random.default_rng(SEED)
    middles = np.array([city.points[zone.node] for zone in city.zones])
    apart = np.hypot(*(middles[:, None] - middles).transpose(2, 0, 1)) / 1000
    share = np.array([MISSED[zone.district] for zone in city.zones])[:, None]
    tilt = np.exp(LONGER * (apart - apart.mean()))

    def found(table: Numbers, *, people: bool) -> Numbers:
        scatter = np.exp(SCATTER * generator.standard_normal(table.shape))
        part = share * tilt if people else 1.0
        return np.asarray(np.round(table * part * scatter, 3))

    people = {f"car_{group.id}": city.trips[f"private-{group.id}"] for group in city.groups}
    transit = {f"transit_{name}": table for name, table in city.transit.items()}
    return {
        **{name: found(table, people=True) for name, table in people.items()},
        "taxi": found(city.trips["taxi"], people=False),
        "freight": found(FREIGHT_MISSED * city.trips["freight"], people=False),
        **{name: found(table, people=True) for name, table in transit.items()},
    }


def _pairs(city: City) -> Iterable[tuple[Mapping[str, str], int, int]]:
    names = [zone.id for zone in city.zones]
    for i, origin in enumerate(names):
        for j, destination in enumerate(names):
            pair = f"{origin}-{destination}"
            yield {"pair_no": pair, "origin": origin, "destination": destination}, i, j
