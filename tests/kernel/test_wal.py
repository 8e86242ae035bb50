"""The write-ahead log is moved into the database beside the work, and only where there is one."""

import asyncio
import sqlite3

import pytest

from heli.kernel import wal


@pytest.fixture
def database(tmp_path, monkeypatch):
    """A database of its own whose log nobody else empties."""
    path = tmp_path / "city.sqlite3"
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("PRAGMA journal_mode=WAL")
    writer.execute("PRAGMA wal_autocheckpoint=0")
    writer.execute("CREATE TABLE told (words TEXT)")
    emptied = []

    def empty():
        with sqlite3.connect(path) as beside:
            emptied.append(beside.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone())

    class Connection:
        vendor, settings_dict = "sqlite", {"NAME": path}

    monkeypatch.setattr(wal, "connection", Connection)
    monkeypatch.setattr(wal, "empty", empty)
    monkeypatch.setattr(wal, "EVERY", 0.02)
    yield writer, emptied
    writer.close()


def for_a_while(*steps):
    """Keep emptying while the steps are taken, one after the other."""

    async def run():
        ended = asyncio.Event()
        task = asyncio.create_task(wal.keep_emptying(ended))
        for step in steps:
            await asyncio.sleep(0.3)
            step()
        await asyncio.sleep(0.3)
        ended.set()
        await task

    asyncio.run(run())


def test_what_was_written_is_moved_and_then_it_rests(database):
    writer, emptied = database
    for_a_while(lambda: writer.execute("INSERT INTO told VALUES ('once')"))
    assert len(emptied) == 1
    busy, in_log, moved = emptied[0]
    assert (busy, in_log) == (0, moved)
    assert moved > 0


def test_a_fault_is_told_and_does_not_end_it(database, monkeypatch, caplog):
    writer, emptied = database
    whole = wal.empty

    def fail():
        monkeypatch.setattr(wal, "empty", whole)
        raise wal.DatabaseError("the disk is full")

    monkeypatch.setattr(wal, "empty", fail)
    write = lambda: writer.execute("INSERT INTO told VALUES ('again')")  # noqa: E731
    for_a_while(write, write)
    assert "could not be moved" in caplog.text
    assert len(emptied) == 1


def test_another_database_has_none(monkeypatch):
    class Connection:
        vendor = "postgresql"

    monkeypatch.setattr(wal, "connection", Connection)
    asyncio.run(asyncio.wait_for(wal.keep_emptying(asyncio.Event()), 1))
