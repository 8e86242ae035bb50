"""A city as data: what is checked, and that a folder holds all of it."""

import json
from dataclasses import replace

import numpy as np
import pytest

from heli.arrays import BadNumberError, BadShapeError
from heli.engines.traffic import BadQuantityError, UnknownNodeError
from heli.twin.assumptions import MEANINGS
from heli.twin.city import build_city
from heli.twin.city_files import read_city, write_city
from heli.twin.errors import (
    BadEntryError,
    DisconnectedCityError,
    UnreadableFileError,
    UnwritableFileError,
)
from heli.twin.state import base_state


def rebuilt(city, **parts):
    return build_city(
        **{name: parts.get(name, getattr(city, name)) for name in city.__match_args__}
    )


def changed(city, part, n, **values):
    rows = list(getattr(city, part))
    rows[n] = replace(rows[n], **values)
    return rebuilt(city, **{part: tuple(rows)})


def test_the_demo_city_is_as_large_as_it_says(city):
    assert 950 <= len(city.roads) <= 1100
    crossing = {road.road for road in city.roads if road.tail[0] != road.head[0] != "z"}
    assert {"west-bridge", "middle-bridge", "east-bridge"} <= crossing
    assert set(city.assumptions) == set(MEANINGS)


def test_the_version_is_that_of_the_content(city):
    assert rebuilt(city).version == city.version
    assert changed(city, "roads", 0, lanes=4).version != city.version
    trips = {**city.trips, "taxi": city.trips["taxi"] * 1.0001}
    assert rebuilt(city, trips=trips).version != city.version


@pytest.mark.parametrize(
    ("part", "values", "error", "told"),
    [
        ("roads", {"capacity": -1.0}, BadEntryError, "capacity is -1"),
        ("roads", {"capacity": float("nan")}, BadEntryError, "capacity is nan"),
        ("roads", {"capacity": 1e8}, BadEntryError, "capacity is 1e.08, but .* to 1e.07"),
        ("roads", {"power": 21.0}, BadEntryError, "power is 21, but must be from 0 to 20"),
        ("roads", {"power": 0.5}, BadQuantityError, "power is 0.5"),
        ("roads", {"speed": 0.5}, BadEntryError, "speed is 0.5, but must be from 1 to 200"),
        ("roads", {"speed": 201.0}, BadEntryError, "speed is 201"),
        ("roads", {"speed": 0.0}, BadEntryError, "speed is 0"),
        ("roads", {"speed": float("nan")}, BadEntryError, "speed is nan"),
        ("roads", {"head": "nowhere"}, UnknownNodeError, "nowhere"),
        ("zones", {"district": "Atlantis"}, BadEntryError, "Atlantis"),
        ("zones", {"residents": {"low": 3}}, BadEntryError, "residents"),
        ("zones", {"jobs": -1.0}, BadNumberError, "zone n00"),
        ("zones", {"id": "n01"}, BadEntryError, "used twice"),
        ("zones", {"radius": 0.0}, BadNumberError, "radius"),
        ("shops", {"zone": "x"}, BadEntryError, "“x” is none of"),
        ("shops", {"floor_space": 0.0}, BadNumberError, "floor_space"),
        ("nodes", {"x": float("inf")}, BadNumberError, "node z-n00"),
        ("groups", {"car_share": 1.2}, BadNumberError, "car_share"),
        ("kinds", {"figures": "hovercraft"}, BadEntryError, "hovercraft"),
        ("segments", {"fleet": {"petrol": 0.5}}, BadEntryError, "adds up to 0.5"),
        ("segments", {"value_of_time": 0.0}, BadNumberError, "value_of_time"),
    ],
)
def test_a_wrong_entry_is_named(city, part, values, error, told):
    with pytest.raises(error, match=told):
        changed(city, part, 0, **values)


@pytest.mark.parametrize(
    "parts",
    [
        {"areas": {"江北示范区": ("n00",)}},
        {"areas": {"daily": ("n00",)}},
        {"areas": {"a:b": ("n00",)}},
        {"areas": {"": ("n00",)}},
        {"areas": {"old": ("n00", "n00")}},
    ],
)
def test_places_of_figures_cannot_be_taken_for_one_another(city, parts):
    with pytest.raises(BadEntryError, match=r"twice|without"):
        rebuilt(city, **parts)


def test_wrong_tables_are_named(city):
    with pytest.raises(BadShapeError, match="trips taxi"):
        rebuilt(city, trips={**city.trips, "taxi": np.zeros((3, 3))})
    for table in (city.trips["taxi"], city.transit["low"]):
        assert table.max() < 1e7
    many = city.trips["taxi"].copy()
    many[3, 3] = 1e12
    with pytest.raises(BadNumberError, match=r"trips taxi\[3, 3\] is 1e\+12"):
        rebuilt(city, trips={**city.trips, "taxi": many})
    with pytest.raises(BadNumberError, match=r"transit low\[3, 3\] is 1e\+12"):
        rebuilt(city, transit={**city.transit, "low": many})
    with pytest.raises(BadEntryError, match="trips"):
        rebuilt(city, trips={"taxi": city.trips["taxi"]})
    with pytest.raises(BadEntryError, match=r"hour is “8 o'clock”"):
        rebuilt(city, hour="8 o'clock")
    with pytest.raises(BadEntryError, match="area old-town"):
        rebuilt(city, areas={"old-town": ("q",)})
    with pytest.raises(BadNumberError, match="background nox"):
        rebuilt(city, background={"pm25": 3.0})


@pytest.mark.parametrize(
    ("name", "values", "told"),
    [
        ("wind", None, "is missing"),
        ("luck", {"value": 1, "low": 1, "high": 1}, "is none of"),
        ("wind", {"value": 5.0}, "must hold"),
        ("shop_elasticity", {"high": 2.0}, "within 0"),
        ("barred_elsewhere", {"high": 0.9}, "more than 1"),
        ("demand", {"high": float("nan")}, "must hold"),
        ("demand", {"high": float("inf")}, "must hold"),
    ],
)
def test_wrong_assumptions_are_named(city, name, values, told):
    given = dict(city.assumptions)
    if values is None:
        del given[name]
    else:
        given[name] = replace(given.get(name, city.assumptions["wind"]), **values)
    with pytest.raises(BadEntryError, match=told):
        rebuilt(city, assumptions=given)


def test_trips_without_a_path_are_named(city):
    zone = city.zones[5].node
    cut = rebuilt(city, roads=tuple(road for road in city.roads if road.head != zone))
    with pytest.raises(DisconnectedCityError, match=city.zones[5].id):
        base_state(cut)


@pytest.fixture
def folder(city, tmp_path):
    write_city(city, tmp_path)
    return tmp_path


def test_a_city_written_and_read_is_the_same(city, folder):
    assert read_city(folder).version == city.version


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("roads.csv", ",1700.0,", ",-1700.0,", r"roads.csv:\d+: capacity is “-1700.0”"),
        ("roads.csv", ",1700.0,", ",NaN,", r"roads.csv:\d+: capacity is “NaN”"),
        ("roads.csv", ",1700.0,", ",many,", "capacity is “many”"),
        ("roads.csv", ",1700.0,", ",1e8,", r"roads.csv:\d+: capacity is 1e.08, but must be from 0"),
        ("roads.csv", ",0.15,4.0", ",0.15,40", r"roads.csv:\d+: power is 40"),
        (
            "trips.csv",
            "private-low,n00,n00,",
            "private-low,n00,n00,9999999",
            "trips.csv:2: vehicles",
        ),
        ("transit.csv", "n00,n00,", "n00,n00,5,1e12,1,1\nn00,n00,", "transit.csv:2: persons:"),
        ("roads.csv", "capacity", "room", "the column capacity is missing"),
        ("roads.csv", ",2,0.15,", ",1.5,0.15,", "lanes is 1.5"),
        ("trips.csv", "private-low,n00", "private-low,n99", "trips.csv:2: origin “n99” is no zone"),
        ("trips.csv", "private-low", "private-poor", "“private-poor” is none of"),
        ("trips.csv", "private-low,n00,n01", "private-low,n00,n00", "stands twice"),
        ("transit.csv", "n00,n01,", "n00,n00,", "stands twice"),
        ("transit.csv", "n00,n01,", "n00,", "must have 6 cells"),
        ("zones.csv", "\nn00,", "\nn00,Atlantis", "zones.csv:2: “Atlantis.*” is none of"),
        ("zones.csv", "residents:low", "residents:poor", "residents:low is missing"),
        ("city.json", '"name"', '"title"', "title"),
        ("city.json", "{", "{{", "city.json: JSON is malformed"),
        ("city.json", '"wind": 2.4', '"wind": "strong"', "weather.wind: Expected `float`"),
    ],
)
def test_a_wrong_cell_is_named_with_file_and_line(folder, file, old, new, told):
    path = folder / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(BadEntryError, match=told):
        read_city(folder)


def test_a_row_too_few_is_named(folder):
    path = folder / "transit.csv"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]))
    with pytest.raises(BadEntryError, match="s36 → s36 is missing"):
        read_city(folder)


@pytest.mark.parametrize(
    "file", ["nodes.csv", "roads.csv", "zones.csv", "shops.csv", "trips.csv", "transit.csv"]
)
def test_a_table_of_which_only_the_header_is_left_is_named(folder, file):
    path = folder / file
    path.write_text(path.read_text().splitlines(keepends=True)[0])
    with pytest.raises(BadEntryError, match=f"^{file}: there is no row"):
        read_city(folder)


@pytest.mark.parametrize("part", ["zones", "shops", "roads", "groups"])
def test_a_city_has_some_of_everything(city, part):
    with pytest.raises(BadEntryError, match=f"{part}: there are none"):
        rebuilt(city, **{part: ()})


@pytest.mark.parametrize("file", ["nodes.csv", "roads.csv", "zones.csv", "shops.csv"])
def test_a_row_that_stands_twice_is_named_with_both_lines(folder, file):
    path = folder / file
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([*lines, lines[1]]))
    told = rf"{file}:{len(lines) + 1}: “.*” is used twice, first at {file}:2\."
    with pytest.raises(BadEntryError, match=told):
        read_city(folder)


def test_numbers_may_be_written_with_or_without_a_point(city, folder):
    head = json.loads((folder / "city.json").read_text())
    head["weather"]["direction"] = 60
    (folder / "city.json").write_text(json.dumps(head))
    assert read_city(folder).version == city.version


def test_folders_that_are_not_there(city, tmp_path):
    with pytest.raises(UnreadableFileError, match=r"city\.json"):
        read_city(tmp_path / "none")
    with pytest.raises(UnwritableFileError):
        write_city(city, tmp_path / "none")
