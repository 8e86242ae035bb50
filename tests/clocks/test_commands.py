"""The ``heli clock`` command, run as a program."""

import json
import os
import subprocess
import sys

import pytest

FRIDAY = "2026-02-13T10:00:00+08:00"
LAST = "9999-12-31T23:59:59+08:00"
OUT = "legaltime.instant_out_of_range"


def heli(*args, home=None):
    env = os.environ | ({"HELI_HOME": str(home)} if home else {})
    code = "import sys; from heli.site.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", code, "clock", *args],
        capture_output=True,
        text=True,
        env=env,
        check=False,
    )


def due(*args):
    done = heli("due", "--from", FRIDAY, *args, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (["--hours", "48"], "2026-02-15T10:00:00+08:00"),
        (["--working-days", "5"], "2026-02-27T18:00:00+08:00"),
        (["--working-hours", "16"], "2026-02-24T10:00:00+08:00"),
        (["--days", "5"], "2026-02-24T18:00:00+08:00"),
        (["--days", "5", "--until-midnight"], "2026-02-25T00:00:00+08:00"),
        (
            ["--working-hours", "16", "--office-hours", "09:00-12:00,13:30-17:30"],
            "2026-02-24T12:00:00+08:00",
        ),
        (
            ["--hours", "48", "--suspend", "2026-02-13T12:00:00+08:00/2026-02-13T15:00:00+08:00"],
            "2026-02-15T13:00:00+08:00",
        ),
        (["--hours", "48", "--suspend", "2026-02-13T12:00:00+08:00/.."], None),
    ],
)
def test_due(args, expected):
    assert due(*args)["due"] == expected


def test_several_suspensions_and_how_it_was_counted():
    answer = due(
        *("--working-days", "2"),
        *("--suspend", "2026-02-14T09:00:00+08:00/2026-02-24T09:00:00+08:00"),
        *("--suspend", "2026-02-25T09:00:00+08:00/2026-02-25T10:00:00+08:00"),
        *("--suspend", "2026-02-25T09:30:00+08:00/2026-02-25T11:00:00+08:00"),
    )
    assert answer["due"] == "2026-02-26T11:00:00+08:00"
    verdicts = [step["verdict"] for step in answer["counted"]]
    assert verdicts == [
        "start_day",
        "suspended",
        *["holiday"] * 9,
        "counted",
        "counted",
        "counted",
    ]
    assert [step["total"] for step in answer["counted"][-3:]] == [1, 1.75, 2]
    assert answer["notices"] == ["国办发明电〔2025〕7号"]
    assert [step["text"] for step in answer["counted"][-3:]] == [
        "2026-02-24: counts as day 1 of 2",
        "2026-02-25: 2 h suspended, 6 h count, 14 of 16 h in all",
        "2026-02-26: 2 h count, 16 of 16 h in all",
    ]


def test_people_read_sentences():
    done = heli("due", "--from", FRIDAY, "--working-days", "1")
    assert done.stdout.splitlines() == [
        "2026-02-13: the day of the start does not count",
        "2026-02-14: make-up working day (Spring Festival), counts as day 1 of 1",
        "due: 2026-02-14T18:00:00+08:00",
    ]


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["--from", "2026-02-13T10:00:00", "--hours", "1"], "legaltime.bad_instant"),
        (["--from", "friday", "--hours", "1"], "legaltime.bad_instant"),
        (["--from", FRIDAY], "clocks.allowance_choice"),
        (["--from", FRIDAY, "--hours", "1", "--days", "1"], "clocks.allowance_choice"),
        (["--from", FRIDAY, "--hours", "0"], "legaltime.bad_allowance"),
        (["--from", FRIDAY, "--hours", "1", "--suspend", "x"], "legaltime.bad_suspension"),
        (["--from", FRIDAY, "--days", "1", "--office-hours", "9-5"], "legaltime.bad_office_hours"),
        (["--from", "2027-02-13T10:00:00+08:00", "--days", "1"], "legaltime.unknown_year"),
        (["--from", "2019-12-13T10:00:00+08:00", "--days", "1"], "legaltime.unknown_year"),
        (["--from", "1990-04-14T10:00:00+08:00", "--hours", "48"], OUT),
        (["--from", "1900-01-01T10:00:00+08:00", "--hours", "48"], OUT),
        (["--from", "0001-01-01T00:00:00+08:00", "--hours", "48"], OUT),
        (["--from", "9999-12-31T10:00:00+08:00", "--hours", "48"], OUT),
        (["--from", "9999-12-31T10:00:00+08:00", "--days", "4"], OUT),
        (["--from", "2100-12-31T10:00:00+08:00", "--hours", "48"], OUT),
        (["--from", FRIDAY, "--hours", "1", "--suspend", f"{FRIDAY}/{LAST}"], OUT),
        (["--from", FRIDAY, "--days", "1", "--suspend", f"{FRIDAY}/{LAST}"], OUT),
        (["--from", FRIDAY, "--hours", "1000000000000"], "legaltime.bad_allowance"),
        (["--from", FRIDAY, "--hours", "-1"], "legaltime.bad_allowance"),
        (
            ["--from", FRIDAY, "--hours", "1", "--suspend", f"{FRIDAY}/2026-02-13T09:00:00+08:00"],
            "legaltime.bad_suspension",
        ),
        (
            ["--from", FRIDAY, "--hours", "1", "--suspend", f"2026-02-13T10:00:00/{FRIDAY}"],
            "legaltime.bad_instant",
        ),
        (["--hours", "1"], "--from"),
        (["--from", FRIDAY, "--hours", "many"], "--hours"),
    ],
)
def test_wrong_usage_is_told_and_exits_2(args, told):
    done = heli("due", *args, "--json")
    assert done.returncode == 2
    assert told in done.stderr
    assert done.stdout == ""


def test_calendar_names_its_notices():
    done = heli("calendar", "2020", "--json")
    answer = json.loads(done.stdout)
    assert answer["working_days"] == 249
    assert [n["number"] for n in answer["notices"]] == [
        "国办发明电〔2019〕16号",
        "国办发明电〔2020〕1号",
    ]
    assert {"day": "2020-02-01", "kind": "holiday"}.items() <= answer["exceptions"][10].items()


def test_a_broken_added_year_is_named(tmp_path):
    (tmp_path / "calendars").mkdir()
    (tmp_path / "calendars" / "2027.toml").write_text("year = 2028\nnotice = [1]", "utf-8")
    done = heli("due", "--from", FRIDAY, "--days", "1", home=tmp_path)
    assert done.returncode == 2
    assert "2027.toml" in done.stderr


def test_django_is_not_loaded():
    code = (
        "import sys; from heli.site.cli import build; sys.argv = ['heli', 'clock', 'due', "
        f"'--from', '{FRIDAY}', '--hours', '48']\n"
        "try: build()()\nexcept SystemExit: pass\n"
        "assert not any(name.split('.')[0] == 'django' for name in sys.modules), 'django'"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_what_cannot_be_reckoned_is_told_by_the_options_own_names():
    done = heli("due", "--from", FRIDAY)
    assert done.returncode == 2
    assert "--working-days" in done.stderr
    assert "clocks.allowance_choice" in done.stderr
    done = heli("due", "--from", FRIDAY, "--hours", "1.5")
    assert done.returncode == 2
    assert "“1.5” is no whole number" in done.stderr
