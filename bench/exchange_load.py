"""The load that ``bench.exchange`` puts on a server: many connections, requests made beforehand.

    python -m bench.exchange_load PORT REQUESTS CONNECTIONS SECONDS RATE

Every connection sends one request after the other. With a RATE of 0 each sends the next as soon as
it has its answer; else all together send so many a second, each request at its own instant, and
its time is counted from that instant whether or not the connection was free. Prints one JSON line.
"""

import asyncio
import json
import sys
import time
from pathlib import Path


class Connection(asyncio.Protocol):
    """One keep-alive connection; answers have a Content-Length."""

    def __init__(self) -> None:
        self.buffer = b""
        self.answer: asyncio.Future[int] | None = None
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self.buffer[:end].lower()
        at = head.find(b"content-length:")
        length = int(head[at + 15 :].split(b"\r\n", 1)[0])
        if len(self.buffer) >= end + 4 + length:
            status = int(self.buffer[9:12])
            self.buffer = b""
            if self.answer is not None and not self.answer.done():
                self.answer.set_result(status)

    def connection_lost(self, error: Exception | None) -> None:
        if self.answer is not None and not self.answer.done():
            self.answer.set_result(0)

    async def ask(self, request: bytes) -> int:
        self.answer = asyncio.get_running_loop().create_future()
        assert self.transport is not None
        self.transport.write(request)
        return await self.answer


class Load:
    """What is sent and what came of it."""

    def __init__(self, requests: list[bytes], seconds: float, rate: float) -> None:
        self.requests = iter(requests)
        self.seconds = seconds
        self.rate = rate
        self.sent = 0
        self.times: list[float] = []
        self.statuses: dict[int, int] = {}
        self.began = 0.0
        self.ended = 0.0

    async def client(self, connection: Connection) -> None:
        while True:
            due = self.began + self.sent / self.rate if self.rate else time.perf_counter()
            request = next(self.requests, None)
            if request is None or due > self.began + self.seconds:
                return
            self.sent += 1
            if (wait := due - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            status = await connection.ask(request)
            self.ended = time.perf_counter()
            self.times.append(self.ended - due)
            self.statuses[status] = self.statuses.get(status, 0) + 1


def framed(path: Path) -> list[bytes]:
    """Requests from a file in which each follows its length."""
    data, found, at = path.read_bytes(), [], 0
    while at < len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        found.append(data[at + 4 : at + 4 + size])
        at += 4 + size
    return found


async def main(port: int, path: str, connections: int, seconds: float, rate: float) -> None:
    loop = asyncio.get_running_loop()
    made = []
    for _ in range(connections):
        _transport, protocol = await loop.create_connection(Connection, "127.0.0.1", port)
        made.append(protocol)
    load = Load(framed(Path(path)), seconds, rate)
    load.began = time.perf_counter()
    await asyncio.gather(*(load.client(connection) for connection in made))
    times = sorted(load.times)
    good = load.statuses.get(200, 0)
    print(
        json.dumps(
            {
                "rate": good / (load.ended - load.began),
                "p50": times[len(times) // 2] * 1000,
                "p99": times[int(len(times) * 0.99)] * 1000,
                "good": good,
                "statuses": load.statuses,
            }
        )
    )


if __name__ == "__main__":
    asyncio.run(
        main(
            int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), float(sys.argv[5])
        )
    )
