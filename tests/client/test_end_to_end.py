"""Another department's system calls a running Heli over the network and checks what it got."""

import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from heli.client import (
    AnswerMismatchError,
    DeniedError,
    HeliClient,
    InvalidRequestError,
    MissingError,
    TrustedKeys,
    UnreachableError,
    verify_receipt_file,
)
from heli.demo import registers

ROOT = Path(__file__).resolve().parents[2]
MATTER = "LJ-7K3D9Q-42"


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    home = tmp_path_factory.mktemp("heli")
    port = _free_port()
    environment = os.environ | {
        "HELI_HOME": str(home),
        "HELI_DATABASE_URL": "",
        "HELI_PORT": str(port),
        "DJANGO_SETTINGS_MODULE": "heli.site.settings",
        "PYTHONPATH": str(ROOT),
    }
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
    made = subprocess.run(
        [sys.executable, "-m", "tests.client.set_up", public],
        env=environment, cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    told = json.loads(made.stdout.splitlines()[-1])
    someone, other = registers.personas(home, 2)
    matter = {"code": MATTER, "department": "scjg", "subjects": [["person", someone.resident_id]]}
    process = subprocess.Popen(
        [sys.executable, "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1", "--port",
         str(port), "--no-ws", "--log-level", "warning", "tests.client.server:application"],
        env=environment | {"TEST_MATTER": json.dumps(matter)}, cwd=ROOT,
    )  # fmt: skip
    try:
        _wait(port, process)
        yield {
            "url": f"http://127.0.0.1:{port}", "key_id": told["key_id"], "private": private,
            "keys": told["keys"], "someone": someone, "other": other,
        }  # fmt: skip
    finally:
        process.terminate()
        process.wait(timeout=15)


def _wait(port, process):
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert process.poll() is None, "the server ended while starting"
        try:
            httpx.get(f"http://127.0.0.1:{port}/x/v1/", timeout=2)
            return
        except httpx.HTTPError:
            time.sleep(0.2)
    raise AssertionError("the server did not answer within 60 s")


@pytest.fixture
def heli(server):
    with HeliClient(server["url"], server["key_id"], server["private"]) as client:
        yield client


def _ask(heli, server, who="someone", **more):
    subject = ("person", server[who].resident_id)
    return heli.lookup(
        "gaj/residents", subject, **({"matter": MATTER, "purpose": "restaurant"} | more)
    )


def test_data_comes_with_a_receipt_that_holds_offline(heli, server):
    found = _ask(heli, server)
    assert found.data["name"] == server["someone"].name
    keys = TrustedKeys.parse(server["keys"])
    verified = found.verify(keys)
    assert verified.content["verb"] == "exchange.lookup.answered"
    assert verified.content["matter"] == MATTER
    assert len(verified.cosignatures) >= 2
    assert verify_receipt_file(found.receipt, server["keys"]).index == verified.index


def test_changed_data_does_not_fit_its_receipt(heli, server):
    found = _ask(heli, server)
    keys = TrustedKeys.parse(server["keys"])
    with pytest.raises(AnswerMismatchError):
        replace(found, data=found.data | {"name": "临江示例"}).verify(keys)
    with pytest.raises(AnswerMismatchError):
        replace(found, response_key="00" * 32).verify(keys)
    other = _ask(heli, server)
    with pytest.raises(AnswerMismatchError):
        replace(found, receipt=other.receipt).verify(keys)


def test_refusals_are_typed_errors_with_remedies(heli, server):
    for change, code in [
        ({"who": "other"}, "exchange.subject_outside_matter"),
        ({"matter": "LJ-222222-98"}, "exchange.no_task"),
        ({"purpose": "curiosity"}, "exchange.no_grant"),
    ]:
        with pytest.raises(DeniedError) as caught:
            _ask(heli, server, **change)
        assert caught.value.problem_code == code
        assert caught.value.problem["remedy"]
    with pytest.raises(InvalidRequestError) as mistyped:
        _ask(heli, server, matter="LJ-222222-22")
    assert mistyped.value.problem_code == "exchange.matter_mistyped"


def test_the_same_key_reads_the_rest_interface(heli):
    addresses = [item["address"] for item in heli.pages("/exchange/resources", limit=3)]
    assert len(addresses) == 10
    assert heli.get("/exchange/resources/gaj/residents")["subject_type"] == "person"
    with pytest.raises(MissingError):
        heli.get("/exchange/resources/gaj/nothing")


def test_the_system_sees_what_its_department_asked(heli, server):
    found = _ask(heli, server)
    assert next(iter(heli.pages("/exchange/accesses")))["fact"] == found.fact


def test_a_server_that_is_not_there_is_named(server):
    nowhere = HeliClient("http://127.0.0.1:1", server["key_id"], server["private"])
    with nowhere, pytest.raises(UnreachableError):
        nowhere.get("/exchange/resources")
