"""Records of several departments become one city; what does not fit is named by its place."""

import copy
import random

import pytest

from heli.demo.twin import sharing, tables
from heli.twin import errors
from heli.twin.building.joining import join, observed
from heli.twin.building.reading import Drawn
from heli.twin.building.recipe import check_recipe, plain, read_recipe


@pytest.fixture(scope="module")
def rows():
    return tables.tables()


@pytest.fixture(scope="module")
def recipe():
    return check_recipe(sharing.recipe())


def drawn(recipe, rows):
    return {
        part: Drawn(each.resource, each.columns, rows[each.resource.partition("/")[2]], None)
        for part, each in recipe.parts.items()
    }


def test_the_parts_make_the_city_whatever_the_order_of_their_records(recipe, rows, demo_city):
    city = join(recipe, drawn(recipe, rows))
    assert {zone.id: zone for zone in city.zones} == {zone.id: zone for zone in demo_city.zones}
    assert set(city.roads) == set(demo_city.roads)
    assert set(city.shops) == set(demo_city.shops)
    assert city.segments == demo_city.segments
    for name, table in demo_city.trips.items():
        assert city.trips[name].sum() == pytest.approx(table.sum(), rel=0.2)
    mixed = {name: random.Random(1).sample(each, len(each)) for name, each in rows.items()}
    assert join(recipe, drawn(recipe, mixed)).version == city.version


def read(recipe, rows):
    parts = drawn(recipe, rows)
    return observed(recipe, parts, join(recipe, parts))


@pytest.mark.parametrize(
    ("table", "edit", "place"),
    [
        ("road_links", lambda it: it[7].update(capacity=-5.0), "capacity is “-5.0”"),
        ("road_links", lambda it: it[7].update(free_speed=900.0), "free_speed is 900"),
        ("road_links", lambda it: it[7].update(length_km=None), "length_km is “None”"),
        ("road_links", lambda it: it[7].update(lanes=0), "lanes is 0"),
        ("road_links", lambda it: it[7].update(to_node="nowhere"), "“nowhere” is no junction"),
        ("road_links", lambda it: it[7].update(link_no=it[8]["link_no"]), "it stands twice"),
        ("road_nodes", lambda it: it[0].update(zone_no="moon"), "“moon” is no zone"),
        ("traffic_zones", lambda it: it[0].update(district="月区"), "“月区” is no district"),
        ("zone_jobs", lambda it: it[0].update(zone_no="moon"), "“moon” is no zone"),
        ("zone_population", lambda it: it.pop(), "this zone is missing"),
        ("transit_times", lambda it: it.pop(), "this pair of zones is missing"),
        ("travel_survey", lambda it: it[3].update(taxi=float("nan")), "taxi is “nan”"),
        ("shop_floor_space", lambda it: it[0].update(floor_space=0.0), "0"),
        ("fleet_shares", lambda it: it[0].update(share=0.9), "not 1"),
        ("fleet_shares", lambda it: it[0].update(kind="steam"), "“steam” is no kind"),
        ("school_places", lambda it: it.clear(), "it has no records"),
        ("shop_sales", lambda it: it[0].update(shop_no="kiosk"), "“kiosk” is no shop"),
        ("traffic_counts", lambda it: it[0].update(link_no="x>y"), "“x>y” is no road"),
        ("traffic_counts", lambda it: it.__delitem__(slice(9, None)), "9 observations"),
    ],
)
def test_a_wrong_record_is_named_with_its_resource(recipe, rows, table, edit, place):
    found = {**rows, table: copy.deepcopy(rows[table])}
    edit(found[table])
    with pytest.raises(errors.TwinError) as caught:
        read(recipe, found)
    assert place in caught.value.detail()
    assert table in caught.value.detail()


def test_records_of_one_zone_add_up(recipe, rows):
    first = rows["school_places"][0]
    halves = [
        {**first, "school_no": "a", "places": 40},
        {**first, "school_no": "b", "places": 60},
        *rows["school_places"][1:],
    ]
    city = join(recipe, drawn(recipe, {**rows, "school_places": halves}))
    assert next(zone for zone in city.zones if zone.id == first["zone_no"]).school_places == 100


def changed(**parts):
    recipe = copy.deepcopy(sharing.recipe())
    for name, value in parts.items():
        place, _, last = name.rpartition("__")
        target = recipe
        for step in place.split("__") if place else ():
            target = target[step]
        if value is None:
            del target[last]
        else:
            target[last] = value
    return recipe


@pytest.mark.parametrize(
    ("parts", "place", "reason"),
    [
        ({"parts__roads": None}, "recipe, parts", "“roads” is missing"),
        ({"parts__rivers": {"resource": "a/b", "columns": {}}}, "recipe, parts", "“rivers”"),
        ({"parts__roads__columns__speed": None}, "recipe, parts.roads.columns", "“speed”"),
        ({"parts__roads__columns__colour": "x"}, "recipe, parts.roads.columns", "“colour”"),
        ({"parts__roads__resource": "roads"}, "recipe, parts[...].resource", "regex"),
        ({"parts__fleet": None}, "recipe, head.segments[0].fleet", "missing"),
        ({"head__hour": None}, "recipe, head", "hour"),
        ({"calibration": {"level": [1.5, 2.0]}}, "recipe, calibration.level", "1.5"),
        ({"calibration": {"hold_out": 0.9}}, "recipe, calibration.hold_out", "0.5"),
        ({"project": "PJ-1"}, "recipe, project", "not both"),
        ({"format": "heli-city-recipe/9"}, "recipe, format", "heli-city-recipe/9"),
    ],
)
def test_a_wrong_recipe_is_refused_with_its_place(parts, place, reason):
    with pytest.raises(errors.BadEntryError) as caught:
        check_recipe(changed(**parts))
    assert caught.value.figures["place"] == place
    assert reason in caught.value.figures["reason"]


def test_a_recipe_comes_back_from_plain_data_and_from_text(recipe):
    assert check_recipe(plain(recipe)) == recipe
    with pytest.raises(errors.UnreadableFileError):
        read_recipe("a: [")
    with pytest.raises(errors.BadEntryError):
        read_recipe("7")
