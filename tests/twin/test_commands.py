"""``heli twin compare`` and its helpers, run as programs."""

import json
import os
import subprocess
import sys

import jsonschema
import pytest


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def heli(home):
    def run(*arguments):
        return subprocess.run(
            [sys.executable, "-c", "from heli.site.cli import main; main()", "twin", *arguments],
            capture_output=True,
            text=True,
            env=os.environ | {"HELI_HOME": str(home), "COLUMNS": "200"},
            check=False,
            timeout=120,
        )

    return run


@pytest.fixture
def folder(heli, tmp_path):
    done = heli("export", str(tmp_path / "city"))
    assert done.returncode == 0, done.stderr
    return tmp_path / "city"


def test_a_folder_gives_what_the_demo_city_gives(heli, folder):
    demo = heli("compare", "odd-plates", "--json")
    assert demo.returncode == 0, demo.stderr
    own = heli("compare", "--city", str(folder), str(folder / "odd-plates.yaml"), "--json")
    assert own.stdout == demo.stdout
    told = json.loads(demo.stdout)
    assert len(told["figures"]) > 100
    assert told["states"]["odd-plates"]["title"]["zh"] == "工作日单号限行老城"


def test_the_table_shows_places_changes_and_units(heli):
    shown = heli("compare", "odd-plates", "bridge-closed").stdout
    assert "old-town" in shown
    assert "江南示范区" in shown
    assert "µg/m³" in shown
    assert "%)" in shown
    groups = heli("compare", "odd-plates", "--place", "江南示范区").stdout
    assert "江南示范区 low" in groups


def test_an_ensemble_shows_intervals_and_says_what_is_better(heli):
    done = heli("compare", "odd-plates", "--ensemble", "8", "--by", "nox@old-town")
    assert done.returncode == 0, done.stderr
    assert "odd-plates is better than base by nox@old-town" in done.stdout
    assert "Δ" in done.stdout


def test_a_ranking_that_cannot_be_told_is_a_no(heli, folder, tmp_path):
    text = (folder / "bridge-closed.yaml").read_text()
    (tmp_path / "same.yaml").write_text(text.replace("id: bridge-closed", "id: the-same"))
    done = heli(
        "compare", "bridge-closed", str(tmp_path / "same.yaml"),
        "--ensemble", "8", "--by", "sales",
    )  # fmt: skip
    assert done.returncode == 1
    assert "cannot be told apart by sales" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("compare", "no-such"), "twin.unknown_scenario"),
        (("compare", "odd-plates", "--city", "nowhere"), "twin.unknown_city"),
        (("compare", "odd-plates", "--ensemble", "3"), "twin.entry"),
        (("compare", "odd-plates", "--ensemble", "8", "--by", "luck"), "twin.unknown_figure"),
        (("compare", "odd-plates", "--by", "travel"), "--by needs --ensemble"),
        (("compare", "odd-plates", "--place", "Atlantis"), "twin.unknown_place"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(heli, arguments, code):
    done = heli(*arguments)
    assert done.returncode == 2
    assert code in done.stderr
    assert "Traceback" not in done.stderr


def test_the_schema_is_one(heli):
    jsonschema.Draft202012Validator.check_schema(json.loads(heli("schema").stdout))
