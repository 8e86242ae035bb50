"""The write-ahead log is moved into the database beside the work, and wiped where that is owed."""

import asyncio
import os
import sqlite3
import time
from contextlib import closing

import pytest
from django.db import connection

from heli.kernel import wal
from heli.kernel.sqlite.base import DatabaseWrapper

pytestmark = pytest.mark.django_db


@pytest.fixture
def database(tmp_path, monkeypatch):
    """A database of its own, whose log nobody else empties, and where it lies."""
    path = tmp_path / "city.sqlite3"
    options = {"timeout": 1, "init_command": "PRAGMA journal_mode=WAL;PRAGMA wal_autocheckpoint=0"}
    given = connection.settings_dict | {"ENGINE": "heli.kernel.sqlite"}
    own = DatabaseWrapper(given | {"NAME": str(path), "OPTIONS": options}, "own")
    own.inc_thread_sharing()
    monkeypatch.setattr(wal, "connection", own)
    monkeypatch.setattr(wal, "EVERY", 0.02)
    monkeypatch.setattr(wal, "PATIENCE", 0.5)
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("PRAGMA wal_autocheckpoint=0")
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("CREATE TABLE told (words TEXT)")
        yield writer, path
    own.close()


@pytest.fixture
def emptied(monkeypatch):
    """What came of every time the log was emptied."""
    found, real = [], wal.empty
    monkeypatch.setattr(wal, "empty", lambda: found.append(real()) or found[-1])
    return found


def for_a_while(emptied, *steps):
    """Keep emptying while steps are taken; after each, until it was emptied once more."""

    async def until(number):
        for _ in range(500):
            if len(emptied) >= number:
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"emptied {len(emptied)} times")

    async def run():
        ended = asyncio.Event()
        task = asyncio.create_task(wal.keep_emptying(ended))
        for number, step in enumerate(steps, start=1):
            await until(number)
            step()
        await until(len(steps) + 1)
        await asyncio.sleep(0.2)
        ended.set()
        await asyncio.wait_for(task, 1)

    asyncio.run(run())


def test_tests_run_on_a_file_with_a_log_as_cities_do():
    if connection.vendor != "sqlite":
        pytest.skip("another database is under test")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode")
        assert cursor.fetchone() == ("wal",)
        cursor.execute("PRAGMA page_size")
        assert cursor.fetchone() == (2048,)


def test_what_was_written_goes_to_disk_beside_other_work(database, monkeypatch):
    writer, path = database
    writer.execute("INSERT INTO told VALUES ('once')")
    synced, real = [], os.fdatasync

    def sync(descriptor):
        synced.append(os.readlink(f"/proc/self/fd/{descriptor}"))
        real(descriptor)

    monkeypatch.setattr(os, "fdatasync", sync)
    with wal.going_to_disk():
        pass
    assert synced == [f"{path}-wal"]
    # The locks of whoever writes meanwhile are not lost with the descriptor.
    writer.execute("BEGIN IMMEDIATE")
    with wal.going_to_disk():
        pass
    locked = pytest.raises(sqlite3.OperationalError, match="locked")
    with closing(sqlite3.connect(path, timeout=0)) as other, locked:
        other.execute("BEGIN IMMEDIATE")
    writer.execute("ROLLBACK")


def test_without_a_log_or_with_a_disk_that_fails_the_work_goes_on(database, monkeypatch):
    _, path = database

    def fail(descriptor):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fdatasync", fail)
    with wal.going_to_disk():
        done = True
    monkeypatch.setattr(wal.connection, "settings_dict", {"NAME": str(path.with_name("none"))})
    with wal.going_to_disk():
        assert done


def test_what_was_written_is_moved_and_then_it_rests(database, emptied):
    writer, path = database
    for_a_while(emptied, lambda: writer.execute("INSERT INTO told VALUES ('once')"))
    assert emptied == [True, True]
    # Moved: the file alone, without its log, holds the row.
    alone = path.with_name("alone.sqlite3")
    alone.write_bytes(path.read_bytes())
    with closing(sqlite3.connect(alone)) as reader:
        assert reader.execute("SELECT words FROM told").fetchall() == [("once",)]


def test_what_a_reader_keeps_in_the_log_is_moved_once_it_is_gone(database, emptied):
    writer, path = database
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM told").fetchall()
        writer.execute("INSERT INTO told VALUES ('unseen')")
        assert wal.empty() is False
        reader.execute("COMMIT")
    assert wal.empty() is True


def test_a_fault_is_told_and_does_not_end_it(database, monkeypatch, caplog):
    tried = []

    def fail():
        tried.append(True)
        if len(tried) == 1:
            raise RuntimeError("the disk is full")
        return True

    monkeypatch.setattr(wal, "empty", fail)
    for_a_while(tried, lambda: None)
    assert "could not be moved" in caplog.text
    assert len(tried) == 2


def test_another_database_has_none(monkeypatch):
    class Connection:
        vendor = "postgresql"

    monkeypatch.setattr(wal, "connection", Connection)
    asyncio.run(asyncio.wait_for(wal.keep_emptying(asyncio.Event()), 1))
    assert wal.empty()
    wal.wipe()


def test_wiping_leaves_nothing_in_the_log(database):
    writer, path = database
    writer.execute("INSERT INTO told VALUES ('a secret')")
    log = path.with_name(f"{path.name}-wal")
    assert b"a secret" in log.read_bytes()
    wal.wipe()
    assert log.read_bytes() == b""


def test_wiping_waits_for_readers_and_tells_when_they_stay(database, caplog):
    writer, path = database
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM told").fetchall()
        writer.execute("INSERT INTO told VALUES ('a secret')")
        began = time.monotonic()
        wal.wipe()
    assert time.monotonic() - began >= 0.5
    assert "could not be emptied" in caplog.text
