"""Excel workbooks under ``HELI_HOME/registers``."""

import datetime as dt
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from heli.engines.contracts import Contract
from heli.errors import gettext_noop
from heli.exchange.connectors.options import register_file
from heli.exchange.connectors.snapshots import SnapshotConnector, file_changed_at, file_stamp
from heli.exchange.connectors.types import arrow_schema, checked_batch
from heli.exchange.contracts.workbooks import WorkbookTooLargeError, opened, rows

BATCH_ROWS = 10_000


class ExcelConnector(SnapshotConnector):
    """Reads one sheet of a workbook whose first row holds the names of the columns.

    A number in a column of text is refused: Excel drops the leading zeros of a code and the last
    digits of an identity number that it takes for a number.

    Args:
        contract: Names the fields and the one that holds the subject.
        options: ``file``; ``sheet`` (the first where not given), ``columns``.

    Raises:
        BadInputError: An option is missing or unknown.
    """

    def __init__(self, contract: Contract, options: Mapping[str, Any]) -> None:
        super().__init__(contract, options)
        self._path = register_file(options, "xlsx")
        self._sheet = str(options.get("sheet", ""))

    def _stamp(self) -> str:
        return file_stamp(self._path)

    def changed_at(self) -> dt.datetime:
        """When the file was last replaced or written to."""
        return file_changed_at(self._path)

    def _write(self, target: Path) -> None:
        import pyarrow.parquet as pq
        from openpyxl.utils.exceptions import InvalidFileException

        names = self._contract.names
        try:
            with pq.ParquetWriter(target, arrow_schema(self._contract, names)) as writer:
                for batch in self._batches():
                    writer.write_batch(batch)
        except WorkbookTooLargeError as error:
            raise OSError(
                gettext_noop("the workbook is too large to be read; save the sheet as CSV")
            ) from error
        except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, EOFError) as error:
            raise OSError("the file is not an Excel workbook that can be read") from error

    def _batches(self) -> Iterator[pa.RecordBatch]:
        with opened(self._path) as book:
            if self._sheet and self._sheet not in book.sheetnames:
                raise OSError(f"the workbook has no sheet {self._sheet}")
            found = rows(book[self._sheet] if self._sheet else book.worksheets[0])
            places = _places(next(found, ()), self._columns, self._contract.names)
            filled = (row for row in found if any(cell not in (None, "") for cell in row))
            while chunk := list(islice(filled, BATCH_ROWS)):
                values = [[_cell(row, place) for place in places] for row in chunk]
                yield checked_batch(self._contract, self._contract.names, values)


def _places(
    header: Sequence[Any], columns: Mapping[str, str], names: Sequence[str]
) -> list[int]:  # fmt: skip
    found = {str(cell).strip(): place for place, cell in enumerate(header) if cell is not None}
    if missing := [columns[name] for name in names if columns[name] not in found]:
        raise OSError(f"the sheet has no column {', '.join(missing)}")
    return [found[columns[name]] for name in names]


def _cell(row: Sequence[Any], place: int) -> Any:
    value = row[place] if place < len(row) else None
    return None if value == "" else value
