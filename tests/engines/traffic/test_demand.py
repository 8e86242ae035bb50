"""Fleets, demand that answers to costs, and slices of the day."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engines.traffic.networks import CAR, towns, two_routes

from heli.engines.traffic import BadQuantityError, Trips, assign, build_network, build_trips
from heli.engines.traffic.elastic import (
    Alternative,
    assign_consistently,
    elastic_response,
    mode_response,
)
from heli.engines.traffic.errors import (
    NoFixedPointError,
    RuleWithoutClassError,
    UnknownClassError,
)
from heli.engines.traffic.fleet import Group, Rule, make_classes
from heli.engines.traffic.network import Link
from heli.engines.traffic.slices import Slice, assign_slices

FLEET = [
    Group("old diesel", 0.1, fuel="diesel", standard="CN4", value_of_time=40.0),
    Group("petrol", 0.6, fuel="petrol", standard="CN6", value_of_time=40.0),
    Group("electric", 0.2, fuel="electric", value_of_time=40.0),
    Group("lorries", 0.1, use="freight", fuel="diesel", value_of_time=90.0, pce=2.5),
]


def one_road():
    return build_network([Link("l", "A", "B", 100.0, 10.0)], zones=["A", "B"])


def test_a_fleet_without_rules_is_as_many_classes_as_values_of_time():
    classes = make_classes(FLEET)
    assert [(one.user.name, round(one.share, 12)) for one in classes] == [
        ("old diesel + petrol + electric", 0.9), ("lorries", 0.1),
    ]  # fmt: skip


def test_rules_by_digit_fuel_standard_and_use():
    rules = [
        Rule("digits", frozenset({"x"}), digits=frozenset({1, 6}), fuels=frozenset({"petrol"})),
        Rule("low emission", frozenset({"x", "y"}), standards=frozenset({"CN4"})),
        Rule("lorry toll", frozenset({"y"}), toll=8.0, uses=frozenset({"freight"})),
        Rule("bridge toll", frozenset({"y"}), toll=2.0),
    ]
    classes = {one.user.name: one for one in make_classes(FLEET, rules)}
    assert set(classes) == {
        "old diesel", "petrol 1,6", "petrol 0,2,3,4,5,7,8,9 + electric", "lorries",
    }  # fmt: skip
    assert classes["petrol 1,6"].share == pytest.approx(0.12)
    assert classes["petrol 1,6"].user.barred == {"x"}
    assert classes["old diesel"].user.barred == {"x", "y"}
    assert classes["lorries"].user.tolls == {"y": 10.0}
    rest = classes["petrol 0,2,3,4,5,7,8,9 + electric"]
    assert rest.parts == pytest.approx({"petrol": 0.48, "electric": 0.2})
    assert rest.user.tolls == {"y": 2.0}


def test_a_rule_for_nobody_is_refused():
    with pytest.raises(RuleWithoutClassError, match="“night”"):
        make_classes(FLEET, [Rule("night", frozenset({"x"}), toll=1.0, uses=frozenset({"taxi"}))])


@pytest.mark.parametrize("share", [-0.1, 1.1, math.nan])
def test_a_share_out_of_range_is_refused(share):
    with pytest.raises(BadQuantityError, match="group a"):
        make_classes([Group("a", share)])


def test_elastic_demand_meets_the_cost_it_causes():
    network = one_road()
    trips = build_trips([("A", "B", 80.0)], network)
    before = assign(network, [(CAR, trips)])
    narrow = build_network([Link("l", "A", "B", 50.0, 10.0)], zones=["A", "B"])
    response = elastic_response(trips, before.costs("car"), -0.5)
    found = assign_consistently(narrow, [(CAR, trips, response)], tolerance=1e-10)
    number, cost = found.trips["car"].number[0], found.solution.time[0]
    assert cost == pytest.approx(10 * (1 + 0.15 * (number / 50) ** 4))
    assert number == pytest.approx(80 * (cost / before.time[0]) ** -0.5, rel=1e-9)
    assert found.solution.flow[0] == number < 80


def test_people_shift_to_the_metro_until_it_balances():
    network = one_road()
    trips = build_trips([("A", "B", 100.0)], network)
    before = assign(network, [(CAR, trips)])
    metro = Alternative(persons=np.array([60.0]), cost_change=np.array([-4.0]))
    walk = Alternative(persons=np.array([10.0]), cost_change=np.array([0.0]))
    response = mode_response(trips, before.costs("car"), [metro, walk], 0.1, occupancy=1.3)
    found = assign_consistently(network, [(CAR, trips, response)], tolerance=1e-10)
    change = found.solution.time[0] - before.time[0]
    car = 130.0 * math.exp(-0.1 * change)
    share = car / (car + 60.0 * math.exp(0.4) + 10.0)
    assert found.trips["car"].number[0] == pytest.approx(200.0 * share / 1.3, rel=1e-9)
    assert change < 0


def test_demand_that_does_not_settle_is_told():
    network = one_road()
    trips = build_trips([("A", "B", 300.0)], network)
    response = elastic_response(trips, np.array([10.0]), -1.0)
    with pytest.raises(NoFixedPointError, match="After 2 rounds"):
        assign_consistently(network, [(CAR, trips, response)], rounds=2)


@pytest.mark.filterwarnings("error")
def test_whoever_is_priced_out_leaves_the_road_empty():
    network = two_towns()
    trips = Trips(np.array([0, 1], np.int32), np.array([1, 0], np.int32), np.array([80.0, 0.0]))
    before = assign(network, [(PAYING, trips)])
    metro = [Alternative(np.array([60.0, 5.0]), np.zeros(2))]
    response = mode_response(trips, before.costs("car"), metro, 0.1)
    priced = replace(PAYING, tolls={"l": 1e5})
    found = assign_consistently(network, [(priced, trips, response)], base=before)
    assert found.trips["car"].number[0] < 1e-9
    assert found.trips["car"].number[1] == 0
    back = mode_response(trips, found.solution.costs("car"), metro, 0.1)
    free = assign_consistently(network, [(PAYING, found.trips["car"], back)], base=found.solution)
    assert np.isfinite(free.trips["car"].number).all()


def two_towns():
    links = [Link("l", "A", "B", 100.0, 10.0), Link("m", "B", "A", 100.0, 10.0)]
    return build_network(links, zones=["A", "B"])


PAYING = replace(CAR, value_of_time=40.0)


def test_a_response_without_a_number_is_told():
    network = one_road()
    trips = build_trips([("A", "B", 80.0)], network)
    with pytest.raises(NoFixedPointError, match="After 1 rounds"):
        assign_consistently(network, [(CAR, trips, lambda costs: costs * math.nan)])


@pytest.mark.parametrize("number", [math.nan, math.inf, -1.0])
def test_trips_that_are_no_number_of_vehicles_are_refused(number):
    network = one_road()
    trips = Trips(np.zeros(1, np.int32), np.ones(1, np.int32), np.array([number]))
    with pytest.raises(BadQuantityError, match="class car, A → B: trips is"):
        assign(network, [(CAR, trips)])


def test_more_trips_than_a_curve_has_numbers_for_are_refused():
    network = build_network([Link("l", "A", "B", 1.0, 10.0, power=20.0)], zones=["A", "B"])
    assert assign(network, [(CAR, build_trips([("A", "B", 1e7)], network))]).converged
    with pytest.raises(BadQuantityError, match="link l: time with all trips on it"):
        assign(network, [(CAR, build_trips([("A", "B", 1e12)], network))])


@settings(max_examples=25)
@given(towns(classes=2), st.floats(-1.0, 0.0))
def test_consistent_demand_is_a_fixed_point(town, elasticity):
    network, demand, links = town
    before = assign(network, demand, gap=1e-9)
    responses = [
        (user, trips, elastic_response(trips, before.costs(user.name), elasticity) if n else None)
        for n, (user, trips) in enumerate(demand)
    ]
    closed = network.closing(*[link.id for link in links[:1]])
    found = assign_consistently(closed, responses, base=before, tolerance=1e-7)
    user, trips, response = responses[1]
    costs = found.solution.costs(user.name)
    reached = np.isfinite(costs)
    now = found.trips[user.name].number
    wanted = np.where(reached, response(costs), trips.number)
    assert np.abs(now - wanted).sum() <= 1e-6 * (1 + now.sum())
    assert found.trips[demand[0][0].name].number == pytest.approx(demand[0][1].number)


def test_slices_of_a_day():
    network = two_routes()
    trips = build_trips([("A", "B", 2000.0)], network)
    slices = [Slice("peak", 2.0, 0.5), Slice("rest", 10.0, 0.5)]
    day = assign_slices(network, [(CAR, trips)], slices)
    flows = [solution.flow.sum() for _, solution in day.slices]
    assert flows == pytest.approx([500.0, 100.0])
    alone = assign(network, [(CAR, trips.times(0.25))])
    assert day.slices[0][1].objective == alone.objective
    peak, rest = (solution.total_travel_time for _, solution in day.slices)
    assert day.total_travel_time == pytest.approx(2 * peak + 10 * rest)
    assert day.unconnected == 0.0


@pytest.mark.parametrize(
    "slices", [[Slice("a", 0.0, 0.5)], [Slice("a", 1.0, -0.5)], [Slice("a", 1.0, 0.7)] * 2]
)
def test_slices_that_make_no_day_are_refused(slices):
    network = two_routes()
    with pytest.raises(BadQuantityError):
        assign_slices(network, [], slices)


def test_costs_of_a_class_that_is_not_there():
    network = two_routes()
    solution = assign(network, [(CAR, build_trips([("A", "B", 1.0)], network))])
    with pytest.raises(UnknownClassError, match="“lorry”; there are: car"):
        solution.costs("lorry")
