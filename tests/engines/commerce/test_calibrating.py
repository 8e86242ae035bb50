"""Tastes are found again in data made from them, and refused where data cannot tell."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heli.arrays import BadNumberError
from heli.engines.commerce.calibrating import from_flows, from_sales
from heli.engines.commerce.errors import NotConvergedError, NothingSpentError, NotIdentifiedError
from heli.engines.commerce.huff import Tastes, spend

TRUE = Tastes(0.8, 0.09, 3.0)


def city(seed: int, origins: int = 40, shops: int = 25):
    rng = np.random.default_rng(seed)
    homes, places = rng.uniform(0, 40, (origins, 2)), rng.uniform(0, 40, (shops, 2))
    cost = np.hypot(*(homes[:, None] - places).transpose(2, 0, 1))
    return rng.uniform(1e4, 1e6, origins), cost, rng.lognormal(5, 1, shops), rng


def values(tastes: Tastes) -> list[float]:
    return [tastes.attraction, tastes.decay, tastes.outside]


@given(st.integers(0, 10_000))
@settings(max_examples=25)
def test_exact_data_give_the_tastes_they_were_made_from(seed):
    budgets, cost, size, _ = city(seed)
    made = spend(budgets, cost, size, TRUE)
    flows = from_flows(made.flows, made.outside, cost, size)
    sales = from_sales(made.sales, budgets, cost, size)
    for got in (flows, sales):
        assert values(got.tastes) == pytest.approx(values(TRUE), rel=1e-6)
        assert got.modelled == pytest.approx(got.observed, rel=1e-6)
        assert got.explained == pytest.approx(1)
        assert got.dispersion < 1e-6


def test_noisy_data_give_them_within_their_standard_errors():
    """Of 60 cities counted in units of 500, most have the true ones within two of them."""
    within = np.zeros(3)
    for seed in range(60):
        budgets, cost, size, rng = city(seed)
        made = spend(budgets, cost, size, TRUE)
        counted = rng.poisson(made.flows / 500), rng.poisson(made.outside / 500)
        got = from_flows(*counted, cost, size)
        error = np.abs(np.array(values(got.tastes)) - values(TRUE))
        within += error <= 2 * np.array(got.errors)
        assert got.dispersion == pytest.approx(1, abs=0.4)
    assert np.all(within / 60 > 0.85)


def test_the_unit_of_money_does_not_matter():
    budgets, cost, size, rng = city(5)
    flows = spend(budgets, cost, size, TRUE).sales * rng.uniform(0.8, 1.2, len(size))
    yuan, wan = from_sales(flows, budgets, cost, size), from_sales(
        flows / 1e4, budgets / 1e4, cost, size
    )  # fmt: skip
    assert values(yuan.tastes) == pytest.approx(values(wan.tastes), rel=1e-6)
    assert yuan.errors == pytest.approx(wan.errors, rel=1e-6)
    assert 0 < yuan.explained < 1


@pytest.mark.parametrize("unit", [1e-3, 60.0, 1e5])
def test_the_unit_of_cost_only_scales_decay(unit):
    budgets, cost, size, rng = city(6)
    made = spend(budgets, cost, size, TRUE)
    flows = made.flows * rng.uniform(0.5, 1.5, cost.shape)
    plain = from_flows(flows, made.outside, cost, size).tastes
    scaled = from_flows(flows, made.outside, unit * cost, size).tastes
    assert scaled.decay * unit == pytest.approx(plain.decay, rel=1e-6)
    assert scaled.attraction == pytest.approx(plain.attraction, rel=1e-6)


def test_shops_out_of_everybodys_reach_do_not_disturb():
    budgets, cost, size, _ = city(7)
    far = cost + np.where(np.arange(25) == 24, 1e5, 0)
    made = spend(budgets, far, size, TRUE)
    assert made.sales[24] == 0
    got = from_flows(made.flows, made.outside, far, size)
    assert values(got.tastes) == pytest.approx(values(TRUE), rel=1e-6)


def test_elasticity_is_handed_through():
    budgets, cost, size, _ = city(1)
    made = spend(budgets, cost, size, TRUE)
    assert from_sales(made.sales, budgets, cost, size, elasticity=0.4).tastes.elasticity == 0.4


@pytest.mark.parametrize("parameter", ["attraction", "decay"])
def test_what_data_cannot_tell_is_named(parameter):
    budgets, cost, size, _ = city(3)
    made = spend(budgets, cost, size, TRUE)
    same_size = np.ones_like(size) if parameter == "attraction" else size
    same_cost = np.zeros_like(cost) if parameter == "decay" else cost
    with pytest.raises(NotIdentifiedError) as caught:
        from_flows(made.flows, made.outside, same_cost, same_size)
    assert caught.value.figures["parameter"] == parameter


def test_bad_observations_are_refused():
    budgets, cost, size, _ = city(3)
    with pytest.raises(NothingSpentError):
        from_sales(np.zeros(25), budgets, cost, size)
    with pytest.raises(NothingSpentError):
        from_sales([], budgets, np.zeros((40, 0)), [])
    with pytest.raises((NotIdentifiedError, NotConvergedError)):
        from_sales(np.full(25, budgets.sum()), budgets, cost, size)  # more than there is
    with pytest.raises(BadNumberError) as caught:
        from_sales(np.full(25, 10.0), budgets, cost, np.where(np.arange(25) == 4, 0, size))
    assert caught.value.figures["place"] == "attractiveness[4]"
