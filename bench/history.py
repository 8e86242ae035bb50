"""Import of an event log: Heli (facts, matters and transparency log included) beside plain rows.

    python bench/history.py [--times 10] [--postgres postgresql://user@host/name]

The log is the public permit log, each case repeated under numbers of its own. The peer is what a
data team would write in an afternoon: pandas ``read_csv`` and ``to_sql`` into one flat table where
pandas is installed, else the csv module and batched ``INSERT``. The peer keeps rows; Heli keeps
matters, facts with commitments, and a signed log that proves them, and can be run twice.
"""

import argparse
import csv
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
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


def heli(path: Path) -> dict[str, float]:
    """Import in this process; the database is named by the environment."""
    import resource

    from heli.site.startup import migrate

    migrate()
    from heli.cases.history.importer import import_log
    from heli.ledger.services import integrate

    start = time.perf_counter()
    result, _ = import_log(path)
    loaded = time.perf_counter()
    integrate()
    logged = time.perf_counter()
    import_log(path)
    again = time.perf_counter()
    return {
        "events": result.events_added,
        "import": loaded - start,
        "log": logged - loaded,
        "again": again - logged,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def run_heli(path: Path, url: str) -> dict[str, float]:
    """Import in a fresh process and home."""
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "HELI_HOME": home, "HELI_DATABASE_URL": url}
        out = subprocess.run(
            [sys.executable, __file__, "--child", str(path)],
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
    return json.loads(out.splitlines()[-1])


def peer(path: Path, url: str) -> tuple[str, float]:
    """Plain rows into one table."""
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        if find_spec("pandas") and not url:
            import pandas

            name = "pandas read_csv + to_sql"
            with sqlite3.connect(Path(folder) / "peer.sqlite3") as base:
                frame = pandas.read_csv(path, parse_dates=["time:timestamp"], date_format="ISO8601")
                frame.to_sql("event", base, index=False)
        elif url:
            name = "csv + executemany INSERT (psycopg)"
            _plain_postgres(path, url)
        else:
            name = "csv + executemany INSERT (sqlite3)"
            _plain_sqlite(path, Path(folder) / "peer.sqlite3")
        return name, time.perf_counter() - start


def _plain_sqlite(path: Path, target: Path) -> None:
    with path.open(newline="") as file, sqlite3.connect(target) as base:
        rows = csv.reader(file)
        columns = ", ".join(f'"{name}"' for name in next(rows))
        base.execute(f"CREATE TABLE event ({columns})")
        base.executemany(
            f"INSERT INTO event VALUES ({', '.join('?' * (columns.count(',') + 1))})", rows
        )


def _plain_postgres(path: Path, url: str) -> None:
    import psycopg

    with path.open(newline="") as file, psycopg.connect(url) as base, base.cursor() as cursor:
        rows = csv.reader(file)
        names = next(rows)
        columns = ", ".join(f'"{name}" text' for name in names)
        cursor.execute(f"DROP TABLE IF EXISTS peer_event; CREATE TABLE peer_event ({columns})")
        marks = ", ".join(["%s"] * len(names))
        cursor.executemany(f"INSERT INTO peer_event VALUES ({marks})", list(rows))


def main() -> None:
    """Run both on each database and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--postgres", default=os.environ.get("HELI_BENCH_POSTGRES_URL", ""))
    parser.add_argument("--child", type=Path)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(heli(options.child)))
        return
    if not DATA.exists():
        raise SystemExit(f"the reference log is not beside the project: {DATA.name}")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "receipt.csv"
        events = multiply(path, options.times)
        print(f"receipt.csv ×{options.times}: {events:,} events")
        for label, url in (("SQLite", ""), ("PostgreSQL", options.postgres)):
            if label == "PostgreSQL" and not url:
                print("PostgreSQL: skipped, no --postgres given")
                continue
            compare(label, path, url)


def compare(label: str, path: Path, url: str) -> None:
    """Print one database's figures."""
    name, plain = peer(path, url)
    figures = run_heli(path, url)
    events, whole = figures["events"], figures["import"] + figures["log"]
    print(
        f"{label}: Heli {events / whole:,.0f} events/s ({figures['import']:.1f} s facts and matters"
        f" + {figures['log']:.1f} s log), second run {figures['again']:.1f} s,"
        f" peak {figures['megabytes']:.0f} MB"
    )
    print(f"{label}: {name} {events / plain:,.0f} rows/s ({plain:.1f} s)")
    print(f"{label}: ratio Heli : plain rows = 1 : {whole / plain:.1f}")


if __name__ == "__main__":
    main()
