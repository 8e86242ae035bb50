"""A city as a folder: ``city.json`` and tables as CSV, so that any program can make one.

| file | columns |
|---|---|
| nodes.csv | id, x, y, zone |
| roads.csv | id, tail, head, road, length, capacity, speed, lanes, b, power |
| zones.csv | id, district, node, radius, jobs, school_places, hospital_beds, residents:GROUP … |
| shops.csv | id, zone, kind, floor_space |
| trips.csv | segment, origin, destination, vehicles |
| transit.csv | origin, destination, minutes, persons:GROUP … (every pair of zones) |

``city.json`` holds the rest, in the words of :class:`~heli.twin.city.City`.
"""

import csv
import io
import json
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from heli.arrays import Numbers
from heli.engines.exposure.weather import Weather
from heli.twin.assumptions import Assumption
from heli.twin.city import (
    City,
    Group,
    Kind,
    Node,
    Road,
    Segment,
    Shop,
    Zone,
    build_city,
    require_range,
)
from heli.twin.errors import BadEntryError
from heli.twin.files import read_text, write_text

Row = dict[str, str]
HEAD = "city.json"


class Head(msgspec.Struct, forbid_unknown_fields=True):
    """What stands in ``city.json``."""

    name: str
    hour: str
    districts: tuple[str, ...]
    groups: tuple[Group, ...]
    kinds: tuple[Kind, ...]
    segments: tuple[Segment, ...]
    areas: dict[str, tuple[str, ...]]
    weather: Weather
    background: dict[str, float]
    limits: dict[str, float]
    watched: tuple[str, ...]
    assumptions: dict[str, Assumption]
    water: tuple[tuple[tuple[float, float], ...], ...] = ()


def read_city(folder: Path) -> City:
    """A city from a folder.

    Raises:
        UnreadableFileError: If a file cannot be read.
        BadEntryError: For the first entry that is wrong, with file and line.
        HeliError: Whatever :func:`~heli.twin.city.build_city` refuses.
    """
    head = _read_head(read_text(folder / HEAD))
    groups = [group.id for group in head.groups]
    persons = [f"persons:{group}" for group in groups]
    zones = _read_zones(folder, head)
    index = {zone.id: z for z, zone in enumerate(zones)}
    trips = _Tables([segment.id for segment in head.segments], len(zones))
    for place, row in _rows(folder, "trips.csv", ("segment", "origin", "destination", "vehicles")):
        at = (_find(place, row, "origin", index), _find(place, row, "destination", index))
        trips.put(place, row["segment"], at, _number(place, row, "vehicles"))
    transit = _Tables([*persons, "minutes"], len(zones))
    columns = ("origin", "destination", "minutes", *persons)
    for place, row in _rows(folder, "transit.csv", columns):
        at = (_find(place, row, "origin", index), _find(place, row, "destination", index))
        for name in transit.tables:
            transit.put(place, name, at, _number(place, row, name))
    transit.require_all("transit.csv", list(index))
    return build_city(
        **{name: getattr(head, name) for name in Head.__struct_fields__},
        nodes=_read_nodes(folder),
        roads=_read_roads(folder),
        zones=zones,
        shops=tuple(
            Shop(row["id"], row["zone"], row["kind"], _number(place, row, "floor_space"))
            for place, row in _rows(folder, "shops.csv", ("id", "zone", "kind", "floor_space"))
        ),
        trips=trips.tables,
        transit={group: transit.tables[f"persons:{group}"] for group in groups},
        transit_minutes=transit.tables["minutes"],
    )


def write_city(city: City, folder: Path) -> None:
    """Write a city into a folder; read again it has the same version.

    Raises:
        UnwritableFileError: If a file cannot be written there.
    """
    plain = city.plain
    head = {name: plain[name] for name in Head.__struct_fields__ if name in plain}
    write_text(folder / HEAD, json.dumps(head, ensure_ascii=False, indent=2) + "\n")
    groups = [group.id for group in city.groups]
    names = [zone.id for zone in city.zones]
    _write(folder / "nodes.csv", ("id", "x", "y", "zone"), plain["nodes"])
    _write(folder / "roads.csv", tuple(plain["roads"][0]), plain["roads"])
    _write(
        folder / "zones.csv",
        (*_ZONE, *(f"residents:{group}" for group in groups)),
        [
            {**zone, **{f"residents:{g}": number for g, number in zone["residents"].items()}}
            for zone in plain["zones"]
        ],
    )
    _write(folder / "shops.csv", ("id", "zone", "kind", "floor_space"), plain["shops"])
    _write(
        folder / "trips.csv",
        ("segment", "origin", "destination", "vehicles"),
        (
            {"segment": name, "origin": names[i], "destination": names[j], "vehicles": table[i, j]}
            for name, table in city.trips.items()
            for i, j in np.argwhere(table > 0).tolist()
        ),
    )
    _write(
        folder / "transit.csv",
        ("origin", "destination", "minutes", *(f"persons:{group}" for group in groups)),
        (
            {
                "origin": origin,
                "destination": destination,
                "minutes": city.transit_minutes[i, j],
                **{f"persons:{group}": city.transit[group][i, j] for group in groups},
            }
            for i, origin in enumerate(names)
            for j, destination in enumerate(names)
        ),
    )


_ZONE = ("id", "district", "node", "radius", "jobs", "school_places", "hospital_beds")


class _Tables:
    """Tables of pairs of zones, each entry of which may be given once."""

    def __init__(self, names: Sequence[str], zones: int) -> None:
        self.tables: dict[str, Numbers] = {name: np.zeros((zones, zones)) for name in names}
        self._given = {name: np.zeros((zones, zones), bool) for name in names}

    def put(self, place: str, name: str, at: tuple[int, int], value: float) -> None:
        if name not in self.tables:
            raise BadEntryError(place=place, reason=f"“{name}” is none of {', '.join(self.tables)}")
        if self._given[name][at]:
            raise BadEntryError(place=place, reason="this pair of zones stands twice")
        self._given[name][at] = True
        self.tables[name][at] = value

    def require_all(self, file: str, zones: Sequence[str]) -> None:
        for given in self._given.values():
            for i, j in np.argwhere(~given).tolist():
                raise BadEntryError(place=file, reason=f"{zones[i]} → {zones[j]} is missing")


def _read_head(text: str) -> Head:
    try:
        return msgspec.json.decode(text.encode(), type=Head)
    except msgspec.DecodeError as error:
        reason, _, place = str(error).partition(" - at ")
        where = place.strip("`").removeprefix("$.")
        raise BadEntryError(place=f"{HEAD}, {where}" if where else HEAD, reason=reason) from error


def _read_nodes(folder: Path) -> tuple[Node, ...]:
    return tuple(
        Node(row["id"], _number(place, row, "x"), _number(place, row, "y"), row["zone"])
        for place, row in _rows(folder, "nodes.csv", ("id", "x", "y", "zone"))
    )


def _read_roads(folder: Path) -> tuple[Road, ...]:
    columns = (
        "id", "tail", "head", "road", "length", "capacity", "speed", "lanes", "b", "power",
    )  # fmt: skip
    roads = []
    for place, row in _rows(folder, "roads.csv", columns):
        numbers = {name: _number(place, row, name) for name in columns[4:]}
        lanes = numbers.pop("lanes")
        if lanes < 1 or lanes != int(lanes):
            raise BadEntryError(place=place, reason=f"lanes is {lanes:g}, but must be 1, 2, …")
        roads.append(
            Road(row["id"], row["tail"], row["head"], row["road"], lanes=int(lanes), **numbers)
        )
    return tuple(roads)


def _read_zones(folder: Path, head: Head) -> tuple[Zone, ...]:
    residents = {group.id: f"residents:{group.id}" for group in head.groups}
    zones = []
    for place, row in _rows(folder, "zones.csv", (*_ZONE, *residents.values())):
        if row["district"] not in head.districts:
            known = ", ".join(head.districts)
            raise BadEntryError(place=place, reason=f"“{row['district']}” is none of {known}")
        zones.append(
            Zone(
                id=row["id"],
                district=row["district"],
                node=row["node"],
                residents={
                    group: _number(place, row, column) for group, column in residents.items()
                },
                **{name: _number(place, row, name) for name in _ZONE[3:]},
            )
        )
    return tuple(zones)


def _rows(folder: Path, file: str, columns: Sequence[str]) -> Iterable[tuple[str, Row]]:
    """The rows of a table, at least one, with their places; columns may stand in any order.

    Where there is a column ``id``, no row may have that of another.
    """
    reader = csv.DictReader(io.StringIO(read_text(folder / file), newline=""), strict=True)
    missing = [name for name in columns if name not in (reader.fieldnames or ())]
    if missing:
        raise BadEntryError(place=file, reason=f"the column {missing[0]} is missing")
    places: dict[str, str] = {}
    try:
        for row in reader:
            place = f"{file}:{reader.line_num}"
            if None in row or None in row.values():
                raise BadEntryError(
                    place=place, reason=f"it must have {len(reader.fieldnames or ())} cells"
                )
            first = places.setdefault(row.get("id", place), place)
            if first != place:
                raise BadEntryError(
                    place=place, reason=f"“{row['id']}” is used twice, first at {first}"
                )
            yield place, row
    except csv.Error as error:
        raise BadEntryError(place=f"{file}:{reader.line_num}", reason=str(error)) from error
    if not places:
        raise BadEntryError(place=file, reason="there is no row below its header")


def _number(place: str, row: Row, column: str) -> float:
    try:
        value = float(row[column])
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or (value < 0 and column not in {"x", "y"}):
        raise BadEntryError(
            place=place, reason=f"{column} is “{row[column]}”, but must be a number of at least 0"
        )
    require_range(place, column, value)
    return value


def _find(place: str, row: Row, column: str, index: dict[str, int]) -> int:
    if row[column] not in index:
        raise BadEntryError(place=place, reason=f"{column} “{row[column]}” is no zone")
    return index[row[column]]


def _write(path: Path, columns: Sequence[str], rows: Iterable[dict[str, Any]]) -> None:
    sheet = io.StringIO()
    writer = csv.DictWriter(sheet, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_text(path, sheet.getvalue())
