"""Scenarios as data: the form, what is refused by name, and that they survive being written."""

import json
import time
from dataclasses import replace

import jsonschema
import numpy as np
import pytest
import yaml
from tests.twin.making import scenario

from heli.twin.applying import apply, find_links
from heli.twin.errors import (
    BadEntryError,
    NobodyConcernedError,
    NoLaneLeftError,
    NothingThereError,
    OtherModelError,
    OutsideWindowError,
    OverlappingAreasError,
    TollWithoutClassError,
    UnknownPlaceError,
    UnreadableFileError,
)
from heli.twin.scenarios import Where, check_scenario, read_scenario, schema, to_yaml
from heli.twin.state import scenario_state


def test_the_policies_fit_the_demo_city(city, policies):
    assert sorted(policies) == [
        "bridge-closed", "bridge-toll", "bus-line", "low-emission", "odd-plates", "school-hours",
    ]  # fmt: skip
    for policy in policies.values():
        assert apply(policy, city).classes


def test_policies_have_the_form_that_the_schema_describes(policies):
    jsonschema.Draft202012Validator.check_schema(schema())
    checker = jsonschema.Draft202012Validator(schema())
    for policy in policies.values():
        checker.validate(yaml.safe_load(to_yaml(policy).replace("07:00", "'07:00'")))
    with pytest.raises(jsonschema.ValidationError):
        checker.validate({"id": "x"})
    policy = yaml.safe_load(to_yaml(policies["low-emission"]).replace("07:00", "'07:00'"))
    policy["measures"][0]["area"] = []
    with pytest.raises(jsonschema.ValidationError):
        checker.validate(policy)


def test_what_cannot_be_computed_is_not_in_the_library():
    kinds = json.dumps(schema())
    assert all(kind in kinds for kind in ("plate-rule", "bus-line", "school-hours"))
    assert "traffic-light" not in kinds


def test_a_scenario_written_is_read_again(policies):
    for policy in policies.values():
        assert read_scenario(to_yaml(policy)) == policy


@pytest.mark.parametrize(
    ("text", "error", "told"),
    [
        ("{{", UnreadableFileError, "line 1"),
        ("id: a\nid: b", UnreadableFileError, "'id' stands twice"),
        ("- a", BadEntryError, "Expected `object`"),
        ("id: a", BadEntryError, "title"),
        ("[" * 5000, UnreadableFileError, "nested"),
        ("&a [*a]", UnreadableFileError, "aliases are not read"),
    ],
)
def test_what_is_no_scenario(text, error, told):
    with pytest.raises(error, match=told):
        read_scenario(text, "mine.yaml")


@pytest.mark.parametrize(
    ("measure", "told"),
    [
        ("{kind: tram-line}", r"measures\[0\].kind: Invalid value 'tram-line'"),
        ("{kind: bus-line, stops: [n20], headway: 5, km_per_h: 30}", r"\.stops: .*length >= 2"),
        (
            "{kind: bus-line, stops: [n20, s03], headway: 0.5, km_per_h: 30}",
            r"measures\[0\].headway: .*>= 1",
        ),
        ("{kind: bus-line, stops: [n20, s03], headway: 121, km_per_h: 30}", "<= 120"),
        ("{kind: bus-line, stops: [n20, s03], headway: .nan, km_per_h: 30}", ">= 1"),
        ("{kind: bus-line, stops: [n20, s03], headway: 5, km_per_h: 300}", "<= 120"),
        ("{kind: bus-line, stops: [n20, s03], headway: 5, km_per_h: 30, dwell: -1}", ">= 0"),
        ("{kind: school-hours, minutes: 0}", r"measures\[0\]: minutes is 0"),
        ("{kind: school-hours, minutes: 300}", "<= 180"),
        ("{kind: school-hours, minutes: 30, area: []}", "length >= 1"),
        ("{kind: closure, where: {}}", r"measures\[0\].where: give at least one of"),
        ("{kind: plate-rule, area: old-town, digits: [10]}", "<= 9"),
        ("{kind: plate-rule, area: old-town, digits: []}", "length >= 1"),
        (
            "{kind: plate-rule, area: [], digits: [1]}",
            r"measures\[0\].area: .*length >= 1",
        ),
        ("{kind: parking-price, area: [], yuan: 5}", "length >= 1"),
        ("{kind: closure, where: {inside: [], entering: old-town}}", "length >= 1"),
        ("{kind: toll, where: {roads: [ring]}, yuan: -1}", "> 0"),
        ("{kind: toll, where: {roads: [ring]}, yuan: .nan}", "> 0"),
        ("{kind: toll, where: {roads: [ring]}, yuan: .inf}", "<= 10000"),
        ("{kind: speed, where: {roads: [ring]}, km_per_h: 500}", "<= 130"),
        ("{kind: closure, where: {roads: [ring]}, for: {uses: [taxi]}}", "unknown field `for`"),
    ],
)
def test_a_wrong_measure_is_named_with_its_place(city, measure, told):
    with pytest.raises(BadEntryError, match=told):
        scenario(city, measure)


PLATES = "{kind: plate-rule, area: old-town, digits: [1, 3], for: {uses: [private]}"


@pytest.mark.parametrize(
    ("measures", "error", "told"),
    [
        ([PLATES + ", except: {uses: [private]}}"], NobodyConcernedError, "plate-rule"),
        (
            ["{kind: low-emission-zone, area: old-town, standards: [CN33]}"],
            UnknownPlaceError,
            r"tried, measures\[0\]\.standards: there is no standard “CN33”",
        ),
        (["{kind: toll, where: {roads: [ring]}, yuan: 3}"], TollWithoutClassError, "who pays"),
        (
            ["{kind: toll, where: {roads: [ring]}, yuan: 3, for: {uses: [tram]}}"],
            UnknownPlaceError,
            r"measures\[0\]\.for\.uses: there is no use “tram”",
        ),
        (
            [PLATES + ", except: {fuels: [elektric]}}"],
            UnknownPlaceError,
            r"measures\[0\]\.except\.fuels: there is no fuel “elektric”",
        ),
        (
            [PLATES.replace("[private]", "[private, frieght]") + "}"],
            UnknownPlaceError,
            "use “frieght”",
        ),
        (
            [PLATES + ", except: {standards: [CN33]}}"],
            UnknownPlaceError,
            r"except\.standards: there is no standard",
        ),
        ([PLATES + "}", PLATES + "}"], OverlappingAreasError, r"measures\[1\]"),
        (
            [PLATES + "}", PLATES.replace("old-town", "[s03, s23]") + "}"],
            OverlappingAreasError,
            "overlap on",
        ),
        (
            ["{kind: capacity, where: {roads: [middle-bridge]}, lanes: -1}"] * 4,
            OverlappingAreasError,
            r"measures\[0\] and tried, measures\[1\]: two measures “capacity” overlap",
        ),
        (
            [
                "{kind: speed, where: {roads: [middle-bridge]}, km_per_h: 30}",
                "{kind: closure, where: {roads: [ring]}}",
                "{kind: speed, where: {roads: [middle-bridge, ring]}, km_per_h: 50}",
            ],
            OverlappingAreasError,
            r"measures\[0\] and tried, measures\[2\]: two measures “speed”",
        ),
        (
            ["{kind: closure, where: {roads: [ring]}}"] * 2,
            OverlappingAreasError,
            "two measures “closure”",
        ),
        (["{kind: closure, where: {roads: [north-bridge]}}"], UnknownPlaceError, "north-bridge"),
        (["{kind: closure, where: {links: [a]}}"], UnknownPlaceError, "link “a”"),
        (["{kind: closure, where: {inside: new-town}}"], UnknownPlaceError, "new-town"),
        (["{kind: closure, where: {entering: [x9]}}"], UnknownPlaceError, "zone “x9”"),
        (["{kind: capacity, where: {roads: [ring]}, lanes: -3}"], NoLaneLeftError, "3 lanes"),
    ],
)
def test_what_makes_no_sense_in_this_city_is_refused_by_name(city, measures, error, told):
    with pytest.raises(error, match=told) as caught:
        apply(scenario(city, *measures), city)
    assert caught.value.advice()
    assert "{" not in caught.value.detail() + caught.value.advice()


def test_rules_of_two_kinds_may_lie_on_each_other(city):
    zone = "{kind: low-emission-zone, area: old-town, standards: [CN3]}"
    assert apply(scenario(city, PLATES + "}", zone), city)


def test_roadworks_of_different_kinds_may_lie_on_each_other(city):
    works = [
        "{kind: capacity, where: {roads: [middle-bridge]}, lanes: -1}",
        "{kind: speed, where: {roads: [middle-bridge]}, km_per_h: 30}",
    ]
    network = apply(scenario(city, *works), city).network
    at = next(a for a, road in enumerate(city.roads) if road.road == "middle-bridge")
    road = city.roads[at]
    assert network.capacity[at] == pytest.approx(road.capacity * (road.lanes - 1) / road.lanes)
    assert network.free_time[at] == pytest.approx(2 * road.length)


def test_two_rules_for_different_vehicles_do_not_overlap(city):
    assert apply(scenario(city, PLATES + "}", PLATES.replace("private", "freight") + "}"), city)


def test_the_highest_toll_leaves_nobody_on_the_road(city, base):
    toll = "{kind: toll, where: {entering: old-town}, yuan: 10000, for: {}}"
    state = scenario_state(scenario(city, toll), base.state)
    zones = [city.zone_index[zone] for zone in city.areas["old-town"]]
    outside = [z for z in range(len(city.zones)) if z not in zones]
    into = np.ix_(outside, zones)
    drivers = state.drivers_of("private-low")
    assert sum(driver.trips[into].sum() for driver in drivers) < 1e-6
    assert city.trips["private-low"][into].sum() > 1


def test_a_place_without_links_is_refused(city):
    with pytest.raises(NothingThereError):
        find_links(Where(entering=[zone.id for zone in city.zones]), city, "here")


def test_parking_where_no_road_leads_is_refused(city):
    zone = city.zones[0]
    cut = replace(city, roads=tuple(road for road in city.roads if road.head != zone.node))
    parking = scenario(cut, f"{{kind: parking-price, area: [{zone.id}], yuan: 5}}")
    with pytest.raises(NothingThereError, match=r"measures\[0\]"):
        apply(parking, cut)


def test_a_scenario_for_another_version_is_refused(city):
    with pytest.raises(OtherModelError, match="abcdefabcdef"):
        apply(scenario(city, model="abcdefabcdef"), city)


@pytest.mark.parametrize(
    ("days", "start", "end"),
    [
        (["mon"], "07:00", "20:00"),
        (["mon", "tue", "wed", "thu", "fri"], "08:30", "20:00"),
        (["mon", "tue", "wed", "thu", "fri"], "07:00", "08:30"),
    ],
)
def test_a_scenario_must_hold_in_the_modelled_hour(city, days, start, end):
    window = {"days": days, "from": start, "to": end}
    with pytest.raises(OutsideWindowError, match="08:00"):
        apply(scenario(city, window=window), city)


def test_classes_are_as_few_as_rules_need(city, policies):
    parted = apply(policies["odd-plates"], city).classes
    assert {name: len(classes) for name, classes in parted.items()} == {
        "private-low": 2,
        "private-middle": 2,
        "private-high": 2,
        "taxi": 1,
        "freight": 2,
    }
    for segment, classes in parted.items():
        assert sum(each.share for each in classes) == pytest.approx(1)
        assert segment in [each.user.name for each in classes]
    barred = [each for each in parted["private-low"] if each.user.barred]
    assert sum(each.share for each in barred) == pytest.approx(0.95 / 2)


def test_exemptions_hold_where_all_of_them_fit(city):
    def barred(measure):
        classes = apply(scenario(city, measure), city).classes
        return {
            f"{segment}/{kind}"
            for segment, parted in classes.items()
            for each in parted
            if each.user.barred
            for kind in each.parts
        }

    rule = "{kind: plate-rule, area: old-town, digits: [1], for: {uses: [taxi, private]}"
    everybody = barred(rule + "}")
    spared = barred(rule + ", except: {uses: [taxi], fuels: [electric]}}")
    assert everybody - spared == {"taxi/electric"}
    assert "freight/truck" not in everybody


@pytest.mark.parametrize(
    "text",
    [
        "id: !!int abc",
        "id: " + "1" * 5000,
        "!!map [a, b]",
        "id: &a [b]\nmeasures: [*a, *a]",
        "- " * 2000 + "a",
    ],
)
def test_what_yaml_can_do_to_a_reader_is_refused_by_name(text):
    with pytest.raises(UnreadableFileError):
        read_scenario(text)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("id", "one\n"),
        ("id", "place"),
        ("id", "base"),
        ("id", "a" * 61),
        ("model", "a" * 12 + "\n"),
        ("measures", 31),
    ],
)
def test_what_would_break_pages_later_is_no_scenario(city, place, value):
    plain = yaml.safe_load(to_yaml(scenario(city, "{kind: closure, where: {links: [a]}}")))
    plain[place] = plain["measures"] * value if isinstance(value, int) else value
    with pytest.raises(BadEntryError, match=f"{place}|the id"):
        check_scenario(plain)


def test_many_keys_are_read_in_no_time():
    started = time.monotonic()
    with pytest.raises(BadEntryError):
        read_scenario("{" + ",".join(f"k{n}: 1" for n in range(5000)) + "}")
    assert time.monotonic() - started < 5
