"""What becomes of trips before anybody weighs car and public transport again.

Trips to schools leave the hour with them. Then those who may not drive where they used to renew
their vehicle, go by public transport, drive elsewhere or stay; see :mod:`heli.twin.state`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from heli.arrays import Numbers
from heli.engines.traffic import FleetClass
from heli.twin.applying import Applied
from heli.twin.city import Segment

if TYPE_CHECKING:
    from heli.twin.state import State


@dataclass(frozen=True)
class Demand:
    """Trips by class; persons by public transport by group; the rest in vehicles by segment.

    Attributes:
        trips: Vehicles an hour that drive, by class.
        transit: Persons an hour by public transport, by group.
        given_up: Trips that are not made, by segment.
        moved_in_time: Trips that are made in another hour, by segment.
    """

    trips: dict[str, Numbers]
    transit: dict[str, Numbers]
    given_up: dict[str, Numbers]
    moved_in_time: dict[str, Numbers]


def base_table(base: "State", segment: str) -> Numbers:
    """Trips of a segment in the base, (Z, Z)."""
    return base.drivers_of(segment)[0].trips


class Moved:
    """Where those go who may not drive where they used to."""

    def __init__(
        self, base: "State", applied: Applied, open_to: Mapping[str, NDArray[np.bool_]]
    ) -> None:
        self.base, self.applied, self.open_to = base, applied, open_to

    def settle(self, first: Mapping[str, Numbers]) -> Demand:
        """What becomes of the trips that classes would make if they might drive everywhere."""
        first = self._keep_in_hour(first)
        demand = Demand(
            {name: table * self.open_to[name] for name, table in first.items()},
            {name: table.copy() for name, table in self.base.transit.items()},
            {name: table.copy() for name, table in self.base.given_up.items()},
            {name: table.copy() for name, table in self.base.moved_in_time.items()},
        )
        for segment in self.base.city.segments:
            for made in self.applied.classes[segment.id]:
                name = made.user.name
                barred = np.where(self.open_to[name], 0.0, first[name])
                if barred.any():
                    barred = self._renew(segment, made, barred, demand.trips)
                    self._turn_away(segment, name, barred, demand)
        for segment in self.base.city.segments:
            demand.moved_in_time[segment.id] = base_table(self.base, segment.id) * self._leaving(
                segment
            )
        return demand

    def _leaving(self, segment: Segment) -> Numbers:
        """Share of a segment's trips to each zone that leave the hour with the schools', (Z,)."""
        runs = self.base.values["school_runs"] if segment.group is not None else 0.0
        return runs * self.applied.school_shift

    def _keep_in_hour(self, first: Mapping[str, Numbers]) -> dict[str, Numbers]:
        """The trips of classes without those that leave the hour."""
        return {
            made.user.name: first[made.user.name] * (1 - self._leaving(segment))
            for segment in self.base.city.segments
            for made in self.applied.classes[segment.id]
        }

    def _renew(
        self, segment: Segment, made: FleetClass, barred: Numbers, demand: dict[str, Numbers]
    ) -> Numbers:
        """Move what is renewed to classes with allowed vehicles; the rest is returned."""
        dirty = self.applied.barred_kinds.get(segment.id, frozenset())
        if not set(made.parts) <= dirty:
            return barred
        clean = [each for each in self.applied.classes[segment.id] if not set(each.parts) & dirty]
        weights = {
            each.user.name: each.share * self.open_to[each.user.name].astype(np.float64)
            for each in clean
        }
        total = sum(weights.values(), np.zeros_like(barred))
        renewed = np.where(total > 0, self.base.values["renewal"] * barred, 0.0)
        for name, weight in weights.items():
            demand[name] = demand[name] + renewed * np.divide(
                weight, total, out=np.zeros_like(total), where=total > 0
            )
        return barred - renewed

    def _turn_away(self, segment: Segment, name: str, barred: Numbers, demand: Demand) -> None:
        """Public transport, another place, or no trip; vehicles without a group only the last."""
        gone = demand.given_up
        if segment.group is None:
            gone[segment.id] = gone[segment.id] + barred
            return
        values = self.base.values
        by_transit = values["barred_to_transit"] * barred
        weights = base_table(self.base, segment.id) * self.open_to[name]
        weights = weights - np.diag(np.diag(weights))
        total = weights.sum(axis=1)
        elsewhere = values["barred_elsewhere"] * barred * (total > 0)[:, None]
        rate = np.divide(elsewhere.sum(axis=1), total, out=np.zeros_like(total), where=total > 0)
        demand.trips[name] = demand.trips[name] + weights * rate[:, None]
        demand.transit[segment.group] = (
            demand.transit[segment.group] + by_transit * segment.occupancy
        )
        gone[segment.id] = gone[segment.id] + barred - by_transit - elsewhere
