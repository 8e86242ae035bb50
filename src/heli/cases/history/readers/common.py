"""What every reader offers, and the choice of the reader by the file's name and first bytes."""

import gzip
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Protocol, Self, cast

from heli.errors import BadInputError, NotFoundError, UnsupportedError, gettext_noop

GZIP_MAGIC = b"\x1f\x8b"
ZIP_MAGIC = b"PK\x03\x04"


class LogNotFoundError(NotFoundError):
    """There is no such file."""

    code = "cases.history.file_not_found"
    message = gettext_noop("There is no file {path}.")
    remedy = gettext_noop("Check the path; the folder holds: {beside}.")


class UnknownLogFormatError(UnsupportedError):
    """The file is neither CSV nor XES."""

    code = "cases.history.unknown_format"
    message = gettext_noop("{path} is neither a CSV nor an XES event log ({found}).")
    remedy = gettext_noop("Save it as CSV or XES, compressed with gzip or not, and import that.")


class UnreadableLogError(BadInputError):
    """The file breaks off or is not what its name says."""

    code = "cases.history.unreadable"
    message = gettext_noop("{path} cannot be read from row {row} on: {reason}.")
    remedy = gettext_noop("Export the log again; what was imported before that row stays.")


class LogReader(Protocol):
    """An open event log.

    Attributes:
        columns: Names of the columns; for XES the attributes that any event or its trace has, the
            trace's with the prefix ``case:``.
        size: Bytes of the file as stored, for progress.
    """

    columns: Sequence[str]
    size: int

    def rows(self, names: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
        """Row number and the values of the named columns; absent ones are empty texts.

        Raises:
            UnreadableLogError: The file breaks off.
        """

    def position(self) -> int:
        """Bytes read so far, as stored."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class Source:
    """A file opened for reading, decompressed where needed, that knows how far it was read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = path.stat().st_size
        self._raw = path.open("rb")
        self.compressed = self._raw.read(2) == GZIP_MAGIC
        self._raw.seek(0)
        self.stream: BinaryIO = (
            cast(BinaryIO, io.BufferedReader(cast(io.RawIOBase, gzip.GzipFile(fileobj=self._raw))))
            if self.compressed
            else self._raw
        )

    def head(self, count: int) -> bytes:
        """The first ``count`` bytes of the content, leaving the stream at its beginning."""
        try:
            found = self.stream.read(count)
        except (OSError, EOFError) as error:
            raise UnreadableLogError(path=self.path.name, row=1, reason=error) from error
        self.stream.seek(0)
        return found

    def position(self) -> int:
        """Bytes of the stored file read so far."""
        return self._raw.tell()

    def close(self) -> None:
        """Close the file."""
        self.stream.close()
        self._raw.close()


def open_log(path: Path) -> LogReader:
    """Open an event log; the kind is told by its content, not only by its name.

    Raises:
        LogNotFoundError: There is no such file.
        UnknownLogFormatError: It is neither CSV nor XES.
        UnreadableLogError: It is empty or damaged.
    """
    from heli.cases.history.readers.csv_log import CsvLog
    from heli.cases.history.readers.xes_log import XesLog

    if not path.is_file():
        folder = path.parent if path.parent.is_dir() else Path()
        beside = sorted(item.name for item in folder.iterdir() if item.is_file())[:8]
        raise LogNotFoundError(path=path, beside=", ".join(beside) or "—")
    source = Source(path)
    try:
        head = source.head(4096)
        if not head.strip():
            raise UnreadableLogError(path=path.name, row=1, reason="the file is empty")
        if head.startswith(ZIP_MAGIC):
            raise UnknownLogFormatError(path=path.name, found="ZIP or Excel workbook")
        if _is_xml(head):
            return XesLog(source)
        if b"\0" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise UnknownLogFormatError(path=path.name, found="binary data")
        return CsvLog(source)
    except BaseException:
        source.close()
        raise


def _is_xml(head: bytes) -> bool:
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
