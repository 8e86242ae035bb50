"""Some of the seeds that ``make bench`` runs a thousand of: killed anywhere, nothing is wrong.

Each seed is a series of runs in one city; see ``bench/faults.py``, which also tells how to do one
again: ``python -m bench.faults --part ledger --seed 7``.
"""

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
SERIES = 4


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database(request):
    """The address of an empty database of its own; empty for SQLite."""
    if request.param == "sqlite":
        yield ""
        return
    try:
        server = psycopg.connect(POSTGRES, autocommit=True, connect_timeout=3)
    except psycopg.Error as error:
        pytest.skip(f"no PostgreSQL at {POSTGRES}: {error}")
    name = f"heli_kills_{uuid.uuid4().hex[:10]}"
    server.execute(f"CREATE DATABASE {name}")
    try:
        yield POSTGRES.rpartition("/")[0] + f"/{name}"
    finally:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")
        server.close()


def test_killed_anywhere_no_answer_lacks_its_leaf_and_no_effect_comes_twice(database):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")])}
    done = subprocess.run(
        [sys.executable, "-m", "bench.faults", "--series", str(SERIES), "--postgres", database],
        env=environment, cwd=ROOT, capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    tallies = {each["part"]: each for each in map(json.loads, done.stdout.splitlines())}
    assert set(tallies) == {"ledger", "gateway", "delivery"}, done.stderr[-3000:]
    for part, tally in tallies.items():
        assert tally["wrong"] == [], part
        assert tally["runs"] >= 2 * SERIES
        assert tally["at_work"] > 0
        assert tally["checked"] > 0
    assert done.returncode == 0, done.stderr[-3000:]
