"""In processes of their own, on a database file and on PostgreSQL: several people at once, and
what goes wrong where a transaction ends."""

import json
import os
import subprocess
import sys
import uuid
from pathlib import Path

import psycopg
import pytest

ROOT = Path(__file__).resolve().parents[2]
POSTGRES = os.environ.get("HELI_TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def outcome(request, tmp_path):
    """Gives what a module beside this one finds on an empty database."""
    if request.param == "sqlite":
        yield lambda module: run(module, tmp_path, "")
        return
    try:
        server = psycopg.connect(POSTGRES, autocommit=True, connect_timeout=3)
    except psycopg.Error as error:
        pytest.skip(f"no PostgreSQL at {POSTGRES}: {error}")
    name = f"heli_race_{uuid.uuid4().hex[:10]}"
    server.execute(f"CREATE DATABASE {name}")
    try:
        yield lambda module: run(module, tmp_path, POSTGRES.rpartition("/")[0] + f"/{name}")
    finally:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")
        server.close()


def run(module, home, url):
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "heli.site.settings",
        "HELI_HOME": str(home),
        "HELI_DATABASE_URL": url,
    }
    done = subprocess.run(
        [sys.executable, "-m", f"tests.cases.{module}"],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_at_once(outcome):
    """One submission, one holder, one approval of each task, one task after the join."""
    outcome = outcome("race")
    assert len(set(outcome["submitted"])) == 1
    assert outcome["submitted"][0].startswith("LJ-")
    # The same over REST; and of two contents under one key, one is a matter, the other refused.
    assert len(set(outcome["filed"])) == 1
    codes = {code for code in outcome["mixed"] if code.startswith("LJ-")}
    assert len(codes) == 1
    assert outcome["mixed"].count("idempotency.reused") == 3
    assert outcome["matters"] == 3

    winners = [answer for answer in outcome["claimed"] if answer != "TaskTakenError"]
    assert set(winners) == {str(outcome["holder"])}
    assert 1 <= len(winners) <= 2, "the same officer may come twice, nobody else"
    assert outcome["claims"] == 1

    assert outcome["approved"].count("done") == 4
    assert outcome["approved"].count("TaskStateError") == 4
    assert outcome["completed"] == 4
    assert outcome["issue"] == ["open"]
    assert outcome["tokens"] == outcome["open"] == 1
    assert outcome["revision"] == 4


def test_what_goes_wrong_at_the_end(outcome):
    """The error is the same wherever it comes, nothing is left of it, and the next one counts."""
    assert outcome("ends") == {
        "bad text": "UnicodeEncodeError",
        "bad text left": [0, 0, 0],
        "next is seen": 1,
        "over rest": [422, "input.unkeepable"],
        "keys left": 0,
        "code taken": True,
        "matters": 2,
        "stale": ["StaleMatterError", 0, []],
        "then": "none",
        "done": ["Task_Fire", "Task_Food"],
        "durable": "none",
        "placed": True,
    }
