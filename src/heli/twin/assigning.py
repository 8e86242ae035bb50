"""One assignment of a network and trips in the TNTP format: what ``heli twin assign`` tells."""

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from heli.engines import traffic
from heli.engines.traffic import Network, Solution, Trips

MINUTES_PER_HOUR = 60.0
"""With money worth this much an hour, a unit of money is a minute: weights are minutes."""


def assign_weighted(
    network: Network,
    trips: Trips,
    *,
    gap: float,
    rounds: int = 1000,
    toll_weight: float = 0.0,
    distance_weight: float = 0.0,
    close: Sequence[str] = (),
    threads: int = 1,
) -> Solution:
    """The equilibrium of one class whose cost is time, weighted tolls and weighted distance.

    Args:
        network: With the tolls and lengths of its links, in whatever unit.
        trips: Vehicles an hour.
        gap: Relative gap to reach.
        rounds: After so many the solution is given as it is.
        toll_weight: Minutes for one unit of toll.
        distance_weight: Minutes for one unit of length.
        close: Links that are closed, ``FROM-TO``.
        threads: Cores to use.

    Raises:
        UnknownLinkError: If a link to close is not in the network.
        BadQuantityError: If a weight is negative, or gap, rounds or threads are out of range.
    """
    for quantity, value in (("toll_weight", toll_weight), ("distance_weight", distance_weight)):
        if not value >= 0:
            raise traffic.BadQuantityError(
                field=quantity, place="assign", quantity=quantity, value=value, wanted="≥ 0"
            )
    weighted = replace(network, toll=network.toll * toll_weight).closing(*close, place="--close")
    user = traffic.UserClass("all", MINUTES_PER_HOUR, distance_cost=distance_weight)
    return traffic.assign(weighted, [(user, trips)], gap=gap, rounds=rounds, threads=threads)


def figures(solution: Solution) -> dict[str, Any]:
    """How good an assignment is and what it costs, as plain data."""
    network = solution.network
    return {
        "links": len(network.link_ids),
        "zones": len(network.zone_ids),
        "objective": solution.objective,
        "relative_gap": solution.relative_gap,
        "average_excess_cost": solution.average_excess_cost,
        "total_travel_time": solution.total_travel_time,
        "iterations": solution.iterations,
        "converged": solution.converged,
        "assigned": solution.assigned,
        "intrazonal": solution.intrazonal,
        "unconnected": solution.unconnected,
        "disconnected": [
            {"from": pair.origin, "to": pair.destination, "trips": pair.trips}
            for pair in solution.disconnected
        ],
    }


def flows_csv(solution: Solution) -> str:
    """Flow (vehicles an hour) and time (minutes) of every link, in the network's order."""
    network, sheet = solution.network, io.StringIO()
    writer = csv.writer(sheet, lineterminator="\n")
    writer.writerow(("from", "to", "flow", "time"))
    for tail, head, flow, time in zip(
        network.tail, network.head, solution.flow.tolist(), solution.time.tolist(), strict=True
    ):
        writer.writerow((network.node_ids[tail], network.node_ids[head], flow, time))
    return sheet.getvalue()
