"""Small files are read once for all who ask for their records, and anew when they change."""

import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.exchange import sources
from tests.exchange.sources import CONTRACT

from heli.engines.contracts import Condition, Op
from heli.exchange.connectors import duck, held

NAMES = CONTRACT.names
SUBJECT = CONTRACT.subject_field.name
ROWS = [row | {SUBJECT: f"S{number:03d}"} for number, row in enumerate(sources.ROWS * 40)]


@pytest.fixture
def reader():
    return duck.ParquetReader(CONTRACT, {name: name for name in NAMES})


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.setattr(duck, "held", held.Held())
    return write(tmp_path / "things.parquet", ROWS)


def write(path, rows):
    pq.write_table(pa.Table.from_pylist(rows), path)
    return path


def asked(reader, file, subjects, columns=NAMES, **more):
    where = (Condition(SUBJECT, Op.IN, tuple(subjects)),)
    return [row for batch in reader.scan(file, columns, where=where, **more)
            for row in batch.to_pylist()]  # fmt: skip


def searched(reader, file, subjects, columns=NAMES):
    """The same, where the file is searched as it lies."""
    return asked(reader, file, subjects, columns, limit=1_000)


@pytest.mark.parametrize("columns", [NAMES, NAMES[:2]])
def test_what_is_found_is_what_a_search_finds(reader, file, columns):
    subjects = ["S003", "S001", "S001", "none", "", "S039"]
    found = asked(reader, file, subjects, columns)
    assert found == searched(reader, file, subjects, columns)
    assert len(found) == 3


def test_a_file_is_read_once_until_it_changes(reader, file, monkeypatch):
    read = []
    whole = reader._whole
    monkeypatch.setattr(reader, "_whole", lambda path: read.append(path) or whole(path))
    for _ in range(3):
        assert len(asked(reader, file, ["S003"])) == 1
    assert len(read) == 1
    write(file.with_name("new"), ROWS[:2]).replace(file)
    assert asked(reader, file, ["S003"]) == []
    assert len(read) == 2


def test_one_bad_record_spoils_it_for_nobody_else(reader, file):
    other = next(name for name in NAMES if CONTRACT.field(name).type.value == "integer")
    rows = [row | {other: "many" if row[SUBJECT] == "S005" else str(row[other])} for row in ROWS]
    write(file, rows)
    assert [row[SUBJECT] for row in asked(reader, file, ["S003"])] == ["S003"]
    with pytest.raises(OSError, match=r"\w"):
        asked(reader, file, ["S005"])


def test_large_files_are_searched_where_they_lie(reader, file, monkeypatch):
    monkeypatch.setattr(reader, "_whole", None)
    monkeypatch.setattr(held, "MOST_ON_DISK", 1_000)
    assert len(asked(reader, file, ["S003"])) == 1


def test_a_file_that_is_larger_in_memory_is_not_kept(reader, file, monkeypatch):
    monkeypatch.setattr(held, "MOST_OF_ONE", 1_000)
    assert len(asked(reader, file, ["S003"])) == 1
    assert [table for _, _, table in duck.held._kept.values()] == [None]


def test_what_is_not_asked_for_is_let_go(reader, file, monkeypatch):
    asked(reader, file, ["S003"])
    size = next(iter(duck.held._kept.values()))[2].nbytes
    monkeypatch.setattr(held, "MOST", size)
    other = write(file.with_name("other.parquet"), ROWS)
    asked(reader, other, ["S003"])
    assert [key[0] for key in duck.held._kept] == [str(other)]
    monkeypatch.setattr(held, "UNUSED", -1.0)
    asked(reader, file, ["S003"])
    assert not duck.held._kept


def test_a_file_that_is_gone_cannot_be_read(reader, file):
    asked(reader, file, ["S003"])
    os.unlink(file)
    with pytest.raises(OSError, match=r"\w"):
        asked(reader, file, ["S003"])
