"""The files of an edition, written in one pass over the source.

Only the columns that leave are read. What is written to CSV cannot be taken for a formula by a
spreadsheet program: text that begins like one is preceded by an apostrophe (OWASP, CSV injection).
"""

import csv
import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.parquet as pq

from heli.engines.contracts import Contract, LogicalType, Mask
from heli.exchange.connectors import Connector
from heli.exchange.extracts.formats import FORMULA_STARTS
from heli.kernel.home import folder
from heli.openness.portal.formats import FORMATS
from heli.openness.portal.profile import Profiler
from heli.openness.rules import Opening, counted_rows, shown_rows

PREVIEW = 20
BATCH = 8192
_TYPES: dict[LogicalType, pa.DataType] = {
    LogicalType.STRING: pa.string(),
    LogicalType.INTEGER: pa.int64(),
    LogicalType.NUMBER: pa.float64(),
    LogicalType.BOOLEAN: pa.bool_(),
    LogicalType.DATE: pa.date32(),
}


@dataclass(frozen=True, slots=True)
class Made:
    """What was written, still in a folder of its own.

    Attributes:
        files: Per format its size and SHA-256.
    """

    place: Path
    rows: int
    suppressed: int
    profile: dict[str, Any]
    preview: list[dict[str, Any]]
    files: dict[str, dict[str, Any]]


def make(contract: Contract, connector: Connector, opening: Opening) -> Made:
    """Read the source once and write every format.

    The caller moves the files where they belong, or discards the folder.

    Raises:
        OSError: The source cannot be read to its end, or the disk is full; nothing is left behind.
    """
    place = Path(tempfile.mkdtemp(prefix="new-", dir=folder("open")))
    try:
        return _make(place, contract, connector, opening)
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        raise


def _make(place: Path, contract: Contract, connector: Connector, opening: Opening) -> Made:
    records = _records(contract, connector, opening)
    suppressed = 0
    if opening.least:
        counted = counted_rows(opening, records)
        rows, suppressed = iter(counted.rows), counted.suppressed
    else:
        rows = shown_rows(opening, records)
    schema = schema_of(opening)
    profiler = Profiler(schema.names, "count" if opening.least else "")
    preview = _write(place, schema, rows, profiler)
    return Made(
        place=place,
        rows=profiler.rows,
        suppressed=suppressed,
        profile=profiler.result(str(place / "data.parquet")),
        preview=preview,
        files={
            kind: {
                "bytes": (place / f"data.{kind}").stat().st_size,
                "sha256": _digest(place / f"data.{kind}"),
            }
            for kind in FORMATS
        },
    )


def _records(
    contract: Contract, connector: Connector, opening: Opening
) -> Iterator[Mapping[str, Any]]:
    for batch in connector.scan(opening.source_columns, batch_rows=BATCH):
        yield from batch.to_pylist()


def schema_of(opening: Opening) -> pa.Schema:
    """Names and types of the columns given out."""
    columns: list[tuple[str, pa.DataType]] = []
    for each in opening.fields:
        kind = _TYPES[each.field.type]
        kept = each.mask in {Mask.CLEAR, Mask.BUCKET}
        columns.append((each.field.name, kind if kept else pa.string()))
    if opening.least:
        columns.append(("count", pa.int64()))
    columns += [(measure.name, pa.float64()) for measure in opening.measures]
    return pa.schema(columns)


def _write(
    place: Path, schema: pa.Schema, rows: Iterator[dict[str, Any]], profiler: Profiler
) -> list[dict[str, Any]]:
    preview: list[dict[str, Any]] = []
    with (
        # A mark at the start lets the spreadsheet programs of Windows read Chinese.
        (place / "data.csv").open("w", encoding="utf-8-sig", newline="") as table,
        (place / "data.json").open("w", encoding="utf-8") as listing,
        pq.ParquetWriter(place / "data.parquet", schema, compression="zstd") as columns,
    ):
        sheet = csv.writer(table)
        sheet.writerow(schema.names)
        listing.write("[")
        first = True
        while batch := list(islice(rows, BATCH)):
            for row in batch:
                profiler.add(row)
                sheet.writerow([_cell(row[name]) for name in schema.names])
            first = _list_rows(listing, batch, first)
            columns.write_table(_table(schema, batch))
            preview += batch[: PREVIEW - len(preview)]
        listing.write("\n]\n")
    return preview


def _list_rows(listing: IO[str], batch: Sequence[Mapping[str, Any]], first: bool) -> bool:
    for row in batch:
        text = json.dumps(row, ensure_ascii=False, separators=(",", ":"))
        listing.write(("\n" if first else ",\n") + text)
        first = False
    return first


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return value


def _table(schema: pa.Schema, rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    columns = []
    for column in schema:
        values = [row[column.name] for row in rows]
        if pa.types.is_date(column.type):
            columns.append(pa.array(values, pa.string()).cast(column.type))
        else:
            columns.append(pa.array(values, column.type))
    return pa.Table.from_arrays(columns, schema=schema)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
