"""Files as they should be, and every way in which they are not: named with place and remedy."""

import math

import pytest
from tests.engines.traffic.networks import two_routes

from heli.engines.traffic import (
    BadQuantityError,
    BadTurnError,
    DuplicateError,
    Link,
    MissingColumnError,
    TollWithoutValueError,
    TripsToMissingZoneError,
    UnknownLinkError,
    UnknownNodeError,
    UnreadableRowError,
    UserClass,
    assign,
    build_network,
    build_trips,
)
from heli.engines.traffic.tntp import read_network, read_trips

NET = """<NUMBER OF ZONES> 2
<NUMBER OF NODES> 3
<FIRST THRU NODE> 3
<NUMBER OF LINKS> 3
<END OF METADATA>

~ init term capacity length fft b power speed toll type ;
\t1\t3\t100\t2.5\t6\t0.15\t4\t0\t1.5\t1\t;
\t3\t2\t100\t2.5\t6\t0.15\t4\t0\t0\t1\t;
\t3\t2\t50\t2.5\t6\t0.15\t4\t0\t0\t1\t;
"""
TRIPS = """<NUMBER OF ZONES> 2
<END OF METADATA>

Origin 1
    1 : 0.0;   2 : 5.5;
Origin \t2
    1 : 2.0;
"""


def test_tntp():
    network = read_network(NET, "n")
    assert network.link_ids == ("1-3", "3-2", "3-2#2")
    assert network.toll.tolist() == [1.5, 0.0, 0.0]
    assert network.through.tolist() == [False, False, True]
    trips = read_trips(TRIPS, network, "t")
    assert trips.total == 7.5
    assert list(zip(trips.origin, trips.destination, trips.number, strict=True)) == [
        (0, 1, 5.5), (1, 0, 2.0),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "error", "told"),
    [
        ("\t1\t3\t100", "\t1\t3\t-100", BadQuantityError, "n:8: capacity is -100.0"),
        ("\t1\t3\t100", "\t1\t3\tnan", BadQuantityError, "n:8: capacity is nan"),
        ("\t1\t3\t100", "\t1\t3\t0", BadQuantityError, "n:8: capacity is 0.0"),
        ("\t1\t3\t100", "\t1\t4\t100", UnknownNodeError, "n:8: there is no node “4”"),
        ("\t1\t3\t100", "\t1\tx\t100", UnreadableRowError, "n:8: “1"),
        ("6\t0.15\t4\t0\t1.5", "-6\t0.15\t4\t0\t1.5", BadQuantityError, "n:8: free_time"),
        ("6\t0.15\t4\t0\t1.5", "6\t0.15\t0.5\t0\t1.5", BadQuantityError, "n:8: power"),
        ("<NUMBER OF LINKS> 3", "<NUMBER OF LINKS> 4", BadQuantityError, "NUMBER OF LINKS"),
        ("<NUMBER OF NODES> 3", "", MissingColumnError, "<NUMBER OF NODES>"),
        ("<NUMBER OF NODES> 3", "<NUMBER OF NODES> many", BadQuantityError, "many"),
        ("<END OF METADATA>", "", MissingColumnError, "<END OF METADATA>"),
        (";\n\t3\t2\t50", ";\n\t3\t2\t", UnreadableRowError, "n:10"),
    ],
)
def test_a_wrong_tntp_network_is_refused_by_line(old, new, error, told):
    assert old in NET
    with pytest.raises(error) as refused:
        read_network(NET.replace(old, new, 1), "n")
    assert told in refused.value.detail()
    assert refused.value.advice()
    assert "{" not in refused.value.detail() + refused.value.advice()


def test_trips_that_are_not_whole_are_refused():
    network = read_network(NET)
    with pytest.raises(MissingColumnError, match="Origin"):
        read_trips("# Anything else\n", network, "t")
    total = "<TOTAL OD FLOW> {}\n"
    whole = sum(read_trips(TRIPS, network).number)
    assert read_trips(total.format(whole * 1.0005) + TRIPS, network).total == whole
    with pytest.raises(BadQuantityError, match="TOTAL OD FLOW"):
        read_trips(total.format(whole * 1.1) + TRIPS, network, "t")


@pytest.mark.parametrize(
    ("old", "new", "error", "told"),
    [
        ("2 : 5.5", "3 : 5.5", TripsToMissingZoneError, "t:5: 5.5 trips begin or end in “3”"),
        ("Origin \t2", "Origin 7", TripsToMissingZoneError, "t:7: 2.0 trips begin or end in “7”"),
        ("2 : 5.5", "2 : -5.5", BadQuantityError, "t:5: trips is -5.5"),
        ("2 : 5.5", "2 : nan", BadQuantityError, "t:5: trips is nan"),
        ("2 : 5.5", "2 - 5.5", UnreadableRowError, "t:5: “2 - 5.5”"),
        ("1 : 2.0", "1 : two", UnreadableRowError, "t:7: “1 : two”"),
    ],
)
def test_wrong_tntp_trips_are_refused_by_line(old, new, error, told):
    assert old in TRIPS
    with pytest.raises(error) as refused:
        read_trips(TRIPS.replace(old, new, 1), read_network(NET), "t")
    assert told in refused.value.detail()


def test_links_are_refused_by_name():
    good = Link("a", "A", "B", 100.0, 1.0)
    for quantity, value in (
        ("capacity", -1.0), ("capacity", math.nan), ("free_time", math.inf), ("b", -0.1),
        ("length", math.nan), ("toll", -1.0), ("conical", 1.0), ("power", -2.0),
    ):  # fmt: skip
        bad = Link(**{name: getattr(good, name) for name in Link.__slots__} | {quantity: value})
        with pytest.raises(BadQuantityError, match=f"link a: {quantity}"):
            build_network([bad], zones=["A"])
    with pytest.raises(DuplicateError, match="“a”"):
        build_network([good, good], zones=["A"])
    with pytest.raises(UnknownNodeError, match="zones"):
        build_network([good], nodes=["A", "B"], zones=["C"])


def test_trips_closures_and_turns_are_refused_by_name():
    network = two_routes()
    with pytest.raises(TripsToMissingZoneError, match="“C”"):
        build_trips([("A", "C", 1.0)], network)
    with pytest.raises(BadQuantityError, match="A → B"):
        build_trips([("A", "B", math.inf)], network)
    assert build_trips([("A", "C", 0.0)], network).total == 0.0
    with pytest.raises(UnknownLinkError, match="“bridge”"):
        network.closing("bridge")
    with pytest.raises(BadTurnError, match="“upper” does not end where link “lower” begins"):
        network.banning([("upper", "lower")])


def test_a_toll_for_a_class_without_a_value_of_time_is_refused():
    network = two_routes(toll=3.0)
    trips = build_trips([("A", "B", 1.0)], network)
    with pytest.raises(TollWithoutValueError, match=r"link upper: a toll of 3\.0") as refused:
        assign(network, [(UserClass("car"), trips)])
    assert "“car”" in refused.value.advice()
    exempt = UserClass("car", tolls={"upper": 0.0})
    assert assign(network, [(exempt, trips)]).converged
    barred = UserClass("car", barred=frozenset({"upper"}))
    assert assign(network, [(barred, trips)]).converged


@pytest.mark.parametrize(
    "wrong",
    [{"pce": 0.0}, {"value_of_time": -1.0}, {"distance_cost": math.nan}, {"tolls": {"l": -1}}],
)
def test_a_class_with_wrong_figures_is_refused(wrong):
    with pytest.raises(BadQuantityError, match="class car"):
        UserClass("car", **wrong)
