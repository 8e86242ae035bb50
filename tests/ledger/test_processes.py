"""Threads, processes, crashes and the database's own guard, on SQLite and on PostgreSQL."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import uuid
from pathlib import Path

import psycopg
import pytest

ROOT = Path(__file__).resolve().parents[2]
POSTGRES = os.environ.get("HELI_TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres")


class Place:
    """An installation of its own."""

    def __init__(self, home, url):
        self.env = {
            **os.environ,
            # Not the settings of the tests: those have one home for all.
            "DJANGO_SETTINGS_MODULE": "heli.site.settings",
            "HELI_HOME": str(home),
            "HELI_DATABASE_URL": url,
        }
        self.run("migrate")

    def start(self, scenario, **more):
        return subprocess.Popen(
            [sys.executable, "-m", "tests.ledger.scenario", scenario],
            cwd=ROOT,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **more,
        )

    def run(self, scenario):
        process = self.start(scenario)
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err[-3000:]
        return json.loads(out.splitlines()[-1])

    def killed(self, scenario):
        process = self.start(scenario)
        _, err = process.communicate(timeout=120)
        assert process.returncode == -signal.SIGKILL, err[-3000:]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def place(request, tmp_path):
    if request.param == "sqlite":
        yield Place(tmp_path, "")
        return
    try:
        server = psycopg.connect(POSTGRES, autocommit=True, connect_timeout=3)
    except psycopg.Error as error:
        pytest.skip(f"no PostgreSQL at {POSTGRES}: {error}")
    name = f"heli_ledger_{uuid.uuid4().hex[:10]}"
    server.execute(f"CREATE DATABASE {name}")
    try:
        yield Place(tmp_path, POSTGRES.rpartition("/")[0] + f"/{name}")
    finally:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")
        server.close()


def test_the_guard(place):
    told = place.run("guard")
    assert told["allowed"] == []
    assert told["tried"] == (17 if told["vendor"] == "postgresql" else 15)


def test_threads_share_rounds_and_each_fact_has_one_place(place):
    told = place.run("threads")
    assert told["errors"] == []
    assert told["places"] == list(range(48))
    assert told["count"] == 48
    assert told["rounds"] < 48


def test_processes_give_each_fact_one_place(place):
    writers = [place.start("write") for _ in range(3)]
    placed = []
    for writer in writers:
        out, err = writer.communicate(timeout=120)
        assert writer.returncode == 0, err[-3000:]
        placed += json.loads(out.splitlines()[-1])["placed"]
    assert sorted(placed) == list(range(24))
    assert place.run("restart")["clean"]


def test_a_crash_between_fact_and_leaf_is_repaired_visibly(place):
    place.killed("crash")
    told = place.run("restart")
    assert told["told"] == [{"count": 4}]
    assert (told["pending"], told["size"], told["cosigned"]) == (0, 8, 8)
    assert told["clean"]
    again = place.run("restart")
    assert again["told"] == [{"count": 4}], "a clean stop needs no repair"
    assert again["size"] == 8


def test_a_checkpoint_signed_before_a_crash_is_cosigned_after_it(place):
    place.killed("crash_before_witnesses")
    told = place.run("restart")
    assert (told["size"], told["cosigned"]) == (5, 5)
    assert told["told"] == []
    assert told["clean"]


def test_what_sql_does_is_named(place):
    told = place.run("tamper")
    assert told["found"] == {
        "alter": ["altered", 130],
        "alter_consistently": ["altered", 130],
        "remove": ["removed", 130],
        "remove_and_close": ["removed", 130],
        "insert": ["inserted", 130],
        "lambda": ["reordered", 130],
        "rewrite": ["rewritten", 100],
        "resign": ["rewritten", 0],
    }
    assert told["after"] == ["guard"]


def test_what_is_forgotten_is_on_no_page_of_the_database_file(place):
    if place.env["HELI_DATABASE_URL"]:
        pytest.skip("PostgreSQL keeps old rows until it vacuums; the how-to says so")
    told = place.run("forget")
    assert told["left"] == 0
    assert told["kept"] == told["forgotten"] == 300, "the search finds what is there"


def test_a_full_disk_loses_no_fact_and_is_told(place):
    if place.env["HELI_DATABASE_URL"]:
        pytest.skip("a limit on this process does not reach the database server")
    told = place.run("full_disk")
    assert told["errors"], "the limit was reached"
    assert all("full" in each or "I/O" in each or "large" in each for each in told["errors"])
    after = place.run("after_full_disk")
    assert after["count"] == after["placed"] == told["accepted"]
    assert after["clean"]


def test_killed_at_random_points_nothing_told_as_durable_is_lost(place):
    """kill -9 of the sequencer with its witnesses, seeded; every fact told stands in the log."""
    order, told = random.Random(20261128), []
    for _ in range(4):
        process = place.start("stormy")
        told.append(process.stdout.readline().strip())
        timer = threading.Timer(order.uniform(0.05, 0.8), process.kill)
        timer.start()
        out, _ = process.communicate(timeout=60)
        timer.join()
        told += [line for line in out.splitlines() if len(line) == 36]
    process = place.start("after_storm", stdin=subprocess.PIPE)
    out, err = process.communicate("\n".join(told), timeout=120)
    assert process.returncode == 0, err[-3000:]
    after = json.loads(out.splitlines()[-1])
    assert after["told"] == after["held"] > 20
    assert after["whole"]
    assert after["clean"]
