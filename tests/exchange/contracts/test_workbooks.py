"""Small workbooks that unpack to something large are refused before they take memory or time."""

import struct
import time
import zipfile

import openpyxl
import pytest
from tests.exchange.sources import CONTRACT, ROWS, write_excel

from heli.exchange.connectors import open_connector
from heli.exchange.contracts import files
from heli.exchange.contracts.files import TooLargeWorkbookError, UnreadableFileError, read_table
from heli.kernel.home import folder

SHEET = "xl/worksheets/sheet1.xml"
TEXTS = "xl/sharedStrings.xml"
SST = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
TYPE = (
    '<Override PartName="/{name}" ContentType="application/'
    'vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"/></Types>'
)


def workbook(path, parts=None, *, texts=TEXTS, packing=zipfile.ZIP_DEFLATED):
    """A workbook with one row, and with other or further parts."""
    plain = path.with_suffix(".plain")
    book = openpyxl.Workbook()
    book.active.append(["code", "label"])
    book.active.append(["F1", "x"])
    book.save(plain)
    parts = dict(parts or {})
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(path, "w", packing) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "[Content_Types].xml" and TEXTS.encode() not in content:
                content = content.replace(b"</Types>", TYPE.format(name=texts).encode())
            if name not in parts and name != texts:
                new.writestr(name, content)
        for name, content in {texts: SST + b"</sst>", **parts}.items():
            new.writestr(name, content)
    return path


def refused(path):
    assert path.stat().st_size < 2_000_000
    started = time.monotonic()
    with pytest.raises(TooLargeWorkbookError) as error:
        read_table(path)
    assert time.monotonic() - started < 40  # without limits it takes minutes
    assert "CSV" in error.value.remedy
    return error.value.figures["reason"]


def test_a_workbook_of_the_usual_size_is_read(tmp_path):
    many = SST + b"<si><t>x</t></si>" * 10_000 + b"</sst>"
    table = read_table(workbook(tmp_path / "usual.xlsx", {TEXTS: many}))
    assert table.headers == ("code", "label")
    assert table.rows == (("F1", "x"),)


@pytest.mark.parametrize(
    "texts",
    [TEXTS, "xl/worksheets/sheet9.xml", "xl/strings.bin"],
    ids=["by its name", "among the sheets", "as something else"],
)
@pytest.mark.parametrize(
    "content",
    [
        SST + b"<si><t>" + b"x" * 33_000_000 + b"</t></si></sst>",
        SST + b"<si/>" * 1_000_001 + b"</sst>",
        SST + b"<x/>" * 6_000_001 + b"</sst>",
        (SST + b"<si/>" * 1_000_001 + b"</sst>").decode().encode("utf-16"),
    ],
    ids=["long", "many", "tags", "utf-16"],
)
def test_shared_texts_that_fill_the_memory(tmp_path, content, texts):
    assert "32 MB" in refused(workbook(tmp_path / "b.xlsx", {texts: content}, texts=texts))


def test_sheets_that_unpack_to_more_than_the_limit(tmp_path):
    large = {f"xl/worksheets/sheet{number}.xml": b" " * 70_000_000 for number in (7, 8, 9)}
    assert "200 MB" in refused(workbook(tmp_path / "b.xlsx", large))


def test_too_many_parts(tmp_path):
    parts = {f"xl/media/{number}": b"" for number in range(5_001)}
    assert "200 MB" in refused(workbook(tmp_path / "b.xlsx", parts))


def test_a_size_that_is_not_true_is_of_no_use(tmp_path):
    content = SST + b"<si><t>" + b"x" * 40_000_000 + b"</t></si></sst>"
    path = workbook(tmp_path / "lie.xlsx", {TEXTS: content})
    told = struct.pack("<I", len(content))
    raw = path.read_bytes()
    assert raw.count(told) == 2
    path.write_bytes(raw.replace(told, struct.pack("<I", 1_000)))
    with pytest.raises(UnreadableFileError, match="CRC"):
        read_table(path)


def test_a_packing_that_gives_any_amount_at_once(tmp_path):
    path = workbook(tmp_path / "b.xlsx", packing=zipfile.ZIP_LZMA)
    with pytest.raises(UnreadableFileError, match="does not use"):
        read_table(path)


def test_a_sheet_without_end_takes_no_longer_than_a_request_may(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "EXCEL_SECONDS", 1.0)
    head = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    )
    empty = head + b"<row/>" * 2_000_000 + b"</sheetData></worksheet>"
    assert "too long" in refused(workbook(tmp_path / "b.xlsx", {SHEET: empty}))


def test_the_connector_refuses_it_too(city):
    options = write_excel(ROWS)
    reader = open_connector("excel", CONTRACT, options)
    assert reader.lookup("F007") == ROWS[7]
    content = SST + b"<si/>" * 1_000_001 + b"</sst>"
    workbook(folder("registers") / options["file"], {TEXTS: content})
    with pytest.raises(OSError, match="save the sheet as CSV"):
        reader.lookup("F007")
