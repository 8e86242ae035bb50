"""Sources that lie, hang, die or are not there: a clear reason, and never half an answer."""

import socket
import sqlite3
import threading
import time

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.exchange import sources
from tests.exchange.sources import API, CONTRACT, KINDS, ROWS

from heli.engines.contracts import Condition, Op
from heli.exchange.connectors import http, mysql, open_connector, pools, postgres, sqlite
from heli.exchange.models import Source, SourceKind
from heli.kernel.home import folder

GOOD, BAD = ROWS[0], ROWS[99]


@pytest.fixture(autouse=True)
def city_with_sources(city, settings):
    settings.HELI_SOURCE_HOSTS = ("127.0.0.0/8", "localhost")
    yield
    pools.close_all()


def opened(kind, options):
    return open_connector(KINDS.get(kind, kind), CONTRACT, options)


def told(connector, subject="F000"):
    """What the source is said to have done, by both ways of reading it."""
    with pytest.raises(OSError, match=r"\w") as looked_up:
        connector.lookup(subject)
    with pytest.raises(OSError, match=r"\w") as scanned:
        next(connector.scan(CONTRACT.names))
    assert "many" not in str(looked_up.value) + str(scanned.value)
    return str(scanned.value)


def broken(**change):
    return [*ROWS[:99], BAD | change]


@pytest.mark.parametrize("kind", ["csv", "gb_csv", "json", "json_lines", "excel"])
def test_one_wrong_value_anywhere_closes_the_whole_file(kind):
    reason = told(opened(kind, sources.FILES[kind](broken(beds="many"))))
    assert "beds holds" in reason
    assert "integer" in reason


@pytest.mark.parametrize(
    ("field", "text"),
    [("beds", "1.5"), ("beds", "99999999999999999999"), ("share", "NaN"), ("share", "1,5"),
     ("open", "perhaps"), ("since", "2020-02-30"), ("since", "yesterday")],
)  # fmt: skip
def test_a_csv_file_holds_nothing_that_only_looks_like_its_type(field, text):
    reason = told(opened("csv", sources.write_csv(broken(**{field: text}))))
    assert reason.startswith(f"{field} holds 1 values")


def test_excels_numbers_are_no_codes():
    assert "code holds" in told(opened("excel", sources.write_excel(broken(code=42))))


@pytest.mark.parametrize("change", [{"beds": "many"}, {"share": "x"}, {"since": "soon"}])
def test_a_wrong_value_in_a_table_is_seen_when_it_is_read(change):
    path = folder("registers") / "things.sqlite3"
    options = sources.write_sqlite(ROWS)
    with sqlite3.connect(path) as connection:
        (name,) = change
        column = sources.COLUMNS.get(name, name)
        connection.execute(f'UPDATE raw SET "{column}" = ? WHERE code = ?', [change[name], "F000"])
    connection.close()
    reader = opened("sqlite", options)
    assert next(iter(change)) in told(reader)
    assert reader.lookup("F001") == ROWS[1]


def test_a_column_of_another_type_is_refused_by_parquet_and_databases():
    table = pa.Table.from_pylist([sources.as_stored(row) for row in ROWS])
    place = table.column_names.index("share")
    wrong = table.set_column(place, "share", pa.array(["x"] * 100))
    pq.write_table(wrong, folder("registers") / "wrong.parquet")
    told(opened("parquet", {"file": "wrong.parquet", "columns": sources.COLUMNS}))
    options = sources.write_postgres(ROWS)
    told(opened("postgresql", options | {"columns": {"beds": "label"}}), "F001")


@pytest.mark.parametrize("kind", sources.FILES)
def test_a_column_that_is_not_there(kind):
    options = sources.FILES[kind](ROWS)
    told(opened(kind, options | {"columns": {"beds": "nowhere"}}) if kind not in (
        "json", "json_lines") else opened(kind, options | {"file": "gone.json"}))  # fmt: skip


@pytest.mark.parametrize("kind", ["csv", "json", "excel", "parquet", "sqlite"])
def test_rubbish_and_nothing(kind):
    options = sources.FILES[kind](ROWS)
    path = folder("registers") / options["file"]
    path.write_bytes(b"\xff\xfe\x00 many { rubbish" * 50)
    told(opened(kind, options))
    path.unlink()
    told(opened(kind, options))


def test_lines_of_different_length_are_no_table():
    options = sources.write_csv(ROWS)
    path = folder("registers") / options["file"]
    path.write_text(path.read_text() + "F100,many,many,many\n")
    assert "equal lines" in told(opened("csv", options))


def test_a_file_in_another_encoding_is_not_guessed():
    options = sources.write_gb_csv(ROWS)
    told(opened("csv", options | {"encoding": "utf-8"}))


@pytest.mark.parametrize("kind", ["csv", "json", "excel", "sqlite", "parquet"])
def test_a_file_that_was_replaced_is_read_anew(kind):
    reader = opened(kind, sources.FILES[kind](ROWS[:50]))
    assert reader.lookup("F099") is None
    time.sleep(0.02)
    sources.FILES[kind](ROWS[50:])
    assert reader.lookup("F099") == ROWS[99]
    assert reader.lookup("F001") is None


def test_only_the_latest_reading_is_kept():
    sources.write_csv(ROWS)
    reader = opened("csv", sources.write_csv(ROWS[:10]))
    before = set(folder("snapshots").glob("*"))
    for count in (20, 30, 40):
        reader = opened("csv", sources.write_csv(ROWS[:count]))
        reader.lookup("F001")
    left = {path for path in set(folder("snapshots").glob("*")) - before if path.suffix}
    assert len(left) == 1


def test_a_view_that_never_ends_is_stopped(monkeypatch):
    monkeypatch.setattr(sqlite, "LOOKUP_SECONDS", 0.2)
    monkeypatch.setattr(sqlite, "BATCH_SECONDS", 0.2)
    options = sources.write_sqlite(ROWS)
    with sqlite3.connect(folder("registers") / options["file"]) as connection:
        connection.execute("DROP VIEW things")
        connection.execute(
            "CREATE VIEW things AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)"
            ' SELECT code, label, "床位 (张)", share, open, since FROM raw'
            " WHERE (SELECT count(*) FROM n) > 0"
        )
    connection.close()
    started = time.monotonic()
    assert "no answer within 0.2 s" in told(opened("sqlite", options))
    assert time.monotonic() - started < 3


def test_a_view_of_postgresql_that_sleeps_is_stopped(monkeypatch):
    monkeypatch.setattr(postgres, "LOOKUP_SECONDS", 0.2)
    monkeypatch.setattr(postgres, "BATCH_SECONDS", 0.2)
    options = sources.write_postgres(ROWS)
    with psycopg.connect(sources.POSTGRES, autocommit=True) as connection:
        connection.execute(
            f"CREATE VIEW {sources.SPACE}.slow AS SELECT * FROM {sources.SPACE}.raw"
            " WHERE pg_sleep(0.3) IS NOT NULL"
        )
    told(opened("postgresql", options | {"table": f"{sources.SPACE}.slow"}))


@pytest.fixture
def mute():
    """A server that takes every call and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = []

        def take():
            while True:
                try:
                    taken.append(server.accept())
                except OSError:
                    return

        threading.Thread(target=take, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        for line, _ in taken:
            line.close()


@pytest.mark.parametrize(("kind", "module"), [("postgresql", postgres), ("mysql", mysql)])
def test_a_server_that_says_nothing_is_left(kind, module, mute, monkeypatch):
    monkeypatch.setattr(module, "CONNECT_SECONDS", 2 if kind == "postgresql" else 1)
    location = {"host": "127.0.0.1", "port": mute, "database": "d", "user": "u"}
    sources.register("mute", SourceKind(kind), location)
    started = time.monotonic()
    assert "does not answer" in told(opened(kind, {"source": "xfjy/mute", "table": "things"}))
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("kind", ["postgresql", "mysql"])
def test_nobody_listens(kind):
    location = {"host": "127.0.0.1", "port": 1, "database": "d", "user": "u"}
    sources.register("gone", SourceKind(kind), location)
    told(opened(kind, {"source": "xfjy/gone", "table": "things"}))


@pytest.mark.parametrize("kind", sources.DATABASES)
def test_no_such_table_and_no_such_password(kind):
    options = sources.DATABASES[kind](ROWS)
    told(opened(kind, options | {"table": "nothing"}))


class Proxy:
    """Passes bytes on to a server until it is told to stop or to hold them back.

    ``after``: how many bytes of answers it passes on before it does ``then`` by itself.
    """

    def __init__(self, target):
        self.target, self.held, self.lines = target, False, []
        self.after, self.then = None, None
        self.server = socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                near, _ = self.server.accept()
            except OSError:
                return
            far = socket.create_connection(self.target)
            self.lines += [near, far]
            for here, there, answers in ((near, far, False), (far, near, True)):
                threading.Thread(target=self.pump, args=(here, there, answers), daemon=True).start()

    def pump(self, here, there, answers):
        try:
            while data := here.recv(4096):
                if answers and self.after is not None:
                    self.after -= len(data)
                    if self.after < 0:
                        self.then()
                while self.held:
                    time.sleep(0.01)
                there.sendall(data)
        except OSError:
            return

    def hold(self):
        self.held = True

    def cut(self):
        for line in self.lines:
            try:
                line.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
        self.lines = []

    def close(self):
        self.held = False
        self.server.close()
        self.cut()


@pytest.fixture
def through_proxy(monkeypatch):
    """Opens a database's connector on a line that a test can cut or hold."""
    proxies = []

    def make(kind):
        rows = [row | {"code": f"G{n:03d}{row['code']}"} for n in range(200) for row in ROWS]
        options = sources.DATABASES[kind](rows)
        module = {"postgresql": postgres, "mysql": mysql}[kind]
        monkeypatch.setattr(module, "LOOKUP_SECONDS", 0.5)
        monkeypatch.setattr(module, "BATCH_SECONDS", 0.5)
        name = options["source"].partition("/")[2]
        row = Source.objects.get(department="xfjy", name=name)
        proxy = Proxy((row.location["host"], row.location["port"]))
        proxies.append(proxy)
        location = {key: row.location[key] for key in ("database", "user")}
        secret = sources.MYSQL["password"] if kind == "mysql" else ""
        sources.register(
            name, row.kind, location | {"host": "127.0.0.1", "port": proxy.port}, secret
        )
        return opened(kind, options), proxy

    yield make
    for proxy in proxies:
        proxy.close()


@pytest.mark.parametrize("fault", ["cut", "hold"])
@pytest.mark.parametrize("kind", sources.DATABASES)
def test_a_server_that_dies_in_mid_stream_ends_the_list_with_an_error(kind, fault, through_proxy):
    reader, proxy = through_proxy(kind)
    proxy.after, proxy.then = 16_000, {"cut": proxy.cut, "hold": proxy.hold}[fault]
    scan = reader.scan(CONTRACT.names, batch_rows=50)
    assert next(scan).num_rows == 50
    with pytest.raises(OSError, match=r"\w"):
        list(scan)


@pytest.mark.parametrize("kind", sources.DATABASES)
def test_a_line_that_was_cut_while_idle_is_opened_anew(kind, through_proxy):
    reader, proxy = through_proxy(kind)
    assert reader.lookup("G000F001")
    proxy.cut()
    time.sleep(0.05)
    assert reader.lookup("G000F001")
    proxy.held = True
    with pytest.raises(OSError, match="no answer"):
        reader.lookup("G000F001")
    proxy.held = False


@pytest.mark.parametrize("kind", sources.DATABASES)
def test_a_list_is_read_on_a_new_line_where_an_idle_one_was_cut(kind, through_proxy):
    reader, proxy = through_proxy(kind)
    among = [Condition("code", Op.IN, ("G000F001", "G001F001"))]
    for _ in range(2):
        assert [batch.num_rows for batch in reader.scan(CONTRACT.names, where=among)] == [2]
        proxy.cut()
        time.sleep(0.05)
    list(reader.scan(CONTRACT.names, where=among))
    proxy.held = True
    with pytest.raises(TimeoutError, match="no answer"):
        list(reader.scan(CONTRACT.names, where=among))
    proxy.held = False


@pytest.mark.parametrize("kind", sources.DATABASES)
def test_a_list_that_was_left_early_gives_no_line_to_the_next_reader(kind, through_proxy):
    reader, _proxy = through_proxy(kind)
    scan = reader.scan(CONTRACT.names, batch_rows=50)
    next(scan)
    scan.close()
    assert not pools._idle
    assert reader.lookup("G000F001")


@pytest.mark.parametrize("paging", sources.PAGINGS)
def test_an_api_is_read_page_by_page(paging):
    with sources.api():
        reader = open_connector("http", CONTRACT, API | {"paging": sources.PAGINGS[paging]})
        assert [row for batch in reader.scan(CONTRACT.names) for row in batch.to_pylist()] == ROWS


def test_an_api_with_an_address_for_each_record():
    with sources.api():
        options = {key: API[key] for key in ("source", "path", "records")}
        reader = open_connector("http", CONTRACT, options | {"record_path": "/things/{subject}"})
        assert reader.lookup("F007") == ROWS[7]
        assert reader.lookup("F0/../07") is None


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("hangs", "ReadTimeout"),
        ("drips", "in time"),
        ("drips_headers", "in time"),
        ("dies", "RemoteProtocolError"),
        ("lies", "beds holds"),
        ("ignores", "same page again"),
        ("redirects", "status 302"),
        ("breaks", "status 500"),
        ("babbles", "not JSON"),
        ("floods", "longer than"),
    ],
)
def test_an_api_that_misbehaves(fault, reason, monkeypatch):
    if fault in ("hangs", "drips", "drips_headers"):  # the others fail without anyone's hurry
        monkeypatch.setattr(http, "LOOKUP_SECONDS", 0.5)
        monkeypatch.setattr(http, "READ_SECONDS", 2.0)
    with sources.api() as handler:
        handler.fault = fault
        reader = open_connector("http", CONTRACT, API | {"paging": sources.PAGINGS["page"]})
        assert reason in told(reader, "F050")


def test_an_api_that_sends_elsewhere_is_not_followed():
    with sources.api() as handler:
        handler.page = lambda self, asked: self.reply(
            200, {"data": {"items": []}}, {"Link": '<http://localhost:1/>; rel="next"'}
        )
        reader = open_connector("http", CONTRACT, API | {"paging": sources.PAGINGS["link"]})
        with pytest.raises(OSError, match="another host"):
            list(reader.scan(CONTRACT.names))


def test_an_api_that_does_not_know_us():
    with sources.api() as handler:
        handler.rows = ROWS
        sources.register("api", SourceKind.HTTP,
                         Source.objects.get(name="api").location, "wrong")  # fmt: skip
        assert "status 401" in told(open_connector("http", CONTRACT, API))
