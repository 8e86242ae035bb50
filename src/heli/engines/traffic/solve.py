"""Static user equilibrium of several classes, and its figures.

Every class minimises its own generalised cost: the time of a link, which all classes cause and
share, and a part that does not depend on flow (tolls and distance, as minutes of that class). With
flows in passenger-car units such an equilibrium minimises Beckmann's objective

    Z = Σ over links of the integral of time from 0 to total flow
        + Σ over classes and links of the class's flow times its fixed part,

because the cost of one class rises with the flow of another by the same amount as the other way
round. Z, the total flows and the gap are unique where times rise with flow; how classes share a
link's flow, and flows on links whose time is constant, need not be.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from heli.engines.traffic import kernels
from heli.engines.traffic.curves import integrals
from heli.engines.traffic.errors import (
    BadQuantityError,
    ForeignBaseError,
    UnknownClassError,
)
from heli.engines.traffic.layout import Demand, Problem, make_problem
from heli.engines.traffic.network import Network

Floats = NDArray[np.float64]
Progress = Callable[[int, float], None]

# Chosen by measurement, see ADR 0160.
BETWEEN = 1  # rounds over the bushes that matter, between two over all
MATTERS = 0.5  # they have more than this share of the mean excess
KEPT = 4  # rounds whose pairs are worked on again
GOOD = 0.1  # a bush with less than this share of the wanted gap is left as it is
ALIKE = 1e-6
"""Share of a way's cost up to which another costs the same, where the quickest of them counts."""


@dataclass(frozen=True, slots=True)
class DisconnectedPair:
    """Trips that no open path carries: their class, zones and number of vehicles an hour."""

    user_class: str
    origin: str
    destination: str
    trips: float


@dataclass(frozen=True, eq=False)
class Solution:
    """An equilibrium: flows, costs and the figures that say how good it is.

    Attributes:
        flow: Total flow of each link, passenger-car units an hour, (A,).
        time: Time of each link at that flow, minutes, (A,).
        class_flow: Vehicles an hour on each link by class, (A,) each.
        objective: Beckmann's objective, passenger-car units times minutes.
        relative_gap: Share of the total generalised cost above that of shortest paths.
        average_excess_cost: Minutes that a trip costs above its shortest path, on average.
        iterations: Rounds over all bushes.
        converged: Whether the gap that was asked for is reached.
        assigned: Vehicles an hour that are on the network.
        intrazonal: Vehicles an hour that stay in their zone and are not assigned.
        disconnected: Pairs without an open path; their trips are in no other figure.
    """

    network: Network
    flow: Floats
    time: Floats
    class_flow: dict[str, Floats]
    objective: float
    relative_gap: float
    average_excess_cost: float
    iterations: int
    converged: bool
    assigned: float
    intrazonal: float
    disconnected: tuple[DisconnectedPair, ...]
    problem: Problem
    bushes: kernels.Bushes
    labels: Floats

    @cached_property
    def total_travel_time(self) -> float:
        """Vehicle minutes an hour, without tolls and distance."""
        return math.fsum(
            value for flow in self.class_flow.values() for value in (flow * self.time).tolist()
        )

    @cached_property
    def unconnected(self) -> float:
        """Vehicles an hour that no open path carries."""
        return math.fsum(pair.trips for pair in self.disconnected)

    def costs(self, name: str) -> Floats:
        """Least generalised cost of every pair of a class's trips, minutes, (P,).

        Infinite where no open path leads; 0 for trips that stay in their zone.

        Raises:
            UnknownClassError: If there is no such class.
        """
        return _pair_costs(self.problem, self.labels, self._class("costs", name))

    def minutes(self, name: str) -> Floats:
        """Minutes on the road of a class between all zones, with trips or without, (Z, Z).

        They are those of its cheapest ways; of ways that cost the same, of the quickest. Infinite
        where no open path leads; 0 within a zone.

        Raises:
            UnknownClassError: If there is no such class.
        """
        cls, graph, task = self._class("minutes", name), self.problem.graph, self.problem.task
        time = graph.spread(self.time, 0)
        zones = graph.node[self.network.zones]
        found = np.empty((zones.size, graph.net.through.size))
        at = [self.problem.commodity.get((cls, node), -1) for node in zones.tolist()]
        kernels.skim(
            graph.net,
            task.usable[cls],
            time + task.fixed[cls],
            time,
            zones,
            np.array(at, np.int32),
            self.labels,
            ALIKE,
            found,
        )
        between: Floats = found[:, zones]
        return between

    def flow_from(self, name: str) -> Floats:
        """Vehicles an hour of a class on each link by the zone that they come from, (Z, A).

        How origins share a link's flow is, as with classes, not unique.

        Raises:
            UnknownClassError: If there is no such class.
        """
        cls, problem = self._class("flow_from", name), self.problem
        flow = np.zeros((len(self.network.zones), self.flow.size))
        for zone, node in enumerate(problem.graph.node[self.network.zones].tolist()):
            known = problem.commodity.get((cls, node))
            if known is not None:
                flow[zone] = self.bushes.x[known, problem.graph.arc] / problem.classes[cls].pce
        return flow

    def _class(self, place: str, name: str) -> int:
        names = [user.name for user in self.problem.classes]
        if name not in names:
            raise UnknownClassError(place=place, name=name, known=", ".join(names))
        return names.index(name)


def assign(
    network: Network,
    demand: Demand,
    *,
    gap: float = 1e-8,
    rounds: int = 1000,
    base: Solution | None = None,
    threads: int = 1,
    progress: Progress | None = None,
) -> Solution:
    """Find the user equilibrium.

    The same input gives the same bytes, whatever its order and the number of threads.

    Args:
        network: Links and zones.
        demand: Classes, each with its trips.
        gap: Relative gap to reach; 1e-14 can be reached, 0 never.
        rounds: After so many rounds the solution is given as it is.
        base: Solution to start from, of a network with the same nodes, links and turn bans (open or
            closed, with any capacities and tolls); classes are matched by name.
        threads: Cores to use.
        progress: Told the round and its gap.

    Raises:
        ForeignBaseError: If the base is of another network.
        UnknownLinkError: If a class is barred from or pays for a link that is not there.
        TollWithoutValueError: If a class has to pay and has no value of time.
        BadQuantityError: If the gap is not above 0, or rounds are below 0 or threads below 1.
        DuplicateError: If two classes have the same name.
    """
    for quantity, value, met, wanted in (
        ("gap", gap, gap > 0, "> 0"),
        ("rounds", rounds, rounds >= 0, "≥ 0"),
        ("threads", threads, threads >= 1, "≥ 1"),
    ):
        if not met:
            raise BadQuantityError(
                field=quantity, place="assign", quantity=quantity, value=value, wanted=wanted
            )
    problem = make_problem(network, demand, base.problem if base else None)
    bushes = _start(problem, base)
    links = problem.graph.net.tail.size
    state = kernels.State(np.zeros(links), np.zeros(links), np.zeros(links))
    kernels.refresh(problem.graph.curves, bushes, state)
    moved = kernels.load(problem.graph.net, problem.graph.curves, problem.task, bushes, state)
    count = len(problem.keys)
    run = _Run(
        problem=problem,
        bushes=bushes,
        state=state,
        first=np.flatnonzero(moved).astype(np.int32),
        labels=np.empty((count, problem.graph.net.through.size)),
        excess=np.zeros(count),
        least=np.zeros(count),
    )
    return _solution(run, _iterate(run, gap, rounds, threads, progress), gap)


@dataclass(frozen=True, eq=False)
class _Run:
    """What is solved, and how far it is.

    Attributes:
        first: The bushes to begin with; those that are as they were can wait.
        labels: Least costs from the origins of the commodities to all nodes, (K, N).
        excess: What commodities pay above the least, (K,).
        least: What they would pay at least, (K,).
    """

    problem: Problem
    bushes: kernels.Bushes
    state: kernels.State
    first: NDArray[np.int32]
    labels: Floats
    excess: Floats
    least: Floats

    @property
    def gap(self) -> float:
        """Share of what is paid that is above the least, as it was when bushes were judged."""
        over = math.fsum(self.excess.tolist())
        return over / (over + math.fsum(self.least.tolist())) if over > 0 else 0.0


def _start(problem: Problem, base: Solution | None) -> kernels.Bushes:
    """Bushes that hold nothing but their origins, or those of the base."""
    count, links = len(problem.keys), problem.graph.net.tail.size
    nodes = problem.graph.net.through.size
    bushes = kernels.Bushes(
        order=np.zeros((count, nodes), np.int32),
        reached=np.ones(count, np.int32),
        member=np.zeros((count, links), np.uint8),
        sole=np.full((count, nodes), -1, np.int32),
        x=np.zeros((count, links)),
    )
    bushes.order[:, 0] = [node for _, node in problem.keys]
    if base is None:
        return bushes
    other = base.problem
    if not problem.graph.same_shape(other.graph):
        raise ForeignBaseError(base=_shape(other), task=_shape(problem))
    place = {user.name: cls for cls, user in enumerate(other.classes)}
    theirs = [place.get(user.name, -1) for user in problem.classes]
    found = [other.commodity.get((theirs[cls], node), -1) for cls, node in problem.keys]
    known = np.array(found, np.int64)
    if found == list(range(len(base.bushes.x))):
        return base.bushes.copy()
    ours = np.flatnonzero(known >= 0)
    bushes.take(ours, base.bushes, known[ours])
    return bushes


def _shape(problem: Problem) -> str:
    network = problem.network
    return f"{len(network.node_ids)}/{len(network.link_ids)}/{len(network.bans)}"


def _iterate(
    run: _Run,
    target: float,
    rounds: int,
    threads: int,
    progress: Progress | None,
) -> int:
    """Rounds until the gap is reached: bushes improved side by side, then pairs in their order.

    A round over all bushes gives the gap; rounds between them are over those that are most out of
    balance. From the solution of another network, the first is over bushes that had to change.
    Returns the number of rounds.
    """
    problem, bushes, state, excess = run.problem, run.bushes, run.state, run.excess
    count = len(problem.keys)
    pairs: deque[kernels.Pairs] = deque(maxlen=KEPT + 1)
    everybody = np.arange(count, dtype=np.int32)
    late = 1 if 0 < run.first.size < count else 0
    with ThreadPoolExecutor(threads) as pool:
        for done in range(rounds + 1):
            whole = (done - late) % (BETWEEN + 1) == 0 or done == rounds
            chosen = everybody
            if not whole and done < late:
                chosen = run.first
            elif not whole:
                chosen = chosen[excess * count > MATTERS * excess.sum()]
            costs = state.c + problem.task.fixed
            work = partial(
                kernels.improve, problem.graph.net, problem.task, bushes, costs, run.labels, excess,
                run.least, GOOD * target,
            )  # fmt: skip
            # One block stays in this thread, and with it in the cache of its core.
            blocks = np.array_split(chosen, threads)
            others = [pool.submit(work, block) for block in blocks[1:]]
            pairs.append(_join([work(blocks[0]), *(other.result() for other in others)]))
            if whole:
                kernels.refresh(problem.graph.curves, bushes, state)
                if progress:
                    progress(done, run.gap)
                if run.gap <= target:
                    break
            if done < rounds:
                kernels.settle(_join(pairs), problem.graph.curves, problem.task, bushes, state)
    return done


def _join(blocks: Sequence[kernels.Pairs]) -> kernels.Pairs:
    """Pairs that were found side by side, or one after the other, as if found at once."""
    if len(blocks) == 1:
        return blocks[0]
    starts = np.cumsum([0, *(links.size for links, _, _ in blocks)])
    ends = [cut[1:] + start for (_, cut, _), start in zip(blocks, starts, strict=False)]
    return (
        np.concatenate([links for links, _, _ in blocks]),
        np.concatenate([np.zeros(1, np.int64), *ends]),
        np.concatenate([owner for _, _, owner in blocks]),
    )


def _by_class(problem: Problem, bushes: kernels.Bushes) -> Floats:
    """Flows of classes on arcs in passenger-car units, (C, M)."""
    cuts = np.searchsorted(problem.task.kinds, np.arange(len(problem.classes) + 1))
    return np.array([bushes.x[start:stop].sum(axis=0) for start, stop in pairwise(cuts)]).reshape(
        len(problem.classes), problem.graph.net.tail.size
    )


def _solution(run: _Run, rounds: int, target: float) -> Solution:
    problem, bushes, state = run.problem, run.bushes, run.state
    arc = problem.graph.arc
    flows = _by_class(problem, bushes)
    vehicles = {user.name: flows[cls, arc] / user.pce for cls, user in enumerate(problem.classes)}
    disconnected = _disconnected(run)
    intrazonal = _intrazonal(problem)
    total = math.fsum(trips.total for trips in problem.trips)
    lost = math.fsum(pair.trips for pair in disconnected)
    size = {user.name: user.pce for user in problem.classes}
    units = float(problem.task.demand.sum())
    units -= math.fsum(pair.trips * size[pair.user_class] for pair in disconnected)
    over = math.fsum(run.excess.tolist())
    return Solution(
        network=problem.network,
        flow=state.v[arc],
        time=state.c[arc],
        class_flow=vehicles,
        objective=math.fsum(integrals(problem.graph.curves, state.v).tolist())
        + math.fsum((flows * problem.task.fixed).ravel().tolist()),
        relative_gap=run.gap,
        average_excess_cost=over / units if over > 0 else 0.0,
        iterations=rounds,
        converged=run.gap <= target,
        assigned=total - intrazonal - lost,
        intrazonal=intrazonal,
        disconnected=disconnected,
        problem=problem,
        bushes=bushes,
        labels=run.labels,
    )


def _pair_costs(problem: Problem, labels: Floats, cls: int) -> Floats:
    trips = problem.trips[cls]
    commodity, node = problem.pairs(cls)
    inner = trips.origin == trips.destination
    found = np.zeros(node.size)
    found[~inner] = labels[commodity[~inner], node[~inner]]
    return found


def _disconnected(run: _Run) -> tuple[DisconnectedPair, ...]:
    problem, labels = run.problem, run.labels
    names = problem.network.zone_ids
    found = []
    if not (np.isinf(labels) & (problem.task.demand > 0)).any():
        return ()
    for cls, (user, trips) in enumerate(zip(problem.classes, problem.trips, strict=True)):
        lost = np.isinf(_pair_costs(problem, labels, cls)) & (trips.number > 0)
        for p in np.flatnonzero(lost).tolist():
            zones = names[trips.origin[p]], names[trips.destination[p]]
            found.append(DisconnectedPair(user.name, *zones, float(trips.number[p])))
    return tuple(found)


def _intrazonal(problem: Problem) -> float:
    return sum(
        float(trips.number[trips.origin == trips.destination].sum()) for trips in problem.trips
    )
