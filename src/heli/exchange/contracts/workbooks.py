"""Excel workbooks, opened only where they cannot take the memory and time of everybody else.

A workbook is a ZIP archive, and a small one can unpack to any size. What its directory says of the
sizes is held against limits before anything is unpacked; an entry that holds more than it says is
cut off there and fails by its checksum.
"""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, cast
from zipfile import ZIP_DEFLATED, ZIP_STORED

from heli.errors import gettext_noop
from heli.kernel.deadlines import left

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

MOST_BYTES = 200_000_000
"""How large a workbook may be when unpacked."""
MOST_PART_BYTES = 32_000_000
"""How large each part may be that is held in memory as a whole: shared texts, styles, the rest."""
MOST_PARTS = 5_000
MOST_TEXTS = 1_000_000
"""How many shared texts there may be."""
MOST_TAGS = 6_000_000
"""How many tags each part may have that is held in memory as a whole."""
MOST_TYPES_BYTES = 1_000_000
_TYPES = "[Content_Types].xml"
_BLOCK = 1 << 20


class WorkbookTooLargeError(OSError):
    """A workbook would take more memory or time than one may."""


@contextmanager
def opened(path: Path) -> Iterator["Workbook"]:
    """A workbook to be read row by row with :func:`rows`.

    Raises:
        WorkbookTooLargeError: It is too large when unpacked, or there is no time left to read it
            (:func:`heli.kernel.deadlines.ending`).
        BadZipFile: It is no workbook, or its sizes are not true.
    """
    import openpyxl

    _check(path)
    with path.open("rb") as file:
        book = openpyxl.load_workbook(
            cast("BinaryIO", _Timed(file)), read_only=True, data_only=True, keep_links=False
        )
        try:
            yield book
        finally:
            book.close()


def rows(sheet: "Worksheet") -> Iterator[tuple[Any, ...]]:
    """The values of a sheet, row by row.

    Raises:
        WorkbookTooLargeError: The time is over.
    """
    for row in sheet.iter_rows(values_only=True):
        _in_time()
        yield row


def _check(path: Path) -> None:
    with zipfile.ZipFile(path) as packed:
        parts = packed.infolist()
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_BYTES:
            raise WorkbookTooLargeError(
                gettext_noop("the workbook is larger than 200 MB when unpacked")
            )
        # Other ways of packing give any amount at once; Excel uses none of them.
        if any(part.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for part in parts):
            raise zipfile.BadZipFile("packed in a way that Excel does not use")
        named, sheets = _named(packed)
        for part in parts:
            name = part.filename
            if name not in sheets and (name in named or name.endswith((".xml", ".rels"))):
                _check_part(packed, part)


def _named(packed: zipfile.ZipFile) -> tuple[set[str], set[str]]:
    """Names of the parts that a workbook says it has, and of those that are read row by row."""
    from openpyxl.packaging.manifest import Manifest
    from openpyxl.xml.constants import SHARED_STRINGS, WORKSHEET_TYPE
    from openpyxl.xml.functions import fromstring

    if packed.getinfo(_TYPES).file_size > MOST_TYPES_BYTES:
        raise _too_many()
    types = Manifest.from_tree(cast("Any", fromstring(packed.read(_TYPES))))
    if types is None:
        raise zipfile.BadZipFile("it names no parts")
    sheets = {part.PartName[1:] for part in types.findall(WORKSHEET_TYPE)}
    texts = {part.PartName[1:] for part in types.findall(SHARED_STRINGS)}
    return {part.PartName[1:] for part in types.Override}, sheets - texts


def _check_part(packed: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    if part.file_size > MOST_PART_BYTES:
        raise _too_many()
    texts, tags, tail = 0, 0, b""
    with packed.open(part) as file:
        while block := file.read(_BLOCK):
            plain = block.replace(b"\0", b"")  # of UTF-16
            tags += plain.count(b"<")
            joined = tail + plain
            texts += joined.count(b"<si") + joined.count(b":si")
            tail = joined[-2:]
            if texts > MOST_TEXTS or tags > MOST_TAGS:
                raise _too_many()


def _too_many() -> WorkbookTooLargeError:
    return WorkbookTooLargeError(
        gettext_noop("the workbook holds more than a million texts, or more than 32 MB of them")
    )


def _in_time() -> None:
    if not left():
        raise WorkbookTooLargeError(gettext_noop("the workbook takes too long to read"))


class _Timed:
    """A file that can no longer be read when the time is over."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        _in_time()
        return self._file.read(size)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)
