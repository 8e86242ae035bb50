"""Bulk extracts: a million records masked, fingerprinted and written, and traced when they leak.

Speed: the same columns of the same Parquet register, once through Heli (release policy with a
pseudonym and a partial mask, decoys, three marked columns, keyed order, hashed on the way), once
with DuckDB's plain ``COPY``, which does none of this. Aim: 200,000 records a second. Memory: the
peak of a process that makes the file of a million records beside that of one that makes a quarter;
flat means that they are alike.

Tracing: seeded trials over fifty recipients. A miss is a file whose recipient is not named, a false
accusation names anybody else. The limit stated for a false accusation is one in a million; trials
only show that nothing contradicts it.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

ROWS, AIM = 1_000_000, 200_000
REGISTER = "bench_wages.parquet"
POLICY = {
    "fields": [
        {"field": "number", "mask": "hash"},
        {"field": "name", "mask": "partial"},
        {"field": "employer"},
        {"field": "since"},
        {"field": "wage"},
        {"field": "area"},
    ],
    "extract": {"rows": 10_000_000},
}
FIELDS = (
    ("number", "string", "resident_id", None),
    ("name", "string", "person_name", None),
    ("employer", "string", "credit_code", None),
    ("since", "date", "", {"days": 3}),
    ("wage", "integer", "", {"absolute": 10}),
    ("area", "number", "", {"relative": 0.01}),
)


def contract() -> dict[str, object]:
    """The contract of the register, with its tolerances."""
    fields = []
    for name, kind, semantic, tolerance in FIELDS:
        custom = [{"property": "titleEn", "value": name}]
        if semantic:
            custom.append({"property": "semanticType", "value": semantic})
        if tolerance:
            custom.append({"property": "tolerance", "value": tolerance})
        if name == "number":
            custom.append({"property": "subject", "value": True})
        fields.append(
            {"name": name, "businessName": name, "logicalType": kind, "customProperties": custom}
        )
    return {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": "rsj/bench_wages",
        "version": "1.0.0",
        "schema": [
            {
                "name": "bench_wages",
                "businessName": "工资",
                "customProperties": [
                    {"property": "titleEn", "value": "Wages"},
                    {"property": "subjectType", "value": "person"},
                    {"property": "decoys", "value": {"per": 1000}},
                ],
                "properties": fields,
            }
        ],
    }


def write_register(rows: int) -> Path:
    """A register of so many records, always the same."""
    import duckdb

    from heli.kernel.home import folder

    path = folder("registers") / REGISTER
    with duckdb.connect(config={"threads": 2}) as connection:
        connection.execute(
            f"""COPY (SELECT
              '9901' || lpad((i % 20)::VARCHAR, 2, '0') || lpad(i::VARCHAR, 12, '0') AS number,
              '示例居民' || (i % 99991)::VARCHAR AS name,
              '91990101MA' || lpad((hash(i // 37) % 100000000)::VARCHAR, 8, '0') AS employer,
              DATE '1995-01-01' + (hash(i, 1) % 11000)::INT AS since,
              (3000 + hash(i, 2) % 40000)::BIGINT AS wage,
              round(20 + (hash(i, 3) % 1800000) / 10000.0, 2) AS area
            FROM range({int(rows)}) t(i)) TO '{path}'
            (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 65536)"""
        )
    return path


def call_of(kind: str):
    """A call whose grounds were found, on the register."""
    from heli.engines.contracts import parse_contract, parse_policy
    from heli.exchange.calls.model import Call, Query
    from heli.exchange.compiled import CompiledGrant, CompiledResource
    from heli.exchange.connectors import open_connector
    from heli.kernel import clock
    from heli.kernel.actor import HELI

    parsed = parse_contract(contract())
    policy = parse_policy(parsed, POLICY)
    values = {
        "id": "bench", "consumer": "fgw", "purpose": "statistics", "purpose_zh": "",
        "policy": policy,
        "purpose_en": "", "legal_basis": "", "salt": bytes(32), "expires_at": clock.now(),
        "withheld": (), "revoked_at": None, "revoked_because": "",
    }  # fmt: skip
    known = {name: values.get(name) for name in CompiledGrant.__dataclass_fields__}
    resource = CompiledResource(
        id=1, address="rsj/bench_wages", department="rsj", title_zh="工资", title_en="Wages",
        shared=True, contract=parsed, grants={},
        connector=open_connector("parquet", parsed, {"file": REGISTER}),
    )  # fmt: skip
    query = Query(HELI, "fgw", resource.address, "", "", "", "statistics", extract=kind)
    return Call(query, resource=resource, grant=CompiledGrant(**known), policy=policy)


def make(kind: str, recipient: str = "bench") -> tuple[float, float, int, Path]:
    """Seconds by the clock and of one core, records and path of one file through Heli."""
    from heli.exchange.extracts import production
    from heli.exchange.extracts.formats import spool

    call = call_of(kind)
    began, used = time.perf_counter(), time.process_time()
    made = production.make(call, recipient)
    spent = time.perf_counter() - began, time.process_time() - used
    return *spent, made.file.rows, spool(recipient)


def copy(path: Path, kind: str) -> float:
    """Seconds of DuckDB's plain copy of the same columns."""
    import duckdb

    target = path.with_name(f"plain.{kind}")
    columns = ", ".join(name for name, *_ in FIELDS)
    with duckdb.connect(config={"threads": 2, "memory_limit": "256MB"}) as connection:
        began = time.perf_counter()
        connection.execute(
            f"COPY (SELECT {columns} FROM read_parquet('{path}')) TO '{target}' (FORMAT {kind})"
        )
        spent = time.perf_counter() - began
    target.unlink()
    return spent


def run() -> list[dict[str, object]]:
    """Speed, memory, tracing."""
    return [*speed(), *memory(), *tracing()]


def speed() -> list[dict[str, object]]:
    """Records a second by the clock and of one core, against the plain copy."""
    path = write_register(ROWS)
    found: list[dict[str, object]] = []
    for kind in ("parquet", "csv"):
        spent, used, rows, file = make(kind)
        file.unlink()
        plain = copy(path, kind)
        found.append(
            {
                "what": f"extract of {rows:,} records as {kind}, masked and marked",
                "heli": f"{rows / spent:,.0f}/s",
                "peer": f"DuckDB COPY {ROWS / plain:,.0f}/s",
                "ratio": plain / spent,
            }
        )
        found.append(
            {
                "what": f"the same beside the aim ({kind}; by core {rows / used:,.0f}/s)",
                "heli": f"{rows / spent:,.0f}/s",
                "peer": f"aim {AIM:,}/s",
                "ratio": rows / spent / AIM,
            }
        )
    return found


PEAK = """
import sys
from heli.site.startup import setup
setup()
from bench import extract
extract.make("parquet", "memory")[-1].unlink()
print(next(l.split()[1] for l in open("/proc/self/status") if l.startswith("VmHWM")))
"""


def memory() -> list[dict[str, object]]:
    """Peak memory of a process that makes one file."""
    peaks = []
    for rows in (ROWS // 4, ROWS):
        write_register(rows)
        done = subprocess.run(
            [sys.executable, "-c", PEAK], capture_output=True, text=True, check=True, env=os.environ
        )
        peaks.append(int(done.stdout.strip().splitlines()[-1]) / 1024)
    return [
        {
            "what": f"peak memory of making {ROWS:,} records",
            "heli": f"{peaks[1]:.0f} MB",
            "peer": f"a quarter of them {peaks[0]:.0f} MB",
            "ratio": peaks[0] / peaks[1],
        }
    ]


RECIPIENTS = 50
TRIALS = 40


def tracing() -> list[dict[str, object]]:
    """Misses and false accusations after what leakers do."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    from heli.engines.fingerprint import Marker, accuse, read, score
    from heli.exchange.extracts import marks
    from heli.exchange.extracts.outcome import LIMIT

    write_register(20_000)
    from heli.kernel.home import folder

    register = pq.read_table(folder("registers") / REGISTER).combine_chunks().to_batches()[0]
    call = call_of("parquet")
    plan = marks.plan_of(call.opened[0].contract, call.opened[2])
    secret = marks.secret()
    names = [f"recipient-{number}" for number in range(RECIPIENTS)]
    copies = [Marker(plan, secret, name).mark(register).sort_by("number") for name in names[:6]]
    every = ["number", "employer", "since", "wage", "area"]

    def rounded(columns: dict[str, pa.Array], to: float) -> dict[str, pa.Array]:
        wage = np.round(columns["wage"].to_numpy() / to) * to
        return columns | {"wage": pa.array(wage).cast(pa.int64())}

    def tried(kept: list[str], rows: int, *, two: bool = False, to: float = 0) -> tuple[int, int]:
        """Misses and false accusations."""
        rng = np.random.default_rng(rows + 7 * two + int(to))
        missed = wrong = 0
        for _ in range(TRIALS):
            one, other = (int(n) for n in rng.choice(6, 2, replace=False))
            chosen = pa.array(rng.permutation(register.num_rows)[:rows])
            file = {name: copies[one].column(name).take(chosen) for name in kept}
            guilty = {names[one]}
            if two:
                guilty |= {names[other]}
                for name in kept:
                    lot = pa.array(rng.random(rows) < 0.5)
                    file[name] = pc.if_else(
                        lot, file[name], copies[other].column(name).take(chosen)
                    )
            if to:
                file = rounded(file, to)
            scores = score(secret, read(plan, secret, file), names)
            named = {f.score.recipient for f in accuse(scores, suspects=RECIPIENTS, limit=LIMIT)}
            missed += not named & guilty
            wrong += len(named - guilty)
        return missed, wrong

    cases = [
        ("1,000 records (5 %), all columns", every, 1_000, {}),
        ("200 records (1 %), all columns", every, 200, {}),
        ("50 records, all columns", every, 50, {}),
        ("20 records, all columns", every, 20, {}),
        ("5 %, pseudonym, date and wage left", ["number", "since", "wage"], 1_000, {}),
        ("5 %, no identifier: date, wage, area", ["since", "wage", "area"], 1_000, {}),
        ("5 %, pseudonym and wage left", ["number", "wage"], 1_000, {}),
        ("20 %, date and wage left", ["since", "wage"], 4_000, {}),
        ("5 %, two recipients mix value by value", every, 1_000, {"two": True}),
        ("5 %, wage rounded to half its step", every, 1_000, {"to": 5}),
        ("5 %, wage rounded to ten steps", every, 1_000, {"to": 100}),
        ("5 %, only pseudonym and wage, rounded away", ["number", "wage"], 1_000, {"to": 100}),
    ]
    found: list[dict[str, object]] = []
    for what, kept, rows, how in cases:
        missed, wrong = tried(kept, rows, **how)
        found.append(
            {
                "what": f"traced: {what}",
                "heli": f"{TRIALS - missed}/{TRIALS}",
                "peer": f"{wrong} false of {TRIALS * RECIPIENTS}; limit 1e-6",
            }
        )
    return found


if __name__ == "__main__":
    print(json.dumps(run(), indent=1))
