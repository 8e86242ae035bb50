"""``heli twin compare`` and its helpers."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from typer.testing import CliRunner

from heli.twin.commands_compare import app
from heli.twin.errors import (
    BadEntryError,
    FolderTakenError,
    UnknownCityError,
    UnknownFigureError,
    UnknownPlaceError,
    UnknownScenarioError,
    UnwritableFileError,
)
from heli.twin.files import write_text


def heli(*arguments):
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, arguments)


@pytest.fixture
def folder(tmp_path):
    done = heli("export", str(tmp_path / "city"))
    assert done.exit_code == 0, done.stderr
    return tmp_path / "city"


def test_the_program_tells_what_is_wrong_in_one_line(tmp_path):
    done = subprocess.run(
        [
            sys.executable, "-c", "from heli.site.cli import main; main()",
            "twin", "compare", "no-such",
        ],
        capture_output=True,
        text=True,
        env=os.environ | {"HELI_HOME": str(tmp_path)},
        check=False,
        timeout=120,
    )  # fmt: skip
    assert done.returncode == 2
    assert "odd-plates" in done.stderr
    assert "[twin.unknown_scenario]" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_gives_what_the_demo_city_gives(folder):
    demo = heli("compare", "odd-plates", "--json")
    assert demo.exit_code == 0, demo.stderr
    own = heli("compare", "--city", str(folder), str(folder / "odd-plates.yaml"), "--json")
    assert own.stdout == demo.stdout
    told = json.loads(demo.stdout)
    assert len(told["figures"]) > 100
    assert told["states"]["odd-plates"]["title"]["zh"] == "工作日单号限行老城"


def test_an_export_leaves_what_is_there_as_it_is(folder):
    (folder / "roads.csv").write_text("my work")
    for place in (folder, folder / "roads.csv"):
        done = heli("export", str(place))
        assert isinstance(done.exception, FolderTakenError)
    assert (folder / "roads.csv").read_text() == "my work"
    assert [path.name for path in folder.parent.iterdir()] == ["city"]


def test_an_export_is_whole_or_not_there(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("heli.twin.scenarios.to_yaml", full)
    done = heli("export", str(tmp_path / "city"))
    assert isinstance(done.exception, UnwritableFileError)
    assert not list(tmp_path.iterdir())


def test_an_empty_folder_may_be_filled(tmp_path):
    (tmp_path / "city").mkdir()
    before = (tmp_path / "city").stat().st_ino
    assert heli("export", str(tmp_path / "city")).exit_code == 0
    assert (tmp_path / "city").stat().st_ino == before
    assert (tmp_path / "city" / "city.json").exists()
    assert heli("export", str(tmp_path / "a" / "b")).exit_code == 0


def test_a_file_is_replaced_at_once_or_stays(tmp_path, monkeypatch):
    path = tmp_path / "flows.csv"
    write_text(path, "old")
    path.chmod(0o640)
    write_text(path, "new")
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o640
    write_text(Path("/dev/null"), "gone")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(UnwritableFileError, match="No space left"):
        write_text(path, "newer")
    assert path.read_text() == "new"
    assert [each.name for each in tmp_path.iterdir()] == ["flows.csv"]


def test_the_table_shows_places_changes_and_units():
    shown = heli("compare", "odd-plates", "bridge-closed").stdout
    assert "old-town" in shown
    assert "江南示范区" in shown
    assert "µg/m³" in shown
    assert "%)" in shown
    assert "no intervals" in shown
    assert "--ensemble" in shown
    groups = heli("compare", "odd-plates", "--place", "江南示范区").stdout
    assert "江南示范区 low" in groups


def test_zones_that_are_cut_off_are_named(folder, tmp_path):
    head = (folder / "bridge-closed.yaml").read_text().partition("measures:")[0]
    closed = "  - kind: closure\n    where: {roads: [west-bridge, middle-bridge, east-bridge]}\n"
    (tmp_path / "all.yaml").write_text(f"{head}measures:\n{closed}")
    asked = ("compare", "--city", str(folder), str(tmp_path / "all.yaml"))
    assert "leaves no way by car between" in " ".join(heli(*asked).stdout.split())
    told = json.loads(heli(*asked, "--json").stdout)
    (cut,) = [each["cut_off"] for name, each in told["states"].items() if name != "base"]
    assert cut["pairs"] > 100
    assert cut["vehicles"] >= sum(each["vehicles"] for each in cut["most"]) > 0


def test_an_ensemble_shows_intervals_and_says_what_is_better():
    done = heli("compare", "odd-plates", "--ensemble", "8", "--by", "nox@old-town")
    assert done.exit_code == 0, done.stderr
    assert "odd-plates is better than base by nox@old-town" in done.stdout
    assert "Δ" in done.stdout
    assert "no intervals" not in done.stdout


def test_a_change_that_may_be_the_solvers_is_no_percentage(folder, tmp_path):
    text = (folder / "bridge-toll.yaml").read_text()
    assert "yuan: " in text
    (tmp_path / "tiny.yaml").write_text(re.sub(r"yuan: .*", "yuan: 1.0e-9", text))
    done = heli("compare", "--city", str(folder), str(tmp_path / "tiny.yaml"))
    assert done.exit_code == 0, done.stderr
    assert "(≈)" in done.stdout
    assert "%)" not in done.stdout


def test_a_ranking_that_cannot_be_told_is_a_no(folder, tmp_path):
    text = (folder / "bridge-closed.yaml").read_text()
    (tmp_path / "same.yaml").write_text(text.replace("id: bridge-closed", "id: the-same"))
    done = heli(
        "compare", "bridge-closed", str(tmp_path / "same.yaml"),
        "--ensemble", "8", "--by", "sales",
    )  # fmt: skip
    assert done.exit_code == 1
    assert "cannot be told apart by sales" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("no-such",), UnknownScenarioError),
        (("odd-plates", "--city", "nowhere"), UnknownCityError),
        (("odd-plates", "odd-plates"), BadEntryError),
        (("odd-plates", "--ensemble", "3"), BadEntryError),
        (("odd-plates", "--ensemble", "8", "--by", "luck"), UnknownFigureError),
        (("odd-plates", "--place", "Atlantis"), UnknownPlaceError),
    ],
)
def test_what_cannot_be_asked(arguments, error):
    assert isinstance(heli("compare", *arguments).exception, error)


def test_a_ranking_needs_an_ensemble():
    done = heli("compare", "odd-plates", "--by", "travel")
    assert done.exit_code == 2
    assert "needs --ensemble" in done.stderr


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(json.loads(heli("schema").stdout))


def test_assumptions_are_told_with_their_ranges(city):
    told = json.loads(heli("assumptions", "--json").stdout)
    assert [each["name"] for each in told] == list(city.assumptions)
    assert all(each["low"] <= each["value"] <= each["high"] for each in told)
    assert "Wind speed" in heli("assumptions").stdout
