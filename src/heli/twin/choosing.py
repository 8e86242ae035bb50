"""How people choose between car and public transport: by a logit that pivots on the base.

People without a car have nothing to choose. Of those who go by public transport, as many have a car
as people of their zone and group have one and do not drive; they are spread over ways as all who go
by public transport are. Who has a car is spread evenly over the group's segments.
"""

from typing import TYPE_CHECKING

import numpy as np

from heli.arrays import Numbers
from heli.engines.traffic import Alternative, Trips, mode_response
from heli.engines.traffic.elastic import Response
from heli.twin.applying import Applied
from heli.twin.city import Segment

if TYPE_CHECKING:
    from heli.twin.state import State


def choosing(base: "State", segment: Segment) -> Numbers:
    """Persons an hour by public transport in the base who could drive as the segment, (Z, Z)."""
    group = segment.group or ""
    alike = sum(each.group == group for each in base.city.segments)
    return base.transit[group] * share_with_car(base, group)[:, None] / alike


def share_with_car(base: "State", group: str) -> Numbers:
    """Share of a group's people by public transport who have a car, by origin, (Z,)."""
    (owning,) = (each.car_share for each in base.city.groups if each.id == group)
    segments = [each for each in base.city.segments if each.group == group]
    driving = sum(
        (base.drivers_of(each.id)[0].trips.sum(axis=1) * each.occupancy for each in segments),
        np.zeros(len(base.city.zones)),
    )
    riding = base.transit[group].sum(axis=1)
    left = owning * (driving + riding) - driving
    share = np.divide(left, riding, out=np.zeros_like(riding), where=riding > 0)
    return np.clip(share, 0.0, 1.0) if segments else np.zeros_like(riding)


def response(
    segment: Segment, share: float, trips: Trips, base: "State", applied: Applied
) -> Response | None:
    """How people with a car weigh it against public transport; freight and taxis do not."""
    if segment.group is None:
        return None
    at = trips.origin, trips.destination
    others = choosing(base, segment)[at] * share
    faster = applied.transit_minutes[at] - base.transit_minutes[at]
    return mode_response(
        trips,
        base.drivers_of(segment.id)[0].cost[at],
        [Alternative(others, faster)],
        base.values["mode_sensitivity"],
        segment.occupancy,
    )
