"""A city with one live feed, matters that the tests decide on, and a register that they change."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from tests.exchange.conftest import (  # noqa: F401 - fixtures
    Matters,
    committed_city,
    exchange_city,
    new_system,
    persona,
    written,
)

from heli.exchange.questions import matter_standing
from heli.feeds import services
from heli.feeds.questions import open_matters, subjects_at_work
from heli.feeds.services import NewChange
from heli.kernel.actor import Actor

STEWARD = Actor("person", "1", "gaj")
SYSTEM = Actor("system", "s", "scjg")
PURPOSE = "restaurant"


@pytest.fixture
def matters(monkeypatch):
    """Matters as an upper room would know them, for lookups and for feeds."""
    known = Matters()

    def at_work(department, subject_type):
        return {
            subject: code
            for code, kind, subject in known.subjects
            if kind == subject_type
            and known.live.get(code)
            and (code, department) in known.tasks - known.done
        }

    def opened(department, subject_type, subjects):
        found = at_work(department, subject_type)
        return {subject: found[subject] for subject in subjects if subject in found}

    monkeypatch.setattr(matter_standing, "_answer", known.standing)
    monkeypatch.setattr(open_matters, "_answer", opened)
    monkeypatch.setattr(subjects_at_work, "_answer", at_work)
    return known


@pytest.fixture
def people(persona, matters):  # noqa: F811
    """Identity numbers; the first two are subjects of a matter of the market bureau."""
    numbers = [each.resident_id for each in persona]
    matters.add("LJ-1", departments=["scjg"], subjects=[("person", n) for n in numbers[:2]])
    return numbers


@pytest.fixture
def feed(exchange_city):  # noqa: F811
    """The feed of the residents."""
    return services.open_feed(exchange_city["residents"], actor=STEWARD)


@pytest.fixture
def committed_feed(committed_city):  # noqa: F811
    """The same, visible to other threads."""
    return services.open_feed(committed_city["residents"], actor=STEWARD)


def subscribe(feed, transport="stream", consumer="scjg", **more):
    actor = Actor("system", f"s-{consumer}", consumer)
    return services.subscribe(
        feed, consumer=consumer, purpose=PURPOSE, transport=transport, actor=actor, **more
    )


def post(feed, *changes):
    """Post changes written as ``("update", number)``."""
    return services.post_changes(feed, [NewChange(*each) for each in changes], actor=STEWARD)


class Receiver:
    """A webhook of another department: notes what it got and answers as told, while it is open."""

    def __init__(self):
        self.got = []
        self.answers = []
        self.default = 204
        self.open = threading.Event()
        self.open.set()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((self.path, dict(self.headers.items()), body))
                receiver.open.wait(9)
                answer = receiver.answers.pop(0) if receiver.answers else receiver.default
                self.send_response(answer)
                if answer == 302:
                    self.send_header("Location", "http://127.0.0.1:1/")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *arguments):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/changes?from=heli"

    @property
    def documents(self):
        return [json.loads(body) for _, _, body in self.got]

    def close(self):
        self.open.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def receiver(monkeypatch):
    monkeypatch.setenv("HELI_WEBHOOK_NETWORKS", "127.0.0.0/8")
    made = Receiver()
    yield made
    made.close()
