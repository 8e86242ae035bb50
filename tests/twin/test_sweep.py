"""Sweeps over a grid, by processes of this machine and by Apache Spark."""

import csv
import importlib.util
import io
import json
import shutil

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.twin.making import scenario as make
from typer.testing import CliRunner

from heli.twin.comparing import compare
from heli.twin.crew import Inline, Processes
from heli.twin.errors import UnknownScenarioError
from heli.twin.sweep_errors import BadAnalyticsError, BadAxisError, NoSparkError, TooManyPointsError
from heli.twin.sweeping import Axis, as_csv, crew_for, grid, read_axis, sweep


def toll(city):
    return make(
        city,
        "{kind: toll, where: {roads: [middle-bridge]}, yuan: 5, for: {uses: [private]}}",
        "{kind: speed, where: {roads: [middle-bridge]}, km_per_h: 40}",
    )


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("measures[0].yuan=1:4:1", (1, 2, 3, 4)),
        ("measures[0].yuan=0.1:0.3:0.1", (0.1, 0.2, 0.3)),
        ("measures[0].yuan=4:1:-2", (4, 2)),
        ("measures[0].yuan=5, 10", (5, 10)),
        ("window.from=06:00", None),
        ("measures[0].where.area=north,south", ("north", "south")),
    ],
)
def test_axes_are_read(text, values):
    if values is None:
        with pytest.raises(BadAxisError):
            read_axis(text)
    else:
        assert read_axis(text).values == values


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yuan",
        "=1:2:1",
        "a[x]=1",
        "a=",
        "a=1:2",
        "a=1:2:0",
        "a=2:1:1",
        "a=1,1",
        "a=1:x:1",
        "a..b=1",
    ],
)
def test_what_is_no_axis_is_named(text):
    with pytest.raises(BadAxisError):
        read_axis(text)


@given(st.integers(-50, 50), st.integers(1, 40), st.integers(1, 9))
def test_steps_end_at_the_last_that_fits(first, count, step):
    last = first + (count - 1) * step
    axis = read_axis(f"a={first}:{last}:{step}")
    assert (axis.values[0], axis.values[-1], len(axis.values)) == (first, last, count)


def test_a_grid_has_all_combinations_and_refuses_what_does_not_fit(city):
    points = grid(
        toll(city), [read_axis("measures[0].yuan=1,2"), read_axis("measures[1].km_per_h=30,50")]
    )
    assert [tuple(values.values()) for values, _ in points] == [(1, 30), (1, 50), (2, 30), (2, 50)]
    assert points[1][1].measures[1].km_per_h == 50
    for bad in ("measures[0].yuan=0,1", "measures[2].yuan=1", "measures[0].price=1", "id=1"):
        with pytest.raises(BadAxisError):
            grid(toll(city), [read_axis(bad)])
    with pytest.raises(BadAxisError):
        grid(toll(city), [Axis("measures[0].yuan", (1,)), Axis("measures[0].yuan", (2,))])
    many = Axis("measures[0].yuan", tuple(range(1, 102)))
    with pytest.raises(TooManyPointsError):
        grid(toll(city), [many, Axis("measures[1].km_per_h", tuple(range(1, 102)))])
    with pytest.raises(TooManyPointsError):
        read_axis("a=1:1000000:1")


def test_points_are_what_a_comparison_says_and_no_crew_changes_them(city):
    axes = [read_axis("measures[0].yuan=2:10:2")]
    told = []
    here = sweep(city, toll(city), axes, Inline(), tell=lambda *a: told.append(a))
    crew = Processes(2)
    try:
        assert sweep(city, toll(city), axes, crew) == here
    finally:
        crew.abandon()
    assert (told[0], told[-1]) == ((0, 5), (5, 5))
    ((_, third),) = grid(toll(city), [read_axis("measures[0].yuan=6")])
    exact = compare(city, {"tried": third}).figures()
    assert here["points"][2]["figures"] == list(exact["tried"].values())
    assert [each["base"] for each in here["figures"]] == list(exact["base"].values())
    rows = list(csv.DictReader(io.StringIO(as_csv(here))))
    assert [row["measures[0].yuan"] for row in rows] == ["2", "4", "6", "8", "10"]
    nox = next(key for key in exact["tried"] if key.text == "air/nox")
    assert float(rows[2]["air/nox"]) == exact["tried"][nox]


def test_points_have_intervals_with_draws(city):
    found = sweep(city, toll(city), [read_axis("measures[0].yuan=6")], Inline(), draws=8)
    (point,) = found["points"]
    assert all(low <= high for low, high in point["intervals"] + point["changes"])
    (row,) = csv.DictReader(io.StringIO(as_csv(found)))
    nox = [each["key"] for each in found["figures"]].index("air/nox")
    assert [float(row["air/nox low"]), float(row["air/nox high"])] == point["intervals"][nox]


def test_a_point_that_cannot_be_evaluated_is_told_and_the_others_are_kept(city):
    wide = make(city, "{kind: capacity, where: {roads: [middle-bridge]}, lanes: 1}")
    found = sweep(city, wide, [read_axis("measures[0].lanes=-9,1")], Inline())
    assert found["points"][0]["fault"]["code"] == "twin.no_lane_left"
    assert len(found["points"][1]["figures"]) == len(found["figures"])
    rows = list(csv.DictReader(io.StringIO(as_csv(found))))
    assert rows[0]["fault"]
    assert rows[1]["fault"] == ""


def test_the_command_writes_a_table_a_file_and_json(tmp_path, monkeypatch):
    from heli.twin.commands_sweep import app

    monkeypatch.delenv("HELI_ANALYTICS_URL", raising=False)
    run = CliRunner(env={"COLUMNS": "200"}).invoke
    common = ["bridge-toll", "--vary", "measures[0].yuan=3,6", "--cores", "1"]
    out = tmp_path / "sweep.csv"
    done = run(app, [*common, "--out", str(out), "--json"])
    assert done.exit_code == 0, done.output
    assert [each["chosen"] for each in json.loads(done.stdout)["points"]] == [
        {"measures[0].yuan": 3},
        {"measures[0].yuan": 6},
    ]
    assert len(out.read_text().splitlines()) == 3
    shown = run(app, [*common, "--show", "traffic/tolls"])
    assert "traffic/tolls" in shown.stdout
    assert isinstance(run(app, ["moon", *common[1:]]).exception, UnknownScenarioError)


def test_what_is_no_spark_or_not_there_is_said(monkeypatch):
    for wrong in ("spark", "http://x", "local[x]"):
        with pytest.raises(BadAnalyticsError):
            crew_for(wrong)
    monkeypatch.setitem(__import__("sys").modules, "pyspark.sql", None)
    monkeypatch.setitem(__import__("sys").modules, "pyspark.errors", None)
    with pytest.raises(NoSparkError):
        crew_for("local[2]")


@pytest.mark.skipif(
    not (importlib.util.find_spec("pyspark") and shutil.which("java")),
    reason="pyspark or Java is not installed",
)
def test_spark_finds_the_same(city):
    axes = [read_axis("measures[0].yuan=2:10:4"), read_axis("measures[1].km_per_h=30,50")]
    crew = crew_for("local[2]")
    try:
        assert sweep(city, toll(city), axes, crew) == sweep(city, toll(city), axes, Inline())
    finally:
        crew.close()
