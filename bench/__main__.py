"""Run every bench that has a ``run()`` on SQLite and on PostgreSQL; print one table of ratios.

    python -m bench [--only cases queue] [--postgres URL]

Each bench runs in a process of its own with an empty home and an empty database, so that none sees
what another left. PostgreSQL: ``--postgres`` or ``HELI_BENCH_POSTGRES_URL``, else the server at
127.0.0.1:5432; where none answers, its rows are skipped by name. The URL's database is only used to
create and drop one for the bench.
"""

import argparse
import ast
import json
import os
import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from urllib.parse import urlparse, urlunparse

HERE = Path(__file__).parent
NAME = "heli_bench"
# Seconds after which a bench is given up, unless it says that it needs longer (``GIVE_UP``).
GIVE_UP = 240
CHILD = """
import importlib, json, sys, warnings
warnings.simplefilter("ignore")
from heli.site.startup import setup
setup()
rows = importlib.import_module("bench." + sys.argv[1]).run()
print(json.dumps(rows))
"""


def benches() -> list[str]:
    """Modules beside this one that define ``run``."""
    found = []
    for path in sorted(HERE.glob("[a-z]*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        if any(isinstance(node, ast.FunctionDef) and node.name == "run" for node in tree.body):
            found.append(path.stem)
    return found


def patience(bench: str) -> int:
    """Seconds after which a bench is given up."""
    return int(getattr(import_module(f"bench.{bench}"), "GIVE_UP", GIVE_UP))


def measure(bench: str, url: str) -> list[dict[str, object]]:
    """What a bench found on a database; a row that tells the fault where it failed."""
    limit = patience(bench)
    with tempfile.TemporaryDirectory(prefix="heli-bench-") as home:
        given = {"HELI_HOME": home, "HELI_DATABASE_URL": url}
        given["DJANGO_SETTINGS_MODULE"] = "heli.site.settings"
        try:
            done = subprocess.run(
                [sys.executable, "-c", CHILD, bench],
                env=os.environ | given, cwd=HERE.parent, capture_output=True, text=True,
                timeout=limit, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return [{"what": f"not done after {limit} s", "failed": True}]
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no word"])[-1]
        return [{"what": f"failed: {last}", "failed": True}]
    return list(json.loads(done.stdout.strip().splitlines()[-1]))


def on_postgresql(bench: str, server: str) -> list[dict[str, object]]:
    """The same on a fresh database of a server, dropped afterwards."""
    import psycopg

    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {NAME}")
        try:
            return measure(bench, urlunparse(urlparse(server)._replace(path=f"/{NAME}")))
        finally:
            connection.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")


def answers(server: str) -> bool:
    """Whether a PostgreSQL server is there."""
    import psycopg

    try:
        psycopg.connect(server, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def show(database: str, bench: str, rows: list[dict[str, object]]) -> bool:
    """Print rows; whether all were measured."""
    for row in rows:
        ratio = f"{row['ratio']:6.2f} ×" if row.get("ratio") else ""
        print(
            f"{bench:8s} {database:11s} {row['what']!s:62s}"
            f" {row.get('heli', '')!s:>10s}  {row.get('peer', '')!s:33s} {ratio}".rstrip(),
            flush=True,
        )
    return not any(row.get("failed") for row in rows)


def main() -> None:
    """Run what was asked for."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--only", nargs="*", default=[], help="names of benches")
    options.add_argument(
        "--postgres",
        default=os.environ.get(
            "HELI_BENCH_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres"
        ),
    )
    given = options.parse_args()
    present = answers(given.postgres)
    whole = True
    for bench in given.only or benches():
        whole &= show("SQLite", bench, measure(bench, ""))
        if present:
            whole &= show("PostgreSQL", bench, on_postgresql(bench, given.postgres))
        else:
            print(f"{bench:8s} PostgreSQL  skipped: no server answers")
    sys.exit(0 if whole else 1)


if __name__ == "__main__":
    main()
