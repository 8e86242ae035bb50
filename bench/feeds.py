"""From a change to its 200 subscribers: a source's system posts, 200 departments' streams get it.

Measured over the network against a running Heli, from before the post is sent until the event is
read: signature of the source, the change with its fact, for each subscriber grant, matter, release
policy and a fact of its own, all durable in the cosigned log before the first octet leaves. Beside
it the same documents through plain NATS, which asks nobody and proves nothing, and what asking once
a second would come to.
"""

import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

SUBSCRIBERS, CHANGES, PAUSE, LIMIT = 200, 60, 0.4, 200.0
KEY_NAME = "BENCH_FEEDS_SUBJECT"
ROOT = Path(__file__).resolve().parents[1]
BROKER = os.environ.get("HELI_TEST_BROKER_URL", "nats://127.0.0.1:4222")


def set_up(number: int) -> tuple[str, Any, list[tuple[str, Any]]]:
    """Departments with grants and keys; the subject, the source's key, and each subscriber's."""
    import datetime as dt

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    from heli.demo import organisation as people
    from heli.demo import registers
    from heli.exchange import services as exchange
    from heli.feeds import services
    from heli.kernel import clock
    from heli.kernel.actor import HELI
    from heli.kernel.home import home
    from heli.organisation import services as organisation
    from heli.organisation.services import NewDepartment

    people.seed()
    registers.seed_registers(home(), seed=3, scale="tiny")
    resource = registers.seed_catalogue()["residents"]
    services.open_feed(resource, actor=HELI)
    codes = [f"d{n:03}" for n in range(number)]
    organisation.create_departments(
        [NewDepartment(code, f"部门{code}", f"Department {code}", "测") for code in codes],
        actor=HELI,
    )

    def key_of(department: str) -> tuple[str, Any]:
        private = Ed25519PrivateKey.generate()
        raw = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        _, key = organisation.register_system(department, f"{department} 系统", raw, actor=HELI)
        return key.key_id, private

    fields = [{"field": name} for name in resource.parsed_contract.names[:4]]
    expires = clock.now() + dt.timedelta(days=30)
    for code in codes:
        exchange.grant(
            actor=HELI, resource=resource, consumer=code, purpose="bench", purpose_zh="测量",
            legal_basis="测量", policy={"fields": fields}, expires_at=expires,
        )  # fmt: skip
    subject = registers.personas(home(), 1)[0].resident_id
    return subject, key_of("gaj"), [key_of(code) for code in codes]


def run(subscribers: int = SUBSCRIBERS, changes: int = CHANGES) -> list[dict[str, object]]:
    """Measure on the database that is set up."""
    from heli.site.startup import migrate

    migrate()
    subject, source, keys = set_up(subscribers)
    port = 20_000 + os.getpid() % 10_000
    environment = os.environ | {KEY_NAME: subject, "HELI_PORT": str(port)}
    server = subprocess.Popen(
        [sys.executable, "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1", "--port",
         str(port), "--no-ws", "--log-level", "error", "--workers-kill-timeout", "1",
         "bench.feeds:application"],
        env=environment, cwd=ROOT,
    )  # fmt: skip
    try:
        spent = asyncio.run(measure(f"http://127.0.0.1:{port}", subject, source, keys, changes))
    finally:
        server.terminate()
        server.wait(timeout=20)
    p50, p99 = statistics.median(spent), sorted(spent)[int(len(spent) * 0.99)]
    rows: list[dict[str, object]] = [
        {
            "what": f"change to subscriber, {subscribers} streams, p99",
            "heli": f"{p99:.0f} ms", "peer": f"limit {LIMIT:.0f} ms", "ratio": LIMIT / p99,
        },
        {
            "what": f"change to subscriber, {subscribers} streams, p50",
            "heli": f"{p50:.0f} ms", "peer": "asking every second 500 ms", "ratio": 500 / p50,
        },
    ]  # fmt: skip
    plain = asyncio.run(plain_broker(subscribers, changes))
    if plain:
        plain99 = sorted(plain)[int(len(plain) * 0.99)]
        rows.append(
            {
                "what": "the same fan-out without policy, facts and proof, p99",
                "heli": f"{p99:.0f} ms", "peer": f"plain NATS {plain99:.1f} ms",
                "ratio": plain99 / p99,
            }
        )  # fmt: skip
    return rows


async def measure(
    url: str, subject: str, source: tuple[str, Any], keys: list[tuple[str, Any]], changes: int
) -> list[float]:
    """Milliseconds from post to event, over all subscribers and changes."""
    from heli.client import HeliClient

    await _up(url)
    sent: dict[int, float] = {}
    got: list[tuple[float, bytes]] = []
    for begin in range(0, len(keys), 10):
        opened = await asyncio.gather(*(connect(url, key) for key in keys[begin : begin + 10]))
        for reader in opened:
            _listening.append(asyncio.create_task(listen(reader, got)))
    with HeliClient(url, *source) as heli:
        body = {"changes": [{"kind": "update", "key": subject}]}
        for position in range(1, changes + 1):
            await asyncio.sleep(PAUSE * random.uniform(0.8, 1.2))
            sent[position] = time.perf_counter()
            await asyncio.to_thread(heli.post, "/feeds/gaj/residents/changes", body)
    until = time.monotonic() + 20
    while len(got) < changes * len(keys) and time.monotonic() < until:
        await asyncio.sleep(0.1)
    for task in _listening:
        task.cancel()
    spent = [
        (at - sent[event["position"]]) * 1000
        for at, line in got
        for event in json.loads(line[6:])["events"]
    ]
    if len(spent) != changes * len(keys):
        raise AssertionError(f"{len(spent)} events of {changes * len(keys)} arrived")
    return spent


_listening: list["asyncio.Task[None]"] = []


async def connect(url: str, key: tuple[str, Any]) -> asyncio.StreamReader:
    """Subscribe and open the stream over a bare socket, so that the clients cost little."""
    import httpx

    from heli.client import HeliClient
    from heli.client.feeds import subscribe

    with HeliClient(url, *key) as heli:
        row = await asyncio.to_thread(subscribe, heli, "gaj/residents", purpose="bench")
        request = httpx.Request("GET", f"{url}/api/v1/feeds/subscriptions/{row}/stream")
        heli.sign(request, b"")
    head = f"GET {request.url.raw_path.decode()} HTTP/1.1\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
    reader, writer = await asyncio.open_connection(request.url.host, request.url.port)
    _writers.append(writer)
    writer.write(f"{head}\r\n".encode())
    answer = await reader.readuntil(b"\r\n\r\n")
    if b" 200 " not in answer.split(b"\r\n")[0]:
        raise AssertionError(answer.decode())
    return reader


_writers: list[asyncio.StreamWriter] = []


async def listen(reader: asyncio.StreamReader, got: list[tuple[float, bytes]]) -> None:
    """Note each event and when it came; they are read when all is over."""
    while line := await reader.readline():
        if line.startswith(b"data: "):
            got.append((time.perf_counter(), line))


async def _up(url: str) -> None:
    import httpx

    async with httpx.AsyncClient(base_url=url) as http:
        for _ in range(300):
            try:
                await http.get("/api/v1/feeds/key")
                return
            except httpx.HTTPError:
                await asyncio.sleep(0.2)
    raise AssertionError("the server did not answer")


async def plain_broker(subscribers: int, changes: int) -> list[float]:
    """The same number of messages of about the same size through NATS alone."""
    import nats
    import nats.errors

    try:
        sender = await nats.connect(BROKER, connect_timeout=1, allow_reconnect=False)
    except (OSError, nats.errors.Error):
        return []
    spent: list[float] = []
    clients = [await nats.connect(BROKER) for _ in range(subscribers)]

    async def got(message: Any) -> None:
        spent.append((time.perf_counter() - json.loads(message.data)["sent"]) * 1000)

    for client in clients:
        await client.subscribe("bench.feeds", cb=got)
        await client.flush()
    for _ in range(changes):
        document = {"sent": time.perf_counter(), "padding": "x" * 900}
        await sender.publish("bench.feeds", json.dumps(document).encode())
        await asyncio.sleep(0.1)
    await asyncio.sleep(0.5)
    for client in [*clients, sender]:
        await client.close()
    return spent


if os.environ.get(KEY_NAME):
    from heli.site.startup import setup

    setup()
    from heli.feeds.questions import open_matters

    open_matters._answer = lambda department, kind, subjects: {
        each: "LJ-1" for each in subjects if each == os.environ[KEY_NAME]
    }
    from heli.site.asgi import application  # noqa: F401 - served
