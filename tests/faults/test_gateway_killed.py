"""The gateway killed under load: whoever got an answer has its leaf, and the log loses none."""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from heli.client import HeliClient, TrustedKeys
from heli.demo import registers
from heli.errors import HeliError

ROOT = Path(__file__).parents[2]
MATTER = "LJ-7K3D9Q-42"
CLIENTS = 12
LOOK = """
import json, sys
from heli.site.startup import setup
setup()
from heli.ledger import services
from heli.ledger.audit import audit
from heli.ledger.models import Fact
services.repair()
services.integrate()
report = audit(lambda done, total: None)
rows = Fact.objects.filter(verb="exchange.lookup.answered")
places = {str(key): place for key, place in rows.values_list("id", "leaf_index")}
print(json.dumps({"clean": report.clean, "found": [f.sentence() for f in report.findings],
                  "places": places}))
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    home = tmp_path_factory.mktemp("heli")
    environment = os.environ | {
        "HELI_HOME": str(home),
        "HELI_DATABASE_URL": "",
        "DJANGO_SETTINGS_MODULE": "heli.site.settings",
    }
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), str(ROOT / "src")])
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw().hex()
    made = subprocess.run(
        [sys.executable, "-m", "tests.client.set_up", public],
        env=environment, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    told = json.loads(made.stdout.splitlines()[-1])
    someone = registers.personas(home, 1)[0].resident_id
    matter = {"code": MATTER, "department": "scjg", "subjects": [["person", someone]]}
    environment["TEST_MATTER"] = json.dumps(matter)
    return environment, private, told, someone


def start(environment):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "uvicorn", "--port", str(port), "--log-level", "error",
         "tests.client.server:application"],
        env=environment, cwd=ROOT,
    )  # fmt: skip
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return process, port
        except OSError:
            assert process.poll() is None
            time.sleep(0.1)
    raise AssertionError("the server did not come up")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_answer_without_leaf_and_no_leaf_lost(installed, seed):
    environment, private, told, someone = installed
    keys = TrustedKeys.parse(told["keys"])
    process, port = start(environment)
    answers, over = [], threading.Event()

    def ask():
        with HeliClient(f"http://127.0.0.1:{port}", told["key_id"], private) as client:
            while not over.is_set():
                try:
                    answers.append(
                        client.lookup(
                            "gaj/residents", ("person", someone), matter=MATTER,
                            purpose="restaurant",
                        )
                    )  # fmt: skip
                except HeliError:
                    over.wait(0.01)

    threads = [threading.Thread(target=ask) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    until = time.monotonic() + 30
    while not answers and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(random.Random(seed).uniform(0.05, 0.6))
    process.send_signal(signal.SIGKILL)
    process.wait()
    over.set()
    for thread in threads:
        thread.join()
    assert answers
    looked = subprocess.run(
        [sys.executable, "-c", LOOK], env=environment, cwd=ROOT, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert looked.returncode == 0, looked.stderr
    said = json.loads(looked.stdout.splitlines()[-1])
    assert said["clean"], said["found"]
    for answer in answers:
        assert answer.verify(keys).index == said["places"][answer.fact]
    assert all(place is not None for place in said["places"].values())
