"""``heli cases import`` and ``heli cases analyse`` as an operator runs them; kill -9 among it."""

import csv
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

CASES = 900


@pytest.fixture
def heli(tmp_path):
    """Run ``heli`` on a fresh installation of its own."""

    def start(*arguments, home="home"):
        folder = tmp_path / home
        environment = {
            **os.environ,
            "HELI_HOME": str(folder),
            "HELI_DATABASE_URL": "",
            "DJANGO_SETTINGS_MODULE": "heli.site.settings",
        }
        if not folder.exists():
            folder.mkdir()
            assert _run(environment, "migrate").wait() == 0
        return _run(environment, *arguments)

    def run(*arguments, home="home"):
        process = start(*arguments, home=home)
        out, err = process.communicate()
        return process.returncode, out, err

    run.start = start
    run.folder = tmp_path
    return run


def _run(environment, *arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "heli.site", *arguments],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def write_log(path, cases=CASES):
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(
            ["case:concept:name", "concept:name", "time:timestamp", "org:group", "case:enddate"]
        )
        for case in range(cases):
            for step in range(10):
                writer.writerow(
                    [
                        f"c{case}",
                        f"a{step}",
                        f"2025-01-{step + 1:02d}",
                        f"G{step % 4}",
                        "2025-02-01",
                    ]
                )
    return path


def content(folder):
    """Everything an import left, but for random codes and identifiers."""
    base = sqlite3.connect(folder / "heli.sqlite3")
    return sorted(
        base.execute(
            "SELECT m.external_id, m.state, m.closed_at, f.at, f.verb, f.department, f.data, "
            "CASE WHEN f.verb LIKE '%performed' THEN f.subject END "
            "FROM ledger_fact f JOIN cases_matter m ON m.code = f.matter"
        ).fetchall()
    )


def test_killed_in_the_middle_and_run_again_it_is_as_if_nothing_happened(heli):
    path = write_log(heli.folder / "log.csv")
    assert heli("cases", "import", str(path), home="whole")[0] == 0
    # Killed as soon as the first batch is on disk.
    process = heli.start("cases", "import", str(path))
    base = sqlite3.connect(heli.folder / "home" / "heli.sqlite3", timeout=20)
    until = time.monotonic() + 60
    while not base.execute("SELECT count(*) FROM ledger_fact").fetchone()[0]:
        assert time.monotonic() < until
        assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.communicate()
    done = base.execute("SELECT count(*) FROM cases_matter").fetchone()[0]
    base.close()
    assert 0 < done < CASES
    code, out, _ = heli("cases", "import", str(path), "--json")
    assert code == 0
    again = json.loads(out)
    assert again["events_known"] > 0
    assert again["events_known"] + again["events_added"] == 10 * CASES
    assert content(heli.folder / "home") == content(heli.folder / "whole")
    base = sqlite3.connect(heli.folder / "home" / "heli.sqlite3")
    pending = base.execute("SELECT count(*) FROM ledger_fact WHERE leaf_index IS NULL")
    assert pending.fetchone()[0] == 0


def test_import_and_analysis_from_the_command_line(heli):
    path = write_log(heli.folder / "log.csv", cases=3)
    with path.open("a") as file:
        file.write("c1,a,never,G1,\n")
    code, out, err = heli("cases", "import", str(path), "--report", str(heli.folder / "bad.csv"))
    assert code == 0
    assert "30 events of 3 new matters" in out
    assert "row 32, time:timestamp" in out
    assert "+08:00: “never”" in out
    assert "Created 4 departments and 0 people." in out
    assert "log.csv" in err
    report = (heli.folder / "bad.csv").read_text(encoding="utf-8-sig")
    assert "unreadable_time" in report
    assert "the time cannot be read" in report
    assert "the time cannot be read" in out
    assert not re.search(r"[\u4e00-\u9fff]", out + report)
    code, out, _ = heli("cases", "analyse", "--json")
    figures = json.loads(out)
    assert (figures["matters"], figures["events"], figures["handovers"]) == (3, 30, 27)
    assert figures["ping_pong_matters"] == 0
    code, out, _ = heli("cases", "analyse", "--matters", "c1,c2", "--json")
    assert json.loads(out)["matters"] == 2
    code, _, err = heli("cases", "analyse", "--source", "nope")
    assert code == 2
    assert "cases.history.unknown_source" in err


def test_a_log_without_its_columns_ends_with_2_and_the_remedy(heli):
    path = heli.folder / "log.csv"
    path.write_text("ID,Step\n1,x\n")
    code, _, err = heli("cases", "import", str(path), "--map", "case=ID")
    assert code == 2
    assert "--map activity=COLUMN --map time=COLUMN" in err


def test_a_log_of_bad_rows_alone_ends_with_1(heli):
    path = heli.folder / "log.csv"
    path.write_text("case:concept:name,concept:name,time:timestamp,org:group\n1,x,2025-01-01,G\n")
    assert "1 row read; 1 event of 1 new matter added" in heli("cases", "import", str(path))[1]
    path.write_text("case:concept:name,concept:name,time:timestamp\n1,x,\n")
    assert heli("cases", "import", str(path))[0] == 1
