"""Registers for the tests of fingerprints, seeded."""

import numpy as np
import pyarrow as pa

from heli.engines.fingerprint import (
    DATE,
    INTEGER,
    NUMBER,
    TEXT,
    Column,
    Marker,
    Tolerance,
    make_plan,
)

SECRET = bytes(range(32))
PLAN = make_plan(
    [
        Column("number", TEXT, identifying=True),
        Column("name", TEXT, identifying=True),
        Column("wage", INTEGER, tolerance=Tolerance(absolute=10)),
        Column("area", NUMBER, tolerance=Tolerance(relative=0.01)),
        Column("since", DATE, tolerance=Tolerance(absolute=2)),
    ]
)


def register(rows: int, seed: int = 1) -> pa.RecordBatch:
    rng = np.random.default_rng(seed)
    number = rng.permutation(10_000_000)[:rows]
    return pa.record_batch(
        {
            "number": pa.array([f"990101{each:012d}" for each in number]),
            "name": pa.array([f"示例{each % 99991}" for each in number]),
            "district": pa.array([f"9901{each % 20:02d}" for each in number]),
            "wage": pa.array(rng.integers(2_000, 40_000, rows)),
            "area": pa.array(np.round(rng.gamma(4.0, 25.0, rows), 2)),
            "since": pa.array(rng.integers(-5_000, 20_000, rows).astype(np.int32)).cast(
                pa.date32()
            ),
        }
    )


def marked(batch: pa.RecordBatch, recipient: str, plan=PLAN) -> pa.RecordBatch:
    return Marker(plan, SECRET, recipient).mark(batch)


def columns_of(batch: pa.RecordBatch, *names: str) -> dict[str, pa.Array]:
    return {name: batch.column(name) for name in names or batch.schema.names}


def sample(batch: pa.RecordBatch, rows: int, rng: np.random.Generator) -> pa.RecordBatch:
    """So many records, in no order."""
    return batch.take(pa.array(rng.permutation(batch.num_rows)[:rows]))
