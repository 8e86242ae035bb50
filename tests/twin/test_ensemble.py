"""Draws, intervals, the gate before "better", and what reverses a ranking."""

from dataclasses import replace
from itertools import combinations

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.twin.making import run_ensemble, scenario

from heli.twin import flipping, ledgers
from heli.twin.city import build_city
from heli.twin.comparing import Comparison, compare
from heli.twin.ensemble import GAP, Ensemble, Ranking, draws, rank
from heli.twin.errors import BadEntryError, UnknownFigureError
from heli.twin.evaluating import evaluate
from heli.twin.figures import figures
from heli.twin.flipping import Trials, flips
from heli.twin.keys import MARGIN, Key
from heli.twin.leeway import _shared, solver_errors
from heli.twin.ranking import BETTER_LESS, BETTER_MORE, better, find_key, verdicts
from heli.twin.sobol import points
from heli.twin.state import central, scenario_state

TRAVEL, NOX = Key("people", "travel"), Key("air", "nox")


@pytest.mark.parametrize("power", [3, 6, 8])
def test_every_dimension_is_filled_evenly(power):
    cells = 2**power
    for column in points(cells, 14).T:
        assert sorted(np.floor(column * cells)) == list(range(cells))


def test_pairs_of_dimensions_are_filled_evenly():
    # 256 points of a (t, 8, 2)-net put as many in each of 16 squares where t ≤ 4.
    found = np.floor(points(256, 14) * 4)
    for one, other in combinations(range(14), 2):
        counts = np.bincount((found[:, one] * 4 + found[:, other]).astype(int), minlength=16)
        assert (counts == 16).all()


def test_the_first_points_are_sobols():
    assert points(4, 3) - 1 / 8 == pytest.approx(
        np.array([[0, 0, 0], [0.5, 0.5, 0.5], [0.25, 0.75, 0.75], [0.75, 0.25, 0.25]])
    )
    with pytest.raises(ValueError, match="15 dimensions"):
        points(8, 15)


def test_draws_lie_in_the_ranges(city):
    found = draws(city, 16)
    assert len(found) == 16
    for values in found:
        for name, each in city.assumptions.items():
            assert each.low <= values[name] <= each.high
    with pytest.raises(BadEntryError, match="draws are 5"):
        draws(city, 5)


@pytest.fixture(scope="module")
def small(city, policies):
    return run_ensemble(city, {"odd-plates": policies["odd-plates"]}, draws(city, 8))


def test_an_ensemble_gives_every_figure_an_interval(city, policies, small):
    low, high = small.interval("odd-plates")
    assert (low <= high).all()
    told = compare(city, {}).figures()["base"]
    assert list(small.keys) == list(told)
    k = small.keys.index(TRAVEL)
    assert low[k] < high[k]
    assert small.change("odd-plates")[:, k] == pytest.approx(small.interval("odd-plates")[:, k])


def test_the_same_draws_give_the_same_bytes(city, policies, small):
    again = run_ensemble(city, {"odd-plates": policies["odd-plates"]}, draws(city, 8))
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
    found = run_ensemble(city, {"a": same, "b": same}, draws(city, 8))
    for key in found.keys:
        assert not rank(found, key, "a", "b").resolved


@pytest.fixture(scope="module")
def next_to_nothing(city):
    """A toll that nobody feels; classes change places on the roads all the same."""
    toll = "{kind: toll, where: {roads: [ring]}, yuan: 1.0e-9, for: {uses: [private]}}"
    return {"toll": scenario(city, toll)}


@pytest.mark.parametrize("gap", [GAP, 1e-8])
def test_what_comes_from_where_the_solver_starts_is_within_its_error(city, next_to_nothing, gap):
    found = compare(city, next_to_nothing, gap=gap)
    told = found.figures()
    errors = solver_errors(found, city, next_to_nothing, gap=gap)
    emitted = Key("emissions", "nox_emitted", city.districts[3])
    assert errors["base"][list(told["base"]).index(emitted)] > 1e-4 * told["base"][emitted]
    for k, (key, before) in enumerate(told["base"].items()):
        if key.name != "tolls":
            after, error = told["toll"][key], errors["toll"][k] + errors["base"][k]
            assert abs(after - before) <= MARGIN * error, key


@pytest.mark.parametrize("gap", [GAP, 1e-8])
def test_what_people_answer_to_a_policy_is_not_taken_for_an_error(city, policies, gap):
    toll = {"toll": policies["bridge-toll"]}
    found = compare(city, toll, gap=gap)
    told, exact = found.figures(), compare(city, toll, gap=gap / 100).figures()["toll"]
    errors = solver_errors(found, city, toll, gap=gap)
    for k, (key, value) in enumerate(told["toll"].items()):
        assert abs(value - exact[key]) <= MARGIN * errors["toll"][k], key
        if key in {Key("traffic", name) for name in ("by_car", "vehicle_hours", "tolls")}:
            assert abs(value - told["base"][key]) > 20 * (errors["toll"][k] + errors["base"][k])


def test_places_share_what_is_open_but_not_with_those_where_there_is_next_to_nothing():
    keys = [Key("emissions", "nox_emitted", place) for place in ("", "a", "b", "c")]
    keys += [Key("commerce", "sales", "a"), Key("emissions", "co2_emitted", "a")]
    told = np.array([1500.0, 1000.0, 500.0, 1e-6, 70.0, 0.0])
    errors = np.array([3.0, 1.0, 5.0, 1e-6, 2.0, 1e-9])
    shared = _shared(keys, told, errors)
    assert shared == pytest.approx([3.0, 10.0, 5.0, 1e-6, 2.0, 1e-9])


def test_a_policy_that_does_nothing_is_never_better(city, next_to_nothing):
    found = run_ensemble(city, next_to_nothing, draws(city, 8))
    for key in found.keys:
        if key.name in BETTER_MORE | BETTER_LESS:
            assert not rank(found, key, "base", "toll").resolved, key


def test_what_lies_at_a_limit_is_not_sure(city, base, monkeypatch):
    k = list(figures(base)).index(Key("people", "jobs"))
    sure = solver_errors(Comparison(base, {}), city, {}, gap=1e-8)["base"][k]
    ways = base.state.drivers[0].minutes
    monkeypatch.setattr(ledgers, "REACH", float(ways[0, ways.shape[1] // 2]))
    at_limit = evaluate(base.state)
    assert sure < 1
    assert solver_errors(Comparison(at_limit, {}), city, {}, gap=1e-8)["base"][k] > 1


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


@pytest.mark.parametrize(("size", "against"), [(8, 1), (19, 1), (40, 3)])
def test_an_interval_holds_as_many_draws_as_it_says(size, against):
    values = np.full((size, 1), 10.0)
    values[:against] = -1.0
    found = Ensemble(
        (NOX,), {"a": np.zeros((size, 1)), "b": values}, {"a": np.zeros(1), "b": np.zeros(1)}
    )
    assert not rank(found, NOX, "a", "b").resolved
    low, high = found.interval("b")[:, 0]
    assert np.mean((values >= low) & (values <= high)) >= 0.9


def certain(city, *but):
    """The city with ranges for nothing but the assumptions named."""
    sure = {
        name: each if name in but else replace(each, low=each.value, high=each.value)
        for name, each in city.assumptions.items()
    }
    parts = {name: getattr(city, name) for name in city.__match_args__}
    return build_city(**{**parts, "assumptions": sure})


def test_a_flip_names_the_assumption_and_its_level(city, policies):
    doubtful = certain(city, "value_of_time")
    pair = {
        name: msgspec.structs.replace(policies[name], model=doubtful.version)
        for name in ("odd-plates", "bridge-toll")
    }
    sales = Key("commerce", "sales")
    trials = Trials(doubtful, pair)
    plain = trials.difference(sales, "odd-plates", "bridge-toll")
    ranking = Ranking(sales, "odd-plates", "bridge-toll", plain, plain, plain, 0.0, True)
    found = flips(trials, ranking)
    assert [each.assumption for each in found] == ["value_of_time"]
    flip = found[0]
    assert city.assumptions["value_of_time"].low < flip.level < 1

    def difference(value):
        values = {**central(city), "value_of_time": value}
        told = compare(doubtful, pair, values, gap=GAP).figures()
        return told["bridge-toll"][sales] - told["odd-plates"][sales]

    assert difference(flip.level) * difference(1.0) < 0
    assert difference(flip.level + 0.02) * difference(1.0) > 0
    assert flips(trials, replace(ranking, difference=-plain)) == []


def test_what_is_certain_cannot_flip(city):
    sure = certain(city)
    policy = scenario(sure, "{kind: closure, where: {roads: [middle-bridge]}}")
    trials = Trials(sure, {"closed": policy})
    plain = trials.difference(NOX, "base", "closed")
    assert flips(trials, Ranking(NOX, "base", "closed", plain, plain, plain, 0.0, True)) == []


def test_trials_are_made_once_for_all_pairs_and_figures(city, policies, small, monkeypatch):
    made = []

    def counted(scenario, base, *, gap):
        made.append((scenario.id, tuple(sorted(base.values.items()))))
        return scenario_state(scenario, base, gap=gap)

    monkeypatch.setattr(flipping, "scenario_state", counted)
    trials = Trials(city, {"odd-plates": policies["odd-plates"]})
    for key in (TRAVEL, NOX):
        (told,) = verdicts(small, trials, key)
        assert told["central"] == trials.difference(key, "base", "odd-plates")
    assert len(made) == len(set(made)) > len(city.assumptions)


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
    told = verdicts(small, Trials(city, {"odd-plates": policies["odd-plates"]}), TRAVEL)
    assert [(each["one"], each["other"], each["better"]) for each in told] == [
        ("base", "odd-plates", "base")
    ]
    assert told[0]["low"] <= told[0]["difference"] <= told[0]["high"]
