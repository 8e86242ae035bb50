"""``kill -9`` in the middle of a storm of submissions: nothing accepted is lost or doubled.

Departments' systems raise matters and do their tasks over signed REST while server, worker or all
of Heli is killed. They send again what was not answered, under the same keys.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from pathlib import Path

import psycopg
import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)
from tests.faults.city import KEY
from tests.site.conftest import Installation, children, until

from heli.client import HeliClient, ProblemError, UnreachableError
from heli.organisation.keys import key_id_of

ROOT = Path(__file__).resolve().parents[2]
POSTGRES = os.environ.get("HELI_TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres")
RAISING = ("zrzy", "sthj", "gaj", "wjw")
WORKING = ("scjg", "xfjy", "sthj")
PATIENT = ("idempotency.running",)
"""Answers that ask for the same request again."""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def city(request, tmp_path):
    """A Heli with Linjiang's departments and the storm's procedure, running."""
    if request.param == "sqlite":
        yield from _city(tmp_path, "")
        return
    try:
        server = psycopg.connect(POSTGRES, autocommit=True, connect_timeout=3)
    except psycopg.Error as error:
        pytest.skip(f"no PostgreSQL at {POSTGRES}: {error}")
    name = f"heli_storm_{uuid.uuid4().hex[:10]}"
    server.execute(f"CREATE DATABASE {name}")
    try:
        yield from _city(tmp_path, POSTGRES.rpartition("/")[0] + f"/{name}")
    finally:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")
        server.close()


def _city(folder, url):
    made = Installation(folder / "home", settings={"PYTHONPATH": str(ROOT)})
    if url:
        made.settings["HELI_DATABASE_URL"] = url
    _python(made, "tests.faults.city")
    made.start("--no-seed").up()
    yield made
    made.clean_up()


def _python(installation, module):
    done = subprocess.run(
        [sys.executable, "-m", module], env=installation.environment, cwd=ROOT, timeout=60,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.splitlines()[-1]


class Storm:
    """What every department's system sent, and what it was answered."""

    def __init__(self, installation):
        self.installation = installation
        self.blowing = True
        self.accepted = {}
        self.approved = {}
        self.unanswered = Counter()
        self.refused = []
        self.threads = []

    def client(self, department):
        path = self.installation.home / "keys" / "systems" / f"{department}.pem"
        key = load_pem_private_key(path.read_bytes(), None)
        public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        name = key_id_of(department, public)
        return HeliClient(self.installation.url, name, key, timeout=5)

    def begin(self):
        for number, department in enumerate(RAISING):
            self.thread(self.raise_matters, department, number)
        for department in WORKING:
            self.thread(self.do_tasks, department)

    def thread(self, function, *arguments):
        def run():
            try:
                function(*arguments)
            except Exception as error:
                self.refused.append(repr(error))
                raise

        self.threads.append(threading.Thread(target=run))
        self.threads[-1].start()

    def end(self):
        self.blowing = False
        for thread in self.threads:
            thread.join(60)
            assert not thread.is_alive()

    def send(self, client, what, *arguments, **more):
        """Send until answered, always under the same key."""
        give_up = time.monotonic() + 40
        while True:
            try:
                return client.post(*arguments, **more)
            except UnreachableError:
                self.unanswered[what] += 1
            except ProblemError as error:
                if error.problem_code not in PATIENT:
                    raise
            assert time.monotonic() < give_up, f"no answer for 40 s: {arguments}"
            time.sleep(0.15)

    def raise_matters(self, department, number):
        count = 0
        with self.client(department) as client:
            while self.blowing:
                count += 1
                text = f"{department}-{number}-{count}"
                body = {"procedure": KEY, "form": {"text": text}}
                answer = self.send(client, "matter", "/cases/matters", body, idempotency_key=text)
                self.accepted[department, text] = answer["code"]
                time.sleep(0.02)

    def do_tasks(self, department):
        with self.client(department) as client:
            while self.blowing:
                try:
                    waiting = client.get("/cases/tasks", scope="department", limit=20)["items"]
                except UnreachableError:
                    time.sleep(0.15)
                    continue
                for item in waiting:
                    self.approve(client, item["id"])
                time.sleep(0.1)

    def approve(self, client, task):
        path = f"/cases/tasks/{task}/approve"
        answer = self.send(client, "task", path, {"opinion": ""}, idempotency_key=f"approve-{task}")
        assert answer["state"] == "done"
        self.approved[task] = answer

    def finish(self, seconds=120):
        """Do every task that is left, until nothing is."""
        until_then = time.monotonic() + seconds
        quiet = 0
        while quiet < 3 and time.monotonic() < until_then:
            left = 0
            for department in WORKING:
                with self.client(department) as client:
                    for item in client.get("/cases/tasks", scope="department", limit=200)["items"]:
                        left += 1
                        self.approve(client, item["id"])
            quiet = 0 if left else quiet + 1
            time.sleep(0.4)


def _kill_everything(city):
    pids = [city.process.pid, *children(city.process.pid)]
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    city.process.wait(10)


def _kill(city, part):
    for pid in city.pids(part):
        os.kill(pid, signal.SIGKILL)


def _restart(city):
    city.start("--no-seed").up(40)


def test_nothing_accepted_is_lost_and_nothing_happens_twice(city):
    storm = Storm(city)
    storm.begin()
    time.sleep(2)
    _kill(city, "heli.site worker")
    time.sleep(2.3)
    _kill(city, "heli.site.server")
    time.sleep(2.7)
    for pause in (1.9, 2.6):
        _kill_everything(city)
        _restart(city)
        time.sleep(pause)
    storm.end()
    assert not storm.refused, f"{storm.refused[:5]}\n{city.text()[-20000:]}"
    assert storm.unanswered["matter"], "no submission was hit: the storm proved nothing"
    storm.finish()
    _again_under_the_same_keys(storm)
    until(lambda: city.health()[0] == 200, 20, str(city.health()))
    time.sleep(1.5)
    assert city.stop() == 0

    account = json.loads(_python(city, "tests.faults.account"))
    print(  # noqa: T201
        f"{len(storm.accepted)} matters, {len(storm.approved)} approvals, "
        f"unanswered {dict(storm.unanswered)}, {account['facts_total']} facts"
    )
    _nothing_lost_or_doubled(storm, account)
    _tokens_are_conserved(account)
    _each_effect_once(storm, account)
    audit = city.run("ledger", "audit")
    assert audit.returncode == 0, audit.stdout + audit.stderr


def _again_under_the_same_keys(storm):
    for (department, text), code in list(storm.accepted.items())[::7]:
        with storm.client(department) as client:
            body = {"procedure": KEY, "form": {"text": text}}
            assert client.post("/cases/matters", body, idempotency_key=text)["code"] == code


def _nothing_lost_or_doubled(storm, account):
    codes = Counter(storm.accepted.values())
    assert max(codes.values()) == 1
    assert set(codes) == set(account["matters"])
    for (_, text), code in storm.accepted.items():
        assert account["matters"][code]["text"] == text
    received = account["facts"]["matter.received"]
    assert len(received) == len(codes)
    assert set(received.values()) == {1}
    completed = account["facts"]["task.completed"]
    assert {f"cases.task:{task}" for task in storm.approved} == set(completed)
    assert set(completed.values()) == {1}


def _tokens_are_conserved(account):
    """Every matter stands where its tasks say; who is through has ended and left no token."""
    for code, matter in account["matters"].items():
        assert matter["open_tokens"] == matter["open_tasks"], (code, matter)
        nodes = Counter(node for node, _ in matter["tasks"])
        assert set(nodes.values()) == {1}, (code, matter)
        assert {"Task_A", "Task_B", "Service_C"} <= set(nodes)
        assert ("Task_D" in nodes) == (
            sum([node, "done"] in matter["tasks"] for node in ("Task_A", "Task_B", "Service_C"))
            == 3
        ), (code, matter)
        over = all(state == "done" for _, state in matter["tasks"]) and "Task_D" in nodes
        assert (matter["state"] == "completed") == over, (code, matter)
        assert (matter["tokens"] == []) == over, (code, matter)
        assert matter["open_clocks"] == sum(
            node in ("Task_A", "Task_B") and state != "done" for node, state in matter["tasks"]
        )
    states = Counter(matter["state"] for matter in account["matters"].values())
    # A service that was running when its worker was killed is tried again after two minutes.
    assert states["running"] <= account["abandoned_jobs"], states


def _each_effect_once(storm, account):
    assert set(account["overdue"]) == set(account["fired"])
    assert len(account["fired"]) == len(set(account["fired"]))
    assert set(account["overdue"].values()) <= {1}
    assert account["overdue"], "no timer fired: the storm proved nothing about rungs"
    assert account["waiting_rungs"] == 0
    done = account["facts"]["service.done"]
    assert set(done.values()) == {1}
    assert len(done) == len(storm.accepted) + len(account["fired"]) - account["pending_jobs"]
    assert account["pending_jobs"] == account["abandoned_jobs"]
    assert set(account["facts"]["task.opened"].values()) == {1}
    assert account["pending_facts"] == 0
