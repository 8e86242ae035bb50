"""Networks: links with their cost curves, zones, nodes that may not be passed, turn bans."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from heli.engines.traffic.errors import (
    BadQuantityError,
    BadTurnError,
    DuplicateError,
    UnknownLinkError,
    UnknownNodeError,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Link:
    """One direction of a road, or a connector between a zone and the roads.

    The time at flow v (passenger-car units an hour) is ``free_time * (1 + b * (v / capacity) **
    power)`` (Bureau of Public Roads, 1964). With ``conical`` it is Spiess's conical curve instead
    (H. Spiess, "Conical volume-delay functions", Transportation Science 24, 1990), and ``b`` and
    ``power`` do not count.

    Attributes:
        id: Name of the link, unique in its network.
        tail: Node it leaves.
        head: Node it enters.
        capacity: Passenger-car units an hour; may be 0 where the time does not depend on flow.
        free_time: Minutes without traffic; 0 for free links.
        b: Share of free time added when flow equals capacity.
        power: 0, or at least 1. With 0 the time is ``free_time * (1 + b)`` whatever the flow.
        length: Distance, in the unit that the classes' ``distance_cost`` counts by.
        toll: Money that every class pays unless it has a toll of its own.
        conical: Steepness α > 1 of the conical curve, or None for the BPR curve.
        place: Where it stands in its source; by default its id.
    """

    id: str
    tail: str
    head: str
    capacity: float
    free_time: float
    b: float = 0.15
    power: float = 4.0
    length: float = 0.0
    toll: float = 0.0
    conical: float | None = None
    place: str = ""


@dataclass(frozen=True, eq=False)
class Network:
    """A network in arrays; make it with :func:`build_network`.

    A is the number of links, N of nodes, Z of zones; indices are positions in ``node_ids``,
    ``link_ids`` and ``zone_ids``. ``zones`` (Z,) are their nodes. ``conical`` holds α, or NaN where
    the curve is BPR. ``through`` says which nodes may be passed on the way, ``is_open`` which links
    are not closed; ``bans`` holds pairs of links of which the second may not follow the first.
    """

    node_ids: tuple[str, ...]
    link_ids: tuple[str, ...]
    zone_ids: tuple[str, ...]
    tail: Ints
    head: Ints
    capacity: Floats
    free_time: Floats
    b: Floats
    power: Floats
    length: Floats
    toll: Floats
    conical: Floats
    zones: Ints
    through: Bools
    is_open: Bools
    bans: tuple[tuple[int, int], ...] = ()

    @cached_property
    def link_index(self) -> dict[str, int]:
        """Position of each link by its id."""
        return {name: a for a, name in enumerate(self.link_ids)}

    @cached_property
    def zone_index(self) -> dict[str, int]:
        """Position of each zone by its id."""
        return {name: z for z, name in enumerate(self.zone_ids)}

    def find_links(self, names: Iterable[str], place: str) -> list[int]:
        """Positions of links by their ids.

        Raises:
            UnknownLinkError: If one is not in the network.
        """
        found = []
        for name in names:
            if name not in self.link_index:
                raise UnknownLinkError(place=place, link=name)
            found.append(self.link_index[name])
        return found

    def closing(self, *names: str, place: str = "closure") -> Network:
        """The same network with links closed to everybody; solutions stay comparable.

        Raises:
            UnknownLinkError: If a link is not in the network.
        """
        is_open = self.is_open.copy()
        is_open[self.find_links(names, place)] = False
        return replace(self, is_open=is_open)

    def opening(self, *names: str, place: str = "opening") -> Network:
        """The same network with closed links open again.

        Raises:
            UnknownLinkError: If a link is not in the network.
        """
        is_open = self.is_open.copy()
        is_open[self.find_links(names, place)] = True
        return replace(self, is_open=is_open)

    def banning(self, turns: Iterable[tuple[str, str]], place: str = "turn ban") -> Network:
        """The same network with turns forbidden, each from one link into another.

        Raises:
            UnknownLinkError: If a link is not in the network.
            BadTurnError: If the second link does not begin where the first ends.
        """
        bans = list(self.bans)
        for into, out in turns:
            a, b = self.find_links((into, out), place)
            if self.head[a] != self.tail[b]:
                raise BadTurnError(place=place, into=into, out=out)
            bans.append((a, b))
        return replace(self, bans=tuple(sorted(set(bans))))


def build_network(
    links: Sequence[Link],
    *,
    zones: Sequence[str] | Mapping[str, str],
    nodes: Sequence[str] | None = None,
    no_through: Iterable[str] = (),
) -> Network:
    """A network of links, every one of them checked.

    Args:
        links: The links, in any order.
        zones: Nodes where trips begin and end; or the node of each zone, by the zone's id.
        nodes: All nodes; by default those that links and zones name.
        no_through: Nodes that trips may not pass on the way, such as centroids.

    Raises:
        DuplicateError: If two links, nodes or zones have the same id.
        UnknownNodeError: If a link or zone names a node that is not in ``nodes``.
        BadQuantityError: If a number of a link is not finite or outside its range.
    """
    zone_ids = tuple(zones)
    zone_nodes = tuple(zones.values()) if isinstance(zones, Mapping) else zone_ids
    if nodes is None:
        named = dict.fromkeys(zone_nodes)
        for link in links:
            named[link.tail] = named[link.head] = None
        nodes = tuple(named)
    index = {name: n for n, name in enumerate(nodes)}
    _require_unique("node", nodes)
    _require_unique("link", [link.id for link in links])
    _require_unique("zone", zone_nodes)
    for link in links:
        check_link(link)
        for node in (link.tail, link.head):
            _node(index, node, link.place or f"link {link.id}")
    through = np.ones(len(nodes), np.bool_)
    for name in no_through:
        through[_node(index, name, "no_through")] = False
    return Network(
        node_ids=tuple(nodes),
        link_ids=tuple(link.id for link in links),
        tail=np.array([index[link.tail] for link in links], np.int32),
        head=np.array([index[link.head] for link in links], np.int32),
        capacity=_column([link.capacity for link in links]),
        free_time=_column([link.free_time for link in links]),
        b=_column([link.b for link in links]),
        power=_column([link.power for link in links]),
        length=_column([link.length for link in links]),
        toll=_column([link.toll for link in links]),
        conical=_column([math.nan if link.conical is None else link.conical for link in links]),
        zone_ids=zone_ids,
        zones=np.array([_node(index, name, "zones") for name in zone_nodes], np.int32),
        through=through,
        is_open=np.ones(len(links), np.bool_),
    )


def check_link(link: Link) -> None:
    """Refuse numbers that make no sense.

    Raises:
        BadQuantityError: Names the link's place, the number and its range.
    """
    place = link.place or f"link {link.id}"
    for quantity in ("free_time", "b", "length", "toll"):
        _require(place, quantity, getattr(link, quantity), "≥ 0", getattr(link, quantity) >= 0)
    _require(place, "power", link.power, "0 or ≥ 1", link.power == 0 or link.power >= 1)
    if link.conical is not None:
        _require(place, "conical", link.conical, "> 1", link.conical > 1)
    if depends_on_flow(link):
        _require(place, "capacity", link.capacity, "> 0", link.capacity > 0)
    else:
        _require(place, "capacity", link.capacity, "≥ 0", link.capacity >= 0)


def depends_on_flow(link: Link) -> bool:
    """Whether the time of a link rises with its flow."""
    return link.free_time > 0 and (link.conical is not None or (link.b > 0 and link.power > 0))


def _require(place: str, quantity: str, value: float, wanted: str, met: bool) -> None:
    if not (met and math.isfinite(value)):
        raise BadQuantityError(
            field=quantity, place=place, quantity=quantity, value=value, wanted=wanted
        )


def _require_unique(kind: str, names: Sequence[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise DuplicateError(place=kind, id=name)
        seen.add(name)


def _node(index: dict[str, int], name: str, place: str) -> int:
    if name not in index:
        raise UnknownNodeError(place=place, node=name)
    return index[name]


def _column(values: list[float]) -> Floats:
    return np.array(values, np.float64)
