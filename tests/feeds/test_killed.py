"""``kill -9`` while batches are on their way: no change is lost, none has its effect twice."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.feeds.conftest import Receiver

from heli.demo import registers

ROOT = Path(__file__).resolve().parents[2]
CHANGES = 40


@pytest.fixture
def receiver():
    made = Receiver()
    yield made
    made.close()


class Install:
    """One home with its processes."""

    def __init__(self, home):
        registers.seed_registers(home, seed=3, scale="tiny")
        self.subjects = [each.resident_id for each in registers.personas(home, 3)]
        self.environment = os.environ | {
            "HELI_HOME": str(home), "HELI_DATABASE_URL": "", "HELI_BROKER_URL": "",
            "DJANGO_SETTINGS_MODULE": "heli.site.settings", "PYTHONPATH": f"{ROOT}:{ROOT}/src",
            "HELI_WEBHOOK_NETWORKS": "127.0.0.0/8", "TEST_SUBJECTS": ",".join(self.subjects),
        }  # fmt: skip

    def start(self, *arguments):
        return subprocess.Popen(
            [sys.executable, "-m", "tests.feeds.process", *arguments], env=self.environment,
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def run(self, *arguments):
        process = self.start(*arguments)
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err[-3000:]
        return json.loads(out.splitlines()[-1]) if out.strip() else None


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_in_the_middle_nothing_is_lost_and_nothing_done_twice(tmp_path, receiver, seed):
    chance = random.Random(seed)
    installed = Install(tmp_path)
    installed.run("set_up", receiver.url, "11" * 32)
    posting = installed.start("post", str(CHANGES))
    kills = 0
    try:
        while kills < 5:
            worker = installed.start("work")
            time.sleep(chance.uniform(1.2, 2.6))
            os.kill(worker.pid, signal.SIGKILL)
            worker.communicate()
            kills += 1
    finally:
        _, err = posting.communicate(timeout=60)
    assert posting.returncode == 0, err
    worker = installed.start("work")
    try:
        until = time.monotonic() + 40
        while time.monotonic() < until:
            told = installed.run("state")
            if told["position"] == told["head"] and not told["open"]:
                break
    finally:
        worker.terminate()
        worker.communicate()
    assert told["head"] == told["position"] == CHANGES

    effects, deliveries = {}, {}
    for document in receiver.documents:
        ids = [event["id"] for event in document["events"]]
        # The same delivery always carries the same changes.
        assert deliveries.setdefault(document["delivery"], ids) == ids
        # What left had its fact.
        assert document["fact"] in told["facts"]
        for event in document["events"]:
            effects.setdefault(event["id"], event)
    assert [event["position"] for event in effects.values()] == list(range(1, CHANGES + 1))
    for subject in installed.subjects:
        own = [e["position"] for e in effects.values() if e["key"] == subject]
        assert own == sorted(own)
