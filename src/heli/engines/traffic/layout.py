"""From a network and its demand to the arrays that the kernels work on.

Nodes and links are put into an order that follows from their ids alone, so neither the order of the
input nor that of classes changes a result. A junction with turn bans is taken apart: every link
into it ends in a node of its own, every link out of it begins in one, and allowed turns are free
arcs between them. So each road stays one link with one flow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from heli.engines.traffic import kernels
from heli.engines.traffic.curves import curves_of, times
from heli.engines.traffic.demand import Trips, UserClass
from heli.engines.traffic.errors import BadQuantityError, DuplicateError
from heli.engines.traffic.network import Network

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]
Flags = NDArray[np.uint8]

Demand = Sequence[tuple[UserClass, Trips]]

SLOWEST = 1e150
"""Minutes that a link may take with all trips on it, so that sums and leaps stay finite."""


@dataclass(frozen=True, eq=False)
class Graph:
    """Nodes and arcs in the kernels' order; ``arc`` and ``node`` say where links and nodes are."""

    net: kernels.Net
    curves: kernels.Curves
    arc: Ints
    node: Ints

    def same_shape(self, other: Graph) -> bool:
        """Whether bushes of one fit the other."""
        return (
            np.array_equal(self.net.tail, other.net.tail)
            and np.array_equal(self.net.head, other.net.head)
            and np.array_equal(self.net.through, other.net.through)
            and np.array_equal(self.arc, other.arc)
        )

    def spread(
        self, values: NDArray[Any], turns: int, dtype: type[np.generic] = np.float64
    ) -> NDArray[Any]:
        """Values of links as values of arcs; turns get one of their own."""
        spread = np.full(self.net.tail.size, turns, dtype)
        spread[self.arc] = values
        return spread


@dataclass(frozen=True, eq=False)
class Problem:
    """What is to be assigned: a graph, classes, and one commodity for each class and origin.

    ``keys[k]`` is the class's position and the origin's node.
    """

    network: Network
    graph: Graph
    classes: tuple[UserClass, ...]
    trips: tuple[Trips, ...]
    keys: tuple[tuple[int, int], ...]
    task: kernels.Task

    @cached_property
    def commodity(self) -> dict[tuple[int, int], int]:
        """The commodity of each class and origin node."""
        return {key: k for k, key in enumerate(self.keys)}

    def pairs(self, cls: int) -> tuple[Ints, Ints]:
        """Commodity (-1 if none) and destination's node of every pair of a class, each (P,)."""
        trips = self.trips[cls]
        nodes = self.graph.node[self.network.zones]
        of_zone = np.array([self.commodity.get((cls, n), -1) for n in nodes.tolist()], np.int32)
        return of_zone[trips.origin], nodes[trips.destination]


def natural(name: str) -> tuple[int, str]:
    """Key that puts whole numbers in their order."""
    return len(name), name


SHAPE = ("tail", "head", "zones", "through")
"""Columns that nodes and arcs of a graph follow from, beside ids and turn bans."""


def graph_of(network: Network, known: Problem | None) -> Graph:
    """The graph of a network; nodes and arcs of a known one are kept where they are the same."""
    if known is None or not _same_roads(network, known.network):
        return make_graph(network)
    graph = known.graph
    curves = (graph.spread(column, 0, column.dtype.type) for column in curves_of(network))
    return replace(graph, curves=kernels.Curves(*curves))


def _same_roads(one: Network, other: Network) -> bool:
    return (
        one.node_ids == other.node_ids
        and one.link_ids == other.link_ids
        and one.bans == other.bans
        and all(np.array_equal(getattr(one, name), getattr(other, name)) for name in SHAPE)
    )


def make_graph(network: Network) -> Graph:
    """The graph of a network, its junctions with turn bans taken apart."""
    links = network.tail.size
    order = sorted(range(len(network.node_ids)), key=lambda n: natural(network.node_ids[n]))
    node = np.empty(len(order), np.int32)
    node[order] = np.arange(len(order), dtype=np.int32)
    through = np.zeros(len(order), np.uint8)
    through[node] = network.through
    names = sorted(range(links), key=lambda a: natural(network.link_ids[a]))
    rank = np.empty(links, np.int64)
    rank[names] = np.arange(links)
    tail, head, through, turns = _take_apart(network, node, rank, through)
    tails = np.concatenate([tail, np.array([i for i, _ in turns], np.int32)])
    heads = np.concatenate([head, np.array([j for _, j in turns], np.int32)])
    ranks = np.concatenate([rank, np.full(len(turns), links)])
    by_head = np.lexsort((ranks, tails, heads))
    arc = np.empty(by_head.size, np.int32)
    arc[by_head] = np.arange(by_head.size, dtype=np.int32)
    tails, heads = tails[by_head], heads[by_head]
    leaving = np.argsort(tails, kind="stable").astype(np.int32)
    curves = [
        np.concatenate([column, np.zeros(len(turns), column.dtype)])[by_head]
        for column in curves_of(network)
    ]
    return Graph(
        net=kernels.Net(
            tail=tails,
            head=heads,
            first=_pointers(heads, through.size),
            leaving=leaving,
            starts=_pointers(tails, through.size),
            through=through,
        ),
        curves=kernels.Curves(*curves),
        arc=arc[:links],
        node=node,
    )


def _take_apart(
    network: Network, node: Ints, rank: NDArray[np.int64], through: Flags
) -> tuple[Ints, Ints, Flags, list[tuple[int, int]]]:
    """Ends of links, passable nodes and turning arcs once junctions with bans are taken apart."""
    tail, head = node[network.tail], node[network.head]
    banned = set(network.bans)
    new: list[bool] = []
    turns: list[tuple[int, int]] = []
    zones = set(node[network.zones].tolist())
    for n in sorted({int(head[a]) for a, _ in banned}):
        into = sorted(np.flatnonzero(head == n).tolist(), key=lambda a: rank[a])
        out = sorted(np.flatnonzero(tail == n).tolist(), key=lambda a: rank[a])
        entry = {a: through.size + len(new) + e for e, a in enumerate(into)}
        new += [True] * len(into)
        exits = {b: through.size + len(new) + e for e, b in enumerate(out)}
        new += [True] * len(out)
        if through[n]:
            turns += [(entry[a], exits[b]) for a in into for b in out if (a, b) not in banned]
        if n in zones:
            turns += [(entry[a], n) for a in into] + [(n, exits[b]) for b in out]
        for a in into:
            head[a] = entry[a]
        for b in out:
            tail[b] = exits[b]
        through[n] = 0
    return tail, head, np.concatenate([through, np.array(new, np.uint8)]), turns


def make_problem(network: Network, demand: Demand, known: Problem | None = None) -> Problem:
    """Classes in the order of their names, commodities in that of their origins.

    Args:
        network: Links and zones.
        demand: Classes, each with its trips.
        known: A problem whose graph is kept where it fits.

    Raises:
        UnknownLinkError: If a class is barred from or pays for a link that is not there.
        TollWithoutValueError: If a class has to pay and has no value of time.
        DuplicateError: If two classes have the same name.
        BadQuantityError: If trips are negative or not finite, or too many for a link's curve.
    """
    names = [user.name for user, _ in demand]
    for name in names:
        if names.count(name) > 1:
            raise DuplicateError(place="classes", id=name)
    graph = graph_of(network, known)
    ordered = sorted(demand, key=lambda one: one[0].name)
    tails = graph.net.tail
    if known and _same_trips(ordered, graph, known):
        keys, wanted = known.keys, known.task.demand
    else:
        keys, wanted = _commodities(ordered, graph, network)
    _require_times(network, float(wanted.sum()))
    fixed = np.array([_fixed_cost(user, network) for user, _ in ordered], np.float64)
    return Problem(
        network=network,
        graph=graph,
        classes=tuple(user for user, _ in ordered),
        trips=tuple(trips for _, trips in ordered),
        keys=keys,
        task=kernels.Task(
            kinds=np.array([cls for cls, _ in keys], np.int32),
            demand=wanted,
            usable=np.array(
                [graph.spread(user.usable(network), 1, np.uint8) for user, _ in ordered], np.uint8
            ).reshape(len(ordered), tails.size),
            fixed=np.array([graph.spread(each, 0) for each in fixed], np.float64).reshape(
                len(ordered), tails.size
            ),
        ),
    )


def _same_trips(ordered: Demand, graph: Graph, known: Problem) -> bool:
    """Whether the commodities are those of a known problem: its very trips, on its nodes."""
    return (
        graph.net is known.graph.net
        and [user.pce for user, _ in ordered] == [user.pce for user in known.classes]
        and [id(trips) for _, trips in ordered] == [id(trips) for trips in known.trips]
    )


def _commodities(
    ordered: Demand, graph: Graph, network: Network
) -> tuple[tuple[tuple[int, int], ...], Floats]:
    """Class and origin of each commodity, and what it wants to carry to all nodes, (K, N)."""
    zone_nodes = graph.node[network.zones]
    keys: list[tuple[int, int]] = []
    blocks = [np.empty((0, graph.net.through.size))]
    for cls, (user, trips) in enumerate(ordered):
        _require_trips(user, trips, network)
        leaving = trips.origin != trips.destination
        origin = zone_nodes[trips.origin[leaving]]
        starts, row = np.unique(origin, return_inverse=True)
        block = np.zeros((starts.size, graph.net.through.size))
        block[row, zone_nodes[trips.destination[leaving]]] = trips.number[leaving] * user.pce
        keys += [(cls, node) for node in starts.tolist()]
        blocks.append(block)
    return tuple(keys), np.concatenate(blocks)


def _require_trips(user: UserClass, trips: Trips, network: Network) -> None:
    """Refuse numbers by which the kernels would lose their way: no path is shorter than NaN."""
    wrong = np.flatnonzero(~(np.isfinite(trips.number) & (trips.number >= 0)))
    if wrong.size:
        p = int(wrong[0])
        origin, destination = (network.zone_ids[z[p]] for z in (trips.origin, trips.destination))
        raise BadQuantityError(
            field="trips",
            place=f"class {user.name}, {origin} → {destination}",
            quantity="trips",
            value=float(trips.number[p]),
            wanted="≥ 0",
        )


def _require_times(network: Network, units: float) -> None:
    """Refuse so many passenger-car units that a link's time would not be finite."""
    with np.errstate(over="ignore", invalid="ignore"):
        slowest = times(curves_of(network), np.full(network.tail.size, units))
    _require_bounded(network, slowest, "trips", "link", "time with all trips on it")


def _fixed_cost(user: UserClass, network: Network) -> Floats:
    """What a class pays for links; refused where it is so much that sums would not be finite."""
    with np.errstate(over="ignore"):
        minutes = user.fixed_cost(network)
    _require_bounded(
        network, minutes, "tolls", f"class {user.name}, link", "cost beside time, minutes"
    )
    return minutes


def _require_bounded(
    network: Network, minutes: Floats, field: str, place: str, quantity: str
) -> None:
    """Refuse minutes of links, (A,), that are so many that sums would not be finite."""
    wrong = np.flatnonzero(~(minutes <= SLOWEST))
    if wrong.size:
        raise BadQuantityError(
            field=field,
            place=f"{place} {network.link_ids[wrong[0]]}",
            quantity=quantity,
            value=float(minutes[wrong[0]]),
            wanted=f"≤ {SLOWEST:g}",
        )


def _pointers(ends: Ints, nodes: int) -> Ints:
    counts = np.bincount(ends, minlength=nodes)
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
