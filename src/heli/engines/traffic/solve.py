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
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from heli.engines.traffic import kernels
from heli.engines.traffic.curves import integrals, times
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
SWEEPS = 20  # at most so many sweeps over the pairs between two rounds
ENOUGH = 0.01  # a sweep that gains less than this share of the first is the last
PAUSE = 2  # sweeps between two tries to leap
SLOW = 0.7  # a leap is tried where a sweep gains more than this share of the one before
LONGEST = 1e6  # most repetitions in a leap
BISECTIONS = 30


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
        total_travel_time: Vehicle minutes an hour, without tolls and distance.
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
    total_travel_time: float
    iterations: int
    converged: bool
    assigned: float
    intrazonal: float
    disconnected: tuple[DisconnectedPair, ...]
    problem: Problem
    bushes: kernels.Bushes
    labels: Floats

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
        names = [user.name for user in self.problem.classes]
        if name not in names:
            raise UnknownClassError(place="costs", name=name, known=", ".join(names))
        return _pair_costs(self.problem, self.labels, names.index(name))


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
    problem = make_problem(network, demand)
    bushes = _start(problem, base)
    links = problem.graph.net.tail.size
    state = kernels.State(np.zeros(links), np.zeros(links), np.zeros(links))
    kernels.refresh(problem.graph.curves, bushes, state)
    kernels.load(problem.graph.net, problem.graph.curves, problem.task, bushes, state)
    run = _Run(problem, bushes, state)
    excess, labels, done = _iterate(run, gap, rounds, threads, progress)
    return _solution(run, labels, excess, done, gap)


@dataclass(frozen=True, eq=False)
class _Run:
    """What is solved, and how far it is."""

    problem: Problem
    bushes: kernels.Bushes
    state: kernels.State


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
    names = [user.name for user in other.classes]
    for k, (cls, node) in enumerate(problem.keys):
        name = problem.classes[cls].name
        known = other.commodity.get((names.index(name), node)) if name in names else None
        if known is not None:
            theirs = base.bushes
            bushes.order[k], bushes.reached[k] = theirs.order[known], theirs.reached[known]
            bushes.member[k], bushes.sole[k] = theirs.member[known], theirs.sole[known]
            bushes.x[k] = theirs.x[known]
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
) -> tuple[Floats, Floats, int]:
    """Rounds until the gap is reached: bushes improved side by side, then pairs in their order.

    A round over all bushes gives the gap; rounds between them are over those that are most out of
    balance. Returns excesses, labels and the number of rounds.
    """
    problem, bushes, state = run.problem, run.bushes, run.state
    count = len(problem.keys)
    labels, excess = np.empty((count, problem.graph.net.through.size)), np.zeros(count)
    pairs: deque[kernels.Pairs] = deque(maxlen=KEPT + 1)
    everybody = np.arange(count, dtype=np.int32)
    with ThreadPoolExecutor(threads) as pool:
        for done in range(rounds + 1):
            whole = done % (BETWEEN + 1) == 0 or done == rounds
            chosen = everybody
            if not whole:
                chosen = chosen[excess * count > MATTERS * excess.sum()]
            costs = state.c + problem.task.fixed
            work = partial(
                kernels.improve, problem.graph.net, problem.task, bushes, costs, labels, excess
            )
            # One block stays in this thread, and with it in the cache of its core.
            blocks = np.array_split(chosen, threads)
            others = [pool.submit(work, block) for block in blocks[1:]]
            pairs.append(_join([work(blocks[0]), *(other.result() for other in others)]))
            kernels.refresh(problem.graph.curves, bushes, state)
            if whole:
                reached = _gap(problem, labels, excess)
                if progress:
                    progress(done, reached)
                if reached <= target:
                    break
            if done < rounds:
                _sweep(run, pairs)
    return excess, labels, done


def _join(blocks: list[kernels.Pairs]) -> kernels.Pairs:
    """Pairs that were found side by side as if they had been found at once."""
    if len(blocks) == 1:
        return blocks[0]
    starts = np.cumsum([0, *(links.size for links, _, _ in blocks)])
    ends = [cut[1:] + start for (_, cut, _), start in zip(blocks, starts, strict=False)]
    return (
        np.concatenate([links for links, _, _ in blocks]),
        np.concatenate([np.zeros(1, np.int64), *ends]),
        np.concatenate([owner for _, _, owner in blocks]),
    )


def _sweep(
    run: _Run,
    pairs: deque[kernels.Pairs],
) -> None:
    """Move flow within pairs, the oldest first, until a sweep gains little.

    Where commodities take turns, each undoing what the other did to the costs, sweeps gain little
    by little for long; then what they did last is repeated at once as far as it is worth while.
    """
    curves, task, bushes, state = run.problem.graph.curves, run.problem.task, run.bushes, run.state
    moves = [(kept, np.zeros(kept[2].size)) for kept in pairs]
    first = before = math.inf
    for sweep in range(SWEEPS):
        fall = 0.0
        for kept, steps in moves:
            fall += kernels.equilibrate(kept, steps, curves, task, bushes, state)
        if sweep == 0:
            first = fall
        elif fall < ENOUGH * first:
            break
        elif sweep % PAUSE == PAUSE - 1 and fall > SLOW * before:
            _leap(run, moves)
        before = fall


def _leap(
    run: _Run,
    moves: list[tuple[kernels.Pairs, Floats]],
) -> None:
    """Repeat the last steps of all pairs together up to where the objective is least."""
    problem, bushes, state = run.problem, run.bushes, run.state
    change = np.zeros(state.v.size)
    fixed, lasting = 0.0, math.inf
    for kept, steps in moves:
        more, least = kernels.direction(kept, steps, problem.task, bushes, change)
        fixed += more
        lasting = min(lasting, least)
    low, high = 0.0, min(lasting, LONGEST)

    def slope(at: float) -> float:
        return float((change * times(problem.graph.curves, state.v + at * change)).sum()) + fixed

    if slope(high) > 0:
        for _ in range(BISECTIONS):
            middle = (low + high) / 2
            low, high = (middle, high) if slope(middle) < 0 else (low, middle)
        high = low
    if high > 0:
        for kept, steps in moves:
            kernels.repeat(kept, steps, high, problem.graph.curves, bushes, state)


def _gap(problem: Problem, labels: Floats, excess: Floats) -> float:
    over = math.fsum(excess.tolist())
    row, node, demand = problem.pairs_with_demand
    least = labels[row, node]
    cost = float((demand * np.where(np.isfinite(least), least, 0.0)).sum())
    return over / (over + cost) if over > 0 else 0.0


def _by_class(problem: Problem, bushes: kernels.Bushes) -> Floats:
    """Flows of classes on arcs in passenger-car units, (C, M)."""
    cuts = np.searchsorted(problem.task.kinds, np.arange(len(problem.classes) + 1))
    return np.array([bushes.x[start:stop].sum(axis=0) for start, stop in pairwise(cuts)]).reshape(
        len(problem.classes), problem.graph.net.tail.size
    )


def _solution(
    run: _Run,
    labels: Floats,
    excess: Floats,
    rounds: int,
    target: float,
) -> Solution:
    problem, bushes, state = run.problem, run.bushes, run.state
    arc = problem.graph.arc
    flows = _by_class(problem, bushes)
    vehicles = {user.name: flows[cls, arc] / user.pce for cls, user in enumerate(problem.classes)}
    disconnected = _disconnected(problem, labels)
    intrazonal = _intrazonal(problem)
    total = math.fsum(trips.total for trips in problem.trips)
    lost = math.fsum(pair.trips for pair in disconnected)
    row, node, wanted = problem.pairs_with_demand
    units = float(wanted[np.isfinite(labels[row, node])].sum())
    gap = _gap(problem, labels, excess)
    over = math.fsum(excess.tolist())
    return Solution(
        network=problem.network,
        flow=state.v[arc],
        time=state.c[arc],
        class_flow=vehicles,
        objective=math.fsum(integrals(problem.graph.curves, state.v).tolist())
        + math.fsum((flows * problem.task.fixed).ravel().tolist()),
        relative_gap=gap,
        average_excess_cost=over / units if units else 0.0,
        total_travel_time=math.fsum(
            value for flow in vehicles.values() for value in (flow * state.c[arc]).tolist()
        ),
        iterations=rounds,
        converged=gap <= target,
        assigned=total - intrazonal - lost,
        intrazonal=intrazonal,
        disconnected=disconnected,
        problem=problem,
        bushes=bushes,
        labels=labels,
    )


def _pair_costs(problem: Problem, labels: Floats, cls: int) -> Floats:
    trips = problem.trips[cls]
    commodity, node = problem.pairs(cls)
    inner = trips.origin == trips.destination
    found = np.zeros(node.size)
    found[~inner] = labels[commodity[~inner], node[~inner]]
    return found


def _disconnected(problem: Problem, labels: Floats) -> tuple[DisconnectedPair, ...]:
    names = problem.network.zone_ids
    found = []
    for cls, (user, trips) in enumerate(zip(problem.classes, problem.trips, strict=True)):
        for p in np.flatnonzero(np.isinf(_pair_costs(problem, labels, cls))).tolist():
            zones = names[trips.origin[p]], names[trips.destination[p]]
            found.append(DisconnectedPair(user.name, *zones, float(trips.number[p])))
    return tuple(found)


def _intrazonal(problem: Problem) -> float:
    return sum(
        float(trips.number[trips.origin == trips.destination].sum()) for trips in problem.trips
    )
