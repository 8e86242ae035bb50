"""Exposure: means are weighted by people, and add up however they are cut."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heli.arrays import BadIndexError, BadNumberError
from heli.engines.exposure.errors import NobodyError
from heli.engines.exposure.people import expose


def test_by_hand():
    got = expose([10, 20, 40], [[1, 0], [1, 2], [0, 1]], [0, 0, 1], 3, limit=20)
    assert got.people.tolist() == [[2, 2], [0, 1], [0, 0]]
    assert got.mean == pytest.approx((10 + 20 + 40 + 40) / 5)
    assert got.by_district[:2].tolist() == [17.5, 40]
    assert np.isnan(got.by_district[2])
    assert got.by_group.tolist() == [15, pytest.approx(80 / 3)]
    assert got.by_both[0].tolist() == [15, 20]
    assert got.above.tolist() == [[0, 0], [0, 1], [0, 0]]
    assert got.share_above == pytest.approx(0.2)


@given(st.integers(0, 10_000))
def test_districts_and_groups_add_up_to_the_whole(seed):
    rng = np.random.default_rng(seed)
    air, people = rng.uniform(0, 80, 50), rng.integers(0, 30, (50, 3)).astype(float)
    got = expose(air, people, rng.integers(0, 5, 50), 5, limit=35)
    assert got.people.sum() == people.sum()
    district = np.nan_to_num(got.by_district) @ got.people.sum(axis=1) / people.sum()
    group = np.nan_to_num(got.by_group) @ got.people.sum(axis=0) / people.sum()
    assert district == pytest.approx(got.mean, rel=1e-12)
    assert group == pytest.approx(got.mean, rel=1e-12)
    assert air.min() <= got.mean <= air.max()
    assert got.above.sum() == people[air > 35].sum()


@given(st.floats(0, 1e3))
def test_the_same_air_for_all_is_everybodys_exposure(level):
    got = expose(np.full(4, level), np.ones((4, 2)), [0, 0, 1, 1], 2, limit=10)
    assert got.by_both == pytest.approx(np.full((2, 2), level))


def test_bad_input_is_named():
    with pytest.raises(NobodyError):
        expose([1, 2], np.zeros((2, 1)), [0, 0], 1, 10)
    with pytest.raises(BadIndexError) as caught:
        expose([1, 2], np.ones((2, 1)), [0, 1], 1, 10)
    assert caught.value.figures["place"] == "district[1]"
    with pytest.raises(BadNumberError):
        expose([1, -2], np.ones((2, 1)), [0, 0], 1, 10)
