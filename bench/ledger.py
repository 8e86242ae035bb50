"""Facts entered in the ledger against plain INSERTs of the same rows, both durable on disk.

One writer commits batch after batch. The ledger's side records a batch in a transaction, gives it
its place in the log, signs a checkpoint and has three witnesses cosign it, each with its own file
on disk. The plain side writes the same columns into a table with the same indexes, and commits
with the disk. Each batch of either side is durable before the next begins; sides take turns.
The aims: at least half of the plain rows a second, and ``AIM`` entries a second.
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Writer = Callable[[range], None]

AIM = 20_000
"""Durable entries a second."""
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
    cursor.execute(
        "CREATE UNIQUE INDEX bench_plain_place ON bench_plain (leaf_index) "
        "WHERE leaf_index IS NOT NULL"
    )
    for number, columns in enumerate(INDEXES):
        cursor.execute(f"CREATE INDEX bench_plain_{number} ON bench_plain ({columns})")


def run(
    entries: int = 20_480, batches: tuple[int, ...] = (100, 1000, 4096)
) -> list[dict[str, object]]:
    """One row for each size of batch, in entries a second."""
    from heli.site.startup import migrate

    migrate()
    from django.db import connection

    with connection.cursor() as cursor:
        plain_table(cursor, connection.vendor)
    ledger, plain = writers()
    found: list[dict[str, object]] = []
    best = 0.0
    for batch in batches:
        whole = entries // batch * batch
        spent = take_turns(ledger, plain, whole, batch)
        best = max(best, whole / spent[0])
        found.append(
            {
                "what": f"durable entries in batches of {batch:,}",
                "heli": f"{whole / spent[0]:,.0f}/s",
                "peer": f"plain INSERT {whole / spent[1]:,.0f}/s",
                "ratio": spent[1] / spent[0],
            }
        )
    found.append(
        {
            "what": "the fastest of these beside the aim",
            "heli": f"{best:,.0f}/s", "peer": f"aim {AIM:,}/s", "ratio": best / AIM,
        }
    )  # fmt: skip
    return found


def take_turns(ledger: Writer, plain: Writer, entries: int, batch: int) -> list[float]:
    """Seconds of either side for as many entries; one batch each goes before, uncounted."""
    from heli.ledger.models import Fact

    before = Fact.objects.count()
    spent = [0.0, 0.0]
    for first in range(0, entries + batch, batch):
        for side, write in enumerate((ledger, plain)):
            began = time.perf_counter()
            write(range(before + first, before + first + batch))
            spent[side] += time.perf_counter() - began if first else 0
    assert Fact.objects.count() == before + entries + batch
    assert not Fact.objects.filter(leaf_index=None).exists()
    return spent


def writers() -> tuple[Writer, Writer]:
    """How either side makes a batch of numbered entries durable."""
    from django.db import connection, transaction

    from heli.kernel import clock
    from heli.kernel.actor import Actor
    from heli.kernel.ids import uuid7
    from heli.ledger import services
    from heli.ledger.services import NewFact
    from heli.ledger.verbs import FactData, fact

    @fact("bench.task.completed", "Task {task} was completed: {note}")
    class Completed(FactData, frozen=True, kw_only=True):
        task: str
        note: str

    actor = Actor("person", "7", "xfjy")
    postgres = connection.vendor == "postgresql"
    places = ", ".join(["%s"] * len(COLUMNS))
    insert = f"INSERT INTO bench_plain ({', '.join(COLUMNS)}) VALUES ({places})"
    empty = bytes(32)

    def ledger(numbers: range) -> None:
        new = [
            NewFact(Completed(task=str(n), note=NOTE), actor, f"cases.task:{n}", "LJ-7K3D9Q-42")
            for n in numbers
        ]
        with transaction.atomic():
            rows = services.record_many(new)
        services.ensure_durable([row.pk for row in rows])

    def plain(numbers: range) -> None:
        now = connection.ops.adapt_datetimefield_value(clock.now())
        rows = []
        for n in numbers:
            key = uuid7()
            rows.append((
                key if postgres else key.hex, now, str(actor), actor.department,
                "bench.task.completed", f"cases.task:{n}", "LJ-7K3D9Q-42",
                json.dumps({"task": str(n), "note": NOTE}), empty, empty, n,
            ))  # fmt: skip
        with synchronous(), transaction.atomic(), connection.cursor() as cursor:
            cursor.executemany(insert, rows)

    return ledger, plain


@contextmanager
def synchronous() -> Iterator[None]:
    """SQLite waits for the disk as the ledger does; PostgreSQL does anyway."""
    from django.db import connection

    if connection.vendor != "sqlite":
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous=FULL")
        yield
        cursor.execute("PRAGMA synchronous=NORMAL")
