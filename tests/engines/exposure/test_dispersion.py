"""Dispersion against closed forms: infinite line, mass through a plane, mirror, lid, boxes."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heli.arrays import BadNumberError, BadShapeError
from heli.engines.exposure.dispersion import (
    FIRST_ACROSS,
    FIRST_UPWARDS,
    _erf,
    box,
    concentration,
    mean_transfer,
    transfer,
)
from heli.engines.exposure.errors import BadFrequencyError, UnknownStabilityError
from heli.engines.exposure.weather import ACROSS, Weather

classes = st.sampled_from(sorted(ACROSS))
WEST = Weather(wind=3.0, direction=270.0)


def links(seed: int, count: int = 6, side: float = 1500):
    rng = np.random.default_rng(seed)
    start = rng.uniform(0, side, (count, 2))
    return start, start + rng.uniform(-400, 400, (count, 2)), rng.uniform(0, side, (40, 2))


def points(start, end, receptors, weather, steps=4000):
    """The same plumes from many points on each link, without pieces: slow and plain."""
    east, north = weather.heading
    total = np.zeros((len(receptors), len(start)))
    for part in (np.arange(steps) + 0.5) / steps:
        way = receptors[:, None] - (start + part * (end - start))
        ahead, left = way @ [east, north], way @ [-north, east]
        x = np.where(ahead > 0, ahead, 1)
        across = np.hypot(weather.across(x), FIRST_ACROSS)
        upwards = np.minimum(
            np.hypot(weather.upwards(x), FIRST_UPWARDS), math.sqrt(2 / math.pi) * weather.mixing
        )
        plume = np.exp(-0.5 * (left / across) ** 2) / (math.pi * weather.speed * across * upwards)
        total += np.where(ahead > 0, plume, 0)
    return total / steps


def far(start, end, receptors):
    """How far receptors are from links."""
    way = end - start
    part = ((receptors[:, None] - start) * way).sum(axis=2) / (way**2).sum(axis=1)
    nearest = start + np.clip(part, 0, 1)[:, :, None] * way
    return np.hypot(*(receptors[:, None] - nearest).transpose(2, 0, 1))


def test_the_error_function():
    x = np.linspace(-5, 5, 1001)
    assert _erf(x) == pytest.approx([math.erf(each) for each in x], abs=1.6e-7)


@given(classes, st.floats(0.5, 10), st.floats(5, 3000), st.floats(0, 360))
def test_an_infinite_road_across_the_wind(stability, wind, distance, direction):
    """C = √(2/π) q / (u σz), with q in g/(m s)."""
    weather = Weather(wind, direction, stability, mixing=1e6)
    heading = np.array(weather.heading)
    across = np.array([-heading[1], heading[0]])
    half = 40_000.0
    got = transfer([-half * across], [half * across], [distance * heading], weather, reach=1e5)
    upwards = math.hypot(float(weather.upwards(np.array(distance))), FIRST_UPWARDS)
    per_metre = got[0, 0] * 2 * half
    assert per_metre == pytest.approx(math.sqrt(2 / math.pi) / (weather.speed * upwards), rel=1e-4)


@given(st.integers(0, 1000), st.floats(0, 360), classes)
@settings(max_examples=15)
def test_pieces_agree_with_many_points(seed, direction, stability):
    """Points 0.1 m apart; a receptor on the road sees single points, so those are left out."""
    start, end, receptors = links(seed)
    receptors = receptors[np.all(far(start, end, receptors) > 5, axis=1)]
    weather = Weather(2.0, direction, stability, mixing=300)
    got, slow = transfer(start, end, receptors, weather), points(start, end, receptors, weather)
    assert np.abs(got - slow).max() <= 0.05 * slow.max()
    assert got.sum() == pytest.approx(slow.sum(), rel=0.02)


@given(st.integers(0, 1000), st.floats(0, 360), classes)
def test_all_that_is_emitted_flows_through_a_plane_downwind(seed, direction, stability):
    """Ground concentration times u and the height it stands for, integrated across the wind."""
    start, end, _ = links(seed, count=1, side=1)
    weather = Weather(2.0, direction, stability, mixing=40.0)  # so low that air is mixed through
    heading = np.array(weather.heading)
    left = np.array([-heading[1], heading[0]])
    y = np.linspace(-6000, 6000, 4001)
    plane = 3000 * heading + y[:, None] * left
    got = transfer(start, end, plane, weather)[:, 0]
    assert got.sum() * (y[1] - y[0]) * weather.speed * weather.mixing == pytest.approx(1, rel=1e-3)


@given(st.integers(0, 1000), st.floats(0, 180))
def test_the_wind_reversed_is_the_city_mirrored(seed, direction):
    start, end, receptors = links(seed)
    there = transfer(start, end, receptors, Weather(3, direction))
    back = transfer(-start, -end, -receptors, Weather(3, direction + 180))
    assert back == pytest.approx(there, rel=1e-6, abs=1e-15)


@given(st.integers(0, 1000), st.floats(0, 100))
def test_concentration_is_linear_in_emission(seed, times):
    start, end, receptors = links(seed)
    matrix = transfer(start, end, receptors, WEST)
    rates = np.random.default_rng(seed).uniform(0, 1, len(start))
    once = concentration(matrix, rates)
    assert np.all(once >= 0)
    assert concentration(matrix, times * rates) == pytest.approx(times * once, rel=1e-12)
    assert concentration(matrix, rates, 5.0) == pytest.approx(once + 5, rel=1e-12)


def test_upwind_nothing_arrives_and_beyond_reach_neither():
    got = transfer([[0, -50]], [[0, 50]], [[-10, 0], [10, 0], [500, 0]], WEST, reach=400)
    assert got[0, 0] == got[2, 0] == 0 < got[1, 0]


def test_the_direction_of_a_link_does_not_matter():
    start, end, receptors = links(4)
    assert transfer(end, start, receptors, WEST) == pytest.approx(
        transfer(start, end, receptors, WEST), rel=1e-9
    )


def test_a_road_along_the_wind_is_no_spike():
    along = transfer([[0, 0]], [[500, 0]], [[600, 0]], WEST)
    nearly = transfer([[0, 0]], [[500, 1]], [[600, 0]], WEST)
    assert along == pytest.approx(nearly, rel=1e-2)


def test_a_point_is_a_plume():
    """C = 1 / (π u σy σz) on the axis of a point source on the ground."""
    got = transfer([[0, 0]], [[0, 0]], [[800, 0]], WEST)[0, 0]
    across = math.hypot(0.16 * 800 / math.sqrt(1.32), FIRST_ACROSS)
    upwards = math.hypot(0.14 * 800 / math.sqrt(1.24), FIRST_UPWARDS)
    assert got == pytest.approx(1 / (math.pi * 3 * across * upwards), rel=1e-4)


def test_stable_air_holds_what_is_emitted():
    got = [transfer([[0, -500]], [[0, 500]], [[300, 0]], Weather(3, 270, c))[0, 0] for c in "ACDF"]
    assert got == sorted(got)


def test_a_wind_rose_is_a_mean():
    start, end, receptors = links(2)
    east = Weather(2, 90, "C")
    got = mean_transfer(start, end, receptors, {WEST: 0.25, east: 0.75})
    one, other = (transfer(start, end, receptors, each) for each in (WEST, east))
    assert got == pytest.approx(0.25 * one + 0.75 * other)
    for wrong in ({WEST: 0.5}, {WEST: 1.5, east: -0.5}, {}):
        with pytest.raises(BadFrequencyError):
            mean_transfer(start, end, receptors, wrong)


@given(st.floats(1e4, 1e9), st.floats(0, 1e3), st.floats(0, 20), st.floats(0, 100))
def test_what_a_box_takes_in_goes_out(area, rate, wind, background):
    weather = Weather(wind, 0)
    got = box([rate], [area], weather, background)[0]
    flow = weather.speed * weather.mixing * math.sqrt(area)
    assert got * flow == pytest.approx(background * flow + 1e6 * rate, rel=1e-9)


def test_bad_input_is_named():
    with pytest.raises(UnknownStabilityError):
        Weather(3, 270, "G")
    with pytest.raises(BadNumberError) as caught:
        Weather(3, 400)
    assert caught.value.field == "direction"
    with pytest.raises(BadNumberError) as caught:
        transfer([[0, 0]], [[1, np.nan]], [[0, 0]], WEST)
    assert caught.value.figures["place"] == "end[0, 1]"
    with pytest.raises(BadShapeError):
        transfer([[0, 0], [1, 1]], [[1, 1]], [[0, 0]], WEST)
    with pytest.raises(BadNumberError) as caught:
        concentration(transfer([[0, 0]], [[1, 1]], [[0, 0]], WEST), [-1.0])
    assert caught.value.figures["place"] == "rates[0]"
