"""The one state of a city from which all reports are computed, and how it is reached.

People whose car may not enter do one of four things, in shares that the city assumes: a part takes
an allowed vehicle of the same use (only where the vehicle's emission standard is the reason), and
of the rest some go by public transport, some drive to another place in proportion to where people
of their zone drive anyway, and some do not travel. Freight and taxis that may not enter and are not
renewed do not travel. All others with a car weigh it against public transport by a logit that
pivots on the base, so that demand and the times on the roads are consistent. Trips that leave the
hour with school hours are made all the same, and are in no other figure.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from heli.arrays import Numbers
from heli.engines.traffic import (
    Consistent,
    FleetClass,
    Network,
    Solution,
    Trips,
    UserClass,
    assign,
    assign_consistently,
)
from heli.engines.traffic.elastic import Response
from heli.twin.applying import Applied, apply
from heli.twin.choosing import response
from heli.twin.city import City, Segment
from heli.twin.errors import DisconnectedCityError
from heli.twin.scenarios import Scenario
from heli.twin.settling import Demand, Moved, base_table

GAP = 1e-8
LOOSER = 100.0
"""How far demand may be from what it would be, over the gap that is asked for."""

Values = Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Driver:
    """Drivers of one segment with the same rights.

    Attributes:
        trips: Vehicles an hour that drive, (Z, Z).
        cost: Generalised minutes by car, (Z, Z); ∞ where none may drive, 0 within a zone.
        minutes: Those on the road, without what money is worth, likewise.
        renewable: Whether a low-emission zone bars them, so that a part renews the vehicle.
    """

    segment: Segment
    made: FleetClass
    user: UserClass
    trips: Numbers
    cost: Numbers
    minutes: Numbers
    renewable: bool

    @property
    def share(self) -> float:
        """Their share of the segment."""
        return self.made.share


@dataclass(frozen=True, eq=False)
class State:
    """Who travels how on which roads: what every report is computed from.

    Attributes:
        values: The assumptions it was computed with.
        transit: Persons an hour by public transport by group, (Z, Z) each.
        transit_minutes: By public transport from door to door, (Z, Z).
        given_up: Trips that are not made, in vehicles an hour by segment, (Z, Z) each.
        moved_in_time: Trips that are made in another hour, likewise.
        difference: How far demand is from what it would be at these costs, as a share of trips.
    """

    city: City
    scenario: Scenario | None
    values: Values
    network: Network
    solution: Solution
    drivers: tuple[Driver, ...]
    transit: Mapping[str, Numbers]
    transit_minutes: Numbers
    given_up: Mapping[str, Numbers]
    moved_in_time: Mapping[str, Numbers]
    difference: float

    @cached_property
    def digest(self) -> str:
        """SHA-256 over network, demand, flows and times; the same state has the same."""
        digest = hashlib.sha256(self.city.version.encode())
        for name in sorted(self.values):
            digest.update(f"{name}={self.values[name]!r};".encode())
        network = self.network
        for column in (network.capacity, network.free_time, network.length, network.is_open):
            digest.update(column.tobytes())
        for driver in self.drivers:
            digest.update(driver.user.name.encode() + driver.trips.tobytes())
            digest.update(driver.user.fixed_cost(network).tobytes())
            digest.update(driver.user.usable(network).tobytes())
            digest.update(self.solution.class_flow[driver.user.name].tobytes())
        for group in sorted(self.transit):
            digest.update(group.encode() + self.transit[group].tobytes())
        digest.update(self.transit_minutes.tobytes())
        for tables in (self.given_up, self.moved_in_time):
            for segment in sorted(tables):
                digest.update(segment.encode() + tables[segment].tobytes())
        digest.update(self.solution.time.tobytes())
        return digest.hexdigest()

    def drivers_of(self, segment: str) -> tuple[Driver, ...]:
        """The classes of a segment."""
        return tuple(each for each in self.drivers if each.segment.id == segment)

    def ways_of(self, segment: str) -> list[tuple[float, Driver]]:
        """Shares of a segment's people whose ways by car are the same, and those who drive them.

        Whoever renews the vehicle drives as those do whose vehicle was allowed already; what the
        new vehicle costs is in no report.
        """
        drivers = self.drivers_of(segment)
        clean = [each for each in drivers if not each.renewable]
        total = sum(each.share for each in clean)
        ways = []
        for driver in drivers:
            renewed = self.values["renewal"] if driver.renewable and clean else 0.0
            ways.append((driver.share * (1 - renewed), driver))
            if renewed:
                ways += [(driver.share * renewed * one.share / total, one) for one in clean]
        return ways


def base_state(
    city: City, values: Values | None = None, *, start: Solution | None = None, gap: float = GAP
) -> State:
    """The city as it is.

    Args:
        city: The city.
        values: Its assumptions; by default the city's values.
        start: A solution to start from.
        gap: Relative gap to reach.

    Raises:
        DisconnectedCityError: If trips have no path.
    """
    values = values or central(city)
    applied = apply(None, city)
    demand = Demand(
        {name: city.trips[name] * values["demand"] for name in applied.classes},
        {name: table * values["demand"] for name, table in city.transit.items()},
        {name: np.zeros_like(city.transit_minutes) for name in applied.classes},
        {name: np.zeros_like(city.transit_minutes) for name in applied.classes},
    )
    users = _users(city, applied, values)
    solution = _assign(applied, users, demand.trips, gap, start)
    lost = [pair for pair in solution.disconnected if pair.trips > 0]
    if lost:
        raise DisconnectedCityError(
            count=len(lost),
            origin=lost[0].origin,
            destination=lost[0].destination,
            trips=f"{lost[0].trips:g}",
            segment=lost[0].user_class,
        )
    return State(
        city,
        None,
        dict(values),
        applied.network,
        solution,
        _drivers(city, applied, solution, demand.trips),
        demand.transit,
        applied.transit_minutes,
        demand.given_up,
        demand.moved_in_time,
        0.0,
    )


def scenario_state(scenario: Scenario, base: State, *, gap: float = GAP) -> State:
    """The city under a scenario, once everybody has found their way.

    Raises:
        TwinError: If the scenario does not fit the city.
        NoFixedPointError: If demand and times do not become consistent.
    """
    city, values = base.city, base.values
    applied = apply(scenario, city)
    users = _users(city, applied, values)
    first = {
        made.user.name: base_table(base, segment) * made.share
        for segment, classes in applied.classes.items()
        for made in classes
    }
    moved = Moved(base, applied, _reachable(applied, users, first, base)).settle(first)
    consistent = _consistent(applied, users, moved.trips, base, gap)
    demand = _with_shift(city, applied, moved, consistent.trips)
    # Once more with every pair, so that costs are known where nobody drives; it is at rest.
    solution = _assign(applied, users, demand.trips, gap, consistent.solution)
    return State(
        city,
        scenario,
        values,
        applied.network,
        solution,
        _drivers(city, applied, solution, demand.trips),
        demand.transit,
        applied.transit_minutes,
        demand.given_up,
        demand.moved_in_time,
        consistent.difference,
    )


def central(city: City) -> dict[str, float]:
    """The values of a city's assumptions, without their ranges."""
    return {name: each.value for name, each in city.assumptions.items()}


def _users(city: City, applied: Applied, values: Values) -> dict[str, UserClass]:
    return {
        made.user.name: replace(
            made.user, value_of_time=segment.value_of_time * values["value_of_time"]
        )
        for segment in city.segments
        for made in applied.classes[segment.id]
    }


def _assign(
    applied: Applied,
    users: Mapping[str, UserClass],
    trips: Mapping[str, Numbers],
    gap: float,
    start: Solution | None,
) -> Solution:
    demand = [(users[name], _trips(table)) for name, table in trips.items()]
    return assign(applied.network, demand, gap=gap, base=start)


def _reachable(
    applied: Applied, users: Mapping[str, UserClass], first: Mapping[str, Numbers], base: State
) -> dict[str, NDArray[np.bool_]]:
    """By class, between which zones it has an open path, (Z, Z)."""
    demand = [(users[name], _trips(table)) for name, table in first.items()]
    found = assign(applied.network, demand, rounds=0, base=base.solution)
    shape = base.city.transit_minutes.shape
    return {name: np.isfinite(found.costs(name)).reshape(shape) for name in first}


def _consistent(
    applied: Applied,
    users: Mapping[str, UserClass],
    trips: Mapping[str, Numbers],
    base: State,
    gap: float,
) -> Consistent:
    """Trips that fit the times they make, with their equilibrium; pairs without trips left out."""
    rows: list[tuple[UserClass, Trips, Response | None]] = []
    for segment in base.city.segments:
        for made in applied.classes[segment.id]:
            name = made.user.name
            at = np.nonzero(trips[name] > 0)
            some = Trips(at[0].astype(np.int32), at[1].astype(np.int32), trips[name][at])
            rows.append((users[name], some, response(segment, made.share, some, base, applied)))
    return assign_consistently(
        applied.network, rows, gap=gap, tolerance=LOOSER * gap, base=base.solution
    )


def _with_shift(city: City, applied: Applied, before: Demand, found: Mapping[str, Trips]) -> Demand:
    """Demand after people changed between car and public transport; none gets lost."""
    trips, transit = dict(before.trips), dict(before.transit)
    for segment in city.segments:
        for made in applied.classes[segment.id]:
            name, pairs = made.user.name, found[made.user.name]
            table = np.zeros_like(before.trips[name])
            table[pairs.origin, pairs.destination] = pairs.number
            if segment.group is not None:
                fewer = (before.trips[name] - table) * segment.occupancy
                transit[segment.group] = transit[segment.group] + fewer
            trips[name] = table
    return Demand(trips, transit, before.given_up, before.moved_in_time)


def _trips(table: Numbers) -> Trips:
    """Every pair of zones, those without trips, too, so that their costs are told."""
    zones = len(table)
    origin, destination = np.divmod(np.arange(zones * zones), zones)
    return Trips(origin.astype(np.int32), destination.astype(np.int32), table.ravel())


def _drivers(
    city: City, applied: Applied, solution: Solution, trips: Mapping[str, Numbers]
) -> tuple[Driver, ...]:
    users = {user.name: user for user in solution.problem.classes}
    shape = city.transit_minutes.shape
    return tuple(
        Driver(
            segment,
            made,
            users[made.user.name],
            trips[made.user.name],
            solution.costs(made.user.name).reshape(shape),
            solution.minutes(made.user.name),
            set(made.parts) <= applied.barred_kinds.get(segment.id, frozenset()),
        )
        for segment in city.segments
        for made in applied.classes[segment.id]
    )
