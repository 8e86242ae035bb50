"""Import of an event log: Heli (facts, matters and transparency log included) beside plain rows.

    python bench/history.py [--times 10] [--postgres postgresql://user@host/name] [--pandas PYTHON]

The log is the public permit log, each case repeated under numbers of its own. The peers are what a
data team would write in an afternoon: pandas ``read_csv`` and ``to_sql`` into one flat table (by an
interpreter that has pandas), and the csv module with batched ``INSERT``. They keep rows of text;
Heli keeps matters, facts with commitments and a signed log that proves them, and can be run twice.
The PostgreSQL database must be an empty one made for this.
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


PANDAS = """
import sqlite3, sys, time
start = time.perf_counter()
import pandas
frame = pandas.read_csv(sys.argv[1])
for column in ("time:timestamp", "case:startdate", "case:deadline", "case:enddate"):
    frame[column] = pandas.to_datetime(frame[column], format="ISO8601", utc=True)
with sqlite3.connect(sys.argv[2]) as base:
    frame.to_sql("event", base, index=False)
print(time.perf_counter() - start)
"""


def peers(path: Path, url: str, pandas: str) -> dict[str, float]:
    """Seconds by peer: plain rows into one table, without matters, facts or proof."""
    with tempfile.TemporaryDirectory() as folder:
        if url:
            start = time.perf_counter()
            _plain_postgres(path, url)
            return {"csv + executemany INSERT (psycopg)": time.perf_counter() - start}
        start = time.perf_counter()
        _plain_sqlite(path, Path(folder) / "plain.sqlite3")
        found = {"csv + executemany INSERT (sqlite3)": time.perf_counter() - start}
        if pandas:
            command = [pandas, "-c", PANDAS, str(path), str(Path(folder) / "pandas.sqlite3")]
            out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            found["pandas read_csv + to_datetime + to_sql"] = float(out)
        return found


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


def _own_pandas() -> str:
    return sys.executable if find_spec("pandas") else ""


def main() -> None:
    """Run both on each database and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--postgres", default=os.environ.get("HELI_BENCH_POSTGRES_URL", ""))
    parser.add_argument("--pandas", default=_own_pandas(), help="a Python that has pandas")
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
            compare(label, path, url, options.pandas)


def compare(label: str, path: Path, url: str, pandas: str) -> None:
    """Print one database's figures."""
    figures = run_heli(path, url)
    events, whole = figures["events"], figures["import"] + figures["log"]
    print(
        f"{label}: Heli {events / whole:,.0f} events/s ({figures['import']:.1f} s facts and matters"
        f" + {figures['log']:.1f} s log), second run {figures['again']:.1f} s,"
        f" peak {figures['megabytes']:.0f} MB"
    )
    for name, plain in peers(path, url, pandas).items():
        print(f"{label}: {name} {events / plain:,.0f} rows/s ({plain:.1f} s);", end=" ")
        print(f"time of plain rows : Heli = 1 : {whole / plain:.1f}")


if __name__ == "__main__":
    main()
