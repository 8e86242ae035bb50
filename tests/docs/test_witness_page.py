"""The page on running a witness: every command is carried out, on real processes."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
from tests.docs.pages import ROOT, blocks, examples, shows


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


@pytest.fixture
def installation(tmp_path):
    """A fresh installation with server and worker, and an environment for its commands."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("HELI_", "DJ"))}
    environment = kept | {
        "HELI_HOME": str(tmp_path / "heli"),
        "HELI_DEMO": "0",
        "HELI_PORT": free_port(),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}",
    }
    for words in (["migrate"], ["manage", "shell", "-c", FIRST_FACTS]):
        subprocess.run(
            [sys.executable, "-m", "heli.site", *words], env=environment, check=True, cwd=tmp_path
        )
    running = subprocess.Popen(
        [sys.executable, "-m", "heli.site", "run"], env=environment, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=tmp_path,
    )  # fmt: skip
    url = f"http://127.0.0.1:{environment['HELI_PORT']}/api/v1/ledger/checkpoint"
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            if httpx.get(url, timeout=2).status_code == 200:
                break
        except httpx.HTTPError:
            pass
        time.sleep(0.3)
    yield environment
    os.killpg(running.pid, signal.SIGTERM)
    running.wait(30)


FIRST_FACTS = """
from tests.ledger.happenings import enter
from heli.ledger import custody
for name in ("czj", "fgw", "sfj"):
    custody.witness_signer(name)
enter(5)
"""


def test_a_witness_of_ones_own_works_word_for_word(installation, tmp_path):
    text = (ROOT / "docs" / "how-to" / "run-a-witness.md").read_text("utf-8")
    port = free_port()
    text = text.replace(":8000", f":{installation['HELI_PORT']}").replace(":8470", f":{port}")
    text = text.replace("heli witness serve", f"heli witness serve --port {port}")
    text = text.replace("heli witness serve", "exec heli witness serve")
    commands, expected = [], []
    for block in blocks(text):
        for command, lines in examples(block) if block.language == "console" else []:
            commands.append(f"{command}\nstatus=$?; echo '==='$status")
            expected.append((command, lines))
    script = "".join(f"{each}\n" for each in ['heli() { python -m heli.site "$@"; }', *commands])
    script = script.replace("exec heli witness", "exec python -m heli.site witness")
    done = subprocess.run(
        ["bash", "-c", f"trap 'kill %1' EXIT\n{script}"], env=installation, cwd=tmp_path,
        capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip
    outputs = done.stdout.split("===")
    assert len(outputs) == len(expected) + 1, done.stdout + done.stderr
    before = outputs[0]
    for (command, lines), after in zip(expected, outputs[1:], strict=True):
        status, _, following = after.partition("\n")
        assert status == "0", f"{command}: {status}\n{before}\n{done.stderr}"
        assert shows(lines, before.splitlines()), f"{command} printed:\n{before}"
        before = following
