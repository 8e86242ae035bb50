"""Reports of one state: traffic, emissions, air, shops and reach. Each carries the state's digest.

Emissions of access roads, which stand for small streets, are told and disperse along the straight
line that stands for them. Trips within a zone are on no road and in no report of traffic.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from heli.arrays import Numbers
from heli.engines.commerce.huff import Spending, Tastes, spend
from heli.engines.emissions.emitting import emit, fleet
from heli.engines.emissions.figures import published
from heli.engines.equity.access import reach, within
from heli.engines.equity.change import Change, change
from heli.engines.exposure.dispersion import concentration
from heli.engines.exposure.people import Exposure, expose
from heli.twin.choosing import choosing, share_with_car
from heli.twin.city import POLLUTANTS, RECEPTORS, City, Group
from heli.twin.state import Driver, State

QUANTITIES = ("nox", "pm10", "pm25", "co2")
NOTICED = 0.25
"""Minutes for a trip; who loses or gains less notices nothing."""
REACH = 30.0
"""Minutes within which places are counted; what a way costs in money does not matter."""
MOST_BY_CAR = 0.99
"""Of the people with a car between two zones, for what they lose."""
SECONDS = 3600


@dataclass(frozen=True, eq=False)
class TrafficLedger:
    """Who drives where.

    Attributes:
        vehicle_km: In an hour, links × classes.
        vehicle_hours: In an hour, links × classes.
        by_car, by_transit, given_up: Persons an hour, by segment's group where there is one.
        moved_in_time: Persons who travel by car in another hour, as the schools do.
        tolls: Yuan an hour by class.
        watched: Vehicles an hour on watched roads, both directions, by name.
    """

    state: str
    vehicle_km: Numbers
    vehicle_hours: Numbers
    by_car: float
    by_transit: float
    given_up: float
    moved_in_time: float
    vehicles_given_up: float
    tolls: Numbers
    watched: dict[str, float]


@dataclass(frozen=True, eq=False)
class EmissionsLedger:
    """What comes out of vehicles, g/h.

    Attributes:
        vehicle_km: Driven in an hour, links × classes, as the emissions engine counts.
        by_link: Links × quantities.
        by_class: Classes × quantities.
        by_vehicle: Vehicles of the figures × quantities.
        by_district: Districts and what lies in none × quantities.
    """

    state: str
    vehicle_km: Numbers
    by_link: Numbers
    by_class: Numbers
    by_vehicle: Numbers
    by_district: Numbers


@dataclass(frozen=True, eq=False)
class CommerceLedger:
    """What is spent where, yuan a day if every hour had the ways of this one.

    Attributes:
        budgets: All of what people spend.
        by_shop: Sales of each shop.
        by_zone: Sales of each zone.
        by_district: Sales of each district.
        outside: Spent elsewhere, online, or not at all.
        access: Accessibility of shops by people's group and segment, of the base a reference; of
            a scenario that parts a segment, that of its last part.
    """

    state: str
    budgets: float
    by_shop: Numbers
    by_zone: Numbers
    by_district: Numbers
    outside: float
    access: dict[str, Numbers]


@dataclass(frozen=True, eq=False)
class ExposureLedger:
    """What people breathe at home, µg/m³, and in each area of the city."""

    state: str
    districts: dict[str, Exposure]
    areas: dict[tuple[str, str], float]


@dataclass(frozen=True, eq=False)
class AccessLedger:
    """What people reach within 30 minutes, and what a trip got worse.

    Attributes:
        reached: Jobs, school places and beds for a person, zones × groups.
        travel: Gains and losses of residents in generalised minutes for a trip, against the base.
    """

    state: str
    reached: dict[str, Numbers]
    travel: Change


def traffic_ledger(state: State) -> TrafficLedger:
    """Traffic by link and class, and how people travel."""
    flow = _flows(state)
    network, city = state.network, state.city
    tolls = [
        flow[:, n] @ _toll(driver, state) for n, driver in enumerate(state.drivers)
    ]  # fmt: skip
    total = flow.sum(axis=1)
    people = [each for each in state.drivers if each.segment.group is not None]
    return TrafficLedger(
        state=state.digest,
        vehicle_km=flow * network.length[:, None],
        vehicle_hours=flow * state.solution.time[:, None] / 60,
        by_car=float(sum(each.trips.sum() * each.segment.occupancy for each in people)),
        by_transit=float(sum(table.sum() for table in state.transit.values())),
        given_up=_persons(state.given_up, city),
        moved_in_time=_persons(state.moved_in_time, city),
        vehicles_given_up=float(
            sum(state.given_up[s.id].sum() for s in city.segments if s.group is None)
        ),
        tolls=np.array(tolls),
        watched={
            name: float(sum(total[a] for a, road in enumerate(city.roads) if road.road == name))
            for name in city.watched
        },
    )


def emissions_ledger(state: State) -> EmissionsLedger:
    """Emissions of all links, by class, vehicle and district."""
    city, network = state.city, state.network
    figures = {kind.id: kind.figures for kind in city.kinds}
    mixes = {}
    for driver in state.drivers:
        total = sum(driver.made.parts.values())
        mix: dict[str, float] = {}
        for kind, part in driver.made.parts.items():
            mix[figures[kind]] = mix.get(figures[kind], 0.0) + part / total
        mixes[driver.user.name] = mix
    speed = np.divide(
        60 * network.length,
        state.solution.time,
        out=np.zeros(len(network.length)),
        where=state.solution.time > 0,
    )
    flow = _flows(state)
    speeds = np.repeat(speed[:, None], flow.shape[1], axis=1)
    found = emit(flow, speeds, network.length, fleet(mixes, published()), QUANTITIES)
    factor = state.values["emission_factor"]
    by_link = factor * found.by_link
    by_district = np.zeros((len(city.districts) + 1, len(QUANTITIES)))
    np.add.at(by_district, city.road_district, by_link)
    return EmissionsLedger(
        state=state.digest,
        vehicle_km=found.vehicle_km,
        by_link=by_link,
        by_class=factor * found.by_class,
        by_vehicle=factor * found.by_vehicle,
        by_district=by_district,
    )


def exposure_ledger(state: State, emitted: EmissionsLedger) -> ExposureLedger:
    """Concentrations where people live, from what the same state emits."""
    city = state.city
    each = len(RECEPTORS)
    people = np.repeat(city.residents / each, each, axis=0)
    district = np.repeat(city.zone_district, each)
    spread = city.spread / state.values["wind"]
    districts, areas = {}, {}
    for pollutant in POLLUTANTS:
        rates = emitted.by_link[:, QUANTITIES.index(pollutant)] / SECONDS
        air = concentration(spread, rates, city.background[pollutant])
        districts[pollutant] = expose(
            air, people, district, len(city.districts), city.limits[pollutant]
        )
        for name, zones in city.areas.items():
            inside = np.repeat([zone.id in zones for zone in city.zones], each)
            weight = people.sum(axis=1) * inside
            areas[name, pollutant] = float(air @ weight / weight.sum()) if weight.any() else 0.0
    return ExposureLedger(emitted.state, districts, areas)


def commerce_ledger(state: State, base: CommerceLedger | None = None) -> CommerceLedger:
    """What shops sell to people who may or may not drive there.

    Shoppers with a car take the cheaper of car and public transport. Without ``base``, the state
    is its own reference and budgets stay.
    """
    city, values = state.city, state.values
    tastes = Tastes(
        values["shop_attraction"],
        values["shop_decay"],
        values["shop_outside"],
        values["shop_elasticity"],
    )
    at = np.array([city.zone_index[shop.zone] for shop in city.shops])
    floor = np.array([shop.floor_space for shop in city.shops])
    by_shop, outside, budgets = np.zeros(len(at)), 0.0, 0.0
    access: dict[str, Numbers] = {}
    for row, people, cost in shoppers(state):
        reference = None if base is None else base.access[row]
        found: Spending = spend(people, cost[:, at], floor, tastes, reference)
        by_shop += found.sales
        outside += float(found.outside.sum())
        budgets += float(found.budgets.sum())
        access[row] = found.access
    by_zone, by_district = np.zeros(len(city.zones)), np.zeros(len(city.districts))
    np.add.at(by_zone, at, by_shop)
    np.add.at(by_district, city.zone_district, by_zone)
    return CommerceLedger(state.digest, budgets, by_shop, by_zone, by_district, outside, access)


def access_ledger(state: State, base: State) -> AccessLedger:
    """What people reach, and what their trips got worse since the base."""
    city = state.city
    places = {
        "jobs": np.array([zone.jobs for zone in city.zones]),
        "school_places": np.array([zone.school_places for zone in city.zones]),
        "hospital_beds": np.array([zone.hospital_beds for zone in city.zones]),
    }
    reached = {name: np.zeros_like(city.residents) for name in places}
    for g, group in enumerate(city.groups):
        for _, share, driver in _parts(state, group):
            minutes = _door_to_door(None if driver is None else driver.minutes, state)
            for name, there in places.items():
                reached[name][:, g] += share * reach(minutes, there, within(REACH))
    return AccessLedger(state.digest, reached, _travel_change(state, base))


def _flows(state: State) -> Numbers:
    """Vehicles an hour, links × classes in the state's order."""
    return np.stack([state.solution.class_flow[each.user.name] for each in state.drivers], axis=1)


def _persons(tables: Mapping[str, Numbers], city: City) -> float:
    """Persons an hour in tables of vehicles by segment; freight and taxis carry none that count."""
    return float(
        sum(
            tables[segment.id].sum() * segment.occupancy
            for segment in city.segments
            if segment.group is not None
        )
    )


def _toll(driver: Driver, state: State) -> Numbers:
    toll = state.network.toll.copy()
    for name, yuan in driver.user.tolls.items():
        toll[state.network.link_index[name]] = yuan
    return toll


def _door_to_door(by_car: Numbers | None, state: State) -> Numbers:
    """The lesser of what a way takes by car, if there is one, and by public transport, (Z, Z).

    Within a zone, driving takes half of what it takes to the nearest other zone.
    """
    if by_car is None:
        return state.transit_minutes
    by_car = by_car.copy()
    np.fill_diagonal(by_car, np.inf)
    np.fill_diagonal(by_car, by_car.min(axis=1) / 2)
    return np.minimum(by_car, state.transit_minutes)


def _parts(state: State, group: Group) -> list[tuple[str, float, Driver | None]]:
    """Parts of a group by car: their segment, or "" without a car; their share; how they drive.

    Who has a car is spread evenly over the group's segments.
    """
    segments = [each.id for each in state.city.segments if each.group == group.id]
    owning = group.car_share if segments else 0.0
    parts: list[tuple[str, float, Driver | None]] = [("", 1 - owning, None)]
    for segment in segments if owning else ():
        parts += [
            (segment, owning * share / len(segments), driver)
            for share, driver in state.ways_of(segment)
        ]
    return parts


def shoppers(state: State) -> list[tuple[str, Numbers, Numbers]]:
    """People who shop: their group and segment, their budgets by zone, and their ways, (Z, Z).

    Ways by car are generalised minutes, time and what distance, tolls and parking cost, as time;
    those by public transport are time alone, as cities state no fares.
    """
    city = state.city
    return [
        (
            f"{group.id}/{segment}",
            city.residents[:, g] * group.spending * share,
            _door_to_door(None if driver is None else driver.cost, state),
        )
        for g, group in enumerate(city.groups)
        for segment, share, driver in _parts(state, group)
    ]


def _travel_change(state: State, base: State) -> Change:
    """Who gains and who loses, in generalised minutes for a trip.

    The change for people with a car between two zones is that of the logsum of both modes,
    ``-ln(P_car exp(-θ Δ_car) + P_transit exp(-θ Δ_transit)) / θ``, with the shares P of those with
    a car in the base (Williams 1977; Small and Rosen 1981). Who may not drive any more has
    Δ_car = ∞. Who has no car loses or gains what public transport does.
    """
    city = state.city
    losses, people = [], []
    for g, group in enumerate(city.groups):
        for segment, share, driver in _parts(state, group):
            lost, members = np.zeros_like(city.residents), np.zeros_like(city.residents)
            members[:, g] = city.residents[:, g] * share
            if driver is None:
                lost[:, g] = _mean_by_transit(group, state, base)
            else:
                lost[:, g] = _mean_loss(segment, driver.cost, state, base)
            losses.append(lost)
            people.append(members)
    after = np.concatenate(losses)
    return change(
        after,
        np.zeros_like(after),
        np.concatenate(people),
        np.tile(city.zone_district, len(losses)),
        len(city.districts),
        noticed=NOTICED,
    )


def _mean_loss(name: str, cost: Numbers, state: State, base: State) -> Numbers:
    """Minutes that a trip from each zone got worse for those with a car, (Z,)."""
    (before,) = base.drivers_of(name)
    car = before.trips * before.segment.occupancy
    persons = car + choosing(base, before.segment)
    more = np.where(np.isfinite(cost), cost - before.cost, np.inf)
    slower = state.transit_minutes - base.transit_minutes
    share = np.divide(car, persons, out=np.zeros_like(car), where=persons > 0)
    theta = state.values["mode_sensitivity"]
    return _mean(persons, _logsum_loss(share, more, slower, theta))


def _mean_by_transit(group: Group, state: State, base: State) -> Numbers:
    """Minutes that a trip from each zone got worse for those without a car, (Z,)."""
    without = base.transit[group.id] * (1 - share_with_car(base, group.id))[:, None]
    return _mean(without, state.transit_minutes - base.transit_minutes)


def _mean(persons: Numbers, lost: Numbers) -> Numbers:
    """Means over trips from each zone, (Z,); 0 where nobody sets out."""
    total = persons.sum(axis=1)
    summed = (persons * lost).sum(axis=1)
    return np.asarray(np.divide(summed, total, out=np.zeros_like(total), where=total > 0))


def _logsum_loss(share: Numbers, more: Numbers, slower: Numbers, theta: float) -> Numbers:
    """Minutes that a person's choice got worse.

    Where everybody with a car drives, one in a hundred is taken to go by public transport, so that
    even those who may not drive any more lose no more than can be told.
    """
    share = np.minimum(share, MOST_BY_CAR)
    if theta < 1e-9:
        return np.where(np.isfinite(more), share * more, 0.0) + (1 - share) * slower
    both = share * np.expm1(-theta * more) + (1 - share) * np.expm1(-theta * slower)
    return np.asarray(-np.log1p(both) / theta)
