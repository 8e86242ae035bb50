"""The commands as somebody types them, on an installation of their own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

SET_UP = """
from heli.site.startup import migrate
migrate()
from tests.ledger.happenings import enter
print(enter(20, matter="LJ-1")[7].pk)
"""

ALTER = """
from heli.kernel.startup import setup
setup()
from tests.ledger import tampering
tampering.unguard()
tampering.alter(7)
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return set_up(tmp_path_factory.mktemp("commands"))


def set_up(home):
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "heli.site.settings",
        "HELI_HOME": str(home),
        "HELI_DATABASE_URL": "",
    }
    fact = python(env, SET_UP).strip()
    return env, fact, home


def python(env, code):
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def heli(env, *words):
    done = subprocess.run(
        [sys.executable, "-m", "heli.site", "ledger", *words],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_an_id_that_is_none_is_told_in_plain_words(place):
    code, _, told = heli(place[0], "prove", "nosuch")
    assert code == 2
    assert "“nosuch” is no id of a fact" in told


def test_prove_keys_verify(place):
    env, fact, home = place
    code, receipt, _ = heli(env, "prove", fact)
    assert code == 0
    (home / "receipt.json").write_text(receipt)
    code, keys, _ = heli(env, "keys")
    assert code == 0
    (home / "keys.txt").write_text(keys)
    words = ("verify", str(home / "receipt.json"), "--keys", str(home / "keys.txt"))
    code, out, _ = heli(env, *words, "--json")
    assert code == 0
    assert json.loads(out)["content"]["id"] == fact


def test_checkpoint(place):
    env, *_ = place
    code, note, _ = heli(env, "checkpoint")
    assert code == 0
    assert note.startswith("linjiang.example/heli\n20\n")
    told = json.loads(heli(env, "checkpoint", "--json")[1])
    assert (told["size"], len(told["cosigned"]), told["note"]) == (20, 3, note)


def test_a_forgotten_fact_says_nothing_and_the_log_holds(tmp_path):
    env, fact, _ = set_up(tmp_path)
    code, _, err = heli(env, "forget", fact, "--ground", " ", "--yes")
    assert code == 2
    assert "legal ground" in err
    assert heli(env, "forget", fact, "--ground", "依法删除")[0] == 1, "it asks first"
    code, out, err = heli(env, "forget", fact, "--ground", "依法删除", "--yes")
    assert (code, out) == (0, f"{fact} is forgotten\n"), err
    code, out, _ = heli(env, "audit")
    assert (code, f"Forgotten by law: {fact} (依法删除)" in out) == (0, True)
    assert "21 entries, 0 pending" in out
    assert heli(env, "forget", fact, "--ground", "依法删除", "--yes")[0] == 2, "it is gone already"


def test_an_unknown_fact(place):
    env, *_ = place
    code, out, err = heli(env, "prove", "01a17af8-3c8a-71f6-8bb5-bc769dc71112")
    assert (code, out) == (2, "")
    assert "ledger.fact_not_found" in err
    assert "Traceback" not in err


def test_audit_before_and_after(place):
    env, fact, _ = place
    code, out, _ = heli(env, "audit")
    assert code == 0
    assert out.endswith("CLEAN\n")
    assert "20 entries" in out
    python(env, ALTER)
    code, out, _ = heli(env, "audit", "--json")
    told = json.loads(out)
    assert code == 1
    assert told["clean"] is False
    assert (told["findings"][0]["kind"], told["findings"][0]["fact"]) == ("altered", fact)
    code, out, _ = heli(env, "audit")
    assert code == 1
    assert f"The fact {fact} at position 7 was altered." in out
    assert out.endswith("NOT CLEAN\n")
