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
    # Whoever closes a file to this process changes neither its size nor when it was written.
    file.chmod(0o640)
    asked(reader, file, ["S003"])
    assert len(read) == 3


def test_one_bad_record_spoils_it_for_nobody_else(reader, file):
    other = next(name for name in NAMES if CONTRACT.field(name).type.value == "integer")
    rows = [row | {other: "many" if row[SUBJECT] == "S005" else str(row[other])} for row in ROWS]
    write(file, rows)
    assert [row[SUBJECT] for row in asked(reader, file, ["S003"])] == ["S003"]
    with pytest.raises(OSError, match=r"\w"):
        asked(reader, file, ["S005"])


def test_each_reader_finds_its_own_columns(file):
    """Two resources may read one file, each another column as the same field."""
    write(file, [row | {"inner": f"inner {row['label']}"} for row in ROWS])
    plain = {name: name for name in NAMES}
    outer = duck.ParquetReader(CONTRACT, plain)
    inner = duck.ParquetReader(CONTRACT, plain | {"label": "inner"})
    for reader in (outer, inner, outer):
        assert asked(reader, file, ["S003"]) == searched(reader, file, ["S003"])
    assert asked(inner, file, ["S003"])[0]["label"].startswith("inner ")


def test_subjects_that_are_missing_or_there_twice(reader, file):
    rows = [*ROWS[:6], ROWS[2] | {SUBJECT: None}, ROWS[4] | {SUBJECT: "S001"}]
    write(file, rows)
    found = asked(reader, file, ["S001", "S005"])
    assert sorted(map(str, found)) == sorted(map(str, searched(reader, file, ["S001", "S005"])))
    assert [row[SUBJECT] for row in found] == ["S001", "S001", "S005"]


def test_records_come_in_batches_of_the_size_asked_for(reader, file):
    where = (Condition(SUBJECT, Op.IN, tuple(f"S{n:03d}" for n in range(10))),)
    sizes = [batch.num_rows for batch in reader.scan(file, NAMES, where=where, batch_rows=4)]
    assert (sum(sizes), max(sizes)) == (10, 4)


def test_what_changes_while_it_is_read_is_not_kept(reader, file, monkeypatch):
    whole = reader._whole

    def changing(path):
        table = whole(path)
        write(file.with_name("new"), ROWS[:2]).replace(file)
        return table

    monkeypatch.setattr(reader, "_whole", changing)
    asked(reader, file, ["S003"])
    assert not duck.held._kept


def test_no_text_that_a_file_can_hold(reader, file):
    with pytest.raises(OSError, match=r"\w"):
        asked(reader, file, ["\ud800"])


def test_a_small_file_with_many_records_is_not_read_in_whole(reader, file, monkeypatch):
    monkeypatch.setattr(duck, "MOST_ROWS", 10)
    monkeypatch.setattr(duck, "MOST_OF_ONE", -1)
    assert len(asked(reader, file, ["S003"])) == 1
    assert [table for _, _, table in duck.held._kept.values()] == [None]


def test_large_files_are_searched_where_they_lie(reader, file, monkeypatch):
    monkeypatch.setattr(reader, "_whole", None)
    monkeypatch.setattr(held, "MOST_ON_DISK", 1_000)
    assert len(asked(reader, file, ["S003"])) == 1


def test_a_file_that_is_larger_in_memory_is_not_kept(reader, file, monkeypatch):
    monkeypatch.setattr(duck, "MOST_OF_ONE", 1_000)
    assert len(asked(reader, file, ["S003"])) == 1
    assert [table for _, _, table in duck.held._kept.values()] == [None]


def test_what_is_not_asked_for_is_let_go(reader, file, monkeypatch):
    asked(reader, file, ["S003"])
    size = next(iter(duck.held._kept.values()))[2].nbytes
    monkeypatch.setattr(held, "MOST", size)
    other = write(file.with_name("other.parquet"), ROWS)
    asked(reader, other, ["S003"])
    assert [key[0] for key in duck.held._kept] == [other]
    monkeypatch.setattr(held, "UNUSED", -1.0)
    duck.held.let_go()
    assert not duck.held._kept


def test_a_file_that_is_gone_cannot_be_read(reader, file):
    asked(reader, file, ["S003"])
    os.unlink(file)
    with pytest.raises(OSError, match=r"\w"):
        asked(reader, file, ["S003"])
