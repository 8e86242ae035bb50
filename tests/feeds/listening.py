"""Systems that are told of changes, each in its own way, and a worker that tells them."""

import asyncio
import json
import os
import socket
import threading
import time
from contextlib import contextmanager

import nats
import pytest
from django.db import connections
from tests.feeds.conftest import SYSTEM, subscribe

from heli.errors import HeliError
from heli.feeds import broker, sending, stream, tasks
from heli.feeds.models import Subscription
from heli.kernel import worker


def until(check, seconds=20):
    """Wait for what must come; how long that takes decides nothing."""
    ends = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < ends, "it did not come"
        time.sleep(0.01)


@contextmanager
def working():
    """The worker with the jobs that tell of changes, as it runs beside the server."""
    stop, kept = threading.Event(), dict(worker._jobs)
    mine = [job for job in kept.values() if job.job in (tasks.send, tasks.watch_grants)]
    worker._jobs.clear()
    worker._jobs.update({job.name: job for job in mine})

    def run():
        worker.run(stop, "feeds-test")
        connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        worker._jobs.update(kept)


class Webhook:
    """Is called; see ``Receiver``."""

    def __init__(self, feed, receiver):
        self.receiver = receiver
        self.row = subscribe(feed, "webhook", address=receiver.url)

    @property
    def documents(self):
        return self.receiver.documents

    def close(self):
        pass


class Listener:
    """Something that listens in an event loop of its own."""

    def __init__(self):
        self.documents = []
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()

    def do(self, work):
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(20)

    def close(self):
        self.do(self.leave())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


class Stream(Listener):
    """Reads server-sent events; when they end it asks for them again, as a client does."""

    def __init__(self, feed):
        super().__init__()
        self.row = subscribe(feed, "stream")
        self.task = None
        self.connected = False
        self.stopped = []
        self.do(self.begin())

    async def begin(self):
        self.task = asyncio.create_task(self.read())

    async def read(self):
        cursor = ""
        while True:
            try:
                reader = await stream.in_thread(lambda at=cursor: self.opened(at))
            except HeliError:
                await asyncio.sleep(0.05)
                continue
            async for item in stream.follow(reader, "en"):
                self.connected = True
                fields = dict(
                    line.split(": ", 1) for line in item.decode().splitlines() if ": " in line
                )
                cursor = fields.get("id", cursor)
                if fields.get("event") == "changes":
                    self.documents.append(json.loads(fields["data"]))
                if fields.get("event") == "stopped":
                    self.stopped.append(json.loads(fields["data"])["code"])

    def opened(self, cursor):
        row = Subscription.objects.select_related("feed__resource").get(pk=self.row.pk)
        return stream.open_reader(row, cursor, SYSTEM)

    async def leave(self):
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


class Jetstream(Listener):
    """Listens at the broker, below a subject of its own."""

    def __init__(self, feed, url):
        super().__init__()
        self.row = subscribe(feed, "broker")
        self.do(self.begin(url))

    async def begin(self, url):
        self.client = await nats.connect(url)
        await self.client.subscribe(broker.SUBJECTS, cb=self.got)
        await self.client.flush()

    async def got(self, message):
        self.documents.append(json.loads(message.data))

    async def leave(self):
        await self.client.jetstream().delete_stream(broker.STREAM)
        await self.client.close()


def own_broker(monkeypatch):
    """A JetStream of the test's own; skips where there is no server. Returns its address."""
    url = os.environ.get("HELI_TEST_BROKER_URL", "nats://127.0.0.1:4222")
    host, _, port = url.removeprefix("nats://").partition(":")
    try:
        socket.create_connection((host, int(port or 4222)), timeout=1).close()
    except OSError:
        pytest.skip(f"no NATS server at {url}")
    name = f"HELI_TEST_{os.getpid()}"
    monkeypatch.setenv("HELI_BROKER_URL", url)
    monkeypatch.setattr(broker, "STREAM", name)
    monkeypatch.setattr(broker, "SUBJECTS", f"{name}.>")
    monkeypatch.setattr(sending, "subject_of", lambda resource, consumer: f"{name}.{consumer}")
    monkeypatch.setattr(sending, "broker", broker.Broker())
    return url


@contextmanager
def told_by(made):
    """Whoever is told, while a worker runs."""
    try:
        with working():
            yield made
    finally:
        made.close()
