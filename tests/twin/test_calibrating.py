"""Calibration finds what made the counts and the sales; what is told of the fit has one shape."""

from dataclasses import replace

import msgspec
import numpy as np
import pytest

from heli.demo.twin import observing, tables
from heli.twin.assumptions import Assumption
from heli.twin.calibrating import SHAPE, calibrate
from heli.twin.calibrating_demand import Counts, Parameter, corrected
from heli.twin.calibrating_limits import Limits
from heli.twin.ledgers import commerce_ledger

WRONG = {"江北示范区": 1.15, "江南示范区": 0.88, "港口示范区": 0.93, "山前示范区": 1.2}


@pytest.fixture(scope="module")
def flows(base):
    state = base.state
    found = {"": 0.0}
    for driver in state.drivers:
        flow = state.solution.class_flow[driver.user.name]
        for use in ("", driver.segment.use):
            found[use] = found.get(use, 0.0) + flow
    return found


def counted(city, flows, noise=0.0, seed=1):
    generator = np.random.default_rng(seed)
    some = [a for a, road in enumerate(city.roads) if road.capacity and flows[""][a] > 60]
    chosen = sorted(generator.choice(some, 180, replace=False).tolist())
    errors = np.exp(noise * generator.standard_normal((2, len(chosen))))
    return {
        use: {city.roads[a].id: float(flows[use][a] * errors[row, n]) for n, a in enumerate(chosen)}
        for row, use in enumerate(("", "freight"))
    }


@pytest.fixture(scope="module")
def surveyed(city):
    """The city as a survey finds it that is wrong in levels and finds longer trips too often."""
    levels = {Parameter("district", name): level for name, level in WRONG.items()}
    return corrected(city, levels | {Parameter("use", "freight"): 0.85}, -0.03)


def test_levels_and_distance_are_found_from_exact_counts(city, surveyed, flows):
    found, fit = calibrate(surveyed, counted(city, flows), {})
    parameters = {each["name"]: each["value"] for each in fit["traffic"]["parameters"]}
    for name, level in WRONG.items():
        assert parameters[name] == pytest.approx(1 / level, rel=0.02)
    assert parameters["freight"] == pytest.approx(1 / 0.85, rel=0.03)
    assert parameters[""] == pytest.approx(0.03, abs=0.003)
    for part in (fit["traffic"]["used"], fit["traffic"]["held_out"]):
        assert part["before"]["geh_below_5"] < 1.0
        assert part["after"]["geh_below_5"] == 1.0
        assert part["after"]["srmse"] < 0.03
    for name, table in city.trips.items():
        assert np.abs(found.trips[name] - table).sum() < 0.04 * table.sum()


def test_noise_is_not_learned_and_the_same_data_gives_the_same_city(city, surveyed, flows):
    counts = counted(city, flows, noise=0.08)
    found, fit = calibrate(surveyed, counts, {})
    again, told = calibrate(surveyed, counts, {})
    assert (found.version, fit) == (again.version, told)
    assert fit["traffic"]["held_out"]["after"]["srmse"] < 0.15
    for each in fit["traffic"]["parameters"]:
        true = 0.03 if each["kind"] == "distance" else 1 / (WRONG | {"freight": 0.85})[each["name"]]
        assert abs(each["value"] - true) < 5 * each["error"]


def test_bounds_hold_and_are_told(city, surveyed, flows):
    limits = Limits(hold_out=0.0, level=(0.95, 1.05))
    _, fit = calibrate(surveyed, counted(city, flows), {}, limits)
    levels = [each for each in fit["traffic"]["parameters"] if each["kind"] != "distance"]
    assert all(0.95 <= each["value"] <= 1.05 for each in levels)
    assert any(each["at_bound"] for each in levels)
    assert fit["traffic"]["held_out"] is None


def test_tastes_are_found_from_exact_sales(city, base):
    sold = commerce_ledger(base.state).by_shop
    sales = {shop.id: float(sold[n]) for n, shop in enumerate(city.shops)}
    other = {"shop_decay": Assumption(0.05, 0.04, 0.07), "shop_attraction": Assumption(1.1, 1, 1.2)}
    wrong = replace(city, assumptions={**city.assumptions, **other})
    found, fit = calibrate(wrong, {}, sales, sources={"sales": "swj/shop_sales"})
    for name in ("shop_attraction", "shop_decay", "shop_outside"):
        assert found.assumptions[name].value == pytest.approx(
            city.assumptions[name].value, rel=1e-3
        )
        assert found.assumptions[name].source == "swj/shop_sales"
    moved = found.assumptions["shop_decay"]
    assert moved.value - moved.low == pytest.approx(0.01, abs=1e-6)
    assert fit["commerce"]["used"]["after"]["r_squared"] > 0.9999
    assert "traffic" not in fit


def test_both_directions_of_a_road_are_kept_apart_together(city, flows):
    every = {"": {road.id: 100.0 for road in city.roads}}
    counts = Counts.of(city, every, 0.2)
    held = {
        city.roads[link].id: apart for link, apart in zip(counts.links, counts.held, strict=True)
    }
    for road in city.roads:
        assert held[road.id] == held[f"{road.head}>{road.tail}"]
    assert 0.15 < np.mean(list(held.values())) < 0.25


def test_what_is_told_is_plain_data_of_one_shape(city, surveyed, flows, base):
    sold = commerce_ledger(base.state).by_shop
    sales = {shop.id: float(sold[n]) for n, shop in enumerate(city.shops)}
    _, fit = calibrate(surveyed, counted(city, flows), sales)
    assert msgspec.json.decode(msgspec.json.encode(fit)) == fit
    assert (fit["shape"], set(fit)) == (SHAPE, {"shape", "traffic", "commerce"})
    for part in ("traffic", "commerce"):
        assert {"source", "unit", "parameters", "used", "held_out", "points"} <= set(fit[part])
        assert {
            "kind",
            "name",
            "unit",
            "before",
            "value",
            "error",
            "low",
            "high",
            "at_bound",
        } == set(fit[part]["parameters"][0])
        assert {"place", "observed", "before", "after", "held_out"} <= set(fit[part]["points"][0])


def test_the_demos_observations_are_of_the_present_demo_city(city):
    fresh = observing.observe(city)
    for name, column in (("traffic_counts", "vehicles"), ("shop_sales", "sales")):
        shipped = tables.observed(name)
        assert [next(iter(row.values())) for row in shipped] == [
            next(iter(row.values())) for row in fresh[name]
        ]
        assert [row[column] for row in shipped] == pytest.approx(
            [row[column] for row in fresh[name]], rel=0.01, abs=2
        ), "run python -m heli.demo.twin.observing"
