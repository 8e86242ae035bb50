"""The same things kept in every kind of source, and an API that can be told to misbehave."""

import csv
import datetime as dt
import json
import os
import sqlite3
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import openpyxl
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pymysql
import pytest

from heli.engines.contracts import parse_contract
from heli.exchange import services
from heli.exchange.models import SourceKind
from heli.kernel.actor import HELI
from heli.kernel.home import folder

POSTGRES = os.environ.get("HELI_TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres")
MYSQL = {
    "host": os.environ.get("HELI_TEST_MYSQL_HOST", "127.0.0.1"),
    "port": int(os.environ.get("HELI_TEST_MYSQL_PORT", "3306")),
    "user": os.environ.get("HELI_TEST_MYSQL_USER", "root"),
    "password": os.environ.get("HELI_TEST_MYSQL_PASSWORD", ""),
}
SPACE = f"heli_things{os.environ.get('PYTEST_XDIST_WORKER', '')}"

FIELDS = (
    ("code", "string"),
    ("label", "string"),
    ("beds", "integer"),
    ("share", "number"),
    ("open", "boolean"),
    ("since", "date"),
)
CONTRACT = parse_contract(
    {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": "xfjy/things",
        "version": "1.0.0",
        "name": "things",
        "schema": [
            {
                "name": "things",
                "logicalType": "object",
                "businessName": "物件",
                "customProperties": [
                    {"property": "titleEn", "value": "Things"},
                    {"property": "subjectType", "value": "facility"},
                ],
                "properties": [
                    {
                        "name": name,
                        "businessName": name,
                        "logicalType": kind,
                        "required": name == "code",
                        "primaryKey": name == "code",
                        "classification": "public",
                        "customProperties": [
                            {"property": "titleEn", "value": name},
                            {"property": "subject", "value": name == "code"},
                        ],
                    }
                    for name, kind in FIELDS
                ],
            }
        ],
    }
)
LABELS = ("甲座, 一层", "b house", "B house", 'say "yes"', "b house ")
ROWS = [
    {"code": f"F{n:03d}", "label": LABELS[n % 5] if n % 7 else None, "beds": n, "share": n / 8,
     "open": n % 2 == 0, "since": dt.date(2020, 1, 1) + dt.timedelta(days=n) if n % 5 else None}
    for n in range(100)
]  # fmt: skip
COLUMNS = {"beds": "床位 (张)"}
"""Every source but the API calls one column otherwise than the contract does."""


def as_stored(row):
    return {COLUMNS.get(name, name): value for name, value in row.items()}


def as_json(row):
    return {
        name: value.isoformat() if isinstance(value, dt.date) else value
        for name, value in row.items()
    }


def write_parquet(rows, name="things.parquet"):
    pq.write_table(
        pa.Table.from_pylist([as_stored(row) for row in rows]), folder("registers") / name
    )
    return {"file": name, "columns": COLUMNS}


def write_csv(rows, name="things.csv", encoding="utf-8"):
    path = folder("registers") / name
    fresh = path.with_suffix(".new")
    with fresh.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, list(as_stored(ROWS[0])))
        writer.writeheader()
        writer.writerows(as_stored(row) for row in rows)
    fresh.replace(path)
    return {"file": name, "columns": COLUMNS}


def write_gb_csv(rows):
    return write_csv(rows, "things_gb.csv", "gb18030") | {"encoding": "gb18030"}


def write_excel(rows, name="things.xlsx"):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "床位"
    sheet.append(list(as_stored(ROWS[0])))
    for row in rows:
        sheet.append(list(row.values()))
    sheet.append([None] * len(FIELDS))
    book.save(folder("registers") / name)
    return {"file": name, "columns": COLUMNS, "sheet": "床位"}


def write_json(rows, name="things.json"):
    text = json.dumps([as_stored(as_json(row)) for row in rows], ensure_ascii=False)
    (folder("registers") / name).write_text(text, encoding="utf-8")
    return {"file": name, "columns": COLUMNS}


def write_lines(rows, name="things.jsonl"):
    lines = (json.dumps(as_stored(as_json(row)), ensure_ascii=False) for row in rows)
    (folder("registers") / name).write_text("\n".join(lines), encoding="utf-8")
    return {"file": name, "columns": COLUMNS}


def write_sqlite(rows, name="things.sqlite3"):
    path = folder("registers") / name
    path.unlink(missing_ok=True)
    with sqlite3.connect(path) as connection:
        connection.execute(
            "CREATE TABLE raw (code TEXT COLLATE NOCASE PRIMARY KEY, label TEXT COLLATE NOCASE,"
            ' "床位 (张)" INTEGER, share REAL, open INTEGER, since TEXT)'
        )
        connection.execute("CREATE VIEW things AS SELECT * FROM raw")
        connection.executemany(
            "INSERT INTO raw VALUES (?, ?, ?, ?, ?, ?)",
            [list(as_json(row).values()) for row in rows],
        )
    connection.close()
    return {"file": name, "table": "things", "columns": COLUMNS}


def write_postgres(rows):
    try:
        connection = psycopg.connect(POSTGRES, connect_timeout=2, autocommit=True)
    except psycopg.Error:
        pytest.skip("no PostgreSQL server")
    with connection:
        connection.execute(f"DROP SCHEMA IF EXISTS {SPACE} CASCADE")
        connection.execute(f"CREATE SCHEMA {SPACE}")
        connection.execute(
            f"CREATE TABLE {SPACE}.raw (code varchar(10) PRIMARY KEY, label text,"
            ' "床位 (张)" integer, share numeric, open boolean, since date)'
        )
        connection.execute(f"CREATE VIEW {SPACE}.things AS SELECT * FROM {SPACE}.raw")
        with connection.cursor() as cursor:
            cursor.executemany(
                f"INSERT INTO {SPACE}.raw VALUES (%s, %s, %s, %s, %s, %s)",
                [list(row.values()) for row in rows],
            )
        info = connection.info
        location = {"host": info.host, "port": info.port, "database": info.dbname,
                    "user": info.user}  # fmt: skip
        register("pg", SourceKind.POSTGRESQL, location, info.password or "")
    return {"source": "xfjy/pg", "table": f"{SPACE}.things", "columns": COLUMNS}


def write_mysql(rows):
    try:
        connection = pymysql.connect(**MYSQL, charset="utf8mb4", autocommit=True, connect_timeout=2)
    except pymysql.Error:
        pytest.skip("no MySQL or MariaDB server")
    with connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE IF NOT EXISTS {SPACE} CHARACTER SET utf8mb4")
        cursor.execute(f"USE {SPACE}")
        cursor.execute("DROP TABLE IF EXISTS raw")
        cursor.execute(
            "CREATE TABLE raw (code varchar(10) PRIMARY KEY, label varchar(40),"
            " `床位 (张)` int, share decimal(10, 4), open tinyint(1), since date)"
        )
        cursor.execute("CREATE OR REPLACE VIEW things AS SELECT * FROM raw")
        cursor.executemany(
            "INSERT INTO raw VALUES (%s, %s, %s, %s, %s, %s)", [list(row.values()) for row in rows]
        )
    location = {"host": MYSQL["host"], "port": MYSQL["port"], "database": SPACE,
                "user": MYSQL["user"]}  # fmt: skip
    register("my", SourceKind.MYSQL, location, MYSQL["password"])
    return {"source": "xfjy/my", "table": "things", "columns": COLUMNS}


def register(name, kind, location, secret=""):
    services.register_source(
        actor=HELI, department="xfjy", name=name, kind=kind, location=location, secret=secret
    )


FILES = {
    "parquet": write_parquet,
    "csv": write_csv,
    "gb_csv": write_gb_csv,
    "excel": write_excel,
    "json": write_json,
    "json_lines": write_lines,
    "sqlite": write_sqlite,
}
DATABASES = {"postgresql": write_postgres, "mysql": write_mysql}
KINDS = {"gb_csv": "csv", "json_lines": "json"}
"""Kinds of connector where they are called otherwise."""


class Api(BaseHTTPRequestHandler):
    """Things over HTTP, in pages."""

    protocol_version = "HTTP/1.1"
    rows = ROWS[::-1]
    fault = ""

    def do_GET(self):
        url = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(url.query).items()}
        if self.headers["X-Key"] != "Token open sesame":
            self.reply(401, {"error": "who are you?"})
        elif self.fault:
            getattr(self, self.fault)(asked)
        elif url.path.startswith("/v1/things/"):
            found = [row for row in self.rows if row["code"] == url.path.rpartition("/")[2]]
            self.reply(200 if found else 404, as_json(found[0]) if found else {})
        elif "code" in asked:
            found = [as_json(row) for row in self.rows if row["code"] == asked["code"]]
            self.reply(200, {"data": {"items": found}})
        else:
            self.page(asked)

    def page(self, asked):
        size = min(int(asked.get("size", 1000)), 30)  # as many servers cap it
        start = int(asked.get("offset") or asked.get("cursor") or 0)
        if "page" in asked:
            start = (int(asked["page"]) - 1) * size
        items = [as_json(row) for row in self.rows[start : start + size]]
        body = {"data": {"items": items}}
        headers = {}
        if start + size < len(self.rows):
            body["next"] = str(start + size)
            headers["Link"] = f'</v1/things?cursor={start + size}>; rel="next"'
        self.reply(200, body, headers)

    def reply(self, status, body, headers=(), length=0):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in dict(headers).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(length or len(content)))
        self.end_headers()
        self.wfile.write(content)

    def hangs(self, asked):
        time.sleep(3)

    def drips(self, asked):
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        for _ in range(60):
            self.wfile.write(b" ")
            self.wfile.flush()
            time.sleep(0.05)

    def drips_headers(self, asked):
        self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        for _ in range(100):
            self.wfile.write(b"x")
            self.wfile.flush()
            time.sleep(0.05)

    def dies(self, asked):
        if int(asked.get("page", 1)) < 2 and "code" not in asked:
            self.page(asked)
        else:
            self.reply(200, b'{"data": {"items": [', length=5000)
            self.close_connection = True

    def lies(self, asked):
        lie = [as_json(ROWS[50]) | {"beds": "many"}] if asked.get("page", "1") == "1" else []
        self.reply(200, {"data": {"items": lie}})

    def ignores(self, asked):
        self.reply(200, {"data": {"items": [as_json(row) for row in ROWS[:3]]}})

    def redirects(self, asked):
        self.reply(302, {}, {"Location": "http://127.0.0.1:1/"})

    def breaks(self, asked):
        self.reply(500, {"error": "x"})

    def babbles(self, asked):
        self.reply(200, b"<html>")

    def floods(self, asked):
        self.reply(200, b"[" + b"1," * 40_000_000)

    def log_message(self, *args):
        pass


@contextmanager
def api():
    """A running API, registered as the source ``xfjy/api``."""
    handler = type("Handler", (Api,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    register(
        "api",
        SourceKind.HTTP,
        {"url": f"http://127.0.0.1:{server.server_port}/v1", "header": "X-Key", "scheme": "Token"},
        "open sesame",
    )
    try:
        yield handler
    finally:
        server.shutdown()
        server.server_close()


API = {
    "source": "xfjy/api",
    "path": "/things",
    "records": "data.items",
    "subject_parameter": "code",
}
PAGINGS = {
    "page": {"kind": "page", "size_parameter": "size", "size": 40},
    "offset": {"kind": "offset", "size_parameter": "size", "size": 40},
    "cursor": {"kind": "cursor", "next": "next"},
    "link": {"kind": "link"},
}
