"""Emissions of a network: one ledger, however it is summed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heli.arrays import BadNumberError, BadShapeError
from heli.engines.emissions.emitting import emit, fleet
from heli.engines.emissions.errors import (
    BadMixError,
    MissingFigureError,
    UnknownQuantityError,
    UnknownVehicleError,
)
from heli.engines.emissions.figures import QUANTITIES, published

MIX = {
    "car": {"petrol-car-euro-5": 0.5, "diesel-car-euro-6a": 0.3, "petrol-car-euro-3": 0.2},
    "goods": {"diesel-van-euro-5": 0.6, "truck-euro-5": 0.3, "diesel-car-euro-6a": 0.1},
    "bus": {"bus-euro-6": 1.0},
}
FLEET = fleet(MIX, published())


def network(seed: int, links: int = 20):
    rng = np.random.default_rng(seed)
    flow = rng.uniform(0, 2000, (links, 3)) * rng.integers(0, 2, (links, 3))
    return flow, rng.uniform(0, 130, (links, 3)), rng.uniform(0.05, 3, links)


@given(st.integers(0, 10_000))
def test_one_ledger_by_link_class_and_vehicle(seed):
    flow, speed, length = network(seed)
    got = emit(flow, speed, length, FLEET)
    total = got.total
    assert got.by_link.sum(axis=0) == pytest.approx(total, rel=1e-12)
    assert got.by_class.sum(axis=0) == pytest.approx(total, rel=1e-12)
    assert got.by_vehicle.sum(axis=0) == pytest.approx(total, rel=1e-12)
    assert got.vehicle_km.sum() == pytest.approx((flow * length[:, None]).sum(), rel=1e-12)
    assert got.per_second("nox").sum() * 3600 == pytest.approx(total[0], rel=1e-12)
    assert np.all((got.within >= 0) & (got.within <= 1))


@given(st.integers(0, 10_000), st.floats(0, 10))
def test_emissions_are_proportional_to_flow(seed, times):
    flow, speed, length = network(seed)
    once, more = emit(flow, speed, length, FLEET), emit(times * flow, speed, length, FLEET)
    assert more.rates == pytest.approx(times * once.rates, rel=1e-12, abs=1e-12)


@given(st.integers(0, 10_000), st.floats(0.1, 0.9))
def test_a_link_cut_in_two_emits_as_before(seed, part):
    flow, speed, length = network(seed, links=5)
    whole = emit(flow, speed, length, FLEET)
    two = emit(
        np.vstack([flow, flow]), np.vstack([speed, speed]),
        np.concatenate([part * length, (1 - part) * length]), FLEET,
    )  # fmt: skip
    assert two.total == pytest.approx(whole.total, rel=1e-12)


def test_one_car_on_one_kilometre_emits_its_factor():
    got = emit([[1.0]], [[50.0]], [1.0], fleet({"car": {"petrol-car-euro-4": 1}}, published()))
    vehicle = published().vehicles["petrol-car-euro-4"]
    for column, quantity in enumerate(QUANTITIES):
        assert got.rates[0, 0, column] == vehicle.factor(quantity, np.array([50.0]))[0]
    assert got.within.tolist() == [1.0] * len(QUANTITIES)


def test_what_was_driven_outside_the_curves_is_told():
    got = emit([[1.0], [3.0]], [[50.0], [2.0]], [1.0, 1.0],
               fleet({"car": {"petrol-car-euro-4": 1}}, published()), ["nox"])  # fmt: skip
    assert got.within == pytest.approx([0.25])


def test_no_traffic_emits_nothing():
    got = emit(np.zeros((4, 3)), np.full((4, 3), 30.0), np.ones(4), FLEET)
    assert not got.total.any()
    assert got.within.all()


def test_electric_cars_leave_wear():
    clean = fleet({"car": {"electric-car": 1}}, published())
    got = emit([[1000.0]], [[30.0]], [1.0], clean, ["nox", "co2", "pm_exhaust", "pm10"])
    assert got.total[:3].tolist() == [0, 0, 0]
    assert 0 < got.total[3] < 1000 * 0.05
    with pytest.raises(MissingFigureError) as caught:
        emit([[1.0]], [[30.0]], [1.0], clean)
    assert caught.value.figures["quantity"] == "energy"


def test_bad_fleets_are_refused():
    with pytest.raises(UnknownVehicleError) as caught:
        fleet({"car": {"rocket": 1}}, published())
    assert "petrol-car-euro-4" in caught.value.advice()
    for mix in ({"bus-euro-6": 0.9}, {"bus-euro-6": 1.2, "bus-euro-5": -0.2}, {}):
        with pytest.raises(BadMixError):
            fleet({"car": mix, "bus": {"bus-euro-6": 1}}, published())


def test_bad_numbers_are_named():
    with pytest.raises(BadNumberError) as caught:
        emit([[1.0], [-2.0]], [[50.0], [50.0]], [1.0, 1.0], fleet({"b": {"bus-euro-6": 1}},
             published()))  # fmt: skip
    assert caught.value.figures["place"] == "flow[1, 0]"
    with pytest.raises(BadShapeError):
        emit([[1.0]], [[50.0]], [1.0], FLEET)
    with pytest.raises(UnknownQuantityError):
        emit([[1.0]], [[50.0]], [1.0], fleet({"b": {"bus-euro-6": 1}}, published()), ["noise"])
