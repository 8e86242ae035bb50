"""Only who has a car chooses between car and public transport."""

from dataclasses import replace

import numpy as np
import pytest
from tests.twin.making import scenario

from heli.twin.choosing import choosing, share_with_car
from heli.twin.city import build_city
from heli.twin.state import base_state, scenario_state

TOLL = "{kind: toll, where: {roads: [middle-bridge]}, yuan: 8, for: {uses: [private]}}"


def with_cars(city, share):
    groups = tuple(replace(group, car_share=share) for group in city.groups)
    parts = {name: getattr(city, name) for name in city.__match_args__}
    return build_city(**{**parts, "groups": groups})


def moved(start):
    found = scenario_state(scenario(start.city, TOLL), start)
    return sum(table.sum() for table in found.transit.values()) - sum(
        table.sum() for table in start.transit.values()
    )


def test_as_many_have_a_car_as_the_city_says(city, base):
    for group in city.groups:
        (segment,) = (each for each in city.segments if each.group == group.id)
        driving = base.state.drivers_of(segment.id)[0].trips.sum(axis=1) * segment.occupancy
        riding = base.state.transit[group.id].sum(axis=1)
        owners = driving + choosing(base.state, segment).sum(axis=1)
        assert owners == pytest.approx(group.car_share * (driving + riding))


def test_who_has_no_car_does_not_answer_to_what_driving_costs(city):
    captive = base_state(with_cars(city, 0.0))
    assert all(not share_with_car(captive, group.id).any() for group in city.groups)
    assert moved(captive) == pytest.approx(0, abs=1e-6)


def test_the_more_have_a_car_the_more_could_drive(city):
    many, all_of_them = base_state(with_cars(city, 0.7)), base_state(with_cars(city, 1.0))
    for segment in city.segments[:3]:
        assert (choosing(many, segment) <= choosing(all_of_them, segment) + 1e-12).all()
        everybody = choosing(all_of_them, segment)
        assert np.allclose(everybody, all_of_them.transit[segment.group])
    assert moved(many) > 0
