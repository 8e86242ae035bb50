"""Heli's connection to SQLite begins and ends transactions as Django's does."""

import sqlite3
from contextlib import closing

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from heli.kernel.sqlite.base import DatabaseWrapper

pytestmark = pytest.mark.django_db


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A connection to a database of its own, as the alias ``own``."""
    options = {"timeout": 0, "transaction_mode": "IMMEDIATE", "detect_types": 0}
    given = {"ENGINE": "heli.kernel.sqlite", "NAME": str(tmp_path / "own"), "OPTIONS": options}
    own = DatabaseWrapper(connection.settings_dict | given, "own")
    monkeypatch.setattr(transaction, "get_connection", lambda using=None: own)
    with own.cursor() as cursor:
        cursor.execute("CREATE TABLE told (words TEXT PRIMARY KEY)")
    yield own
    own.close()


def told(own):
    with closing(sqlite3.connect(own.settings_dict["NAME"])) as other:
        return [words for (words,) in other.execute("SELECT words FROM told")]


def tell(own, words):
    with own.cursor() as cursor:
        cursor.execute("INSERT INTO told VALUES (%s)", [words])


def tell_all(own, *all_words, then=None):
    """Tell all in one transaction, which then fails where something is to be raised."""
    with transaction.atomic():
        for words in all_words:
            tell(own, words)
        if then is not None:
            raise then


def test_a_transaction_is_seen_when_it_is_committed_and_not_when_it_fails(own):
    with transaction.atomic():
        tell(own, "a")
        assert told(own) == []
        with pytest.raises(IntegrityError):
            tell_all(own, "b", "a")
    assert told(own) == ["a"]
    with pytest.raises(LookupError):
        tell_all(own, "c", then=LookupError())
    assert told(own) == ["a"]
    tell(own, "d")  # outside transactions each statement is one
    assert told(own) == ["a", "d"]


def test_it_holds_the_lock_from_the_beginning(own):
    with closing(sqlite3.connect(own.settings_dict["NAME"], 0, isolation_level=None)) as other:
        with transaction.atomic(), pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OperationalError, match="locked"):
            tell_all(own)
        other.execute("ROLLBACK")
    tell_all(own, "a")
    assert told(own) == ["a"]


def test_a_commit_that_fails_is_rolled_back(own):
    with own.cursor() as cursor:
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("CREATE TABLE kin (words REFERENCES told DEFERRABLE INITIALLY DEFERRED)")
        cursor.execute(
            "CREATE TRIGGER t AFTER INSERT ON told BEGIN INSERT INTO kin VALUES (9); END"
        )
    with pytest.raises(DatabaseError, match="FOREIGN KEY"):
        tell_all(own, "a")
    assert told(own) == []


def test_whoever_listens_hears_all_of_it(own):
    heard = []

    def listen(execute, sql, params, many, context):
        heard.append(sql)
        return execute(sql, params, many, context)

    with own.execute_wrapper(listen), transaction.atomic():
        pass
    assert heard == ["BEGIN IMMEDIATE"]
    with CaptureQueriesContext(own) as captured, transaction.atomic():
        pass
    assert [query["sql"] for query in captured] == ["BEGIN IMMEDIATE", "COMMIT"]
