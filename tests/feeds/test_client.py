"""Another department's system follows a feed of a running Heli over the network."""

import json
import subprocess
import sys
import threading
import time

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from tests.feeds.test_killed import ROOT, Install
from tests.site.conftest import free_port

from heli.client import (
    AnswerMismatchError,
    HeliClient,
    InvalidRequestError,
    StreamEndedError,
    TrustedKeys,
    UnreachableError,
    follow,
    read_webhook,
)
from heli.engines.httpsig import BadSignatureError, DigestError, StaleSignatureError
from heli.errors import HeliError


class Running(Install):
    """The same with a web server."""

    def __init__(self, home):
        super().__init__(home)
        self.folder = home
        self.port = free_port()
        self.environment["HELI_PORT"] = str(self.port)
        self.private = Ed25519PrivateKey.generate()
        raw = self.private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.told = self.run("set_up", "", raw.hex())
        self.process = None

    def serve(self):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1",
             "--port", str(self.port), "--no-ws", "--log-level", "warning",
             "--workers-kill-timeout", "1", "tests.feeds.process:application"],
            env=self.environment, cwd=ROOT,
        )  # fmt: skip
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                httpx.get(f"http://127.0.0.1:{self.port}/api/v1/feeds/key", timeout=2)
                return self
            except httpx.HTTPError:
                time.sleep(0.2)
        raise AssertionError("the server did not answer within 60 s")

    def end(self):
        if self.process:
            self.process.terminate()
            self.process.wait(timeout=15)
            self.process = None

    def client(self):
        return HeliClient(f"http://127.0.0.1:{self.port}", self.told["key_id"], self.private)


@pytest.fixture(scope="module")
def heli_server(tmp_path_factory):
    made = Running(tmp_path_factory.mktemp("heli")).serve()
    yield made
    made.end()


class Follower:
    """Follows in a thread and notes what came."""

    def __init__(self, heli, cursor=""):
        self.batches, self.error = [], None
        self.thread = threading.Thread(target=self._run, args=(heli, cursor), daemon=True)
        self.thread.start()

    def _run(self, heli, cursor):
        try:
            for batch in follow(heli, "gaj/residents", purpose="restaurant", cursor=cursor):
                self.batches.append(batch)
        except HeliError as error:
            self.error = error

    @property
    def positions(self):
        return [event["position"] for batch in self.batches for event in batch.events]

    def until(self, check, seconds=40):
        ends = time.monotonic() + seconds
        while time.monotonic() < ends:
            if check():
                return
            time.sleep(0.02)
        raise AssertionError(f"{self.positions} {self.error!r}")


def test_followed_proven_cut_off_and_revoked(heli_server):
    with heli_server.client() as heli:
        follower = Follower(heli)
        heli_server.run("post", "3")
        follower.until(lambda: len(follower.positions) == 3)
        batch = follower.batches[0]
        receipt = heli.get(f"/ledger/facts/{batch.fact}/receipt")
        keys = TrustedKeys.parse(heli_server.told["keys"])
        assert batch.verify(json.dumps(receipt), keys).content["verb"] == "feeds.batch.released"
        batch.events[0]["data"] = {}
        with pytest.raises(AnswerMismatchError):
            batch.verify(json.dumps(receipt), keys)

        # The server goes away and comes back; changes are posted meanwhile.
        heli_server.end()
        heli_server.run("post", "2")
        heli_server.serve()
        follower.until(lambda: len(follower.positions) == 5)
        assert follower.positions == [1, 2, 3, 4, 5]

        # A second follower with a kept cursor gets what came after it.
        other = Follower(heli, follower.batches[0].cursor)
        last = follower.batches[0].events[-1]["position"]
        other.until(lambda: other.positions == list(range(last + 1, 6)))

        with pytest.raises(InvalidRequestError) as caught:
            next(follow(heli, "gaj/residents", purpose="restaurant", cursor="nonsense"))
        assert caught.value.problem_code == "input.cursor"

        # The same from the command line.
        pem = heli_server.folder / "key.pem"
        pem.write_bytes(
            heli_server.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
        tail = subprocess.run(
            [sys.executable, "-m", "heli.site", "feed", "tail", "gaj/residents", "--purpose",
             "restaurant", "--key-id", heli_server.told["key_id"], "--key", str(pem), "--url",
             f"http://127.0.0.1:{heli_server.port}", "--cursor", follower.batches[0].cursor,
             "--count", str(5 - last), "--json"],
            env=heli_server.environment, cwd=ROOT, capture_output=True, text=True, timeout=60,
            check=True,
        )  # fmt: skip
        events = [
            event for line in tail.stdout.splitlines() for event in json.loads(line)["events"]
        ]
        assert [event["position"] for event in events] == list(range(last + 1, 6))

        heli_server.run("revoke")
        for each in (follower, other):
            each.thread.join(5)
            assert isinstance(each.error, StreamEndedError)
            assert each.error.problem_code == "exchange.grant_revoked"


def test_a_refusal_on_the_command_line_has_its_own_code_and_names_the_option(heli_server):
    pem = heli_server.folder / "refused.pem"
    pem.write_bytes(
        heli_server.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    tail = subprocess.run(
        [sys.executable, "-m", "heli.site", "feed", "tail", "gaj/residents", "--purpose",
         "curiosity", "--key-id", heli_server.told["key_id"], "--key", str(pem), "--url",
         f"http://127.0.0.1:{heli_server.port}", "--count", "1"],
        env=heli_server.environment, cwd=ROOT, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert tail.returncode == 2
    assert tail.stderr.strip().endswith(
        "On the command line: --purpose PURPOSE. [exchange.no_grant]"
    )


def test_a_server_that_is_not_there_is_told_to_the_impatient():
    private = Ed25519PrivateKey.generate()
    with HeliClient("http://127.0.0.1:1", "k", private) as heli, pytest.raises(UnreachableError):
        next(follow(heli, "gaj/residents", purpose="x", patient=False))


def test_a_webhook_is_read_only_when_heli_signed_it(receiver, db):
    from heli.feeds import webhooks

    told = {"subscription": "s", "resource": "a/b", "cursor": "c", "fact": "f"}
    body = json.dumps(told | {"events": [], "response_key": ""}).encode()
    webhooks.post(receiver.url, body, delivery="d1", attempt=1)
    ((_, headers, got),) = receiver.got
    _, key = webhooks.public_key()
    asked = {"method": "POST", "url": receiver.url, "headers": headers, "public_key": key}
    assert read_webhook(body=got, **asked).cursor == "c"
    with pytest.raises(DigestError):
        read_webhook(body=got + b" ", **asked)
    with pytest.raises(BadSignatureError):
        read_webhook(body=got, **asked | {"headers": headers | {"Heli-Delivery": "d2"}})
    with pytest.raises(BadSignatureError):
        read_webhook(body=got, **asked | {"url": "http://elsewhere.example/changes?from=heli"})
    with pytest.raises(StaleSignatureError):
        read_webhook(body=got, now=int(time.time()) + 3600, **asked)
