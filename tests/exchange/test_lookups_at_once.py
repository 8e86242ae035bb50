"""Lookups that come at once: the same answers as one by one, and no source read as a whole."""

import sqlite3
from types import SimpleNamespace

import psycopg
import pymysql
import pytest
from tests.exchange import sources
from tests.exchange.sources import API, CONTRACT, KINDS, MYSQL, POSTGRES, ROWS, SPACE

from heli.engines.contracts import Condition, Op
from heli.exchange.calls import reading
from heli.exchange.calls.model import Call, Query
from heli.exchange.connectors import open_connector, pools
from heli.kernel.actor import HELI
from heli.kernel.home import folder

STORES = sources.FILES | sources.DATABASES
SUBJECTS = ["F003", "F035", "F099", "F003", "F100", "f003", "F003 ", "' OR 1=1 --", "F00_", "甲"]
MANY = 30_000


@pytest.fixture(autouse=True)
def city_with_sources(city, settings):
    settings.HELI_SOURCE_HOSTS = ("127.0.0.0/8", "localhost")
    yield
    pools.close_all()


@pytest.fixture(params=[*STORES, "http"])
def connector(request):
    if request.param == "http":
        with sources.api():
            yield open_connector("http", CONTRACT, API | {"paging": sources.PAGINGS["page"]})
        return
    yield opened(request.param, STORES[request.param](ROWS[::-1]))


def opened(kind, options):
    return open_connector(KINDS.get(kind, kind), CONTRACT, options)


def looked_up(connector, subjects):
    """Calls for subjects of one source, read at once."""
    resource = SimpleNamespace(connector=connector, contract=CONTRACT)
    calls = [
        Call(
            Query(HELI, "xfjy", "xfjy/things", "facility", subject, "A1"),
            resource=resource,
            grant=SimpleNamespace(),
            policy=SimpleNamespace(),
            subject=subject,
        )
        for subject in subjects
    ]
    reading.read_source(calls)
    return calls


def test_lookups_at_once_answer_as_single_ones(connector):
    calls = looked_up(connector, SUBJECTS)
    assert [call.error for call in calls] == [None] * len(SUBJECTS)
    alone = [connector.lookup(subject) for subject in SUBJECTS]
    assert [call.records for call in calls] == [[row] if row else [] for row in alone]
    assert [bool(row) for row in alone] == [True] * 4 + [False] * 6


@pytest.mark.parametrize("way", [{}, {"record_path": "/things/{subject}"}])
def test_an_api_is_asked_for_each_subject_and_for_no_list(way):
    options = API | {"paging": sources.PAGINGS["page"]} | way
    if way:
        del options["subject_parameter"]
    with sources.api() as handler:
        asked = []
        answer = handler.do_GET

        def counting(self):
            asked.append(self.path)
            answer(self)

        handler.do_GET = counting
        connector = opened("http", options)
        looked_up(connector, ["F001", "F002", "F002", "F003"])
        form = "/v1/things/{}" if way else "/v1/things?code={}"
        assert sorted(asked) == [form.format(code) for code in ("F001", "F002", "F003")]
        handler.rows = [row | {"beds": 7} for row in ROWS]
        again = looked_up(connector, ["F001", "F002"])
        assert [call.records[0]["beds"] for call in again] == [7, 7]


def test_an_api_that_fails_for_one_subject_fails_for_nobody_else():
    with sources.api() as handler:
        connector = opened("http", API)
        handler.rows = [row | {"beds": "many"} if row["code"] == "F001" else row for row in ROWS]
        broken, whole = looked_up(connector, ["F001", "F002"])
    assert broken.error.code == "exchange.source_unavailable"
    assert whole.records == [ROWS[2]]


def test_lookups_of_a_slow_api_are_not_begun_when_it_is_too_late(monkeypatch):
    monkeypatch.setattr(reading, "BEGUN_WITHIN", -1.0)
    with sources.api() as handler:
        handler.fault = "breaks"
        calls = looked_up(opened("http", API), ["F001", "F002"])
    assert [str(call.error.__cause__) for call in calls] == ["others took too long"] * 2


def test_a_broken_record_closes_a_table_to_its_own_caller_only():
    connector = opened("sqlite", sources.write_sqlite(ROWS))
    with sqlite3.connect(folder("registers") / "things.sqlite3") as database:
        database.execute("UPDATE raw SET since = 'soon' WHERE code = 'F001'")
    database.close()
    broken, whole = looked_up(connector, ["F001", "F002"])
    assert broken.error.code == "exchange.source_unavailable"
    assert whole.records == [ROWS[2]]


def test_a_source_that_is_not_there_is_not_tried_for_each(monkeypatch):
    options = sources.write_postgres(ROWS)
    tried = []

    def refuse(**asked):
        tried.append(asked)
        raise psycopg.OperationalError("connection refused")

    monkeypatch.setattr(psycopg, "connect", refuse)
    calls = looked_up(opened("postgresql", options), SUBJECTS)
    assert {call.error.code for call in calls} == {"exchange.source_unavailable"}
    assert len(tried) == 1


@pytest.mark.parametrize(("kind", "driver"), [("postgresql", psycopg), ("mysql", pymysql)])
def test_batches_take_turns_on_one_connection(kind, driver, monkeypatch):
    connector = opened(kind, STORES[kind](ROWS))
    connect, made = driver.connect, []
    monkeypatch.setattr(driver, "connect", lambda **to: made.append(to) or connect(**to))
    for _ in range(3):
        assert looked_up(connector, ["F001", "F002"])[1].records == [ROWS[2]]
        assert connector.lookup("F001") == ROWS[1]
        assert sum(batch.num_rows for batch in connector.scan(CONTRACT.names, batch_rows=50)) == 100
    assert len(made) == 1


AMONG = Condition("code", Op.IN, ("F001", "F050", "n777", "n29999"))
LABELLED = Condition("label", Op.EQ, "label 12345")


def asked(connector, *where, **more):
    """The statement that finds records, and its values."""
    return connector._selection(CONTRACT.names, where, more.get("after", ""), more.get("limit", 0))


@pytest.fixture
def many_in_postgres():
    """A connector of a table too large to be read for a few records, and a connection to it."""
    connector = opened("postgresql", sources.write_postgres(ROWS))
    with psycopg.connect(POSTGRES, autocommit=True) as server:
        server.execute(
            f"INSERT INTO {SPACE}.raw SELECT 'n' || n, 'label ' || n, n"
            " FROM generate_series(1, %s) AS n",
            [MANY],
        )
        server.execute(f"CREATE INDEX by_label ON {SPACE}.raw (label)")
        server.execute(f"ANALYZE {SPACE}.raw")
        yield connector, server


def postgres_plan(server, statement):
    sql, values = statement
    cursor = psycopg.ClientCursor(server)
    cursor.execute(f"EXPLAIN DECLARE heli CURSOR FOR {sql}", values)
    return "\n".join(line for (line,) in cursor.fetchall())


def test_postgresql_finds_several_subjects_by_its_index(many_in_postgres):
    connector, server = many_in_postgres
    for statement in (asked(connector, AMONG), asked(connector, LABELLED)):
        plan = postgres_plan(server, statement)
        assert "Seq Scan" not in plan, plan
        assert "Index" in plan
    codes = [call.records[0]["code"] for call in looked_up(connector, AMONG.value)]
    assert codes == list(AMONG.value)


def test_postgresql_pages_by_an_index_in_the_order_of_code_points(many_in_postgres):
    connector, server = many_in_postgres
    page = asked(connector, after="n2", limit=101)
    server.execute(f'CREATE INDEX by_code_points ON {SPACE}.raw (code COLLATE "C")')
    plan = postgres_plan(server, page)
    assert "by_code_points" in plan, plan
    assert "Sort" not in plan


@pytest.fixture
def in_mysql():
    """A connector of a table, and a cursor on its database."""
    connector = opened("mysql", sources.write_mysql(ROWS))
    with (
        pymysql.connect(**MYSQL, database=SPACE, autocommit=True) as server,
        server.cursor() as cursor,
    ):
        yield connector, cursor


def test_mysql_finds_several_subjects_by_its_index(in_mysql):
    connector, cursor = in_mysql
    cursor.executemany(
        "INSERT INTO raw (code, label) VALUES (%s, %s)",
        [(f"n{n}", f"label {n}") for n in range(1, MANY)],
    )
    cursor.execute("CREATE INDEX by_label ON raw (label)")
    cursor.execute("ANALYZE TABLE raw")
    for condition, key in ((AMONG, "PRIMARY"), (LABELLED, "by_label")):
        sql, values = asked(connector, condition)
        cursor.execute(f"EXPLAIN {sql}", values)
        names = [each[0] for each in cursor.description]
        plan = dict(zip(names, cursor.fetchone(), strict=True))
        assert plan["key"] == key, plan
        assert int(plan["rows"]) < 20


def test_mysql_is_asked_for_what_an_old_character_set_cannot_hold(in_mysql):
    connector, cursor = in_mysql
    cursor.execute("UPDATE raw SET label = 'b house'")
    cursor.execute("ALTER TABLE raw MODIFY label varchar(40) CHARACTER SET latin1")
    where = [Condition("label", Op.IN, ("b house", "甲座"))]
    assert sum(batch.num_rows for batch in connector.scan(["code"], where=where)) == 100


def test_a_subject_that_mysql_cannot_compare_spoils_it_for_nobody_else(in_mysql):
    connector, cursor = in_mysql
    cursor.execute("ALTER TABLE raw MODIFY code varchar(10) CHARACTER SET latin1")
    _strange, found = looked_up(connector, ["甲", "F001"])
    assert found.records == [ROWS[1]]


def test_sqlite_finds_several_subjects_by_its_index():
    connector = opened("sqlite", sources.write_sqlite(ROWS))
    sql, values = asked(connector, AMONG)
    with sqlite3.connect(folder("registers") / "things.sqlite3") as database:
        (plan, *_) = [row[3] for row in database.execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    database.close()
    assert "code=?" in plan, plan
