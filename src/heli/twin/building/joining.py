"""From records of several sources to one city; what does not fit names its source and record."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from heli.arrays import Numbers
from heli.errors import BadInputError
from heli.twin.building.errors import BadSourceError, NothingCountedError
from heli.twin.building.reading import Drawn
from heli.twin.building.recipe import Recipe
from heli.twin.building.shapes import SHAPES, Shape, members
from heli.twin.city import City, Node, Road, Segment, Shop, Zone, build_city, require_range
from heli.twin.city_files import Head
from heli.twin.errors import BadEntryError

Keys = tuple[str, ...]
SIGNED = {"x", "y"}
ADD_UP = 1e-6
"""How far shares of a fleet may be from 1 in all, as sources round them."""
_NAMED = re.compile(r"(road|zone|shop|node|link) ([^\s:]+)")
_PART_OF = {"road": "roads", "link": "roads", "zone": "zones", "shop": "shops", "node": "nodes"}


@dataclass
class Table:
    """The records of one part, by their keys, in the order of these.

    Attributes:
        places: How each record is called, for errors.
    """

    resource: str
    rows: dict[Keys, dict[str, Any]] = field(default_factory=dict)
    places: dict[Keys, str] = field(default_factory=dict)

    def fault(self, keys: Keys, reason: str) -> BadSourceError:
        """What is wrong with a record."""
        record = self.places.get(keys, " → ".join(keys))
        return BadSourceError(resource=self.resource, record=record, reason=reason)

    def require(self, column: str, known: Mapping[str, Any], what: str, at: int = -1) -> None:
        """Refuse records that name what is not there, in a text or in the key ``at``."""
        for keys, row in self.rows.items():
            name = keys[at] if at >= 0 else row[column]
            if name not in known:
                raise self.fault(keys, f"{column} “{name}” is no {what}")


def join(recipe: Recipe, drawn: Mapping[str, Drawn]) -> City:
    """The city that the parts make together, not calibrated yet.

    Raises:
        BadSourceError: For the first record that is wrong; names resource and record.
        HeliError: Whatever else :func:`~heli.twin.city.build_city` refuses.
    """
    head = recipe.head
    tables = {part: read_table(SHAPES[part], found, head) for part, found in drawn.items()}
    zones = _zones(head, tables)
    index = {zone.id: z for z, zone in enumerate(zones)}
    _check_roads(tables)
    tables["shops"].require("zone", index, "zone")
    trips = _matrices(tables["trips"], index)
    minutes = _matrices(tables["transit"], index, whole=True)
    parts = {name: getattr(head, name) for name in Head.__struct_fields__}
    parts |= {
        "segments": _segments(head, tables.get("fleet")),
        "nodes": tuple(Node(keys[0], **row) for keys, row in tables["nodes"].rows.items()),
        "roads": tuple(_road(tables["roads"], keys) for keys in tables["roads"].rows),
        "zones": zones,
        "shops": tuple(Shop(keys[0], **row) for keys, row in tables["shops"].rows.items()),
        "trips": {each.id: trips[f"trips:{each.id}"] for each in head.segments},
        "transit": {each.id: trips[f"persons:{each.id}"] for each in head.groups},
        "transit_minutes": minutes["minutes"],
    }
    try:
        return build_city(**parts)
    except BadInputError as error:
        raise _placed(error, tables) from error


def observed(recipe: Recipe, drawn: Mapping[str, Drawn], city: City) -> "Observed":
    """What was counted and sold, of links and shops that the city has.

    Raises:
        BadSourceError: For the first record that is wrong.
        NothingCountedError: There are too few counts or sales to learn from.
    """
    return Observed(
        counts=_counts(recipe, drawn.get("counts"), city),
        sales=_sales(recipe, drawn.get("sales"), city),
    )


@dataclass(frozen=True)
class Observed:
    """Observations.

    Attributes:
        counts: Vehicles an hour by use (``""`` for all) and link.
        sales: Yuan a day by shop.
    """

    counts: dict[str, dict[str, float]]
    sales: dict[str, float]


LEAST_COUNTS, LEAST_SALES = 10, 5


def _counts(recipe: Recipe, drawn: Drawn | None, city: City) -> dict[str, dict[str, float]]:
    if drawn is None:
        return {}
    table = read_table(SHAPES["counts"], drawn, recipe.head)
    table.require(drawn.columns["link"], {road.id: road for road in city.roads}, "road", 0)
    if len(table.rows) < LEAST_COUNTS:
        raise NothingCountedError(place=drawn.resource, count=len(table.rows), least=LEAST_COUNTS)
    columns = [name for name in drawn.columns if name.startswith("vehicles")]
    return {
        column.partition(":")[2]: {keys[0]: row[column] for keys, row in table.rows.items()}
        for column in columns
    }


def _sales(recipe: Recipe, drawn: Drawn | None, city: City) -> dict[str, float]:
    if drawn is None:
        return {}
    table = read_table(SHAPES["sales"], drawn, recipe.head)
    table.require(drawn.columns["shop"], {shop.id: shop for shop in city.shops}, "shop", 0)
    if len(table.rows) < LEAST_SALES:
        raise NothingCountedError(place=drawn.resource, count=len(table.rows), least=LEAST_SALES)
    return {keys[0]: row["sales"] for keys, row in table.rows.items()}


def read_table(shape: Shape, drawn: Drawn, head: Head) -> Table:
    """The records of a part, each value held against what it must be.

    Raises:
        BadSourceError: For the first record that is wrong.
    """
    table = Table(drawn.resource)
    texts, wanted = (*shape.keys, *shape.texts), (*shape.columns(head), *shape.may_have(head))
    numbers = [each for each in wanted if each in drawn.columns and each not in texts]
    for raw in drawn.rows:
        keys = tuple(_text(table, drawn, raw, name, shape) for name in shape.keys)
        row: dict[str, Any] = {
            name: _text(table, drawn, raw, name, shape) for name in shape.texts
        } | {name: _number(table, drawn, raw, name, shape) for name in numbers}
        before = table.rows.get(keys)
        if before is not None and not shape.adds:
            raise table.fault(keys, "it stands twice")
        table.rows[keys] = (
            row if before is None else {name: before[name] + row[name] for name in row}
        )
        table.places[keys] = _record(drawn, raw, shape)
    if not table.rows:
        raise BadSourceError(resource=drawn.resource, record="–", reason="it has no records")
    table.rows = dict(sorted(table.rows.items()))
    return table


def _record(drawn: Drawn, raw: Mapping[str, Any], shape: Shape) -> str:
    return ", ".join(f"{drawn.columns[key]} {raw[drawn.columns[key]]}" for key in shape.keys)


def _text(table: Table, drawn: Drawn, raw: Mapping[str, Any], name: str, shape: Shape) -> str:
    value = raw[drawn.columns[name]]
    text = "" if value is None else str(value).strip()
    if not text and name not in shape.blank:
        raise BadSourceError(
            resource=table.resource,
            record=_record(drawn, raw, shape),
            reason=f"{drawn.columns[name]} is empty",
        )
    return text


def _number(table: Table, drawn: Drawn, raw: Mapping[str, Any], name: str, shape: Shape) -> float:
    column = drawn.columns[name]
    given = raw[column]
    try:
        value = float(given)
    except (TypeError, ValueError):
        value = math.nan
    record = _record(drawn, raw, shape)
    if not math.isfinite(value) or (value < 0 and name not in SIGNED):
        reason = f"{column} is “{given}”, but must be a number of at least 0"
        raise BadSourceError(resource=table.resource, record=record, reason=reason)
    try:
        require_range(record, name.replace("trips:", "vehicles:"), value)
    except BadEntryError as error:
        reason = error.figures["reason"].replace(name, column)
        raise BadSourceError(resource=table.resource, record=record, reason=reason) from error
    return value


def _zones(head: Head, tables: Mapping[str, Table]) -> tuple[Zone, ...]:
    zones, residents = tables["zones"], tables["residents"]
    known = {keys[0]: keys for keys in zones.rows}
    zones.require("district", dict.fromkeys(head.districts), "district of the recipe")
    for part in ("residents", "jobs", "schools", "hospitals"):
        tables[part].require("zone", known, "zone", 0)
    groups = members(head, "groups")
    made = []
    for keys, row in zones.rows.items():
        if keys not in residents.rows:
            raise residents.fault(keys, "this zone is missing")
        people = residents.rows[keys]
        places = {}
        for part, column in (
            ("jobs", "jobs"), ("schools", "school_places"), ("hospitals", "hospital_beds"),
        ):  # fmt: skip
            places[column] = tables[part].rows.get(keys, {}).get(column, 0.0)
        lived = {group: people[f"residents:{group}"] for group in groups}
        made.append(Zone(id=keys[0], residents=lived, **row, **places))
    return tuple(made)


def _check_roads(tables: Mapping[str, Table]) -> None:
    nodes = {keys[0]: keys for keys in tables["nodes"].rows}
    for column in ("tail", "head"):
        tables["roads"].require(column, nodes, "junction")
    tables["zones"].require("node", nodes, "junction")
    zones = {keys[0]: keys for keys in tables["zones"].rows}
    tables["nodes"].require("zone", zones | {"": ()}, "zone")


def _road(table: Table, keys: Keys) -> Road:
    row = dict(table.rows[keys])
    lanes = row.pop("lanes", 1.0)
    if lanes < 1 or lanes != int(lanes):
        raise table.fault(keys, f"lanes is {lanes:g}, but must be 1, 2, …")
    return Road(keys[0], lanes=int(lanes), **row)


def _segments(head: Head, fleet: Table | None) -> tuple[Segment, ...]:
    if fleet is None:
        return head.segments
    kinds = dict.fromkeys(members(head, "kinds"))
    fleet.require("kind", kinds, "kind of vehicle in the recipe", 1)
    fleet.require("segment", dict.fromkeys(members(head, "segments")), "segment", 0)
    made = []
    for segment in head.segments:
        shares = {
            keys[1]: row["share"] for keys, row in fleet.rows.items() if keys[0] == segment.id
        }
        total = math.fsum(shares.values())
        if abs(total - 1) > ADD_UP:
            raise BadSourceError(
                resource=fleet.resource,
                record=segment.id,
                reason=f"the shares of its vehicles add up to {total:g}, not 1",
            )
        made.append(replace(segment, fleet={kind: share / total for kind, share in shares.items()}))
    return tuple(made)


def _matrices(table: Table, index: Mapping[str, int], *, whole: bool = False) -> dict[str, Numbers]:
    """Tables of pairs of zones, (Z, Z) each; pairs that are not given have 0."""
    for at, column in enumerate(("origin", "destination")):
        table.require(column, index, "zone", at)
    columns = next(iter(table.rows.values()))
    made = {name: np.zeros((len(index), len(index))) for name in columns}
    for (origin, destination), row in table.rows.items():
        for name, value in row.items():
            made[name][index[origin], index[destination]] = value
    if whole and len(table.rows) < len(index) ** 2:
        for keys in ((one, other) for one in index for other in index):
            if keys not in table.rows:
                raise table.fault(keys, "this pair of zones is missing")
    return made


def _placed(error: BadInputError, tables: Mapping[str, Table]) -> BadInputError:
    """The same error with the resource and record that it is about, where it names one."""
    named = _NAMED.search(str(error.figures.get("place", "")))
    if named is None:
        return error
    table = tables[_PART_OF[named[1]]]
    return table.fault((named[2],), error.detail().rstrip("."))
