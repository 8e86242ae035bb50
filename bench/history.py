"""Import of an event log: Heli (facts, matters and transparency log included) beside plain rows.

The log is the public permit log, each case repeated ten times under numbers of its own. The peer is
what a data team would write in an afternoon: the csv module with batched ``INSERT`` into one flat
table of text. Heli keeps matters, facts with commitments and a signed log that proves them; a
second run of the same file adds nothing.
"""

import csv
import tempfile
import time
from pathlib import Path

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "permits" / "receipt.csv"
CASE = "case:concept:name"


def multiply(target: Path, times: int) -> int:
    """Write the log ``times`` over with distinct cases; returns the number of events."""
    with DATA.open(newline="") as source, target.open("w", newline="") as out:
        reader = csv.DictReader(source)
        writer = csv.DictWriter(out, reader.fieldnames)
        writer.writeheader()
        rows = list(reader)
        for copy in range(times):
            writer.writerows({**row, CASE: f"{row[CASE]}-{copy}"} for row in rows)
    return len(rows) * times


def run(times: int = 10) -> list[dict[str, object]]:
    """Measure on the database that is set up."""
    if not DATA.exists():
        return [{"what": f"skipped: the reference log {DATA.name} is not beside the project"}]
    with tempfile.TemporaryDirectory(prefix="heli-bench-") as folder:
        path = Path(folder) / DATA.name
        events = multiply(path, times)
        first, again = imported(path)
        plain = inserted(path)
    peer = f"csv + INSERT {events / plain:,.0f} rows/s"
    return [
        {
            "what": f"receipt.csv ×{times}: {events:,} events as facts, logged",
            "heli": f"{events / first:,.0f}/s",
            "peer": peer,
            "ratio": plain / first,
        },
        {
            "what": "the same file again, all known already",
            "heli": f"{events / again:,.0f}/s",
            "peer": peer,
            "ratio": plain / again,
        },
    ]


def imported(path: Path) -> tuple[float, float]:
    """Seconds of the first run, its facts in the log, and of a second run."""
    from heli.site.startup import migrate

    migrate()
    from heli.cases.history.importer import import_log
    from heli.ledger.services import integrate

    began = time.perf_counter()
    import_log(path)
    integrate()
    logged = time.perf_counter()
    import_log(path)
    return logged - began, time.perf_counter() - logged


def inserted(path: Path) -> float:
    """Seconds of plain rows in the same database, in one transaction."""
    from django.db import connection, transaction

    began = time.perf_counter()
    with path.open(newline="") as file, transaction.atomic(), connection.cursor() as cursor:
        rows = csv.reader(file)
        names = next(rows)
        columns = ", ".join(f'"{name}" text' for name in names)
        cursor.execute(f"CREATE TABLE bench_event ({columns})")
        marks = ", ".join(["%s"] * len(names))
        cursor.executemany(f"INSERT INTO bench_event VALUES ({marks})", list(rows))
    return time.perf_counter() - began
