"""Measures of inequality against closed forms and their axioms."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heli.arrays import BadNumberError, BadShapeError
from heli.engines.equity.errors import NobodyError, NothingToShareError
from heli.engines.equity.inequality import gini, lorenz, palma, theil

seeds = st.integers(0, 100_000)


def society(seed: int, count: int = 12):
    rng = np.random.default_rng(seed)
    return rng.lognormal(3, 1, count), rng.integers(1, 9, count).astype(float)


def pairs(values, people) -> float:
    """Gini by its definition: the mean difference over all pairs, over twice the mean."""
    each = np.repeat(values, people.astype(int))
    return float(np.abs(each[:, None] - each).mean() / (2 * each.mean()))


@given(seeds)
def test_gini_is_the_mean_difference_of_pairs(seed):
    values, people = society(seed)
    assert gini(values, people) == pytest.approx(pairs(values, people), rel=1e-9)


@given(seeds, st.floats(0.1, 100), st.integers(2, 5))
def test_scale_order_and_copies_of_people_do_not_matter(seed, scale, copies):
    values, people = society(seed)
    order = np.random.default_rng(seed).permutation(len(values))
    for measure in (gini, palma):
        once = measure(values, people)
        assert measure(scale * values, people) == pytest.approx(once, rel=1e-9)
        assert measure(values[order], copies * people[order]) == pytest.approx(once, rel=1e-9)
        split = measure(np.repeat(values, 2), np.repeat(people / 2, 2))
        assert split == pytest.approx(once, rel=1e-9)


@given(seeds, st.floats(0.01, 0.5))
def test_giving_from_rich_to_poor_makes_it_more_equal(seed, part):
    values, people = society(seed)
    people = np.ones_like(people)
    low, high = int(values.argmin()), int(values.argmax())
    given_over = values.copy()
    moved = part * (values[high] - values[low])
    given_over[low] += moved
    given_over[high] -= moved
    assert gini(given_over, people) < gini(values, people)
    one = np.zeros(len(values))
    assert theil(given_over, people, one, 1).total < theil(values, people, one, 1).total


@given(seeds)
def test_lorenz_curves_are_convex_from_zero_to_one(seed):
    curve = lorenz(*society(seed))
    assert curve.people[0] == curve.held[0] == 0
    assert curve.people[-1] == curve.held[-1] == 1
    slopes = np.diff(curve.held) / np.diff(curve.people)
    assert np.all(np.diff(slopes) >= -1e-12)


def test_closed_forms():
    assert gini([5, 5], [3, 4]) == pytest.approx(0, abs=1e-15)
    assert palma([5, 5], [3, 4]) == pytest.approx(0.25)
    assert gini([0, 1], [99, 1]) == pytest.approx(0.99)
    assert palma([0, 1], [99, 1]) == math.inf
    uniform = np.arange(1, 100_001) - 0.5
    assert gini(uniform, np.ones(100_000)) == pytest.approx(1 / 3, rel=1e-6)
    assert palma(uniform, np.ones(100_000)) == pytest.approx(0.19 / 0.16, rel=1e-6)
    assert lorenz([1, 3], [1, 1]).at(0.75) == pytest.approx(0.625)
    assert theil([0, 1], [99, 1], [0, 0], 1).total == pytest.approx(math.log(100))


@given(seeds, st.integers(1, 4))
def test_theil_splits_into_within_and_between(seed, groups):
    values, people = society(seed)
    group = np.random.default_rng(seed).integers(0, groups, len(values))
    got = theil(values, people, group, groups)
    assert got.within + got.between == pytest.approx(got.total, rel=1e-9, abs=1e-12)
    assert got.within >= -1e-12
    assert got.between >= -1e-12
    if groups == 1:
        assert got.between == pytest.approx(0, abs=1e-12)


def test_nobody_nothing_and_bad_numbers_are_refused():
    with pytest.raises(NobodyError):
        gini([1, 2], [0, 0])
    with pytest.raises(NothingToShareError):
        palma([0, 0], [1, 1])
    with pytest.raises(BadNumberError) as caught:
        lorenz([1, -2], [1, 1])
    assert caught.value.figures["place"] == "values[1]"
    with pytest.raises(BadShapeError):
        gini([1, 2], [1])
