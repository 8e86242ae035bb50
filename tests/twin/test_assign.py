"""``heli twin assign``: published optima, closures, and what it says when the answer is no."""

import csv
import json

import pytest
from typer.testing import CliRunner

from heli.engines.traffic import BadQuantityError, UnknownLinkError
from heli.twin.commands import app
from heli.twin.errors import BadSliceError, UnreadableFileError, UnwritableFileError

NETWORK = """<NUMBER OF ZONES> 2
<NUMBER OF NODES> 4
<FIRST THRU NODE> 1
<NUMBER OF LINKS> {count}
<END OF METADATA>
~ init term capacity length free b power speed toll type ;
1 3 1 10 1 10 1 0 0 1 ;
1 4 1 10 50 0.02 1 0 0 1 ;
3 2 1 10 50 0.02 1 0 5 1 ;
4 2 1 10 1 10 1 0 0 1 ;
{more}"""
TRIPS = "<NUMBER OF ZONES> 2\n<END OF METADATA>\nOrigin 1\n 2 : 6.0;\n"


@pytest.fixture
def files(tmp_path):
    """Braess's square, his sixth link left out."""
    network, trips = tmp_path / "b_net.tntp", tmp_path / "b_trips.tntp"
    network.write_text(NETWORK.format(count=4, more=""))
    trips.write_text(TRIPS)
    return ["--network", str(network), "--trips", str(trips)]


def run(*arguments):
    return CliRunner().invoke(app, ["assign", *arguments], catch_exceptions=True)


def told(*arguments):
    return json.loads(run(*arguments, "--json").stdout)


def test_an_equilibrium_is_found_and_its_flows_written(files, tmp_path):
    flows = tmp_path / "flows.csv"
    done = run(*files, "--gap", "1e-12", "--flows", str(flows), "--json")
    assert done.exit_code == 0
    found = json.loads(done.stdout)
    # Three vehicles on each side: 31 + 53 minutes, Σ ∫t = 2 (3 + 10·9/2) + 2 (50·3 + 9/2).
    assert found["objective"] == pytest.approx(405, rel=1e-12)
    assert found["total_travel_time"] == pytest.approx(6 * 84, rel=1e-9)
    rows = list(csv.DictReader(flows.read_text().splitlines()))
    assert [row["flow"] for row in rows] == ["3.0"] * 4
    assert rows[0] == {"from": "1", "to": "3", "flow": "3.0", "time": "31.0", "link": "1-3"}


def test_the_same_square_as_gmns_tables_has_the_same_equilibrium(files, tmp_path):
    folder = tmp_path / "gmns"
    folder.mkdir()
    (folder / "node.csv").write_text("node_id,zone_id\n1,1\n2,2\n3,\n4,\n")
    ends = {"a": (1, 3, 1, 10), "b": (1, 4, 50, 0.02), "c": (3, 2, 50, 0.02), "d": (4, 2, 1, 10)}
    (folder / "link.csv").write_text(
        "link_id,from_node_id,to_node_id,directed,length,free_speed,capacity,vdf_alpha,vdf_beta\n"
        + "".join(f"{k},{i},{j},1,1,{60 / t},1,{b},1\n" for k, (i, j, t, b) in ends.items())
    )
    trips = tmp_path / "trips.csv"
    trips.write_text("o_zone_id,d_zone_id,volume\n1,2,6\n")
    arguments = ["--network", str(folder), "--trips", str(trips)]
    assert told(*arguments)["objective"] == pytest.approx(told(*files)["objective"], rel=1e-9)
    assert told(*arguments, "--close", "a")["total_travel_time"] == pytest.approx(6 * (56 + 61))
    (folder / "movement.csv").write_text("ib_link_id,ob_link_id,type\na,c,prohibited\n")
    assert told(*arguments)["total_travel_time"] == pytest.approx(6 * (56 + 61))


def test_a_map_in_geojson_is_assigned(tmp_path):
    def feature(kind, where, **tags):
        place = {"type": kind, "coordinates": where}
        return {"type": "Feature", "properties": tags, "geometry": place}

    roads = tmp_path / "map.geojson"
    roads.write_text(
        json.dumps(
            {
                "type": "FeatureCollection",
                "features": [
                    feature("LineString", [[0, 0], [0, 0.1]], highway="primary", id="w1"),
                    feature("Point", [0, 0], zone="south"),
                    feature("Point", [0, 0.1], zone="north"),
                ],
            }
        )
    )
    trips = tmp_path / "trips.csv"
    trips.write_text("o_zone_id,d_zone_id,volume\nsouth,north,10\n")
    found = told("--network", str(roads), "--trips", str(trips))
    # 0.1 degrees of a meridian at 60 km/h.
    assert found["total_travel_time"] == pytest.approx(10 * 11.12, rel=1e-3)


def test_a_day_is_assigned_slice_by_slice(files):
    day = told(*files, "--slice", "peak=2:0.5", "--slice", "rest=10:0.5")
    assert [(one["name"], one["hours"], one["assigned"]) for one in day["slices"]] == [
        ("peak", 2, 1.5), ("rest", 10, pytest.approx(0.3)),
    ]  # fmt: skip
    each = [one["hours"] * one["total_travel_time"] for one in day["slices"]]
    assert day["total_travel_time"] == pytest.approx(sum(each))
    screen = run(*files, "--slice", "peak=2:0.5").stdout
    assert "peak" in screen


@pytest.mark.parametrize("bad", ["peak", "peak=2", "peak=two:0.5", "=2:0.5"])
def test_a_slice_that_says_nothing_is_named(files, bad):
    error = run(*files, "--slice", bad).exception
    assert isinstance(error, BadSliceError)
    assert bad in str(error)


def test_weights_turn_tolls_and_lengths_into_minutes(files):
    # A toll of 5 at one minute each moves traffic to the other side: 42 more per vehicle there.
    weighted = told(*files, "--toll-weight", "1", "--distance-weight", "2", "--gap", "1e-12")
    x = 3 - 5 / 22
    beckmann = sum(51 * v + 11 * v * v / 2 + 40 * v for v in (x, 6 - x)) + 5 * x
    assert weighted["objective"] == pytest.approx(beckmann, rel=1e-12)


@pytest.mark.parametrize("weight", ["inf", "nan", "-1"])
def test_a_weight_that_is_no_number_is_refused(files, weight):
    assert isinstance(run(*files, "--toll-weight", weight).exception, BadQuantityError)


def test_where_flows_cannot_be_written_nothing_is_computed(files, tmp_path):
    done = run(*files, "--flows", str(tmp_path / "missing" / "flows.csv"))
    assert isinstance(done.exception, UnwritableFileError)


def test_a_closure_that_leaves_a_way_is_done(files):
    done = run(*files, "--close", "1-3", "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout)["total_travel_time"] == pytest.approx(6 * (56 + 61))


def test_trips_without_a_path_are_named_and_the_answer_is_no(files):
    done = run(*files, "--close", "1-3", "--close", "1-4", "--json")
    assert done.exit_code == 1
    found = json.loads(done.stdout)
    assert found["unconnected"] == 6
    assert found["disconnected"] == [{"from": "1", "to": "2", "trips": 6}]
    screen = run(*files, "--close", "1-3", "--close", "1-4")
    assert "no path: 1 → 2, 6" in screen.stdout


def test_a_gap_that_is_not_reached_is_a_no(files):
    done = run(*files, "--rounds", "0")
    assert done.exit_code == 1
    assert "allow more rounds" in done.stdout


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        (("--close", "9-9"), UnknownLinkError),
        (("--gap", "0"), BadQuantityError),
        (("--gap", "nan"), BadQuantityError),
        (("--toll-weight", "-1"), BadQuantityError),
        (("--distance-weight", "nan"), BadQuantityError),
        (("--flows", "/nowhere/flows.csv"), UnwritableFileError),
    ],
)
def test_what_cannot_be_asked(files, more, kind):
    assert isinstance(run(*files, *more).exception, kind)


@pytest.mark.parametrize("capacity", ["-1", "nan"])
def test_a_bad_capacity_is_named_with_its_line(files, capacity, tmp_path):
    (tmp_path / "b_net.tntp").write_text(
        NETWORK.format(count=5, more=f"3 4 {capacity} 1 1 1 1 0 0 1 ;\n")
    )
    error = run(*files).exception
    assert isinstance(error, BadQuantityError)
    assert "b_net.tntp:11" in error.detail()


def test_a_file_that_is_not_there_or_no_text(files, tmp_path):
    assert isinstance(run(*files[:2], "--trips", "none").exception, UnreadableFileError)
    (tmp_path / "b_trips.tntp").write_bytes(b"\xff\xfe\x00")
    assert isinstance(run(*files).exception, UnreadableFileError)


@pytest.mark.reference
@pytest.mark.parametrize(
    ("folder", "name", "weights", "optimum"),
    [
        ("SiouxFalls", "SiouxFalls", (), 4231335.28710744),
        ("Anaheim", "Anaheim", (), 1286032.171096),
        (
            "Chicago-Sketch",
            "ChicagoSketch",
            ("--toll-weight", "0.02", "--distance-weight", "0.04"),
            17313018.7387477,
        ),
    ],
)
def test_published_optima(reference_data, folder, name, weights, optimum):
    stem = reference_data / "traffic" / folder / name
    found = told(
        *("--network", f"{stem}_net.tntp", "--trips", f"{stem}_trips.tntp"),
        *("--gap", "1e-10", *weights),
    )
    assert found["relative_gap"] <= 1e-10
    assert found["unconnected"] == 0
    assert found["objective"] == pytest.approx(optimum, rel=1e-9)
