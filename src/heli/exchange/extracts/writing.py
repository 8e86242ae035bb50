"""Writing extracts: to a private spool first, hashed on the way, batch by batch.

A spreadsheet takes a text that begins with ``=``, ``+``, ``-``, ``@`` or a control character for a
formula; in CSV such a text gets an apostrophe in front, so that nothing is ever executed.
"""

import hmac
import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pcsv
import pyarrow.parquet as pq

from heli.exchange.extracts.formats import FORMULA
from heli.exchange.models import ExtractFormat

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Writer(Protocol):
    """Writes record batches in one format."""

    def write_batch(self, batch: pa.RecordBatch) -> None:
        """Write a batch."""
        ...

    def close(self) -> None:
        """Write what stands at the end."""
        ...


class Sink:
    """A file in the spool that hashes what is written to it.

    Attributes:
        size: Bytes written.
        fault: What the disk said, if it refused.
    """

    def __init__(self, path: Path, key: bytes) -> None:
        self._part = path.with_name(f"{path.name}.part")
        self._path = path
        self._hash = hmac.new(key, digestmod=sha256)
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
        self._file = os.fdopen(os.open(self._part, flags, 0o600), "wb")
        self.size = 0
        self.fault: OSError | None = None
        self.closed = False
        self._dropped = False

    def write(self, content: Any) -> int:
        """Take more of the file; once it is dropped, writers may still say their last."""
        data = memoryview(content)
        if self._dropped:
            return data.nbytes
        try:
            self._file.write(data)
        except OSError as error:
            self.fault = error
            raise
        self._hash.update(data)
        self.size += data.nbytes
        return data.nbytes

    def tell(self) -> int:
        """Bytes written so far."""
        return self.size

    def flush(self) -> None:
        """Pass on what is kept back."""

    def writable(self) -> bool:
        """It is."""
        return True

    def readable(self) -> bool:
        """It is not."""
        return False

    def seekable(self) -> bool:
        """It is not."""
        return False

    def close(self) -> None:
        """Arrow closes what it wrote to; the file itself is kept or dropped by who made it."""

    def keep(self) -> str:
        """Put the file on disk and in its place; returns its keyed hash, in hexadecimal."""
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._part.replace(self._path)
        except OSError as error:
            self.fault = error
            raise
        return self._hash.hexdigest()

    def drop(self) -> None:
        """Leave nothing of the file."""
        self._dropped = True
        try:
            self._file.close()
        except OSError as error:
            self.fault = self.fault or error
        self._part.unlink(missing_ok=True)


def open_writer(sink: Sink, kind: str, schema: pa.Schema) -> Writer:
    """A writer of a format into a spool file."""
    return _WRITERS[ExtractFormat(kind)](sink, schema)


class _Csv:
    def __init__(self, sink: Sink, schema: pa.Schema) -> None:
        sink.write(BYTE_ORDER_MARK)
        self._writer = pcsv.CSVWriter(_python_file(sink), schema)

    def write_batch(self, batch: pa.RecordBatch) -> None:
        self._writer.write_batch(without_formulas(batch))

    def close(self) -> None:
        self._writer.close()


def without_formulas(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch with an apostrophe before every text that a spreadsheet would execute."""
    return pa.RecordBatch.from_arrays(
        [_harmless(column) if pa.types.is_string(column.type) else column
         for column in batch.columns],
        schema=batch.schema,
    )  # fmt: skip


def _harmless(texts: Any) -> Any:
    risky = pc.match_substring_regex(texts, FORMULA)
    if not pc.any(risky).as_py():
        return texts
    marked = pc.binary_join_element_wise(pa.scalar("'"), texts, "")
    return pc.if_else(risky, marked, texts)


def _parquet(sink: Sink, schema: pa.Schema) -> Writer:
    writer: Writer = pq.ParquetWriter(_python_file(sink), schema, compression="zstd")
    return writer


def _arrow(sink: Sink, schema: pa.Schema) -> Writer:
    writer: Writer = pa.ipc.new_stream(_python_file(sink), schema)
    return writer


def _python_file(sink: Sink) -> Any:
    return pa.PythonFile(sink, mode="w")  # type: ignore[arg-type]


_WRITERS: dict[ExtractFormat, Callable[[Sink, pa.Schema], Writer]] = {
    ExtractFormat.CSV: _Csv,
    ExtractFormat.PARQUET: _parquet,
    ExtractFormat.ARROW: _arrow,
}
