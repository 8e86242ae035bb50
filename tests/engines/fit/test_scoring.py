"""Scores of ensembles: against closed forms, brute force and their definition."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from heli.arrays import BadNumberError, BadShapeError
from heli.engines.fit.errors import NothingToCompareError, TooFewDrawsError
from heli.engines.fit.scoring import coverage, crps, mean_relative, skill

VALUES = st.floats(-1e4, 1e4)


def brute(members, value):
    """The integral of (F - step)², piece by piece between all points."""
    points = np.sort(np.append(members, value))
    total = 0.0
    for low, high in pairwise(points):
        share = np.mean(members <= low)
        total += (high - low) * (share - (value <= low)) ** 2
    return total


def normal_score(z):
    """Of a standard normal forecast (Gneiting & Raftery 2007, equation 22)."""
    density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    return z * math.erf(z / math.sqrt(2)) + 2 * density - 1 / math.sqrt(math.pi)


@pytest.mark.parametrize("z", [-2.0, -0.3, 0.0, 1.0, 3.5])
def test_many_draws_of_a_normal_distribution_come_to_its_closed_form(z):
    from statistics import NormalDist

    count = 20_000
    members = [NormalDist().inv_cdf((n + 0.5) / count) for n in range(count)]
    found = crps(np.array(members)[:, None], [z])
    assert found[0] == pytest.approx(normal_score(z), abs=2e-4)


@given(arrays(float, st.integers(1, 9), elements=VALUES), VALUES)
def test_it_is_the_integral_of_its_definition(members, value):
    found = crps(members[:, None], [value])[0]
    assert found == pytest.approx(brute(members, value), abs=1e-7)


@given(arrays(float, st.integers(2, 9), elements=VALUES), VALUES)
def test_the_fair_score_takes_pairs_of_different_members(members, value):
    count = len(members)
    apart = sum(abs(one - other) for one in members for other in members)
    wanted = np.abs(members - value).mean() - apart / (2 * count * (count - 1))
    assert crps(members[:, None], [value], fair=True)[0] == pytest.approx(wanted, abs=1e-7)


def test_the_fair_score_does_not_depend_on_the_number_of_members():
    generator = np.random.default_rng(7)
    values = generator.normal(size=4000)
    few, many = (generator.normal(size=(size, 4000)) for size in (3, 60))
    true = np.mean([normal_score(each) for each in values])
    for members in (few, many):
        assert crps(members, values, fair=True).mean() == pytest.approx(true, abs=0.03)
    assert crps(few, values).mean() > true + 0.1


@given(VALUES, VALUES)
def test_one_member_scores_its_absolute_error(member, value):
    assert crps([[member]], [value])[0] == pytest.approx(abs(member - value))


@given(arrays(float, (6, 3), elements=VALUES), arrays(float, 3, elements=VALUES))
def test_order_of_members_is_irrelevant_and_scores_scale_with_the_unit(members, values):
    found = crps(members, values)
    assert np.all(found >= -1e-9)
    np.testing.assert_allclose(found, crps(members[::-1], values), atol=1e-9)
    np.testing.assert_allclose(1000 * found, crps(1000 * members, 1000 * values), atol=1e-5)


def test_coverage_counts_the_bounds_as_inside():
    assert coverage([0, 0, 0, 0], [1, 1, 1, 1], [0, 1, 0.5, 1.01]) == 0.75


def test_skill_and_relative_mean():
    assert (skill(0.0, 2.0), skill(2.0, 2.0), skill(4.0, 2.0)) == (1.0, 0.0, -1.0)
    assert math.isnan(skill(1.0, 0.0))
    assert mean_relative([1.0, 3.0, 9.0], [10.0, -10.0, 0.0]) == pytest.approx(0.2)
    assert math.isnan(mean_relative([1.0], [0.0]))


def test_what_cannot_be_scored_is_refused():
    with pytest.raises(NothingToCompareError):
        crps(np.zeros((3, 0)), [])
    with pytest.raises(TooFewDrawsError):
        crps(np.zeros((0, 1)), [1.0])
    with pytest.raises(TooFewDrawsError):
        crps([[1.0]], [1.0], fair=True)
    with pytest.raises(BadNumberError):
        crps([[1.0]], [math.nan])
    with pytest.raises(BadShapeError):
        crps([[1.0]], [1.0, 2.0])
    with pytest.raises(NothingToCompareError):
        coverage([], [], [])
