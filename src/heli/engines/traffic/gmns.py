"""Networks and trips as the tables of the General Modeling Network Specification (GMNS).

Read are ``node``, ``link`` and, where given, ``movement`` tables, as CSV with a header; of columns
those of GMNS 0.96 that assignment needs, and the ``vdf_`` columns by which others extend it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from heli.engines.traffic.demand import Trips, build_trips
from heli.engines.traffic.errors import MissingColumnError, UnreadableRowError
from heli.engines.traffic.network import Link, Network, build_network

Row = dict[str, str]
NODE = ("node_id",)
LINK = ("link_id", "from_node_id", "to_node_id", "length", "free_speed", "capacity")
MOVEMENT = ("ib_link_id", "ob_link_id", "type")
DEMAND = ("o_zone_id", "d_zone_id", "volume")
FALSE, TRUE = ("0", "false", "f", "no", "n"), ("1", "true", "t", "yes", "y")


def read_network(nodes: str, links: str, movements: str = "") -> Network:
    """A network from the text of GMNS tables.

    Free time is length over free speed, which is in lengths an hour; capacity is by lane and hour.
    A link that is not directed is two, ``id`` and ``id:reverse``. Nodes with a ``zone_id`` are
    zones, those of type ``centroid`` are not passed on the way. ``vdf_alpha`` and ``vdf_beta`` are
    b and power of the BPR curve, 0.15 and 4 where missing. Movements of type ``prohibited`` are
    turn bans.

    Raises:
        MissingColumnError: If a needed column is missing.
        UnreadableRowError: If a cell is not a number, or ``directed`` neither true nor false.
        BadQuantityError: If a number of a link is out of range.
        DuplicateError: If an id is used twice.
        UnknownNodeError: If a link names a node that is not there.
        UnknownLinkError: If a movement names a link that is not there.
        BadTurnError: If the links of a movement do not meet.
    """
    node_ids, zones, centroids = [], {}, []
    for place, row in _rows(nodes, "node", NODE):
        node_ids.append(_cell(row, "node_id", place))
        if row.get("zone_id"):
            zones[row["zone_id"]] = row["node_id"]
        if row.get("node_type", "").lower() == "centroid":
            centroids.append(row["node_id"])
    rows = [link for place, row in _rows(links, "link", LINK) for link in _links(row, place)]
    network = build_network(rows, zones=zones, nodes=node_ids, no_through=centroids)
    if movements:
        for place, row in _rows(movements, "movement", MOVEMENT):
            if row["type"].lower() == "prohibited":
                network = network.banning([(row["ib_link_id"], row["ob_link_id"])], place)
    return network


def read_trips(text: str, network: Network, name: str = "demand") -> Trips:
    """Trips from a table of ``o_zone_id``, ``d_zone_id`` and ``volume``, vehicles an hour.

    Raises:
        MissingColumnError: If a needed column is missing.
        UnreadableRowError: If a volume is not a number.
        TripsToMissingZoneError: If trips begin or end in a zone that is not there.
        BadQuantityError: If a volume is negative or not finite.
    """
    rows = (
        (row["o_zone_id"], row["d_zone_id"], _number(row, "volume", place))
        for place, row in _rows(text, name, DEMAND)
    )
    return build_trips(rows, network, name)


def _rows(text: str, table: str, needed: tuple[str, ...]) -> Iterator[tuple[str, Row]]:
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    for column in needed:
        if column not in (reader.fieldnames or ()):
            raise MissingColumnError(place=table, column=column, needed=", ".join(needed))
    for row in reader:
        yield (
            f"{table}:{reader.line_num}",
            {name: (value or "").strip() for name, value in row.items() if name is not None},
        )


def _cell(row: Row, column: str, place: str) -> str:
    if not row[column]:
        raise MissingColumnError(place=place, column=column, needed=column)
    return row[column]


def _number(row: Row, column: str, place: str, default: float | None = None) -> float:
    cell = row.get(column, "")
    if not cell and default is not None:
        return default
    try:
        return float(cell)
    except ValueError:
        raise UnreadableRowError(place=place, text=cell, form=f"{column}: 0.0") from None


def _links(row: Row, place: str) -> list[Link]:
    speed = _number(row, "free_speed", place)
    length = _number(row, "length", place)
    if not speed > 0:
        raise UnreadableRowError(place=place, text=row["free_speed"], form="free_speed > 0")
    name, tail, head = (_cell(row, column, place) for column in LINK[:3])
    directed = row.get("directed", "").lower() or "true"
    if directed not in FALSE + TRUE:
        raise UnreadableRowError(place=place, text=directed, form="directed: true | false")
    ends = [(name, tail, head)]
    if directed in FALSE:
        ends.append((f"{name}:reverse", head, tail))
    return [
        Link(
            id=one, tail=begin, head=end, place=place,
            capacity=_number(row, "capacity", place) * _number(row, "lanes", place, 1.0),
            free_time=60.0 * length / speed, length=length,
            b=_number(row, "vdf_alpha", place, 0.15), power=_number(row, "vdf_beta", place, 4.0),
            toll=_number(row, "toll", place, 0.0),
        )
        for one, begin, end in ends
    ]  # fmt: skip
