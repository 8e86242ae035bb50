"""Reading a found file as a table, whatever made it: CSV, Excel, JSON, Parquet, Arrow."""

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pcsv
import pyarrow.parquet as pq

from heli.errors import gettext_noop
from heli.exchange.extracts.errors import UnreadableFileError

MOST_ROWS = 300_000
MOST_COLUMNS = 500
MOST_BYTES = 200 * 1024 * 1024
ENCODINGS = ("utf-8-sig", "gb18030")

READABLE = (
    pa.ArrowException, ValueError, KeyError, TypeError, IndexError, OSError, RecursionError,
    zipfile.BadZipFile, csv.Error,
)  # fmt: skip


def read_table(content: bytes) -> pa.Table:
    """A found file as a table of at most 300,000 records.

    What it is, its first bytes say, not its name.

    Raises:
        UnreadableFileError: It is no table that can be read, or too large.
    """
    if len(content) > MOST_BYTES:
        megabytes = MOST_BYTES // 1024 // 1024
        raise UnreadableFileError(reason=f"it is larger than {megabytes} MB")
    try:
        table = _reader(content)(content)
    except READABLE as error:
        raise UnreadableFileError(reason=type(error).__name__) from error
    if not table.num_columns or not table.num_rows:
        raise UnreadableFileError(reason=gettext_noop("it holds no records"))
    if table.num_columns > MOST_COLUMNS:
        raise UnreadableFileError(reason=f"it has more than {MOST_COLUMNS} columns")
    return table.slice(0, MOST_ROWS)


def read_path(path: Path) -> tuple[bytes, pa.Table]:
    """A file's content and its table.

    Raises:
        UnreadableFileError: It cannot be read.
    """
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise UnreadableFileError(reason=error.strerror or "unreadable") from error
    return content, read_table(content)


def _reader(content: bytes) -> Callable[[bytes], pa.Table]:
    if content.startswith(b"PAR1"):
        return _parquet
    if content.startswith((b"ARROW1", b"\xff\xff\xff\xff")):
        return _arrow
    if content.startswith(b"PK\x03\x04"):
        return _excel
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"[", b"{")):
        return _json
    return _csv


def _parquet(content: bytes) -> pa.Table:
    file = pq.ParquetFile(pa.BufferReader(content))
    return _some(file.iter_batches(), file.schema_arrow)


def _arrow(content: bytes) -> pa.Table:
    source = pa.BufferReader(content)
    if content.startswith(b"ARROW1"):
        reader = pa.ipc.open_file(source)
        batches: Iterable[pa.RecordBatch] = map(reader.get_batch, range(reader.num_record_batches))
        return _some(batches, reader.schema)
    stream = pa.ipc.open_stream(source)
    return _some(stream, stream.schema)


def _some(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> pa.Table:
    """As many batches as hold the records that are looked at."""
    kept, rows = [], 0
    for batch in batches:
        kept.append(batch)
        rows += batch.num_rows
        if rows >= MOST_ROWS:
            break
    return pa.Table.from_batches(kept, schema=schema)


def _excel(content: bytes) -> pa.Table:
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    sheet = book.worksheets[0]
    rows = sheet.iter_rows(values_only=True, max_row=MOST_ROWS + 1, max_col=MOST_COLUMNS)
    head = [str(name) if name is not None else "" for name in next(rows)]
    return _from_rows(head, list(rows))


def _json(content: bytes) -> pa.Table:
    text = _decoded(content)
    try:
        given = json.loads(text)
    except ValueError:
        given = [json.loads(line) for line in text.splitlines()[:MOST_ROWS] if line.strip()]
    if isinstance(given, Mapping):
        # Records wrapped in an answer: the first list of objects in it.
        lists = [v for v in given.values() if isinstance(v, list) and v]
        given = next((v for v in lists if isinstance(v[0], Mapping)), [given])
    records = [record for record in given[:MOST_ROWS] if isinstance(record, Mapping)]
    head = list(dict.fromkeys(str(name) for record in records for name in record))
    return _from_rows(head, [[record.get(name) for name in head] for record in records])


def _csv(content: bytes) -> pa.Table:
    text = _decoded(content)
    first = text.split("\n", 1)[0].rstrip("\r")
    delimiter = max(",;\t|", key=first.count)
    head = next(csv.reader([first], delimiter=delimiter))
    names = [f"{number}" for number in range(len(head))]
    table = pcsv.read_csv(
        io.BytesIO(text.encode()),
        read_options=pcsv.ReadOptions(column_names=names, skip_rows=1, use_threads=False),
        parse_options=pcsv.ParseOptions(
            delimiter=delimiter, newlines_in_values=True, invalid_row_handler=lambda row: "skip"
        ),
        convert_options=pcsv.ConvertOptions(column_types={name: pa.string() for name in names}),
    )
    return table.rename_columns(_unique(head))


def _decoded(content: bytes) -> str:
    for encoding in ENCODINGS:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise UnreadableFileError(reason=gettext_noop("it is neither UTF-8 nor GB 18030 text"))


def _from_rows(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> pa.Table:
    columns = {
        name: pa.array([_cell(row[number]) if number < len(row) else None for row in rows],
                       pa.string())
        for number, name in enumerate(_unique(head))
    }  # fmt: skip
    return pa.table(columns)


def _cell(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value if isinstance(value, str) else str(value)


def _unique(head: Sequence[str]) -> list[str]:
    """Names, each once."""
    seen: dict[str, int] = {}
    made = []
    for name in head:
        seen[name] = seen.get(name, 0) + 1
        made.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return made
