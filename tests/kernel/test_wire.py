"""Outgoing calls end in time, however slowly the other side sends or takes its bytes."""

import socket
import threading
import time

import httpx
import pytest

from heli.feeds import webhooks
from heli.feeds.errors import SendError
from heli.kernel.deadlines import ending
from heli.kernel.outward import NoAnswerError, Outward
from heli.kernel.wire import Transport

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"


def drips_head(line):
    line.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    drip(line)


def drips_body(line):
    line.sendall(HEAD)
    drip(line)


def drips_interim_answers(line):
    while True:
        line.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        time.sleep(0.05)


def drip(line):
    while True:
        line.sendall(b"x")
        time.sleep(0.05)


def sips(line):
    while line.recv(20_000):
        time.sleep(0.05)


@pytest.fixture
def serve():
    """Starts servers that answer every connection in the way given; gives their port."""
    servers, gone = [], []

    def start(answer):
        def take():
            while True:
                try:
                    line, _ = server.accept()
                except OSError:
                    return
                threading.Thread(target=speak, args=(line,), daemon=True).start()

        def speak(line):
            with line:
                try:
                    if answer is not sips:
                        line.recv(65_536)
                    answer(line)
                except OSError:
                    gone.append(line)

        # Small buffers are inherited by what is accepted: a peer that sips is noticed soon.
        server = socket.socket()
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        server.bind(("127.0.0.1", 0))
        server.listen()
        servers.append(server)
        threading.Thread(target=take, daemon=True).start()
        return server.getsockname()[1]

    start.gone = gone
    yield start
    for server in servers:
        server.shutdown(socket.SHUT_RDWR)
        server.close()


@pytest.mark.parametrize("answer", [drips_head, drips_body, drips_interim_answers])
def test_a_call_to_an_address_somebody_typed_in_ends_in_time(serve, answer):
    port = serve(answer)
    started = time.monotonic()
    with Outward(f"http://127.0.0.1:{port}", allowed=None, most_seconds=0.5) as outward:
        with pytest.raises(NoAnswerError, match="too long"):
            outward.call("GET")
        assert 0.4 < time.monotonic() - started < 2
        until = time.monotonic() + 5
        while not serve.gone and time.monotonic() < until:
            time.sleep(0.02)
        assert serve.gone, "the connection stands open"


def test_a_body_that_nobody_takes_ends_in_time(serve):
    started = time.monotonic()
    with (
        ending(0.5),
        httpx.Client(transport=Transport(), timeout=5) as client,
        pytest.raises(httpx.WriteTimeout),
    ):
        client.post(f"http://127.0.0.1:{serve(sips)}/", content=b"x" * 50_000_000)
    assert time.monotonic() - started < 3


def test_an_end_that_is_past_begins_nothing():
    with (
        ending(0),
        httpx.Client(transport=Transport()) as client,
        pytest.raises(httpx.ConnectTimeout),
    ):
        client.get("http://127.0.0.1:1/")


@pytest.mark.parametrize("answer", [drips_head, drips_body])
def test_a_webhook_is_given_up_in_time(serve, answer, monkeypatch):
    monkeypatch.setenv("HELI_WEBHOOK_NETWORKS", "127.0.0.0/8")
    monkeypatch.setattr(webhooks, "TIMEOUT", 0.5)
    started = time.monotonic()
    with pytest.raises(SendError, match="in time"):
        webhooks.post(f"http://127.0.0.1:{serve(answer)}/", b"{}", delivery="d1", attempt=1)
    assert time.monotonic() - started < 2
