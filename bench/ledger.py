"""Facts entered in the ledger against plain INSERTs of the same rows, both durable on disk.

One writer commits batch after batch. The ledger's side records a batch in a transaction, gives it
its place in the log, signs a checkpoint and has three witnesses cosign it, each with its own file
on disk. The plain side writes the same columns into a table with the same indexes, and commits
with the disk. Each batch of either side is durable before the next begins; sides take turns.

    python -m bench.ledger [--entries 20000] [--batch 1000]

SQLite in a temporary folder, and PostgreSQL at ``HELI_BENCH_POSTGRES_URL`` (a database is made
there and dropped again) where one answers.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import uuid
import warnings

POSTGRES = "postgresql://postgres@127.0.0.1:5432/postgres"
NOTE = "经审查，申请材料齐全、符合法定形式，同意。"
COLUMNS = (
    "id", "at", "actor", "department", "verb", "subject", "matter", "data", "salt", "commitment",
    "leaf_index",
)  # fmt: skip
INDEXES = ("matter, at", "verb, at", "subject, at")


def plain_table(cursor, vendor: str) -> None:
    """A table like that of the facts: same columns, key and indexes; no guard, no log."""
    if vendor == "postgresql":
        cursor.execute("CREATE TABLE bench_plain (LIKE ledger_fact INCLUDING DEFAULTS)")
        cursor.execute("ALTER TABLE bench_plain ADD PRIMARY KEY (id)")
    else:
        cursor.execute("SELECT sql FROM sqlite_master WHERE name = 'ledger_fact'")
        cursor.execute(cursor.fetchone()[0].replace('"ledger_fact"', '"bench_plain"'))
    for number, columns in enumerate(INDEXES):
        cursor.execute(f"CREATE INDEX bench_plain_{number} ON bench_plain ({columns})")


def run(entries: int = 20_000, batch: int = 1000) -> dict[str, float | str]:
    """Measure on the database of this installation.

    Returns:
        Entries per second of either side, and the share of the plain side that the ledger reaches.
    """
    from django.db import connection, transaction

    from heli.kernel import clock
    from heli.kernel.actor import Actor
    from heli.kernel.ids import uuid7
    from heli.ledger import services
    from heli.ledger.models import Fact
    from heli.ledger.services import NewFact
    from heli.ledger.verbs import FactData, fact

    @fact("bench.task.completed", "Task {task} was completed: {note}")
    class Completed(FactData, frozen=True, kw_only=True):
        task: str
        note: str

    actor = Actor("person", "7", "xfjy")
    vendor = connection.vendor
    with connection.cursor() as cursor:
        plain_table(cursor, vendor)
    places = ", ".join(["%s"] * len(COLUMNS))
    insert = f"INSERT INTO bench_plain ({', '.join(COLUMNS)}) VALUES ({places})"
    empty = bytes(32)

    def ledger_batch(first: int) -> None:
        new = [
            NewFact(Completed(task=str(n), note=NOTE), actor, f"cases.task:{n}", "LJ-7K3D9Q-42")
            for n in range(first, first + batch)
        ]
        with transaction.atomic():
            rows = services.record_many(new)
        services.ensure_durable([row.pk for row in rows])

    def plain_batch(first: int) -> None:
        now = connection.ops.adapt_datetimefield_value(clock.now())
        rows = []
        for n in range(first, first + batch):
            key = uuid7()
            rows.append((
                key if vendor == "postgresql" else key.hex, now, str(actor), actor.department,
                "bench.task.completed", f"cases.task:{n}", "LJ-7K3D9Q-42",
                json.dumps({"task": str(n), "note": NOTE}), empty, empty, n,
            ))  # fmt: skip
        with connection.cursor() as cursor:
            if vendor == "sqlite":
                cursor.execute("PRAGMA synchronous=FULL")
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(insert, rows)
        if vendor == "sqlite":
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA synchronous=NORMAL")

    ledger_batch(0)
    plain_batch(0)
    spent = {"ledger": 0.0, "plain": 0.0}
    for first in range(batch, batch + entries, batch):
        for name, act in (("ledger", ledger_batch), ("plain", plain_batch)):
            began = time.perf_counter()
            act(first)
            spent[name] += time.perf_counter() - began
    assert Fact.objects.filter(leaf_index__isnull=False).count() == entries + batch
    done = -(-entries // batch) * batch
    return {
        "database": vendor,
        "batch": batch,
        "ledger": done / spent["ledger"],
        "plain": done / spent["plain"],
        "ratio": spent["plain"] / spent["ledger"],
    }


def measure(entries: int, batch: int) -> None:
    """Set an installation up in this process's home, and measure there."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "heli.site.settings")
    warnings.simplefilter("ignore")
    from heli.site.startup import migrate

    migrate()
    print(json.dumps(run(entries, batch)))


def in_process(url: str, entries: int, batch: int) -> None:
    """Measure in a process of its own, for settings are read once a process."""
    with tempfile.TemporaryDirectory(prefix="heli-bench-") as home:
        done = subprocess.run(
            [sys.executable, "-m", "bench.ledger", "--here", f"--entries={entries}",
             f"--batch={batch}"],
            env={**os.environ, "HELI_HOME": home, "HELI_DATABASE_URL": url},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    told = json.loads(done.stdout.splitlines()[-1])
    print(
        f"{told['database']:10s} batches of {told['batch']:>5,}: ledger {told['ledger']:>8,.0f}/s,"
        f" plain INSERT {told['plain']:>8,.0f}/s, ratio {told['ratio']:.2f}"
    )


def on_postgresql(entries: int, batch: int) -> None:
    """Measure in a database made for it."""
    import psycopg

    address = os.environ.get("HELI_BENCH_POSTGRES_URL", POSTGRES)
    try:
        server = psycopg.connect(address, autocommit=True, connect_timeout=3)
    except psycopg.Error as error:
        print(f"no PostgreSQL: {error}")
        return
    name = f"heli_bench_{uuid.uuid4().hex[:10]}"
    server.execute(f"CREATE DATABASE {name}")
    try:
        in_process(address.rpartition("/")[0] + f"/{name}", entries, batch)
    finally:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--entries", type=int, default=20_000)
    options.add_argument("--batch", type=int, default=1000)
    options.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.here:
        measure(given.entries, given.batch)
        return
    in_process("", given.entries, given.batch)
    on_postgresql(given.entries, given.batch)


if __name__ == "__main__":
    main()
