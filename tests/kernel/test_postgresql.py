"""Heli's connection to PostgreSQL: fewer ways there and back, and everything else as Django's."""

import datetime as dt
import os
import signal
import threading
from contextlib import suppress
from decimal import Decimal
from uuid import UUID, uuid4

import dj_database_url
import psycopg
import pytest
from django.db import DataError, IntegrityError, OperationalError, connection, transaction
from django.db import utils as db
from django.test.utils import CaptureQueriesContext

from heli.kernel import prepared
from heli.kernel.models import Heartbeat
from heli.kernel.postgresql import statements
from heli.kernel.postgresql.base import DatabaseWrapper
from heli.kernel.prepared import running, values, writing

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]

SERVER = os.environ.get("HELI_TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres")
AT = dt.datetime(2026, 3, 2, 10, 0, 0, 1, tzinfo=dt.UTC)


class GoneError(Exception):
    """What a test says of a row that is not there."""


@pytest.fixture(scope="module")
def schema():
    """A schema of its own on a server, with the table of heartbeats."""
    name = f"heli_kernel_{uuid4().hex[:12]}"
    try:
        server = psycopg.connect(SERVER, connect_timeout=3, autocommit=True)
    except psycopg.OperationalError as error:
        pytest.skip(f"no PostgreSQL at {SERVER}: {error}")
    with server:
        server.execute(f"CREATE SCHEMA {name}")
        yield name
        server.execute(f"DROP SCHEMA {name} CASCADE")


def connect(schema):
    given = dj_database_url.parse(SERVER) | {"ENGINE": "heli.kernel.postgresql"}
    given["OPTIONS"] = {"options": f"-c search_path={schema}"}
    return DatabaseWrapper(connection.settings_dict | given, "default")


@pytest.fixture
def own(schema, monkeypatch):
    """A connection, which everything here takes for the default one."""
    own = connect(schema)
    for module in (running, values, writing):
        monkeypatch.setattr(module, "here", lambda: own)
    monkeypatch.setattr(transaction, "get_connection", lambda using=None: own)
    with own.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS kernel_heartbeat")
    with own.schema_editor() as editor:
        editor.create_model(Heartbeat)
    for cached in (values.columns_of, writing._columns, writing._insert_sql, writing._update_sql):
        cached.cache_clear()
    yield own
    own.close()


@pytest.fixture
def other(own, schema):
    """What somebody else sees."""
    other = connect(schema)
    yield lambda: dict(run(other, "SELECT name, process FROM kernel_heartbeat").fetchall())
    other.close()


def run(own, sql, *given):
    return prepared.run(own, sql, given)


def beat(name, process="p"):
    return prepared.make(Heartbeat, name=name, at=AT, process=process)


def write(*rows, last=True, **changes):
    """Rows inserted and changed in one batch; a change of a row that is not there is a fault."""
    batch = prepared.Batch()
    batch.insert([beat(name) for name in rows])
    for name, process in changes.items():
        where = {"name": name}
        batch.update(Heartbeat, where, {"process": process}, lambda name=name: GoneError(name))
    batch.run(last=last)


def in_one(*doings):
    """Do all in one transaction."""
    with transaction.atomic():
        for do in doings:
            do()


def fail():
    raise LookupError


@pytest.fixture
def ways(monkeypatch):
    """Counts ways there and back."""
    counted = []
    answers = statements._answers
    monkeypatch.setattr(
        statements, "_answers", lambda *given: (counted.append(1), answers(*given))[1]
    )
    return counted


GIVEN = [
    ("text", "合力 '\"\\ $1 %s"), ("text", ""), ("integer", 5), ("bigint", 2**40), ("integer", -1),
    ("boolean", True), ("double precision", 0.1), ("numeric", Decimal("1.50")),
    ("bytea", b"\x00\xff"), ("bytea", bytearray(b"ab")), ("timestamptz", AT), ("date", AT.date()),
    ("timestamptz", AT.replace(year=1900)), ("uuid", UUID(int=7)), ("integer[]", [1, 2**31 - 1]),
    ("uuid[]", [UUID(int=1), UUID(int=2)]), ("text[]", ["a", 'b"']), ("text", None),
    ("jsonb", '{"a": [1, null]}'), ("interval", dt.timedelta(hours=5)),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "value"), GIVEN, ids=[f"{k}-{v}" for k, v in GIVEN])
def test_values_go_and_come_as_by_a_cursor_of_djangos(own, kind, value):
    sql = f"SELECT %s::{kind}, 1"
    with own.cursor() as cursor:
        cursor.execute(sql, [value])
        expected = cursor.fetchone()
    for _ in range(statements.PREPARE_FROM + 2):
        assert run(own, sql, value).fetchall() == [expected]


def test_rows_are_fetched_as_from_a_cursor(own):
    rows = run(own, "SELECT generate_series(1, 5)")
    assert rows.rowcount == 5
    assert rows.fetchone() == (1,)
    assert next(iter(rows)) == (2,)
    assert rows.fetchall() == [(3,), (4,), (5,)]
    assert rows.fetchone() is None
    write("a", "b", last=False)
    assert prepared.update(Heartbeat, {"process": "p"}, {"process": "q"}) == 2
    assert run(own, "SELECT 1 WHERE false").fetchall() == []


def test_a_transaction_of_a_read_and_a_write_is_two_ways(own, ways, other):
    noticed = []
    own.connection.add_notice_handler(noticed.append)
    for name in "ab":
        with transaction.atomic():
            run(own, "SELECT 1")
            write(name)
            assert len(ways) == 1
        assert len(ways) == 2
        ways.clear()
    with transaction.atomic():
        write("c")
    assert len(ways) == 1
    assert other() == dict.fromkeys("abc", "p")
    assert noticed == []  # such as of a transaction begun twice


def test_nobody_sees_it_before_the_end_and_it_is_gone_after_a_fault(own, other):
    with transaction.atomic():
        write("a")
        assert other() == {}
    assert other() == {"a": "p"}
    for end in (fail, lambda: transaction.set_rollback(True), own.close):
        with suppress(LookupError):
            in_one(lambda: write("b", a="q"), end)
        run(own, "SELECT 1")  # nor is it sent now
        assert other() == {"a": "p"}


@pytest.mark.parametrize("look", ["kept", "cursor", "open cursor", "model", "batch"])
def test_what_follows_sees_it(own, other, look):
    before = own.cursor()
    with transaction.atomic():
        write("a")
        if look == "kept":
            assert run(own, "SELECT count(*) FROM kernel_heartbeat").fetchone() == (1,)
        elif look.endswith("cursor"):
            with own.cursor() if look == "cursor" else before as cursor:
                cursor.execute("UPDATE kernel_heartbeat SET process = 'q'")
                assert cursor.rowcount == 1
        elif look == "model":
            with transaction.atomic():  # a savepoint behind it
                write("b", last=False)
                transaction.set_rollback(True)
        else:
            write(a="r")
    assert other() == {"a": {"cursor": "q", "open cursor": "q", "batch": "r"}.get(look, "p")}


def test_inside_another_block_nothing_waits(own, ways):
    with transaction.atomic(), pytest.raises(GoneError), transaction.atomic():
        write("a", nobody="q")
    with transaction.atomic(), transaction.atomic(savepoint=False):
        before = len(ways)
        write("a")
        assert len(ways) == before + 1


def test_outside_transactions_it_is_one_of_its_own(own, other):
    write("a")
    assert other() == {"a": "p"}
    with pytest.raises(GoneError):
        write(nobody="q")


@pytest.mark.parametrize("early", [False, True])
def test_a_change_that_found_nothing_is_told_at_the_end(own, other, early):
    heard = []
    write("a")
    with pytest.raises(GoneError, match="nobody"):
        in_one(
            lambda: transaction.on_commit(lambda: heard.append("committed")),
            lambda: write("b", a="q", nobody="q", also="q"),
            *([lambda: run(own, "SELECT 1"), fail] if early else []),
        )
    assert other() == {"a": "p"}
    with transaction.atomic():
        transaction.on_commit(lambda: heard.append("next"))
        write("c")
    assert heard == ["next"]


def test_what_is_told_may_look_how_it_is(own, other):
    write("a", last=False)

    def otherwise():
        return GoneError(run(own, "SELECT process FROM kernel_heartbeat").fetchone()[0])

    batch = prepared.Batch()
    batch.insert([beat("b")])
    batch.update(Heartbeat, {"name": "c"}, {"process": "q"}, otherwise)
    with pytest.raises(GoneError, match=r"^p$"):
        in_one(lambda: batch.run(last=True))
    assert own.get_autocommit()
    assert other() == {"a": "p"}


def raiser(error):
    def otherwise():
        raise error

    return otherwise


@pytest.mark.parametrize("fault", ["no text", "too many", "while looking", "broken already"])
def test_what_goes_wrong_before_or_after_the_database(own, other, fault):
    """Whatever it is, the connection is as good as before, and what follows is committed."""
    batch, expected = prepared.Batch(), UnicodeEncodeError
    doing = [lambda: batch.run(last=True)]
    if fault == "no text":
        batch.insert([beat("a\ud800")])
    elif fault == "too many":
        batch.update(Heartbeat, {"name": tuple(map(str, range(70_000)))}, {"process": "q"})
        expected = DataError
    elif fault == "while looking":
        batch.update(Heartbeat, {"name": "c"}, {"process": "q"}, raiser(LookupError()))
        expected = LookupError
    else:
        batch.insert([beat("d")])
        expected = transaction.TransactionManagementError

        def broken():
            with suppress(LookupError), transaction.atomic(savepoint=False):
                fail()

        doing.insert(0, broken)
    heard = []
    with pytest.raises(expected):
        in_one(lambda: transaction.on_commit(lambda: heard.append(fault)), *doing)
    assert own.get_autocommit()
    with transaction.atomic():
        write("after")
    assert other() == {"after": "p"}
    assert heard == []


def test_what_the_database_refuses_at_the_end(own, other):
    write("a")
    with pytest.raises(IntegrityError):
        in_one(lambda: write("b"), lambda: write("a"))
    with pytest.raises(DataError):
        in_one(lambda: write("c" * 500))
    assert other() == {"a": "p"}
    with transaction.atomic():
        write("b")
    assert other() == {"a": "p", "b": "p"}


def test_a_deferred_constraint_is_checked_with_it(own, other):
    run(
        own,
        "CREATE TABLE kin (name text REFERENCES kernel_heartbeat DEFERRABLE INITIALLY DEFERRED)",
    )
    try:
        with pytest.raises(IntegrityError):
            in_one(lambda: run(own, "INSERT INTO kin VALUES ('nobody')"), lambda: write("a"))
        assert other() == {}
    finally:
        run(own, "DROP TABLE kin")


def test_a_statement_that_fails_fails_the_transaction_only(own):
    with pytest.raises(db.ProgrammingError, match="nothing_of_the_kind"):
        run(own, "SELECT nothing_of_the_kind")
    with transaction.atomic():
        with pytest.raises(DataError), transaction.atomic():
            run(own, "SELECT 1 / %s::integer", 0)
        assert run(own, "SELECT 2").fetchone() == (2,)
    with transaction.atomic():
        with pytest.raises(DataError):
            run(own, "SELECT 1 / %s::integer", 0)
        with pytest.raises(db.InternalError, match="aborted"):
            run(own, "SELECT 2")
        transaction.set_rollback(True)
    with pytest.raises(DataError, match="65535"):
        run(own, "SELECT 1", *range(65_536))
    with transaction.atomic():
        assert run(own, "SELECT 3").fetchone() == (3,)


def often(own, sql, *given):
    for _ in range(statements.PREPARE_FROM + 1):
        found = run(own, sql, *given).fetchall()
    return found


def test_what_was_not_used_for_long_is_forgotten_on_both_sides(own, monkeypatch):
    monkeypatch.setattr(statements, "KEPT", 4)
    for number in (0, 1, 2, 3, 0, 4):
        assert often(own, f"SELECT {number}, %s::text", "a") == [(number, "a")]
    kept = run(own, "SELECT statement FROM pg_prepared_statements").fetchall()
    assert {sql for (sql,) in kept} == {f"SELECT {number}, $1::text" for number in (0, 3, 4)}
    assert own.connection.prepare_threshold is None  # psycopg would drop them all at times


def test_values_of_other_types_are_another_statement(own):
    assert often(own, "SELECT %s", 5) == [(5,)]
    assert often(own, "SELECT %s", 2**40) == [(2**40,)]


@pytest.mark.parametrize("runs", range(1, 6))
def test_a_table_that_changes_meanwhile(own, runs):
    sql, given = "SELECT * FROM changing WHERE a = %s", "1"
    with pytest.raises(db.ProgrammingError):
        often(own, sql, given)
    run(own, "CREATE TABLE changing AS SELECT 1 AS a")
    try:
        for _ in range(runs):
            assert run(own, sql, given).fetchall() == [(1,)]
        run(own, "ALTER TABLE changing ADD b text DEFAULT 'x'")
        with suppress(db.NotSupportedError):  # once, as the server has a plan for other rows
            run(own, sql, given)
        assert often(own, sql, given) == [(1, "x")]
        run(own, "DEALLOCATE ALL")
        with pytest.raises(db.ProgrammingError, match="does not exist"):
            run(own, sql, given)
        assert often(own, sql, given) == [(1, "x")]
    finally:
        run(own, "DROP TABLE changing")


def test_what_always_fails_is_prepared_once(own):
    for _ in range(statements.PREPARE_FROM + 3):
        with pytest.raises(DataError):
            run(own, "SELECT 1 / %s::integer", 0)
    assert run(own, "SELECT count(*) FROM pg_prepared_statements").fetchone() == (1,)
    assert run(own, "SELECT 1 / %s::integer", 1).fetchone() == (1,)


def test_whoever_listens_hears_all_of_it_in_order(own):
    with CaptureQueriesContext(own) as captured, transaction.atomic():
        run(own, "SELECT 1")
        write("a")
    heard = [query["sql"].split()[0] for query in captured]
    assert heard == ["BEGIN", "SELECT", "INSERT", "COMMIT"]


def test_a_statement_that_is_cancelled(own, schema):
    server = connect(schema)
    (key,) = run(own, "SELECT pg_backend_pid()").fetchone()
    timer = threading.Timer(0.3, lambda: run(server, "SELECT pg_cancel_backend(%s)", key))
    server.inc_thread_sharing()
    timer.start()
    with pytest.raises(OperationalError, match="cancel"):
        run(own, "SELECT pg_sleep(9)")
    assert run(own, "SELECT 1").fetchone() == (1,)
    timer.join()
    server.close()


@pytest.mark.parametrize("late", [False, True])
def test_somebody_who_interrupts(own, schema, other, late):
    def stop(*_):
        raise KeyboardInterrupt

    write("a")
    holder = connect(schema)
    holder.set_autocommit(False)
    run(holder, "SELECT 1 FROM kernel_heartbeat FOR UPDATE")
    before = signal.signal(signal.SIGALRM, stop)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.3)
        with pytest.raises(KeyboardInterrupt):
            in_one(lambda: write(a="q", last=late))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    holder.close()
    with transaction.atomic():
        write("b")
    assert other() == {"a": "p", "b": "p"}


def test_a_connection_that_is_lost(own, schema, other):
    server = connect(schema)
    for late in (False, True):
        (key,) = run(own, "SELECT pg_backend_pid()").fetchone()
        with pytest.raises(OperationalError):
            in_one(
                lambda: run(own, "SELECT 1"),
                lambda: run(server, "SELECT pg_terminate_backend(%s, 2000)", key),  # noqa: B023
                lambda: write("a", last=late),  # noqa: B023
            )
        own.close_if_unusable_or_obsolete()
        with transaction.atomic():
            write(f"after {late}")
    assert other() == {"after False": "p", "after True": "p"}
    server.close()
