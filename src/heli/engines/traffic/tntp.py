"""Networks and trips in the text format of Transportation Networks for Research (TNTP)."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from heli.engines.traffic.demand import Trips, merge_trips
from heli.engines.traffic.errors import (
    BadQuantityError,
    MissingColumnError,
    TripsToMissingZoneError,
    UnreadableRowError,
)
from heli.engines.traffic.network import Link, Network, build_network

LINK_FORM = "init_node term_node capacity length free_flow_time b power speed toll link_type ;"
TRIP_FORM = "destination : trips ;"
Columns = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]
_TAG = re.compile(r"\s*<([^>]+)>(.*)")
_TOTAL = re.compile(r"<TOTAL OD FLOW>\s*([0-9.]+(?:[eE][+-]?[0-9]+)?)")
TOTAL_EXACT = 1e-3
"""Share by which a stated total may differ: published ones are rounded."""
_ORIGIN = re.compile(r"Origin[ \t]+(\S+)")


def read_network(text: str, name: str = "network") -> Network:
    """A network from the text of a ``_net.tntp`` file.

    Nodes are 1 … NUMBER OF NODES, zones 1 … NUMBER OF ZONES; nodes below FIRST THRU NODE are not
    passed on the way. A link is called ``tail-head``; parallel ones after the first get ``#2`` …

    Args:
        text: Content of the file.
        name: What errors call the file.

    Raises:
        MissingColumnError: If a needed tag of the header is missing.
        UnreadableRowError: If a row is not a link.
        BadQuantityError: If a number is out of range or the links are not as many as stated.
        UnknownNodeError: If a link names a node above NUMBER OF NODES.
    """
    tags, rows = _split(text, name)
    nodes = _count(tags, "NUMBER OF NODES", name)
    zones = _count(tags, "NUMBER OF ZONES", name)
    first_through = _count(tags, "FIRST THRU NODE", name) if "FIRST THRU NODE" in tags else 1
    if first_through > nodes + 1:
        raise BadQuantityError(
            place=name, quantity="FIRST THRU NODE", value=first_through, wanted=f"≤ {nodes + 1}"
        )
    seen: dict[str, int] = {}
    links = [_link(row, f"{name}:{number}", seen) for number, row in rows]
    if "NUMBER OF LINKS" in tags and _count(tags, "NUMBER OF LINKS", name) != len(links):
        raise BadQuantityError(
            place=name, quantity="NUMBER OF LINKS", value=tags["NUMBER OF LINKS"],
            wanted=len(links),
        )  # fmt: skip
    return build_network(
        links,
        nodes=[str(node) for node in range(1, nodes + 1)],
        zones=[str(zone) for zone in range(1, zones + 1)],
        no_through=[str(node) for node in range(1, first_through)],
    )


def read_trips(text: str, network: Network, name: str = "trips") -> Trips:
    """Trips from the text of a ``_trips.tntp`` file, vehicles an hour.

    Raises:
        MissingColumnError: If no origin is named.
        UnreadableRowError: If a row is not ``destination : trips ;``.
        TripsToMissingZoneError: If trips begin or end in a zone that the network does not have.
        BadQuantityError: If a number of trips is negative or not finite, or their total is not as
            stated.
    """
    body = text.partition("<END OF METADATA>")
    start = len(body[0]) + len(body[1]) if body[1] else 0
    marks = list(_ORIGIN.finditer(text, start))
    if not marks:
        raise MissingColumnError(place=name, column="Origin", needed="Origin ZONE")
    blocks: list[Columns] = [(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))]
    for mark, following in zip(marks, [*marks[1:], None], strict=True):
        end = following.start() if following else len(text)
        blocks.append(_block(text, mark, end, network, name))
    origins, destinations, numbers = zip(*blocks, strict=True)
    _require_total(body[0], math.fsum(float(block.sum()) for block in numbers), name)
    return merge_trips(
        np.concatenate(origins), np.concatenate(destinations), np.concatenate(numbers),
        len(network.zones),
    )  # fmt: skip


def _require_total(head: str, total: float, name: str) -> None:
    """Refuse trips that do not make up the total of the header, as where the file was cut off."""
    stated = _TOTAL.search(head)
    if stated and not math.isclose(float(stated[1]), total, rel_tol=TOTAL_EXACT):
        raise BadQuantityError(
            field="trips", place=name, quantity="sum of all trips", value=total,
            wanted=f"{float(stated[1]):g} (TOTAL OD FLOW)",
        )  # fmt: skip


def _block(text: str, mark: re.Match[str], end: int, network: Network, name: str) -> Columns:
    """The trips of one origin, as columns of positions; those of 0 trips left out."""
    origin = network.zone_index.get(mark[1])
    body = text[mark.end() : end]
    pairs = [pair for pair in body.replace("\n", " ").split(";") if pair.strip()]
    zones, numbers = [], []
    try:
        for pair in pairs:
            zone, number = pair.split(":")
            numbers.append(float(number))
            zones.append(zone.strip())
    except ValueError:
        raise UnreadableRowError(
            place=_line(text, mark.end() + body.find(pair.strip()), name),
            text=pair.strip()[:60], form=TRIP_FORM,
        ) from None  # fmt: skip
    found = np.array([network.zone_index.get(zone, -1) for zone in zones], np.int64)
    trips = np.array(numbers, np.float64)
    for p in np.flatnonzero(~(np.isfinite(trips) & (trips >= 0))):
        place = _line(text, mark.end() + body.find(pairs[p].strip()), name)
        raise BadQuantityError(
            field="trips", place=place, quantity="trips", value=numbers[p], wanted="≥ 0"
        )
    wrong = (trips > 0) & (found < 0 if origin is not None else True)
    for p in np.flatnonzero(wrong):
        raise TripsToMissingZoneError(
            place=_line(text, mark.end() + body.find(pairs[p].strip()), name),
            zone=mark[1] if origin is None else zones[p], trips=numbers[p],
        )  # fmt: skip
    kept = trips > 0
    return np.full(kept.sum(), origin or 0, np.int64), found[kept], trips[kept]


def _line(text: str, offset: int, name: str) -> str:
    return f"{name}:{text.count(chr(10), 0, offset) + 1}"


def _split(text: str, name: str) -> tuple[dict[str, str], list[tuple[int, str]]]:
    """The tags of the header, and the rows after it with their line numbers."""
    tags: dict[str, str] = {}
    rows = list(_rows(text))
    for at, (_, row) in enumerate(rows):
        tag = _TAG.match(row)
        if tag and tag[1].strip().upper() == "END OF METADATA":
            return tags, rows[at + 1 :]
        if tag:
            tags[tag[1].strip().upper()] = tag[2].strip()
    raise MissingColumnError(
        place=name, column="<END OF METADATA>", needed="<NUMBER OF NODES>, <NUMBER OF ZONES>"
    )


def _rows(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), 1):
        row = line.partition("~")[0].strip()
        if row:
            yield number, row


def _count(tags: dict[str, str], tag: str, name: str) -> int:
    if tag not in tags:
        raise MissingColumnError(
            place=name, column=f"<{tag}>", needed="<NUMBER OF NODES>, <NUMBER OF ZONES>"
        )
    if not tags[tag].isdecimal():
        raise BadQuantityError(place=name, quantity=f"<{tag}>", value=tags[tag], wanted="≥ 0")
    return int(tags[tag])


def _link(row: str, place: str, seen: dict[str, int]) -> Link:
    cells = row.rstrip(";").split()
    try:
        tail, head = str(int(cells[0])), str(int(cells[1]))
        capacity, length, free_time, b, power, _, toll, _ = map(float, cells[2:10])
    except (ValueError, IndexError):
        raise UnreadableRowError(place=place, text=row[:60], form=LINK_FORM) from None
    key = f"{tail}-{head}"
    seen[key] = seen.get(key, 0) + 1
    return Link(
        id=key if seen[key] == 1 else f"{key}#{seen[key]}",
        tail=tail, head=head, capacity=capacity, free_time=free_time, b=b, power=power,
        length=length, toll=toll, place=place,
    )  # fmt: skip
