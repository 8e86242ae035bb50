"""Receipts are checked by a program that has no database, no Django and no network."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.ledger.happenings import enter

from heli.ledger import selectors

ALONE = """
import socket, sys

def refuse(*arguments, **more):
    raise AssertionError("the network was used")

socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
for name in ("django", "sqlite3", "psycopg", "duckdb", "httpx"):
    sys.modules[name] = None
from heli.ledger.commands import app
app()
"""


@pytest.fixture
def files(db, tmp_path):
    row = enter(5, matter="LJ-1")[2]
    (tmp_path / "receipt.json").write_text(selectors.receipt(row.pk).to_json())
    (tmp_path / "keys.txt").write_text(str(selectors.trusted_keys()))
    return tmp_path


def verify(folder: Path, *more):
    """Run the command in an empty environment."""
    done = subprocess.run(
        [sys.executable, "-c", ALONE, "verify", "receipt.json", "--keys", "keys.txt", *more],
        cwd=folder,
        env={
            "PATH": "",
            "HELI_HOME": "/nonexistent",
            "HELI_DATABASE_URL": "postgresql://nowhere/x",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def change(folder, **members):
    path = folder / "receipt.json"
    document = json.loads(path.read_text()) | members
    path.write_text(json.dumps(document))


def test_a_receipt_holds_offline(files):
    code, out, err = verify(files)
    assert (code, err) == (0, "")
    assert out.startswith("VALID: entry 2 of the log linjiang.example/heli")
    assert out.count("Cosigned by") == 3
    assert "LJ-1" in out


def test_for_machines(files):
    code, out, _ = verify(files, "--json")
    told = json.loads(out)
    assert code == 0
    assert (told["valid"], told["index"], told["size"]) == (True, 2, 5)
    assert told["content"]["data"]["n"] == 2
    assert len(told["cosignatures"]) == 3


def test_changed_content_does_not_hold(files):
    content = json.loads((files / "receipt.json").read_text())["content"]
    change(files, content={**content, "actor": "person:8"})
    code, out, _ = verify(files)
    assert code == 1
    assert out.startswith("NOT VALID")


def test_a_changed_proof_does_not_hold(files):
    change(files, index=3)
    code, out, _ = verify(files, "--json")
    assert code == 1
    assert json.loads(out)["code"] == "translog.proof"


def test_too_few_witnesses_do_not_do(files):
    note = json.loads((files / "receipt.json").read_text())["checkpoint"]
    lines = note.splitlines(keepends=True)
    change(files, checkpoint="".join(lines[:-2]))
    code, out, _ = verify(files, "--json")
    assert code == 1
    assert json.loads(out)["code"] == "translog.quorum"


def test_keys_of_another_log_do_not_do(files, monkeypatch):
    from heli.ledger import custody

    monkeypatch.setenv("HELI_HOME", str(files / "elsewhere"))
    custody._loaded.clear()
    (files / "keys.txt").write_text(str(selectors.trusted_keys()))
    code, out, _ = verify(files, "--json")
    assert code == 1
    assert json.loads(out)["code"] == "translog.signature"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("receipt.json", b"{"),
        ("receipt.json", b"\xff\xfe"),
        ("receipt.json", b'{"format": "heli-receipt", "version": 2}'),
        ("receipt.json", None),
        ("keys.txt", b"log nonsense\n"),
        ("keys.txt", b""),
        ("keys.txt", None),
    ],
)
def test_unusable_files(files, name, content):
    if content is None:
        (files / name).unlink()
    else:
        (files / name).write_bytes(content)
    code, out, err = verify(files, "--json")
    assert code == 2
    assert json.loads(out)["valid"] is None
    assert "Traceback" not in err
