"""Contracts and tables read from files; nothing here needs Django's settings."""

import csv
import datetime as dt
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

from heli.engines.contracts import (
    Contract,
    json_schema,
    openapi,
    parse_contract,
    read_text,
    write_json,
    write_yaml,
)
from heli.engines.contracts import dump_contract as document_of
from heli.engines.contracts.examples import example_record
from heli.errors import BadInputError, gettext_noop
from heli.exchange.contracts.workbooks import WorkbookTooLargeError, opened, rows
from heli.kernel.deadlines import ending

MOST_BYTES = 2_000_000
MOST_ROWS = 10_000
MOST_COLUMNS = 500
EXAMPLE_ROWS = 3
EXCEL_SECONDS = 20.0
ENCODINGS = ("utf-8-sig", "gb18030")
TABLES = (".csv", ".tsv", ".xlsx", ".parquet")


class UnreadableFileError(BadInputError):
    """A file cannot be read as what it should be."""

    code = "exchange.unreadable_file"
    message = gettext_noop("{file} cannot be read: {reason}.")
    remedy = gettext_noop("Give a file that opens in the program it was made with.")


class TooLargeWorkbookError(BadInputError):
    """An Excel workbook would take more memory or time than one may."""

    code = "exchange.workbook_too_large"
    message = gettext_noop("{file} cannot be read: {reason}.")
    remedy = gettext_noop("Save the sheet as CSV and give that file.")


class UnknownTableError(BadInputError):
    """A table of a kind that is not read."""

    code = "exchange.unknown_table"
    message = gettext_noop("{file} is no table of a kind that is read.")
    remedy = gettext_noop("Give a file whose name ends in one of {kinds}.")


@dataclass(frozen=True, slots=True)
class Table:
    """The head of a table.

    Attributes:
        headers: Titles of the columns.
        rows: Rows, at most :data:`MOST_ROWS`.
        whole: Whether these are all rows.
        encoding: Of a text file, empty for others.
    """

    headers: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    whole: bool
    encoding: str = ""


def read_document(path: Path) -> dict[str, Any]:
    """Read a contract document from a YAML or JSON file.

    Raises:
        UnreadableFileError: There is no such file, it is too large or not UTF-8.
        ContractTextError: It is neither YAML nor JSON.
    """
    return read_text(decode(read_bytes(path), path.name))


def decode(content: bytes, name: str) -> str:
    """The text of a contract file.

    Raises:
        UnreadableFileError: It is too large or not UTF-8.
    """
    if len(content) > MOST_BYTES:
        raise UnreadableFileError(file=name, reason=gettext_noop("it is larger than 2 MB"))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UnreadableFileError(file=name, reason=gettext_noop("it is not UTF-8")) from None


def read_contract(path: Path) -> Contract:
    """Read a contract from a file.

    Raises:
        UnreadableFileError: The file cannot be read.
        ContractError: It is no contract that Heli can keep.
    """
    return parse_contract(read_document(path))


def read_bytes(path: Path) -> bytes:
    """All of a file.

    Raises:
        UnreadableFileError: It cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UnreadableFileError(file=str(path), reason=reason) from None


def resource_name(path: Path) -> str:
    """A name for the resource that a file holds."""
    name = "".join(c if c.isascii() and c.isalnum() else "_" for c in path.stem.lower()).strip("_")
    return name[:60] if name[:1].isalpha() else "resource"


def read_table(path: Path) -> Table:
    """Read the head of a CSV, Excel or Parquet file.

    Raises:
        UnknownTableError: Its name does not say that it is one.
        UnreadableFileError: It is not what its name says.
        TooLargeWorkbookError: It is a workbook that would take too much memory or time.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise UnknownTableError(file=path.name, kinds=", ".join(TABLES))
    if not path.is_file():
        raise UnreadableFileError(file=str(path), reason=gettext_noop("there is no such file"))
    try:
        table = reader(path)
    except WorkbookTooLargeError as error:
        raise TooLargeWorkbookError(file=path.name, reason=str(error)) from None
    except (OSError, ValueError, KeyError, csv.Error) as error:
        raise UnreadableFileError(file=path.name, reason=str(error)[:200]) from None
    except Exception as error:  # the libraries let errors of their own through
        if type(error).__module__.split(".")[0] not in ("openpyxl", "zipfile", "xml", "pyarrow"):
            raise
        raise UnreadableFileError(file=path.name, reason=str(error)[:200]) from None
    if len(table.headers) > MOST_COLUMNS:
        reason = gettext_noop("it has more than 500 columns")
        raise UnreadableFileError(file=path.name, reason=reason)
    return table


def _read_csv(path: Path) -> Table:
    for encoding in ENCODINGS:
        try:
            with path.open(encoding=encoding, newline="") as file:
                return _rows_of_text(file, encoding, path.suffix.lower() == ".tsv")
        except UnicodeDecodeError:
            continue
    raise ValueError("it is neither UTF-8 nor GB 18030")


def _rows_of_text(file: io.TextIOWrapper, encoding: str, tabs: bool) -> Table:
    sample = file.read(64 * 1024)
    file.seek(0)
    first = sample.splitlines()[0] if sample.strip() else ""
    delimiter = "\t" if tabs else max(",;\t|", key=first.count)
    rows = csv.reader(file, delimiter=delimiter)
    return _table(rows, "utf-8" if encoding == "utf-8-sig" else encoding)


def _read_excel(path: Path) -> Table:
    with ending(EXCEL_SECONDS), opened(path) as book:
        return _table([_cell(value) for value in row] for row in rows(book.worksheets[0]))


def _cell(value: Any) -> Any:
    """Excel knows no dates without a time; a day at midnight is a day."""
    if isinstance(value, dt.datetime):
        return value.date() if value.time() == dt.time() else value.isoformat()
    return value


def _read_parquet(path: Path) -> Table:
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        names = tuple(file.schema_arrow.names)
        total = file.metadata.num_rows
        rows: list[tuple[Any, ...]] = []
        for batch in file.iter_batches(batch_size=2_000):
            columns = batch.to_pydict()
            rows += zip(*(columns[name] for name in names), strict=True)
            if len(rows) >= MOST_ROWS:
                break
    return Table(names, tuple(rows[:MOST_ROWS]), whole=total <= MOST_ROWS)


def _table(rows: Iterator[Any], encoding: str = "") -> Table:
    filled = (tuple(row) for row in rows if any(value not in (None, "") for value in row))
    headers = next(filled, ())
    kept = list(islice(filled, MOST_ROWS + 1))
    width = len(headers)
    for number, row in enumerate(kept, 2):
        if any(value not in (None, "") for value in row[width:]):
            raise ValueError(f"row {number} has more values than there are titles")
    names = tuple("" if value is None else str(value).strip() for value in headers)
    body = tuple(row[:width] for row in kept[:MOST_ROWS])
    return Table(names, body, whole=len(kept) <= MOST_ROWS, encoding=encoding)


_READERS = {
    ".csv": _read_csv,
    ".tsv": _read_csv,
    ".xlsx": _read_excel,
    ".parquet": _read_parquet,
}


def csv_template(contract: Contract) -> str:
    """A CSV file to fill in: titles, and made-up rows that keep the contract."""
    rng = Random(contract.id)  # noqa: S311 - examples, not secrets
    out = io.StringIO()
    writer = csv.DictWriter(out, contract.names, lineterminator="\r\n")
    writer.writeheader()
    for _row in range(EXAMPLE_ROWS):
        writer.writerow(
            {key: _shown(value) for key, value in example_record(contract, rng).items()}
        )
    return "\ufeff" + out.getvalue()


def _shown(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


def exported(contract: Contract, kind: str, server: str) -> str:
    """A contract as another document.

    Args:
        contract: The contract version.
        kind: One of :data:`EXPORTS`.
        server: Where the interface is served, for OpenAPI.
    """
    if kind == "csv-template":
        return csv_template(contract)
    if kind == "odcs":
        return write_yaml(document_of(contract))
    documents: Mapping[str, Any] = {
        "openapi": lambda: openapi(contract, server),
        "jsonschema": lambda: json_schema(contract),
        "odcs-json": lambda: document_of(contract),
    }
    return write_json(documents[kind]())


EXPORTS = ("openapi", "jsonschema", "odcs", "odcs-json", "csv-template")
