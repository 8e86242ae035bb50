"""Arrays from outside are used as they are, or refused by place."""

import numpy as np
import pytest

from heli.arrays import (
    BadIndexError,
    BadNumberError,
    BadShapeError,
    NotNumbersError,
    indices,
    numbers,
)


def test_good_numbers_pass_as_floats():
    assert numbers([[1, 2], [3, 4]], "flow", (2, None), least=0).dtype == np.float64
    assert numbers(3, "wind", above=0) == 3.0


@pytest.mark.parametrize(
    ("values", "shape", "limits", "told"),
    [
        ([[1, 2], [3, -4]], (None, 2), {"least": 0}, "flow[1, 1] is -4."),
        ([1, np.nan], (2,), {}, "flow[1] is nan."),
        ([1, np.inf], (2,), {"above": 0}, "flow[1] is inf."),
        ([0.0], (1,), {"above": 0}, "flow[0] is 0."),
        (7, (), {"most": 5}, "flow is 7."),
    ],
)
def test_bad_numbers_are_named(values, shape, limits, told):
    with pytest.raises(BadNumberError) as caught:
        numbers(values, "flow", shape, **limits)
    assert str(caught.value) == told
    assert caught.value.field == "flow"


def test_infinity_passes_only_where_it_has_a_meaning():
    assert numbers([1, np.inf], "cost", (2,), infinite=True)[1] == np.inf
    with pytest.raises(BadNumberError):
        numbers([1, -np.inf], "cost", (2,), infinite=True)
    with pytest.raises(BadNumberError):
        numbers([1, np.nan], "cost", (2,), infinite=True)


def test_the_range_is_told():
    with pytest.raises(BadNumberError) as caught:
        numbers([0.0], "wind", (1,), above=0, most=60)
    assert caught.value.advice() == "Give a finite number within (0, 60] there."


def test_bad_shapes_are_told():
    with pytest.raises(BadShapeError) as caught:
        numbers([1, 2, 3], "flow", (None, 2))
    assert str(caught.value) == "flow has the shape (3)."
    assert caught.value.advice() == "Give an array of the shape (n, 2)."
    with pytest.raises(NotNumbersError):
        numbers(["x"], "flow", (1,))


@pytest.mark.parametrize("values", [[0, 3], [0, -1], [0, 0.5]])
def test_indices_lie_in_the_list(values):
    with pytest.raises(BadIndexError) as caught:
        indices(values, "district", (2,), 3)
    assert str(caught.value).startswith("district[1] is")
    assert indices([2, 0], "district", (2,), 3).tolist() == [2, 0]
