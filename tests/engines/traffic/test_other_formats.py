"""GMNS tables and GeoJSON, right and wrong."""

import json

import pytest

from heli.engines.traffic import UserClass, assign, build_trips
from heli.engines.traffic.errors import (
    BadQuantityError,
    BadTurnError,
    DuplicateError,
    MissingColumnError,
    TripsToMissingZoneError,
    UnknownLinkError,
    UnknownNodeError,
    UnreadableRowError,
)
from heli.engines.traffic.geojson import distance
from heli.engines.traffic.geojson import read_network as read_geojson
from heli.engines.traffic.gmns import read_network as read_gmns
from heli.engines.traffic.gmns import read_trips

NODES = """node_id,zone_id,node_type
1,Z1,centroid
2,Z2,centroid
3,,
4,,
"""
LINKS = """link_id,from_node_id,to_node_id,directed,length,free_speed,lanes,capacity,vdf_alpha,toll
a,1,3,true,0.5,30,1,900,,
b,3,4,false,6,60,2,1000,0.2,3
c,4,2,1,0.5,30,,900,,
"""
MOVEMENTS = """mvmt_id,node_id,ib_link_id,ob_link_id,type
1,4,b,c,thru
2,4,b,b:reverse,prohibited
"""
DEMAND = "o_zone_id,d_zone_id,volume\nZ1,Z2,100\n"


def test_gmns():
    network = read_gmns(NODES, LINKS, MOVEMENTS)
    assert network.link_ids == ("a", "b", "b:reverse", "c")
    assert network.free_time.tolist() == [1.0, 6.0, 6.0, 1.0]
    assert network.capacity.tolist() == [900.0, 2000.0, 2000.0, 900.0]
    assert network.b.tolist() == [0.15, 0.2, 0.2, 0.15]
    assert network.bans == ((1, 2),)
    assert network.through.tolist() == [False, False, True, True]
    trips = read_trips(DEMAND, network)
    solution = assign(network, [(UserClass("car", value_of_time=60.0), trips)])
    assert solution.costs("car")[0] == pytest.approx(8.0 + 3.0, abs=0.01)
    assert solution.assigned == 100.0


@pytest.mark.parametrize(
    ("table", "old", "new", "error", "told"),
    [
        ("links", "capacity,", "cap,", MissingColumnError, "link: “capacity”"),
        ("links", "a,1,3,true,0.5", "a,1,3,true,x", UnreadableRowError, "link:2: “x”"),
        ("links", "a,1,3,true", "a,1,9,true", UnknownNodeError, "link:2: there is no node “9”"),
        ("links", "a,1,3,true", "a,1,3,maybe", UnreadableRowError, "link:2: “maybe”"),
        ("links", "0.5,30,1,900", "0.5,0,1,900", UnreadableRowError, "link:2: “0”"),
        ("links", "1,900,,", "1,-900,,", BadQuantityError, "link:2: capacity is -900.0"),
        ("links", "c,4,2", "a,4,2", DuplicateError, "“a”"),
        ("links", "c,4,2", ",4,2", MissingColumnError, "link:4: “link_id”"),
        ("nodes", "node_id", "id", MissingColumnError, "node: “node_id”"),
        ("nodes", "\n4,,", "\n3,,", DuplicateError, "“3”"),
        ("movements", "b:reverse", "d", UnknownLinkError, "movement:3: there is no link “d”"),
        ("movements", "b,b:reverse", "c,b:reverse", BadTurnError, "movement:3"),
    ],
)
def test_wrong_gmns_is_refused_by_row(table, old, new, error, told):
    tables = {"nodes": NODES, "links": LINKS, "movements": MOVEMENTS}
    assert old in tables[table]
    tables[table] = tables[table].replace(old, new, 1)
    with pytest.raises(error) as refused:
        read_gmns(**tables)
    assert told in refused.value.detail()


def test_wrong_gmns_trips_are_refused():
    network = read_gmns(NODES, LINKS)
    with pytest.raises(TripsToMissingZoneError, match="“Z3”"):
        read_trips(DEMAND.replace("Z2", "Z3"), network)
    with pytest.raises(UnreadableRowError, match="demand:2"):
        read_trips(DEMAND.replace("100", "many"), network)


def feature(kind, coordinates, **tags):
    return {
        "type": "Feature",
        "properties": tags,
        "geometry": {"type": kind, "coordinates": coordinates},
    }


def city(*more):
    """An avenue crossed by a one-way street in its middle vertex; two zones."""
    return {
        "type": "FeatureCollection",
        "features": [
            feature("LineString", [[120.0, 30.0], [120.01, 30.0], [120.02, 30.0]],
                    highway="primary", maxspeed="50", lanes="4", **{"@id": "way/1"}),
            feature("LineString", [[120.01, 29.99], [120.01, 30.0], [120.01, 30.01]],
                    highway="residential", oneway="yes", **{"@id": "way/2"}),
            feature("LineString", [[120.0, 30.0], [120.0, 30.1]], highway="footway"),
            feature("Point", [120.0001, 30.0], zone="west"),
            feature("Point", [120.01, 30.0101], zone="north"),
            *more,
        ],
    }  # fmt: skip


def test_geojson_of_ways():
    network = read_geojson(json.dumps(city()))
    assert set(network.link_ids) == {
        "way/1/0", "way/1/0:reverse", "way/1/1", "way/1/1:reverse", "way/2/0", "way/2/1",
        "zone west > 120.0000000,30.0000000", "120.0000000,30.0000000 > zone west",
        "zone north > 120.0100000,30.0100000", "120.0100000,30.0100000 > zone north",
    }  # fmt: skip
    at = network.link_index["way/1/0"]
    assert network.capacity[at] == 2 * 1200
    assert network.length[at] == pytest.approx(0.963, abs=0.001)
    assert network.free_time[at] == pytest.approx(network.length[at] / 50 * 60)
    rows = [("west", "north", 10.0), ("north", "west", 5.0)]
    solution = assign(network, [(UserClass("car"), build_trips(rows, network))])
    assert solution.flow[network.link_index["way/2/1"]] == 10.0
    assert [(p.origin, p.destination) for p in solution.disconnected] == [("north", "west")]


def test_distance_of_one_degree_of_latitude():
    assert distance((0.0, 0.0), (0.0, 1.0)) == pytest.approx(111.195, abs=0.001)


@pytest.mark.parametrize(
    ("more", "error", "told"),
    [
        (feature("LineString", [[120, 30], [121, 30]], highway="primary"),
         MissingColumnError, "features[5]: “id”"),
        (feature("LineString", [[1200, 30], [121, 30]], highway="primary", id=3),
         UnreadableRowError, "features[5]: “(1200.0, 30.0)”"),
        (feature("LineString", [[120], [121, 30]], highway="primary", id=3),
         UnreadableRowError, "features[5]"),
        (feature("LineString", [[120, 30], [121, 30]], highway="primary", id=3, maxspeed="fast"),
         UnreadableRowError, "map: 3: “fast”"),
        (feature("LineString", [[120, 30], [121, 30]], highway="primary", id=3, lanes="two"),
         UnreadableRowError, "map: 3: “two”"),
        (feature("LineString", [[120, 30], [121, 30]], highway="primary", id="way/1"),
         DuplicateError, "“way/1/0”"),
    ],
)  # fmt: skip
def test_wrong_geojson_is_refused_by_feature(more, error, told):
    with pytest.raises(error) as refused:
        read_geojson(json.dumps(city(more)))
    assert told in refused.value.detail()


@pytest.mark.parametrize("text", ["", "[]", "{}", "{", '{"features": []}'])
def test_what_is_no_map_is_refused(text):
    with pytest.raises((UnreadableRowError, MissingColumnError), match="map"):
        read_geojson(text)
