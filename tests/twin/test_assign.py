"""``heli twin assign``: published optima, closures, and what it says when the answer is no."""

import csv
import json

import pytest
from typer.testing import CliRunner

from heli.engines.traffic import BadQuantityError, UnknownLinkError
from heli.twin.commands import app
from heli.twin.errors import UnreadableFileError, UnwritableFileError

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
    assert rows[0] == {"from": "1", "to": "3", "flow": "3.0", "time": "31.0"}


def test_weights_turn_tolls_and_lengths_into_minutes(files):
    # A toll of 5 at one minute each moves traffic to the other side: 42 more per vehicle there.
    weighted = told(*files, "--toll-weight", "1", "--distance-weight", "2", "--gap", "1e-12")
    x = 3 - 5 / 22
    beckmann = sum(51 * v + 11 * v * v / 2 + 40 * v for v in (x, 6 - x)) + 5 * x
    assert weighted["objective"] == pytest.approx(beckmann, rel=1e-12)


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
