"""Huff's model: money is kept, dearer ways never help, and gains are an integral."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heli.arrays import BadNumberError, BadShapeError
from heli.engines.commerce.huff import Tastes, gain, spend

seeds = st.integers(0, 100_000)
elasticities = st.floats(0, 1)


def market(seed: int, origins: int = 7, shops: int = 5):
    rng = np.random.default_rng(seed)
    budgets = rng.uniform(0, 1e6, origins)
    cost = rng.uniform(0, 90, (origins, shops))
    attractiveness = rng.lognormal(6, 2, shops)
    tastes = Tastes(rng.uniform(0.2, 1.5), rng.uniform(0.01, 0.3), rng.uniform(-3, 9))
    return budgets, cost, attractiveness, tastes


def elastic(tastes: Tastes, eta: float) -> Tastes:
    return Tastes(tastes.attraction, tastes.decay, tastes.outside, eta)


def test_by_hand():
    tastes = Tastes(attraction=1, decay=math.log(2), outside=math.log(2))
    got = spend([120.0], [[1, 2]], [4.0, 8.0], tastes)  # weights 2, 2 and 2
    assert got.flows == pytest.approx(np.array([[40.0, 40.0]]))
    assert got.outside == pytest.approx([40.0])
    assert got.access == pytest.approx([math.log(6)])


@given(seeds, seeds, elasticities)
def test_money_is_kept(seed, other, eta):
    budgets, cost, attractiveness, tastes = market(seed)
    before = spend(budgets, cost, attractiveness, tastes)
    _, changed, _, _ = market(other)
    after = spend(budgets, changed, attractiveness, elastic(tastes, eta), before.access)
    for got in (before, after):
        assert got.flows.sum(axis=1) + got.outside == pytest.approx(got.budgets, rel=1e-12)
        assert got.sales.sum() + got.outside.sum() == pytest.approx(got.budgets.sum(), rel=1e-12)
    assert before.budgets == pytest.approx(budgets, rel=0)


@given(seeds, elasticities, st.integers(0, 4), st.floats(0.01, 60))
def test_a_dearer_way_to_a_shop_never_helps_it_and_never_hurts_others(seed, eta, shop, more):
    budgets, cost, attractiveness, tastes = market(seed)
    tastes = elastic(tastes, eta)
    before = spend(budgets, cost, attractiveness, tastes)
    dearer = cost.copy()
    dearer[:, shop] += more
    after = spend(budgets, dearer, attractiveness, tastes, before.access)
    slack = 1e-9 * budgets.max()
    assert after.sales[shop] <= before.sales[shop] + slack
    others = np.arange(cost.shape[1]) != shop
    assert np.all(after.sales[others] >= before.sales[others] - slack)
    assert after.sales.sum() <= before.sales.sum() + slack
    assert np.all(after.budgets <= before.budgets * (1 + 1e-12))


def test_a_policy_can_be_bad_for_the_whole_city():
    budgets, cost, attractiveness, tastes = market(1)
    before = spend(budgets, cost, attractiveness, tastes)
    stiff = spend(budgets, cost + 10, attractiveness, tastes, before.access)
    giving = spend(budgets, cost + 10, attractiveness, elastic(tastes, 0.5), before.access)
    assert giving.sales.sum() < stiff.sales.sum() < before.sales.sum()
    assert giving.budgets.sum() < stiff.budgets.sum() == pytest.approx(budgets.sum())


@given(seeds, elasticities)
def test_the_gain_is_the_integral_of_spending_over_costs(seed, eta):
    """Roy's identity along a straight line of costs, by Gauss-Legendre quadrature."""
    budgets, cost, attractiveness, tastes = market(seed)
    tastes = elastic(tastes, eta)
    change = np.random.default_rng(seed + 1).uniform(-1, 1, cost.shape) * np.minimum(cost, 5)
    before = spend(budgets, cost, attractiveness, tastes)
    after = spend(budgets, cost + change, attractiveness, tastes, before.access)
    nodes, weights = np.polynomial.legendre.leggauss(24)
    integral = np.zeros(len(budgets))
    for node, weight in zip(nodes, weights, strict=True):
        part = cost + (node + 1) / 2 * change
        at = spend(budgets, part, attractiveness, tastes, before.access)
        integral -= weight / 2 * (at.flows * change).sum(axis=1)
    got = gain(budgets, before.access, after.access, tastes)
    assert got == pytest.approx(integral, rel=1e-7, abs=1e-7 * budgets.max())


@given(seeds)
def test_gains_with_hardly_any_elasticity_are_those_with_none(seed):
    budgets, cost, attractiveness, tastes = market(seed)
    before = spend(budgets, cost, attractiveness, tastes).access
    none = gain(budgets, before, before - 0.3, tastes)
    assert gain(budgets, before, before - 0.3, elastic(tastes, 1e-9)) == pytest.approx(none)
    assert np.all(none <= 0)


def test_closed_shops_and_missing_ways_sell_nothing():
    tastes = Tastes(1, 0.1, 0)
    got = spend([100, 100], [[1, np.inf, 3], [np.inf, np.inf, np.inf]], [5, 5, 0], tastes)
    assert got.flows[0, 1] == got.flows[0, 2] == 0
    assert got.flows[1].tolist() == [0, 0, 0]
    assert got.outside[1] == 100


def test_extreme_utilities_do_not_overflow():
    got = spend([100], [[0, 1e6]], [1e300, 1e300], Tastes(3, 50, -1000))
    assert got.flows[0].tolist() == [100, 0]


def test_bad_numbers_are_named():
    tastes = Tastes(1, 0.1, 0)
    with pytest.raises(BadNumberError) as caught:
        spend([100, 100], [[1, 2], [3, -4]], [5, 5], tastes)
    assert caught.value.figures["place"] == "cost[1, 1]"
    with pytest.raises(BadShapeError):
        spend([100], [[1, 2], [3, 4]], [5, 5], tastes)
    for wrong in ({"decay": 0}, {"elasticity": 1.1}, {"outside": np.nan}, {"attraction": np.inf}):
        with pytest.raises(BadNumberError) as caught:
            Tastes(**({"attraction": 1, "decay": 0.1, "outside": 0} | wrong))
        assert caught.value.field == next(iter(wrong))
