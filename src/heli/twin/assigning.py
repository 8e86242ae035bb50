"""One assignment of a network and its trips: what ``heli twin assign`` tells."""

import csv
import io
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from time import perf_counter
from typing import Any

from heli.engines import traffic
from heli.engines.traffic import Day, Network, Slice, Solution, UserClass
from heli.twin.errors import BadSliceError

MINUTES_PER_HOUR = 60.0
"""With money worth this much an hour, a unit of money is a minute: weights are minutes."""


def weighted(
    network: Network,
    *,
    toll_weight: float = 0.0,
    distance_weight: float = 0.0,
    close: Sequence[str] = (),
) -> tuple[Network, UserClass]:
    """A network, and one class whose cost is time, weighted tolls and weighted distance.

    Args:
        network: With the tolls and lengths of its links, in whatever unit.
        toll_weight: Minutes for one unit of toll.
        distance_weight: Minutes for one unit of length.
        close: Ids of links that are closed; those of TNTP are ``FROM-TO``.

    Raises:
        UnknownLinkError: If a link to close is not in the network.
        BadQuantityError: If a weight is negative.
    """
    for quantity, value in (("toll_weight", toll_weight), ("distance_weight", distance_weight)):
        if not (value >= 0 and math.isfinite(value)):
            raise traffic.BadQuantityError(
                field=quantity, place="assign", quantity=quantity, value=value, wanted="≥ 0"
            )
    roads = replace(network, toll=network.toll * toll_weight).closing(*close, place="--close")
    return roads, UserClass("all", MINUTES_PER_HOUR, distance_cost=distance_weight)


def get_ready() -> float:
    """Compile the solver, or load what was compiled before; returns the seconds it took."""
    began = perf_counter()
    links = [traffic.Link(name, "A", "B", 100.0, 10.0) for name in ("one", "other")]
    network = traffic.build_network(links, zones=["A", "B"])
    trips = traffic.build_trips([("A", "B", 300.0)], network)
    traffic.assign(network, [(UserClass("car"), trips)])
    return perf_counter() - began


def slice_of(text: str) -> Slice:
    """A slice of the day from ``NAME=HOURS:SHARE``.

    Raises:
        BadSliceError: If it is not written so.
    """
    try:
        name, hours, share = re.fullmatch(r"([^=]+)=([^:]+):([^:]+)", text).groups()  # type: ignore[union-attr]
        return Slice(name, float(hours), float(share))
    except (AttributeError, ValueError):
        raise BadSliceError(place="--slice", text=text[:60]) from None


def day_figures(day: Day) -> dict[str, Any]:
    """The figures of a day, and of each of its slices an hour."""
    each = [{"name": one.name, "hours": one.hours, **figures(of)} for one, of in day.slices]
    return {
        "total_travel_time": day.total_travel_time,
        "unconnected": day.unconnected,
        "converged": all(one["converged"] for one in each),
        "slices": each,
    }


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


def flows_csv(solutions: Mapping[str, Solution]) -> str:
    """Flow (vehicles an hour) and time (minutes) of every link, in the network's order.

    Args:
        solutions: By the name of a slice of the day; the empty name needs no column.
    """
    sheet = io.StringIO()
    writer = csv.writer(sheet, lineterminator="\n")
    parts = [name for name in solutions if name]
    writer.writerow(("from", "to", "flow", "time", "link", *(["slice"] if parts else [])))
    for name, solution in solutions.items():
        network = solution.network
        for tail, head, flow, time, link in zip(
            network.tail, network.head, solution.flow.tolist(), solution.time.tolist(),
            network.link_ids, strict=True,
        ):  # fmt: skip
            ends = network.node_ids[tail], network.node_ids[head]
            writer.writerow((*ends, flow, time, link, *([name] if name else [])))
    return sheet.getvalue()
