"""Event logs as CSV: UTF-8, UTF-16 or GB18030; separated by comma, semicolon or tab."""

import csv
import io
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import IO, Self

from heli.cases.history.readers.common import Source, UnreadableLogError

SAMPLE = 1 << 16
TOO_MANY = "\0too many values"


class CsvLog:
    """An open CSV log; the first row names the columns."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.size = source.size
        sample = source.head(SAMPLE)
        self.encoding = _encoding(sample)
        text: IO[str] = io.TextIOWrapper(source.stream, encoding=self.encoding, newline="")
        self._text = text
        header = sample.decode(self.encoding, errors="ignore").partition("\n")[0]
        self.delimiter = max(",;\t", key=header.count)
        self._reader = csv.reader(text, delimiter=self.delimiter)
        try:
            self.columns: Sequence[str] = next(self._reader)
        except (csv.Error, UnicodeDecodeError, StopIteration) as error:
            raise UnreadableLogError(path=source.path.name, row=1, reason=error) from error

    def rows(self, names: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
        """Line number and the values of the named columns.

        A row with more values than columns has the mark :data:`TOO_MANY` as its first value, one
        with fewer has empty texts for the rest; blank lines are passed over.
        """
        known = {name: place for place, name in reversed([*enumerate(self.columns)]) if name}
        places = [known.get(name, -1) for name in names]
        width = len(self.columns)
        reader = self._reader
        try:
            for row in reader:
                if not row:
                    continue
                if len(row) != width:
                    surplus = len(row) > width
                    row = [*row[:width], *[""] * (width - len(row))]  # noqa: PLW2901
                    if surplus:
                        yield reader.line_num, [TOO_MANY, *([""] * (len(names) - 1))]
                        continue
                yield reader.line_num, [row[place] if place >= 0 else "" for place in places]
        except (csv.Error, UnicodeDecodeError, OSError, EOFError) as error:
            raise UnreadableLogError(
                path=self._source.path.name, row=reader.line_num + 1, reason=error
            ) from error

    def position(self) -> int:
        """Bytes read so far, as stored."""
        return self._source.position()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._text.close()
        self._source.close()


def _encoding(sample: bytes) -> str:
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        # The sample may end inside a character; only what stands before its last line counts.
        (sample[: sample.rfind(b"\n")] if b"\n" in sample else sample).decode("utf-8")
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8-sig"
