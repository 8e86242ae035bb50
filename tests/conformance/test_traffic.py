"""The public test networks of Transportation Networks for Research: best-known solutions."""

import re

import numpy as np
import pytest

from heli.engines.traffic import UserClass, assign
from heli.engines.traffic.tntp import read_network, read_trips

pytestmark = pytest.mark.reference

# Chicago Sketch: 0.02 minutes a cent and 0.04 minutes a mile, as its README says.
CHICAGO = UserClass("car", value_of_time=3000.0, distance_cost=2.0)
NETWORKS = {
    # folder, prefix, class, best-known objective, its relative tolerance
    "SiouxFalls": ("SiouxFalls", UserClass("car"), 42.31335287107440e5, 1e-14),
    "Chicago-Sketch": ("ChicagoSketch", CHICAGO, 17313018.7387477, 2e-14),
    "Anaheim": ("Anaheim", UserClass("car"), None, None),
}


@pytest.fixture(scope="module", params=NETWORKS)
def solved(request, reference_data):
    prefix, user, objective, tolerance = NETWORKS[request.param]
    folder = reference_data / "traffic" / request.param
    if not folder.is_dir():
        pytest.skip(f"the network of {request.param} is not beside the project")
    network = read_network((folder / f"{prefix}_net.tntp").read_text(), prefix)
    trips = read_trips((folder / f"{prefix}_trips.tntp").read_text(), network, prefix)
    solution = assign(network, [(user, trips)], gap=1e-14)
    best = {}
    for line in (folder / f"{prefix}_flow.tntp").read_text().splitlines():
        cells = line.split()
        if len(cells) == 4 and re.fullmatch(r"\d+", cells[0]):
            best[f"{cells[0]}-{cells[1]}"] = float(cells[2]), float(cells[3])
    return solution, best, objective, tolerance, user, trips


def test_the_best_known_objective_is_reached(solved):
    solution, _, objective, tolerance, *_ = solved
    assert solution.converged
    assert solution.relative_gap <= 1e-14
    if objective:
        assert solution.objective == pytest.approx(objective, rel=tolerance)


def test_link_flows_and_costs_are_the_best_known(solved):
    solution, best, _, _, user, _ = solved
    network = solution.network
    assert set(best) == set(network.link_ids)
    flow, cost = np.array([best[link] for link in network.link_ids]).T
    dear = solution.time + user.fixed_cost(network)
    # Where the published flows are exact to 1e-13 of the gap, they are to a few 1e-4 vehicles.
    assert np.abs(dear - cost).max() < 1e-6
    assert np.abs(solution.flow - flow).max() < 0.02


def test_a_warm_start_ends_where_a_cold_one_does(solved):
    solution, *_, user, trips = solved
    network = solution.network
    closed = network.closing(network.link_ids[int(solution.flow.argmax())])
    warm = assign(closed, [(user, trips)], gap=1e-12, base=solution)
    cold = assign(closed, [(user, trips)], gap=1e-12, threads=2)
    assert warm.objective == pytest.approx(cold.objective, rel=1e-8)
    assert warm.disconnected == cold.disconnected
    assert np.abs(warm.flow - cold.flow).max() < 1e-2


def test_braess_network_shows_the_paradox(reference_data):
    folder = reference_data / "traffic" / "Braess-Example"
    if not folder.is_dir():
        pytest.skip("Braess's network is not beside the project")
    network = read_network((folder / "Braess_net.tntp").read_text())
    trips = read_trips((folder / "Braess_trips.tntp").read_text(), network)
    user = UserClass("car")
    with_bridge = assign(network, [(user, trips)], gap=1e-12)
    without = assign(network.closing("3-4"), [(user, trips)], gap=1e-12, base=with_bridge)
    assert with_bridge.total_travel_time == pytest.approx(6 * 92, rel=1e-6)
    assert without.total_travel_time == pytest.approx(6 * 83, rel=1e-6)


def test_a_trickle_of_flow_does_not_hold_up_what_is_behind_it(reference_data):
    """Links with hardly any flow were once taken for the way to others, for rounds on end."""
    folder = reference_data / "traffic" / "Chicago-Sketch"
    if not folder.is_dir():
        pytest.skip("the network of Chicago-Sketch is not beside the project")
    network = read_network((folder / "ChicagoSketch_net.tntp").read_text(), "")
    demand = [(CHICAGO, read_trips((folder / "ChicagoSketch_trips.tntp").read_text(), network, ""))]
    base = assign(network, demand, gap=1e-8)
    busiest = (-base.flow).argsort(kind="stable")[:100:10]
    closed = [network.closing(network.link_ids[link]) for link in busiest]
    rounds = [assign(one, demand, gap=1e-8, base=base).iterations for one in closed]
    assert max(rounds) <= 12
    assert sum(rounds) <= 80
