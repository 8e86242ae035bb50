"""Equilibria that can be worked out by hand, and laws that every one of them keeps."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from tests.engines.traffic.networks import CAR, braess, towns, two_routes

from heli.engines.traffic import (
    BadQuantityError,
    DuplicateError,
    ForeignBaseError,
    Link,
    UnknownClassError,
    UserClass,
    assign,
    build_network,
    build_trips,
)

EXACT = 1e-12


def flows(solution):
    return dict(zip(solution.network.link_ids, solution.flow, strict=True))


def solve(network, rows, user=CAR, **options):
    return assign(network, [(user, build_trips(rows, network))], gap=EXACT, **options)


def test_both_roads_take_the_same_time_where_both_are_used():
    solution = solve(two_routes(), [("A", "B", 300.0)])
    assert solution.converged
    assert solution.time[0] == pytest.approx(solution.time[1], rel=1e-10)
    assert solution.flow.sum() == pytest.approx(300.0)
    assert solution.total_travel_time == pytest.approx(300.0 * solution.time[0])
    assert solution.average_excess_cost < 1e-10


def test_a_road_that_is_never_shorter_stays_empty():
    solution = solve(two_routes(free_time=1000.0), [("A", "B", 50.0)])
    assert flows(solution) == {"upper": 0.0, "lower": 50.0}


def test_braess_paradox():
    """Six travellers need 83 minutes without the bridge and 92 with it (D. Braess, 1968)."""
    without = solve(braess(bridge=False), [("1", "2", 6.0)])
    with_bridge = solve(braess(), [("1", "2", 6.0)])
    closed = solve(braess().closing("3-4"), [("1", "2", 6.0)], base=with_bridge)
    assert without.total_travel_time == pytest.approx(6 * 83, rel=1e-6)
    assert with_bridge.total_travel_time == pytest.approx(6 * 92, rel=1e-6)
    assert closed.total_travel_time == pytest.approx(6 * 83, rel=1e-6)
    assert flows(with_bridge)["3-4"] == pytest.approx(2.0, rel=1e-6)


def test_conical_curve_has_its_known_values():
    """At capacity a conical curve doubles the free time, empty it is near it (Spiess, 1990)."""
    links = [Link("l", "A", "B", 100.0, 10.0, conical=4.0)]
    network = build_network(links, zones=["A", "B"])
    at_capacity = solve(network, [("A", "B", 100.0)])
    assert at_capacity.time[0] == pytest.approx(20.0)
    half, step = solve(network, [("A", "B", 50.0)]), 1e-3
    more = solve(network, [("A", "B", 50.0 + step)])
    assert (more.objective - half.objective) / step == pytest.approx(half.time[0], rel=1e-4)


def test_power_nought_and_free_links():
    links = [
        Link("in", "A", "M", 0.0, 0.0),
        Link("fixed", "M", "N", 0.0, 5.0, b=0.2, power=0),
        Link("out", "N", "B", 0.0, 0.0),
    ]
    solution = solve(build_network(links, zones=["A", "B"]), [("A", "B", 7.0)])
    assert solution.total_travel_time == pytest.approx(7.0 * 6.0)
    assert solution.relative_gap == 0.0


def test_a_zone_that_may_not_be_passed_is_not_passed():
    links = [
        Link("a", "A", "Z", 100.0, 1.0), Link("b", "Z", "B", 100.0, 1.0),
        Link("c", "A", "B", 100.0, 9.0),
    ]  # fmt: skip
    network = build_network(links, zones=["A", "B", "Z"], no_through=["Z"])
    solution = solve(network, [("A", "B", 10.0), ("A", "Z", 1.0), ("Z", "B", 2.0)])
    assert flows(solution) == {"a": 1.0, "b": 2.0, "c": 10.0}


def test_trips_without_a_path_are_named_and_kept_out_of_the_gap():
    links = [Link("a", "A", "B", 100.0, 1.0), Link("c", "C", "A", 100.0, 1.0)]
    network = build_network(links, zones=["A", "B", "C"])
    solution = solve(network, [("A", "B", 10.0), ("A", "C", 4.0), ("B", "B", 3.0)])
    pair = solution.disconnected[0]
    assert (pair.user_class, pair.origin, pair.destination, pair.trips) == ("car", "A", "C", 4.0)
    assert (solution.unconnected, solution.assigned, solution.intrazonal) == (4.0, 10.0, 3.0)
    assert solution.relative_gap == 0.0
    assert math.isinf(solution.costs("car")[1])


def test_a_banned_turn_is_not_made():
    links = [
        Link("a", "A", "X", 100.0, 1.0), Link("b", "X", "B", 100.0, 1.0),
        Link("d", "X", "Y", 100.0, 1.0), Link("r", "Y", "X", 100.0, 1.0),
    ]  # fmt: skip
    network = build_network(links, zones=["A", "B"])
    plain = solve(network, [("A", "B", 10.0)])
    banned = solve(network.banning([("a", "b")]), [("A", "B", 10.0)])
    assert flows(plain) == {"a": 10.0, "b": 10.0, "d": 0.0, "r": 0.0}
    assert flows(banned) == {"a": 10.0, "b": 10.0, "d": 10.0, "r": 10.0}


def test_trips_begin_and_end_at_a_junction_with_banned_turns():
    links = [
        Link("in", "A", "X", 100.0, 1.0), Link("out", "X", "B", 100.0, 1.0),
    ]  # fmt: skip
    network = build_network(links, zones=["A", "X", "B"]).banning([("in", "out")])
    solution = solve(network, [("A", "X", 3.0), ("X", "B", 4.0), ("A", "B", 5.0)])
    assert flows(solution) == {"in": 3.0, "out": 4.0}
    assert solution.unconnected == 5.0


def test_classes_differ_in_what_they_pay_and_where_they_may_go():
    network = two_routes()
    rich = UserClass("rich", value_of_time=600.0, tolls={"upper": 10.0})
    poor = UserClass("poor", value_of_time=6.0, tolls={"upper": 10.0})
    lorry = UserClass("lorry", pce=2.0, barred=frozenset({"upper"}))
    trips = build_trips([("A", "B", 40.0)], network)
    solution = assign(network, [(rich, trips), (poor, trips), (lorry, trips)], gap=EXACT)
    assert solution.class_flow["rich"].tolist() == [40.0, 0.0]
    assert solution.class_flow["poor"].tolist() == [0.0, 40.0]
    assert solution.class_flow["lorry"].tolist() == [0.0, 40.0]
    assert solution.flow.tolist() == [40.0, 120.0]
    assert solution.costs("rich")[0] == pytest.approx(solution.time[0] + 1.0)


def test_a_base_of_another_network_is_refused():
    base = solve(braess(), [("1", "2", 6.0)])
    with pytest.raises(ForeignBaseError):
        solve(two_routes(), [("A", "B", 1.0)], base=base)


def test_a_base_whose_nodes_were_passed_where_they_may_not_be_is_refused():
    ends = (("A", "Z"), ("Z", "B"), ("A", "B"))
    links = [Link(f"{i}{j}", i, j, 100.0, 1.0 if "Z" in (i, j) else 50.0) for i, j in ends]
    passed = build_network(links, zones=["A", "Z", "B"])
    base = solve(passed, [("A", "B", 10.0)])
    assert flows(base)["AB"] == 0
    shut = build_network(links, zones=["A", "Z", "B"], no_through=["Z"])
    assert flows(solve(shut, [("A", "B", 10.0)]))["AB"] == 10
    with pytest.raises(ForeignBaseError):
        solve(shut, [("A", "B", 10.0)], base=base)


def test_tolls_beyond_all_sums_are_refused():
    network = two_routes()
    link = network.link_ids[0]
    for user in (
        UserClass("car", 1e-3, tolls={link: 1e308}),
        UserClass("car", 60, tolls={link: 1e151}),
    ):
        with pytest.raises(BadQuantityError, match=link):
            solve(network, [("A", "B", 1.0)], user)


@pytest.mark.parametrize(
    "wrong", [{"gap": 0.0}, {"gap": -1.0}, {"gap": math.nan}, {"threads": 0}, {"rounds": -1}]
)
def test_a_wish_that_cannot_be_met_is_refused(wrong):
    network = two_routes()
    with pytest.raises(BadQuantityError, match=f"assign: {next(iter(wrong))}"):
        assign(network, [(CAR, build_trips([], network))], **wrong)


def test_two_classes_of_one_name_are_refused():
    network = two_routes()
    with pytest.raises(DuplicateError, match="“car”"):
        assign(network, [(CAR, build_trips([], network))] * 2)


def test_without_rounds_the_first_loading_is_given():
    network = two_routes()
    solution = solve(network, [("A", "B", 300.0)], rounds=0)
    assert not solution.converged
    assert solution.iterations == 0
    assert sorted(solution.flow) == [0.0, 300.0]
    assert 0 < solution.relative_gap < 1
    assert solution.average_excess_cost > 0


def test_nobody_travels():
    network = two_routes()
    for demand in ([], [(CAR, build_trips([], network))]):
        solution = assign(network, demand)
        assert (solution.objective, solution.relative_gap, solution.assigned) == (0.0, 0.0, 0.0)
        assert solution.flow.tolist() == [0.0, 0.0]


def test_nobody_travels_any_more():
    network = two_routes()
    base = solve(network, [("A", "B", 300.0)])
    for demand in ([], [(CAR, build_trips([], network))]):
        solution = assign(network, demand, base=base)
        assert (solution.objective, solution.flow.tolist()) == (0.0, [0.0, 0.0])


def test_rounds_and_gaps_are_told():
    told = []
    solve(braess(), [("1", "2", 6.0)], progress=lambda done, gap: told.append((done, gap)))
    assert told[0][0] == 0
    assert told[-1][1] <= EXACT


@settings(max_examples=60)
@given(towns(classes=2))
def test_laws_of_every_equilibrium(town):
    network, demand, _ = town
    solution = assign(network, demand, gap=1e-9, rounds=400)
    assert solution.converged
    lost = {(p.user_class, p.origin, p.destination) for p in solution.disconnected}
    zones = [network.node_ids[z] for z in network.zones]
    paid = least = 0.0
    for user, trips in demand:
        balance = np.zeros(len(network.node_ids))
        rows = zip(trips.origin, trips.destination, trips.number, strict=True)
        for origin, destination, number in rows:
            if origin != destination and (
                user.name, zones[origin], zones[destination]
            ) not in lost:  # fmt: skip
                balance[network.zones[origin]] -= number
                balance[network.zones[destination]] += number
        flow = solution.class_flow[user.name]
        np.add.at(balance, network.head, -flow)
        np.add.at(balance, network.tail, flow)
        assert np.abs(balance).max() < 1e-7 * (1 + trips.total)
        assert (flow >= 0).all()
        assert flow[~user.usable(network)].sum() == 0.0
        check_against_bellman_ford(network, user, trips, solution)
        costs = solution.costs(user.name)
        found = np.isfinite(costs)
        least += user.pce * (costs[found] * trips.number[found]).sum()
        paid += user.pce * (flow * (solution.time + user.fixed_cost(network))).sum()
    assert paid - least == pytest.approx(solution.relative_gap * paid, abs=1e-11 * (1 + paid))


def check_against_bellman_ford(network, user, trips, solution):
    """Costs of pairs are those of shortest paths, found by another method."""
    cost = np.where(
        user.usable(network), solution.time + user.fixed_cost(network), math.inf
    )  # fmt: skip
    found = solution.costs(user.name)
    for origin in set(trips.origin.tolist()):
        label = np.full(len(network.node_ids), math.inf)
        label[network.zones[origin]] = 0.0
        for _ in network.node_ids:
            np.minimum.at(label, network.head, label[network.tail] + cost)
        of = trips.origin == origin
        assert found[of] == pytest.approx(label[network.zones[trips.destination[of]]], rel=1e-9)


@settings(max_examples=40)
@given(towns(classes=2), st.randoms(use_true_random=False))
def test_neither_order_nor_threads_change_a_byte(town, random):
    network, demand, links = town
    shuffled, zones = list(links), [network.node_ids[z] for z in network.zones]
    random.shuffle(shuffled)
    random.shuffle(zones)
    other = build_network(shuffled, zones=zones, nodes=network.node_ids[::-1])
    names = [network.node_ids[z] for z in network.zones]
    again = []
    for user, trips in demand:
        rows = [
            (names[a], names[b], float(n))
            for a, b, n in zip(trips.origin, trips.destination, trips.number, strict=True)
        ]
        random.shuffle(rows)
        again.append((user, build_trips(rows, other)))
    one = assign(network, demand, gap=1e-8)
    two = assign(other, again[::-1], gap=1e-8, threads=3)
    assert flows(one) == flows(two)
    assert one.objective == two.objective
    assert one.relative_gap == two.relative_gap


@settings(max_examples=40)
@given(towns(), st.randoms(use_true_random=False))
def test_closing_a_link_never_lowers_the_objective_and_warm_is_cold(town, random):
    network, demand, links = town
    assume(links)
    base = assign(network, demand, gap=1e-10, rounds=400)
    link = random.choice(links).id
    closed = network.closing(link)
    cold = assign(closed, demand, gap=1e-11, rounds=400)
    warm = assign(closed, demand, gap=1e-11, rounds=400, base=base)
    assert warm.objective == pytest.approx(cold.objective, rel=1e-8)
    assert warm.disconnected == cold.disconnected
    if cold.unconnected == base.unconnected:
        assert cold.objective >= base.objective * (1 - 1e-9)
    back = assign(closed.opening(link), demand, gap=1e-11, rounds=400, base=warm)
    assert back.objective == pytest.approx(base.objective, rel=1e-8)
    assert back.disconnected == base.disconnected


@settings(max_examples=30)
@given(towns(), st.randoms(use_true_random=False))
def test_banning_turns_never_lowers_the_objective(town, random):
    network, demand, links = town
    turns = [(a.id, b.id) for a in links for b in links if a.head == b.tail]
    assume(turns)
    base = assign(network, demand, gap=1e-10, rounds=400)
    banned = network.banning(random.sample(turns, min(3, len(turns))))
    solution = assign(banned, demand, gap=1e-10, rounds=400)
    assert solution.converged
    if solution.unconnected == base.unconnected:
        assert solution.objective >= base.objective * (1 - 1e-8)


def test_minutes_are_those_of_cheapest_ways_without_money():
    # The toll road is quicker by 5 minutes and as dear: of ways that cost the same, it counts.
    links = [Link("toll", "A", "B", 0.0, 10.0, b=0.0), Link("free", "A", "B", 0.0, 15.0, b=0.0)]
    links += [Link("back", "B", "A", 0.0, 7.0, b=0.0, length=1.0)]
    network = build_network(links, zones=["A", "B", "C"], nodes=["A", "B", "C"])
    trips = build_trips([("A", "B", 10.0)], network)
    even = UserClass("even", 60.0, tolls={"toll": 5.0})
    dear = UserClass("dear", 60.0, distance_cost=2.0, tolls={"toll": 6.0})
    found = assign(network, [(even, trips), (dear, trips)])
    inf = math.inf
    assert found.minutes("even").tolist() == [[0, 10, inf], [7, 0, inf], [inf, inf, 0]]
    # Pairs without trips are told, too: from B to A nobody goes.
    assert found.minutes("dear").tolist() == [[0, 15, inf], [7, 0, inf], [inf, inf, 0]]
    with pytest.raises(UnknownClassError, match="“lorry”; there are: dear, even"):
        found.minutes("lorry")


@settings(max_examples=25)
@given(towns(classes=2))
def test_minutes_are_told_wherever_there_is_a_way_and_never_above_its_cost(town):
    network, demand, _ = town
    found = assign(network, demand, gap=1e-9)
    for user, trips in demand:
        costs = found.costs(user.name)
        minutes = found.minutes(user.name)[trips.origin, trips.destination]
        assert (np.isinf(minutes) == np.isinf(costs)).all()
        some = np.isfinite(costs)
        assert (minutes[some] <= costs[some] * (1 + 1e-4) + 1e-3).all()


def test_a_graph_is_kept_only_where_it_is_the_same():
    network = two_routes()
    demand = [(CAR, build_trips([("A", "B", 300.0)], network))]
    before = assign(network, demand, gap=EXACT)
    wider = replace(network, capacity=network.capacity * 2)
    warm = assign(wider, demand, gap=EXACT, base=before)
    assert warm.problem.graph.net is before.problem.graph.net
    assert warm.objective == pytest.approx(assign(wider, demand, gap=EXACT).objective, rel=1e-12)
    assert warm.objective < before.objective
    turned = replace(network, head=network.tail, tail=network.head)
    with pytest.raises(ForeignBaseError):
        assign(turned, demand, base=before)
