"""Draws, intervals, the gate before "better", and what reverses a ranking."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.twin.making import scenario

from heli.twin.city import build_city
from heli.twin.comparing import compare
from heli.twin.ensemble import GAP, Ensemble, draws, points, rank, run
from heli.twin.errors import BadEntryError, UnknownFigureError
from heli.twin.figures import Key
from heli.twin.flipping import flips
from heli.twin.ranking import better, find_key, verdicts
from heli.twin.state import central

TRAVEL, NOX = Key("people", "travel"), Key("air", "nox")


@given(st.integers(64, 300), st.integers(1, 14))
def test_points_fill_the_cube_evenly(count, dimensions):
    found = points(count, dimensions)
    assert found.shape == (count, dimensions)
    assert ((found >= 0) & (found < 1)).all()
    for column in found.T:
        assert np.histogram(column, 8, (0, 1))[0].min() >= count / 8 - 6
    assert abs(found.mean(axis=0) - 0.5).max() < 0.06


def test_two_dimensions_are_those_of_the_plastic_number():
    plastic = 1.324717957244746
    assert points(1, 2)[0] == pytest.approx([(0.5 + 1 / plastic) % 1, (0.5 + plastic**-2) % 1])


def test_draws_lie_in_the_ranges(city):
    found = draws(city, 16)
    assert len(found) == 16
    for values in found:
        for name, each in city.assumptions.items():
            assert each.low <= values[name] <= each.high
    with pytest.raises(BadEntryError, match="5 draws"):
        draws(city, 5)


@pytest.fixture(scope="module")
def small(city, policies):
    return run(city, {"odd-plates": policies["odd-plates"]}, draws(city, 8))


def test_an_ensemble_gives_every_figure_an_interval(city, policies, small):
    low, high = small.interval("odd-plates")
    assert (low <= high).all()
    told = compare(city, {}).figures()["base"]
    assert list(small.keys) == list(told)
    k = small.keys.index(TRAVEL)
    assert low[k] < high[k]
    assert small.change("odd-plates")[:, k] == pytest.approx(small.interval("odd-plates")[:, k])


def test_the_same_draws_give_the_same_bytes(city, policies, small):
    again = run(city, {"odd-plates": policies["odd-plates"]}, draws(city, 8))
    assert all((again.draws[name] == table).all() for name, table in small.draws.items())


def test_what_is_plain_is_said_and_what_is_not_is_not(small):
    assert better(rank(small, TRAVEL, "base", "odd-plates")) == "base"
    sales = Key("commerce", "sales", "old-town")
    assert better(rank(small, sales, "base", "odd-plates")) == "base"
    air = Key("air", "nox", "old-town")
    assert better(rank(small, air, "base", "odd-plates")) == "odd-plates"
    assert better(rank(small, air, "odd-plates", "base")) == "odd-plates"


def test_two_equal_options_cannot_be_told_apart(city):
    same = scenario(city, "{kind: speed, where: {roads: [ring]}, km_per_h: 50}")
    found = run(city, {"a": same, "b": same}, draws(city, 8))
    for key in found.keys:
        assert not rank(found, key, "a", "b").resolved


@given(st.floats(-1, 1), st.floats(0, 1), st.floats(0, 0.5))
def test_the_gate_opens_only_beyond_solver_and_spread(middle, spread, solver):
    steps = np.linspace(-1, 1, 101)
    found = Ensemble(
        (NOX,),
        {"a": np.zeros((101, 1)), "b": (middle + spread * steps)[:, None]},
        {"a": np.array([solver / 2]), "b": np.array([solver / 2])},
    )
    ranking = rank(found, NOX, "a", "b")
    assert ranking.resolved == (abs(middle) - 0.9 * spread > 2 * solver) or (
        abs(abs(middle) - 0.9 * spread - 2 * solver) < 1e-9
    )


def test_a_flip_names_the_assumption_and_its_level(city, policies):
    pair = {
        "odd-plates": policies["odd-plates"],
        "bridge-toll": policies["bridge-toll"],
    }
    sales = Key("commerce", "sales")
    found = flips(city, pair, sales)
    assert [each.assumption for each in found] == ["value_of_time"]
    flip = found[0]
    assert city.assumptions["value_of_time"].low < flip.level < 1

    def difference(value):
        told = compare(city, pair, {**central(city), "value_of_time": value}, gap=GAP).figures()
        return told["bridge-toll"][sales] - told["odd-plates"][sales]

    assert difference(flip.level) * difference(1.0) < 0
    assert difference(flip.level + 0.02) * difference(1.0) > 0


def test_what_is_certain_cannot_flip(city, policies):
    sure = {
        name: replace(each, low=each.value, high=each.value)
        for name, each in city.assumptions.items()
    }
    certain = build_city(
        **{name: getattr(city, name) for name in city.__match_args__ if name != "assumptions"},
        assumptions=sure,
    )
    policy = scenario(certain, "{kind: closure, where: {roads: [middle-bridge]}}")
    assert flips(certain, {"base": None, "closed": policy}, NOX) == []


def test_figures_are_found_by_name_and_place(small):
    assert find_key("travel", small.keys) == TRAVEL
    assert find_key("nox@old-town", small.keys) == Key("air", "nox", "old-town")
    with pytest.raises(UnknownFigureError) as caught:
        find_key("nox@new-town", small.keys)
    assert "old-town" in caught.value.advice()
    for name in ("flow@west-bridge", "beauty", ""):
        with pytest.raises(UnknownFigureError):
            find_key(name, small.keys)


def test_verdicts_cover_every_pair(city, policies, small):
    told = verdicts(city, small, {"odd-plates": policies["odd-plates"]}, TRAVEL)
    assert [(each["one"], each["other"], each["better"]) for each in told] == [
        ("base", "odd-plates", "base")
    ]
    assert told[0]["low"] <= told[0]["difference"] <= told[0]["high"]
