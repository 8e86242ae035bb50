"""Lookups through the gateway against a plain endpoint that returns the same row.

1,000 clients ask for residents, each within an open matter of their department. Heli's side checks
the signature of each, its grant and its standing in the matter, reads the register, releases by
policy, records a fact and an access, puts the leaf on disk under three witnesses, and answers with
a receipt. The plain side is FastAPI with SQLAlchemy over an indexed table, which does none of this.
Beside them stands the same gateway with signatures and log turned off. One process serves, another
makes the load, on the same cores; requests are signed beforehand. Throughput is measured with every
client asking again as soon as it is answered, which makes each wait for all others; answer times at
1,500 requests a second.
"""

import json
import os
import random
import resource
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CLIENTS, SECONDS, RATE = 1_000, 6.0, 1_500
P99 = 250
"""Milliseconds that an answer may take at this rate, but for one in a hundred."""
MATTERS = 500
ADDRESS, PURPOSE, DEPARTMENT = "gaj/residents", "restaurant", "scjg"
ROOT = Path(__file__).parents[1]
SERVE = """
import sys
from bench.exchange import serve
serve(sys.argv[1], int(sys.argv[2]))
"""


def run(clients: int = CLIENTS, seconds: float = SECONDS) -> list[dict[str, object]]:
    """Rows of the table: throughput, then answer times at a fixed rate, then memory."""
    people, key_id, private = fill()
    with tempfile.TemporaryDirectory() as folder:
        signed = Path(folder) / "signed"
        most = int(6000 * seconds)
        rates: dict[str, dict[str, Any]] = {}
        slow: dict[str, dict[str, Any]] = {}
        memory = 0.0
        for kind in ("gateway", "session", "bare", "plain"):
            server = "gateway" if kind == "session" else kind
            with serving(server) as (port, process):
                make = requests_of(kind, port, people, key_id, private)
                write(signed, make, 2_000)
                load(port, signed, 50, 3.0)
                write(signed, make, most if kind != "gateway" else most // 2)
                rates[kind] = load(port, signed, clients, seconds)
                write(signed, make, int(RATE * (seconds + 1)))
                slow[kind] = load(port, signed, clients, seconds, RATE)
                if kind == "gateway":
                    memory = rss(process.pid)
    return rows(clients, rates, slow, memory)


def rows(
    clients: int, rates: dict[str, Any], slow: dict[str, Any], memory: float
) -> list[dict[str, object]]:
    found: list[dict[str, object]] = []
    names = {"plain": "FastAPI + SQLAlchemy", "bare": "without signature and log"}
    for kind, what in (("gateway", "signed"), ("session", "in a session")):
        for peer, name in names.items():
            found.append({
                "what": f"lookups {what}, logged, receipted, {clients:,} clients",
                "heli": f"{rates[kind]['rate']:,.0f}/s",
                "peer": f"{name} {rates[peer]['rate']:,.0f}/s",
                "ratio": rates[kind]["rate"] / rates[peer]["rate"],
            })  # fmt: skip
        found.append({
            "what": "the same beside the aim",
            "heli": f"{rates[kind]['rate']:,.0f}/s", "peer": f"aim {RATE:,}/s",
            "ratio": rates[kind]["rate"] / RATE,
        })  # fmt: skip
        found.append({
            "what": f"p99 of them at {RATE:,}/s beside the aim",
            "heli": f"{slow[kind]['p99']:.0f} ms", "peer": f"limit {P99} ms",
            "ratio": P99 / slow[kind]["p99"],
        })  # fmt: skip
        found.append({
            "what": f"p99 of them at {RATE:,}/s (p50 {slow[kind]['p50']:.0f} ms)",
            "heli": f"{slow[kind]['p99']:.0f} ms",
            "peer": f"FastAPI + SQLAlchemy {slow['plain']['p99']:,.0f} ms",
            "ratio": slow["plain"]["p99"] / slow[kind]["p99"],
        })  # fmt: skip
    found.append({
        "what": "memory of the gateway's process under load",
        "heli": f"{memory:.0f} MB", "peer": "limit 400 MB", "ratio": 400 / memory,
    })  # fmt: skip
    for kind, result in (*rates.items(), *slow.items()):
        bad = {status: n for status, n in result["statuses"].items() if status != "200"}
        if bad:
            found.append({"what": f"{kind}: answers that are no answers {bad}", "failed": True})
    return found


# -- the city -------------------------------------------------------------------------------------


def fill() -> tuple[list[tuple[str, str]], str, Any]:
    """Registers, catalogue, matters; returns (number, matter) pairs and the caller's key."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    from heli.demo import linjiang, registers
    from heli.kernel.actor import HELI
    from heli.kernel.home import home
    from heli.ledger import services as ledger
    from heli.organisation import services as organisation
    from heli.site.startup import migrate

    migrate()
    linjiang.seed(scale="small", number=3, progress=lambda text: None)
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    _, key = organisation.register_system(DEPARTMENT, "审批系统", public, actor=HELI)
    numbers = [p.resident_id for p in registers.personas(home(), MATTERS)]
    people = list(zip(numbers, matters(numbers), strict=True))
    ledger.integrate()
    plain_table()
    return people, key.key_id, private


def matters(numbers: list[str]) -> list[str]:
    """An open matter for each number, in which the caller's department has a task."""
    from heli.cases import sealing
    from heli.cases.models import Matter, MatterSubject, Procedure, Task
    from heli.cases.services.matters import free_codes
    from heli.kernel import clock

    procedure = Procedure.objects.get(key="open-restaurant", active=True)
    now = clock.now()
    made = [
        Matter(code=code, procedure=procedure, title="演示小馆", received_by_id="zwzx",
               accountable_id="zwzx", state="running", opened_at=now)
        for code in free_codes(len(numbers))
    ]  # fmt: skip
    Matter.objects.bulk_create(made)
    Task.objects.bulk_create(
        Task(matter=m, token=3, node="Task_Food", name_zh="审查", department_id=DEPARTMENT,
             due_at=now, order_at=now, opened_at=now, allowance="H48")
        for m in made
    )  # fmt: skip
    MatterSubject.objects.bulk_create(
        MatterSubject(matter=m, type="person", digest=sealing.digest("person", number),
                      sealed=sealing.seal("person", number), hint="", role="applicant")
        for m, number in zip(made, numbers, strict=True)
    )  # fmt: skip
    return [m.code for m in made]


def plain_table() -> None:
    """The same register as a table for the plain endpoint."""
    import duckdb

    from heli.kernel.home import folder, home

    source = folder("registers") / "residents.parquet"
    frame = duckdb.sql(f"SELECT * FROM read_parquet('{source}')")
    names = [name.lower() for name in frame.columns]
    import sqlite3

    with sqlite3.connect(home() / "plain.sqlite3") as connection:
        columns = ", ".join(f"{name} TEXT" for name in names)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"CREATE TABLE residents ({columns}, PRIMARY KEY (resident_id))")
        places = ", ".join("?" * len(names))
        data = [[None if v is None else str(v) for v in row] for row in frame.fetchall()]
        connection.executemany(f"INSERT OR IGNORE INTO residents VALUES ({places})", data)


# -- requests -------------------------------------------------------------------------------------


def requests_of(kind: str, port: int, people: list[tuple[str, str]], key_id: str, private: Any):
    """How a request of a kind is made; one call, one request with a nonce of its own."""
    if kind == "plain":
        return lambda rng: http("GET", f"/residents/{rng.choice(people)[0]}", port, {}, b"")
    if kind == "session":
        key_id, private = open_session(port, key_id, private)
    alg = "hmac-sha256" if kind == "session" else "ed25519"

    def make(rng: random.Random) -> bytes:
        number, matter = rng.choice(people)
        subject = {"type": "person", "id": number}
        body = json.dumps({"subject": subject, "matter": matter, "purpose": PURPOSE}).encode()
        return signed(f"/x/v1/{ADDRESS}", port, body, key_id, private, alg)

    return make


def signed(path: str, port: int, body: bytes, key_id: str, private: Any, alg: str) -> bytes:
    from heli.engines.httpsig import Request, content_digest, sign

    headers = {"Content-Digest": content_digest(body), "Content-Type": "application/json"}
    request = Request("POST", "http", f"127.0.0.1:{port}", path, headers=tuple(headers.items()))
    parameters = (
        ("created", int(time.time())), ("nonce", secrets.token_urlsafe(18)),
        ("keyid", key_id), ("alg", alg),
    )  # fmt: skip
    components = ("@method", "@target-uri", "content-digest")
    headers |= sign(request, components, key=private, parameters=parameters)
    return http("POST", path, port, headers, body)


def http(method: str, path: str, port: int, headers: dict[str, str], body: bytes) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += [f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode() + body


def open_session(port: int, key_id: str, private: Any) -> tuple[str, bytes]:
    import base64

    request = signed("/x/v1/sessions", port, b'{"minutes": 10}', key_id, private, "ed25519")
    with socket.create_connection(("127.0.0.1", port)) as link:
        link.sendall(request)
        text = link.recv(65536)
        while b"\r\n\r\n" not in text or not text.rstrip().endswith(b"}"):
            text += link.recv(65536)
    said = json.loads(text.partition(b"\r\n\r\n")[2])
    return said["session"], base64.b64decode(said["key"])


def write(path: Path, make: Any, number: int) -> None:
    rng = random.Random(number)
    with path.open("wb") as file:
        for _ in range(number):
            request = make(rng)
            file.write(len(request).to_bytes(4, "big") + request)


def load(port: int, path: Path, clients: int, seconds: float, rate: float = 0) -> dict[str, Any]:
    arguments = [str(port), str(path), str(clients), str(seconds), str(rate)]
    done = subprocess.run(
        [sys.executable, "-m", "bench.exchange_load", *arguments],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    return dict(json.loads(done.stdout))


# -- servers --------------------------------------------------------------------------------------


@contextmanager
def serving(kind: str):
    """A server in a process of its own; yields its port and process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-c", SERVE, kind, str(port)], cwd=ROOT)
    try:
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.1)
        yield port, process
    finally:
        process.terminate()
        process.wait(20)


def rss(pid: int) -> float:
    """Megabytes of a process and its children."""
    found, pages = 0.0, resource.getpagesize()
    for each in Path("/proc").glob("[0-9]*"):
        try:
            stat = (each / "stat").read_text().rpartition(")")[2].split()
            if int(each.name) == pid or int(stat[1]) == pid:
                size = int((each / "statm").read_text().split()[1]) * pages / 1e6
                found = max(found, size)
        except (OSError, ValueError):
            continue
    return found


def serve(kind: str, port: int) -> None:
    """Serve until stopped."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(8192, hard), hard))
    if kind == "plain":
        import uvicorn

        uvicorn.run("bench.exchange:plain", factory=True, port=port, log_level="error")
        return
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    target = "bench.exchange:bare" if kind == "bare" else "heli.site.asgi:application"
    Granian(
        target, address="127.0.0.1", port=port, interface=Interfaces.ASGI, workers=1,
        websockets=False, log_level=LogLevels.warning, factory=kind == "bare",
    ).serve()  # fmt: skip


def bare() -> Any:
    """The gateway without signatures and without log; for the bench only."""
    from types import SimpleNamespace

    from heli.site.asgi import application  # isort: skip - makes Django ready
    from heli.exchange import gateway
    from heli.exchange.credentials import Keyring
    from heli.kernel import clock
    from heli.kernel.ids import uuid7

    def sender(self: Any, request: Any, signature: Any, body: bytes) -> Any:
        return self._systems[signature.key_id]

    def settle(calls: Any) -> None:
        for call in calls:
            call.fact = SimpleNamespace(id=uuid7(), at=clock.now())

    Keyring.sender = sender  # type: ignore[method-assign]
    gateway.settle = settle
    gateway.bundles = SimpleNamespace(prove=lambda facts: ([b"null"] * len(facts), ()))  # type: ignore[assignment]
    return application


def plain() -> Any:
    """What somebody writes without any of this: FastAPI, SQLAlchemy, one indexed row."""
    from fastapi import FastAPI, HTTPException
    from sqlalchemy import create_engine, select
    from sqlalchemy.ext.automap import automap_base
    from sqlalchemy.orm import Session

    engine = create_engine(f"sqlite:///{os.environ['HELI_HOME']}/plain.sqlite3", pool_size=40)
    base = automap_base()
    base.prepare(engine)
    residents = base.classes.residents
    names = [column.name for column in residents.__table__.columns]
    app = FastAPI()

    @app.get("/residents/{number}")
    def read(number: str) -> dict[str, str | None]:
        with Session(engine) as session:
            row = session.scalars(select(residents).filter_by(resident_id=number)).first()
            if row is None:
                raise HTTPException(404)
            return {name: getattr(row, name) for name in names}

    return app
