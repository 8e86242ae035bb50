"""Hours of the day: one equilibrium for each slice, and the figures of the day."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from heli.engines.traffic.errors import BadQuantityError
from heli.engines.traffic.layout import Demand
from heli.engines.traffic.network import Network
from heli.engines.traffic.solve import Solution, assign


@dataclass(frozen=True, slots=True)
class Slice:
    """Hours in which traffic is taken as steady, and their share of the day's trips."""

    name: str
    hours: float
    share: float


@dataclass(frozen=True, eq=False)
class Day:
    """The solutions of the slices, in their order."""

    slices: tuple[tuple[Slice, Solution], ...]

    @property
    def total_travel_time(self) -> float:
        """Vehicle minutes of the day."""
        return math.fsum(one.hours * of.total_travel_time for one, of in self.slices)

    @property
    def unconnected(self) -> float:
        """Vehicles of the day that no open path carries."""
        return math.fsum(one.hours * of.unconnected for one, of in self.slices)


def assign_slices(
    network: Network,
    demand: Demand,
    slices: Sequence[Slice],
    *,
    gap: float = 1e-8,
    rounds: int = 1000,
    threads: int = 1,
) -> Day:
    """An equilibrium for each slice, each found from the one before.

    Slices do not hand queues on: traffic is steady within each. Trips are those of the day; those
    of a slice travel at their rate an hour.

    Raises:
        BadQuantityError: If hours are not above 0, or shares are negative or above 1 in sum.
    """
    for one in slices:
        for quantity, value, met in (
            ("hours", one.hours, one.hours > 0), ("share", one.share, 0 <= one.share <= 1),
        ):  # fmt: skip
            if not (met and math.isfinite(value)):
                raise BadQuantityError(
                    place=f"slice {one.name}", quantity=quantity, value=value,
                    wanted="> 0" if quantity == "hours" else "0 … 1",
                )  # fmt: skip
    together = math.fsum(one.share for one in slices)
    if together > 1 + 1e-9:
        raise BadQuantityError(place="slices", quantity="share", value=together, wanted="≤ 1")
    solved: list[tuple[Slice, Solution]] = []
    for one in slices:
        now = [(user, trips.times(one.share / one.hours)) for user, trips in demand]
        base = solved[-1][1] if solved else None
        solved.append(
            (one, assign(network, now, gap=gap, rounds=rounds, base=base, threads=threads))
        )
    return Day(tuple(solved))
