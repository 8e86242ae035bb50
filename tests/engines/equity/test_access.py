"""Accessibility: Hansen by hand, and what is shared in competition is handed out whole."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heli.arrays import BadNumberError, BadShapeError
from heli.engines.equity.access import exponential, power, reach, reach_in_competition, within

impedances = st.sampled_from([exponential(0.05), power(1.5, 2.0), within(30)])


def test_by_hand():
    cost = [[0, 10], [10, 0], [np.inf, 20]]
    jobs = [100, 50]
    assert reach(cost, jobs, exponential(math.log(2) / 10)) == pytest.approx([125, 100, 12.5])
    assert reach(cost, jobs, within(10)).tolist() == [150, 150, 0]
    assert reach(cost, jobs, power(1, 5)) == pytest.approx([125, 100, 12.5])
    shared = reach_in_competition(cost, jobs, [10, 15, 4], within(10))
    assert shared == pytest.approx([6, 6, 0])


@given(st.integers(0, 10_000), impedances)
def test_what_anybody_reaches_is_handed_out_whole(seed, impedance):
    rng = np.random.default_rng(seed)
    cost, places, people = rng.uniform(0, 60, (8, 5)), rng.uniform(0, 100, 5), rng.uniform(0, 9, 8)
    got = reach_in_competition(cost, places, people, impedance)
    reached = (people @ impedance(cost)) > 0
    assert people @ got == pytest.approx(places[reached].sum(), rel=1e-9)


@given(st.integers(0, 10_000), impedances, st.floats(0, 30))
def test_a_dearer_way_never_makes_more_reachable(seed, impedance, more):
    rng = np.random.default_rng(seed)
    cost, places = rng.uniform(0, 60, (8, 5)), rng.uniform(0, 100, 5)
    dearer = cost + more * rng.integers(0, 2, cost.shape)
    assert np.all(reach(dearer, places, impedance) <= reach(cost, places, impedance) + 1e-9)


def test_bad_input_is_named():
    with pytest.raises(BadNumberError) as caught:
        reach([[1, -1]], [1, 1], within(5))
    assert caught.value.figures["place"] == "cost[0, 1]"
    with pytest.raises(BadShapeError):
        reach_in_competition([[1, 1]], [1, 1], [1, 2], within(5))
    for wrong in (lambda: exponential(0), lambda: power(-1), lambda: within(-1)):
        with pytest.raises(BadNumberError):
            wrong()
