"""Demand that answers to costs: elastic trips, shift between modes, to a consistent fixed point.

Trips T and costs c are consistent where T = D(c(T)). Each round assigns the trips, from the last
solution, and lets demand answer; the next trips follow by Anderson's acceleration of the logarithms
(D. G. Anderson, Journal of the ACM 12, 1965), so trips stay positive and few rounds are needed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heli.engines.traffic.demand import Trips, UserClass
from heli.engines.traffic.errors import BadQuantityError, NoFixedPointError
from heli.engines.traffic.network import Network
from heli.engines.traffic.solve import Solution, assign

Floats = NDArray[np.float64]
# From the costs of a class's pairs, minutes, to their trips, both (P,).
Response = Callable[[Floats], Floats]

MEMORY = 5
LOOSEST = 1e-4
LEAST = 1e-12  # trips do not fall below this share of those to begin with
FARTHEST = math.log(1e3)  # a round's trips are within this factor of those that are wanted
STEEPEST = 500.0  # no exponent of the logit is larger, so that all its numbers are finite
TIGHTER = 1e-3  # the gap of a round's assignment, as a share of how far demand is from costs


@dataclass(frozen=True, eq=False)
class Alternative:
    """Another mode: who uses it before the change, persons an hour, and how its cost changes.

    ``persons`` and ``cost_change`` (minutes) are (P,), for the pairs of the class.
    """

    persons: Floats
    cost_change: Floats


@dataclass(frozen=True, eq=False)
class Consistent:
    """A fixed point: a solution and the trips of each class that belong to it.

    Attributes:
        solution: The equilibrium of these trips.
        trips: Trips by class, the pairs as they were given.
        difference: How far demand at the solution's costs is from these trips, as a share of them.
        rounds: Assignments that were made.
    """

    solution: Solution
    trips: dict[str, Trips]
    difference: float
    rounds: int


def elastic_response(trips: Trips, costs: Floats, elasticity: float) -> Response:
    """Trips that change with cost by a constant elasticity, from the trips at known costs.

    ``T = T₀ (c / c₀) ** elasticity``: with -0.3, trips fall by about 3 % where costs rise by 10 %.
    Pairs that cost nothing, or had no path, keep their trips.

    Raises:
        BadQuantityError: If the elasticity is above 0.
    """
    _require("elasticity", elasticity, "≤ 0", elasticity <= 0)
    pivot = np.isfinite(costs) & (costs > 0)

    def answer(now: Floats) -> Floats:
        ratio = np.divide(now, costs, out=np.ones(now.size), where=pivot & np.isfinite(now))
        answered: Floats = trips.number * ratio**elasticity
        return answered

    return answer


def mode_response(
    trips: Trips,
    costs: Floats,
    alternatives: Sequence[Alternative],
    sensitivity: float,
    occupancy: float = 1.0,
) -> Response:
    """Trips by car where people choose between it and other modes by a logit that pivots.

    The share of mode m becomes proportional to its share before times
    ``exp(-sensitivity * change of its cost)`` (incremental logit; F. S. Koppelman, "Predicting
    transit ridership in response to transit service changes", 1983).

    Args:
        trips: Vehicles before the change.
        costs: Their costs before the change, minutes, (P,).
        alternatives: The other modes, such as bus, metro and walking.
        sensitivity: Per minute, 0 or more.
        occupancy: Persons in a vehicle.

    Raises:
        BadQuantityError: If sensitivity or occupancy is out of range.
    """
    _require("sensitivity", sensitivity, "≥ 0", sensitivity >= 0)
    _require("occupancy", occupancy, "> 0", occupancy > 0)
    persons = trips.number * occupancy
    others = np.zeros(trips.number.size)
    everybody = persons.copy()
    for mode in alternatives:
        others += mode.persons * np.exp(-sensitivity * mode.cost_change)
        everybody += mode.persons
    pivot = np.isfinite(costs)

    def answer(now: Floats) -> Floats:
        change = np.subtract(now, costs, out=np.zeros(now.size), where=pivot & np.isfinite(now))
        drawn = persons * np.exp(np.clip(-sensitivity * change, -STEEPEST, STEEPEST))
        total = drawn + others
        share = np.divide(drawn, total, out=np.zeros(now.size), where=total > 0)
        answered: Floats = everybody * share / occupancy
        return answered

    return answer


def assign_consistently(
    network: Network,
    demand: Sequence[tuple[UserClass, Trips, Response | None]],
    *,
    gap: float = 1e-8,
    tolerance: float = 1e-6,
    rounds: int = 60,
    base: Solution | None = None,
    threads: int = 1,
) -> Consistent:
    """Find trips and an equilibrium that belong together.

    Args:
        network: Links and zones.
        demand: Classes, each with the trips to begin with and how they answer to costs; None if
            they do not. Pairs without trips stay without; pairs without a path keep theirs.
        gap: Relative gap of the last assignment.
        tolerance: How far demand may be from the trips at last, as a share of them.
        rounds: Most assignments.
        base: Solution to start from, as in :func:`heli.engines.traffic.assign`.
        threads: Cores to use.

    Raises:
        NoFixedPointError: If the rounds do not suffice, or a response is not finite.
        BadQuantityError: If the tolerance is not above 0.
    """
    _require("tolerance", tolerance, "> 0", tolerance > 0)
    sizes = [trips.number.size for _, trips, _ in demand]
    cuts = np.cumsum([0, *sizes])
    begin = np.concatenate([trips.number for _, trips, _ in demand] or [np.zeros(0)])
    some = begin > 0
    position, solution, difference = np.log(begin[some]), base, math.inf
    history: list[tuple[Floats, Floats]] = []
    for done in range(1, rounds + 1):
        carried = np.zeros(begin.size)
        carried[some] = np.exp(position)
        trips = {
            user.name: Trips(of.origin, of.destination, carried[start:stop])
            for (user, of, _), start, stop in zip(demand, cuts, cuts[1:], strict=False)
        }
        aim = max(gap, min(LOOSEST, difference * TIGHTER))
        now = [(user, trips[user.name]) for user, _, _ in demand]
        solution = assign(network, now, gap=aim, base=solution, threads=threads)
        wanted = np.concatenate([_answer(solution, trips, one) for one in demand] or [np.zeros(0)])
        wanted = np.where(some, np.maximum(wanted, LEAST * begin), 0.0)
        if not np.isfinite(wanted).all():
            raise NoFixedPointError(rounds=done, difference=math.inf)
        total = float(carried.sum())
        difference = float(np.abs(wanted - carried).sum()) / total if total else 0.0
        if difference <= tolerance and aim <= gap:
            return Consistent(solution, trips, difference, done)
        aimed = np.log(wanted[some])
        history = [*history[-MEMORY:], (position, aimed - position)]
        following = _accelerate(history, carried[some])
        position = np.clip(following, aimed - FARTHEST, aimed + FARTHEST)
    raise NoFixedPointError(rounds=rounds, difference=f"{difference:.1e}")


def _answer(
    solution: Solution, trips: dict[str, Trips], one: tuple[UserClass, Trips, Response | None]
) -> Floats:
    """What a class wants at the costs of a solution; pairs without a path keep what they had."""
    user, begin, response = one
    if response is None:
        return trips[user.name].number
    costs = solution.costs(user.name)
    return np.where(np.isfinite(costs), response(costs), begin.number)


def _accelerate(history: list[tuple[Floats, Floats]], weights: Floats) -> Floats:
    """The next position from the last ones and their residuals, each (P,)."""
    position, residual = history[-1]
    if len(history) == 1:
        return position + residual
    moves = np.array([position - before for before, _ in history[:-1]])
    turns = np.array([residual - before for _, before in history[:-1]])
    scale = np.sqrt(weights)
    mixed, *_ = np.linalg.lstsq((turns * scale).T, residual * scale, rcond=1e-10)
    following: Floats = position + residual - mixed @ (moves + turns)
    return following


def _require(quantity: str, value: float, wanted: str, met: bool) -> None:
    if not (met and math.isfinite(value)):
        raise BadQuantityError(
            field=quantity, place=quantity, quantity=quantity, value=value, wanted=wanted
        )
