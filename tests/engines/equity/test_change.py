"""Winners and losers: every part adds up to the whole."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heli.arrays import BadIndexError, BadShapeError
from heli.engines.equity.change import change
from heli.engines.equity.errors import NobodyError


def test_by_hand():
    got = change(
        before=[[10, 10], [10, 10], [10, 10]],
        after=[[12, 9], [10, 11], [7, 10.05]],
        people=[[5, 2], [3, 4], [1, 10]],
        district=[0, 0, 2],
        districts=3,
        noticed=0.1,
    )
    assert got.people.tolist() == [[8, 6], [0, 0], [1, 10]]
    assert got.winners.tolist() == [[5, 4], [0, 0], [0, 0]]
    assert got.losers.tolist() == [[0, 2], [0, 0], [1, 0]]
    assert got.gains == pytest.approx(np.array([[10, 4], [0, 0], [0, 0.5]]))
    assert got.losses == pytest.approx(np.array([[0, 2], [0, 0], [3, 0]]))
    assert got.total == pytest.approx(9.5)
    assert got.per_person[0].tolist() == pytest.approx([1.25, 1 / 3])
    assert np.isnan(got.per_person[1]).all()
    assert got.share_losing == pytest.approx(3 / 25)


@given(st.integers(0, 10_000), st.floats(0, 2))
def test_parts_add_up_to_the_whole(seed, noticed):
    rng = np.random.default_rng(seed)
    before, after = rng.normal(0, 3, (2, 30, 4))
    people = rng.integers(0, 50, (30, 4)).astype(float)
    got = change(before, after, people, rng.integers(0, 6, 30), 6, noticed=noticed)
    assert got.net.sum() == pytest.approx(((after - before) * people).sum(), rel=1e-9, abs=1e-9)
    assert got.total == pytest.approx(got.net.sum(), rel=1e-9, abs=1e-9)
    assert got.people.sum() == people.sum()
    assert np.all(got.winners + got.losers <= got.people)
    back = change(after, before, people, np.zeros(30), 1, noticed=noticed)
    assert back.total == pytest.approx(-got.total, rel=1e-9, abs=1e-9)
    assert back.winners.sum() == got.losers.sum()


def test_bad_input_is_named():
    ones = np.ones((2, 1))
    with pytest.raises(NobodyError):
        change(ones, ones, 0 * ones, [0, 0], 1)
    with pytest.raises(BadIndexError) as caught:
        change(ones, ones, ones, [0, 5], 2)
    assert caught.value.figures["place"] == "district[1]"
    with pytest.raises(BadShapeError):
        change(ones, np.ones((2, 2)), ones, [0, 0], 1)
