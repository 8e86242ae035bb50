"""New bus lines and other school hours: what they change, and what is refused by name."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.twin.making import scenario

from heli.twin.applying import apply
from heli.twin.city import build_city
from heli.twin.errors import NoSchoolThereError, RepeatedStopError, TwiceError, UnknownPlaceError
from heli.twin.evaluating import evaluate
from heli.twin.figures import Key, figures
from heli.twin.scenarios import BusLine
from heli.twin.state import base_state, scenario_state
from heli.twin.timetables import ride

LINE = "{{kind: bus-line, stops: [{}], headway: 6, km_per_h: 30}}"
SCHOOLS = "{{kind: school-hours, minutes: {}}}"


def rebuilt(city, **parts):
    return build_city(
        **{name: parts.get(name, getattr(city, name)) for name in city.__match_args__}
    )


def test_minutes_from_door_to_door(city):
    line = BusLine(stops=["n20", "n03", "s36"], headway=6.0, km_per_h=30.0, dwell=0.5)
    slow = rebuilt(city, transit_minutes=np.full_like(city.transit_minutes, 600.0))
    found = ride([("here", line)], slow)
    points = np.array([city.points[f"z-{name}"] for name in line.stops]) / 1000
    legs = [np.hypot(*(points[n + 1] - points[n])) for n in (0, 1)]
    walk = 0.7 * (np.sqrt(2) + np.log(1 + np.sqrt(2))) / 3 * 60 / 4
    at = [city.zone_index[name] for name in line.stops]
    first = 2 * walk + 3 + legs[0] * 2
    whole = 2 * walk + 3 + sum(legs) * 2 + 0.5
    assert found[at[0], at[2]] == pytest.approx(whole)
    assert found[at[2], at[0]] == pytest.approx(whole)
    assert found[at[0], at[1]] == pytest.approx(first)
    # A neighbour of the first stop walks there, 1.4 km.
    beside = city.zone_index["n21"]
    assert found[beside, at[2]] == pytest.approx(whole - walk + 1.4 * 15)
    assert found[at[0], at[0]] == 600
    # Where buses run already, they take people to the stop, or all of the way.
    now = ride([("here", line)], city)
    assert now[at[0], at[2]] < whole
    change = city.transit_minutes[at[0], at[1]] + 3 + legs[1] * 2 + walk
    assert now[at[0], at[2]] <= change + 1e-9


lines = st.builds(
    BusLine,
    stops=st.lists(
        st.sampled_from(["n20", "n03", "s03", "s36", "s30", "n06"]), min_size=2, unique=True
    ),
    headway=st.floats(1, 120),
    km_per_h=st.floats(5, 120),
    dwell=st.floats(0, 10),
)


@given(lines, lines)
def test_lines_never_take_anything_away_and_their_order_does_not_matter(city, one, other):
    if set(one.stops) == set(other.stops):
        return
    both = ride([("a", one), ("b", other)], city)
    assert (both <= np.minimum(ride([("a", one)], city), ride([("b", other)], city))).all()
    assert both == pytest.approx(both.T)
    assert both == pytest.approx(ride([("b", other), ("a", one)], city))
    assert np.array_equal(np.diag(both), np.diag(city.transit_minutes))


def test_a_line_brings_people_from_cars_and_gains_to_those_without(city, base, options):
    found = options["bus-line"]
    before, after = figures(base), figures(found)
    assert after[Key("traffic", "by_transit")] > before[Key("traffic", "by_transit")] + 10
    assert after[Key("traffic", "by_car")] < before[Key("traffic", "by_car")] - 10
    assert after[Key("people", "travel")] < 0
    assert after[Key("people", "jobs")] > before[Key("people", "jobs")]
    assert found.commerce.by_shop.sum() > base.commerce.by_shop.sum()
    for name, access in found.commerce.access.items():
        if name.endswith("/"):
            assert (access >= base.commerce.access[name] - 1e-12).all()
            assert access.max() > base.commerce.access[name].max() - 1
    groups = tuple(replace(group, car_share=0.0) for group in city.groups)
    start = base_state(rebuilt(city, groups=groups))
    line = scenario(start.city, LINE.format("n20, n03, s36"))
    travel = evaluate(scenario_state(line, start), evaluate(start)).access.travel
    assert travel.winners.sum() > 10_000
    assert travel.losers.sum() == 0


def test_a_line_is_in_the_digest(base, options):
    state = options["bus-line"].state
    assert not np.array_equal(state.transit_minutes, base.state.transit_minutes)
    assert replace(state, transit_minutes=base.state.transit_minutes).digest != state.digest


@pytest.mark.parametrize(
    ("measures", "error", "told"),
    [
        ([LINE.format("n20, x9")], UnknownPlaceError, r"measures\[0\]\.stops: .* zone “x9”"),
        ([LINE.format("n20, s03, n20")], RepeatedStopError, r"\.stops: the stop “n20” is where"),
        ([LINE.format("n20, s03"), LINE.format("s03, n20")], TwiceError, r"measures\[1\]"),
        ([SCHOOLS.format(9), SCHOOLS.format(-9)], TwiceError, r"“school-hours” are for n00"),
        (
            ["{kind: school-hours, minutes: 9, area: new-town}"],
            UnknownPlaceError,
            r"measures\[0\]\.area: there is no area “new-town”",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_place(city, measures, error, told):
    with pytest.raises(error, match=told) as caught:
        apply(scenario(city, *measures), city)
    assert caught.value.remedy


def test_two_zones_with_one_middle_are_one_stop(city):
    at = dict(zip("xy", city.points["z-n01"], strict=True))
    nodes = tuple(replace(node, **at) if node.id == "z-n00" else node for node in city.nodes)
    same = rebuilt(city, nodes=nodes)
    line = scenario(same, LINE.format("n01, n00"))
    with pytest.raises(RepeatedStopError, match="“n00” is where the stop “n01” is"):
        apply(line, same)


def test_school_hours_where_no_school_is_are_refused(city):
    bare = rebuilt(city, zones=tuple(replace(zone, school_places=0.0) for zone in city.zones))
    with pytest.raises(NoSchoolThereError, match=r"measures\[0\]"):
        apply(scenario(bare, SCHOOLS.format(30)), bare)


@pytest.mark.parametrize(("minutes", "share"), [(30, 0.5), (-15, 0.25), (60, 1.0), (-120, 1.0)])
def test_school_runs_leave_the_hour_in_step_with_the_schools(city, base, minutes, share):
    found = evaluate(scenario_state(scenario(city, SCHOOLS.format(minutes)), base.state), base)
    moved = base.state.values["school_runs"] * share * base.traffic.by_car
    assert found.traffic.moved_in_time == pytest.approx(moved, rel=1e-9)
    assert found.traffic.given_up == 0
    travelling = found.traffic.by_car + found.traffic.by_transit
    assert travelling + moved == pytest.approx(base.traffic.by_car + base.traffic.by_transit)
    assert found.traffic.vehicle_hours.sum() < base.traffic.vehicle_hours.sum()
    assert found.access.travel.gains.sum() > 0
    for segment in city.segments:
        if segment.group is None:
            assert found.state.moved_in_time[segment.id].sum() == 0


def test_only_trips_to_schools_of_the_area_leave(city, base):
    measure = "{kind: school-hours, minutes: 60, area: old-town}"
    state = scenario_state(scenario(city, measure), base.state)
    town = [city.zone_index[zone] for zone in city.areas["old-town"]]
    moved = state.moved_in_time["private-low"]
    assert moved[:, town].sum() > 0
    assert moved.sum() == pytest.approx(moved[:, town].sum())


def test_who_leaves_the_hour_is_not_turned_away_as_well(city, base):
    rule = "{kind: plate-rule, area: old-town, digits: [1, 3, 5, 7, 9], for: {uses: [private]}}"
    both = scenario(city, rule, SCHOOLS.format(60))
    found = evaluate(scenario_state(both, base.state), base)
    alone = evaluate(scenario_state(scenario(city, rule), base.state), base)
    assert found.traffic.moved_in_time > 0
    assert 0 < found.traffic.given_up < alone.traffic.given_up
