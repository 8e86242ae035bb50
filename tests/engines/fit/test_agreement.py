"""Measures of agreement against hand-made cases."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from heli.arrays import BadNumberError, BadShapeError
from heli.engines.fit.agreement import agreement, geh, share_met
from heli.engines.fit.errors import NothingToCompareError

counts = arrays(np.float64, st.shared(st.integers(2, 20), key="n"), elements=st.floats(0, 1e4))


def test_by_hand():
    got = agreement([1, 2, 3, 6], [2, 2, 2, 6])
    assert got.observations == 4
    assert got.rmse == pytest.approx(math.sqrt(0.5))
    assert got.relative_rmse == pytest.approx(math.sqrt(0.5) / 3)
    assert got.r_squared == pytest.approx(1 - 2 / 14)
    assert got.bias == 0
    assert got.slope == pytest.approx((2 + 4 + 6 + 36) / (1 + 4 + 9 + 36))


def test_geh_by_hand():
    got = geh([1000, 0, 100, 400], [1100, 0, 0, 400])
    assert got == pytest.approx([math.sqrt(2 * 1e4 / 2100), 0, math.sqrt(200), 0])
    assert share_met(got) == 0.75


@given(counts)
def test_a_perfect_model_is_perfect(observed):
    got = agreement(observed, observed)
    assert got.rmse == got.bias == 0
    assert got.r_squared == 1 or math.isnan(got.r_squared)
    assert share_met(geh(observed, observed)) == 1


@given(counts, counts)
def test_geh_is_symmetric(counted, modelled):
    assert geh(counted, modelled) == pytest.approx(geh(modelled, counted))


def test_what_cannot_be_told_is_not_a_number():
    assert math.isnan(agreement([2, 2], [1, 3]).r_squared)
    assert math.isnan(agreement([0, 0], [1, 3]).relative_rmse)
    assert math.isnan(agreement([0, 0], [1, 3]).slope)


def test_bad_pairs_are_refused():
    with pytest.raises(NothingToCompareError):
        agreement([], [])
    with pytest.raises(BadShapeError):
        agreement([1, 2], [1])
    with pytest.raises(BadNumberError) as caught:
        geh([1, 2], [1, -1])
    assert caught.value.figures["place"] == "modelled[1]"
