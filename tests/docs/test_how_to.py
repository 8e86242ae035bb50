"""What the how-to pages have the reader write is carried out."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.docs.pages import ROOT, blocks, examples, shows


def test_the_first_start_of_a_production_installation(tmp_path):
    text = (ROOT / "docs" / "how-to" / "run-in-production.md").read_text("utf-8")
    (script,) = (block.text for block in blocks(text) if block.language == "python")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("HELI_", "DJ"))}
    environment = kept | {
        "HELI_HOME": str(tmp_path / "heli"),
        "HELI_DEMO": "0",
        "HELI_LOG_ORIGIN": "heli.example/log",
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }

    def heli(*words, given=""):
        done = subprocess.run(
            ["heli", *words], env=environment, input=given, cwd=tmp_path,
            capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    heli("migrate")
    logins = [line.split()[0] for line in heli("manage", "shell", given=script).split("\n") if line]
    assert {"sysadmin", "secadmin", "auditadmin"} <= set(logins)
    shown = "from heli.kernel import worker; import heli.ledger.tasks; worker.run_once()"
    heli("manage", "shell", given=shown)
    report = json.loads(heli("ledger", "audit", "--json"))
    assert report["clean"]
    assert report["size"] >= 4
    checkpoint = json.loads(heli("ledger", "checkpoint", "--json"))
    assert checkpoint["cosigned"] == ["czj", "sfj", "sjj"]
    assert checkpoint["note"].startswith("heli.example/log\n")


def test_a_csv_is_described_as_the_page_says(tmp_path):
    text = (ROOT / "docs" / "how-to" / "describe-a-csv-as-a-contract.md").read_text("utf-8")
    pieces = blocks(text)
    (table,) = (block for block in pieces if block.language == "csv")
    (tmp_path / table.name).write_text(table.text, "utf-8")
    console = [block for block in pieces if block.language == "console"]
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    # The last block calls a system that promises the contract, which is another department's.
    assert "conform" in console[-1].text
    for block in console[:-1]:
        for command, expected in examples(block):
            done = subprocess.run(
                command, shell=True, cwd=tmp_path, env=environment, capture_output=True,
                text=True, check=False, timeout=60,
            )  # fmt: skip
            assert done.returncode == 0, done.stdout + done.stderr
            if expected:
                told = (done.stderr + done.stdout).splitlines()
                assert shows(expected, [line.rstrip() for line in told]), told
    draft = (tmp_path / "owners.yaml").read_text("utf-8")
    assert "semanticType" in draft
    assert (tmp_path / "template.csv").stat().st_size > 100


def test_a_policy_is_tried_as_the_page_says(tmp_path):
    text = (ROOT / "docs" / "how-to" / "try-a-policy.md").read_text("utf-8")
    environment = os.environ | {
        "HELI_HOME": str(tmp_path / "heli"),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
    }
    shown = ""
    for block in blocks(text):
        if block.language == "sh":
            done = subprocess.run(
                ["bash", "-euc", block.text], cwd=tmp_path, env=environment, capture_output=True,
                text=True, check=False, timeout=300,
            )  # fmt: skip
            assert done.returncode == 0, done.stdout + done.stderr
            shown += done.stdout
    assert "odd-plates is better than base by nox@old-town" in shown
    assert "odd-plates-cars" in shown
