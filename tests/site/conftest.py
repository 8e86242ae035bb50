"""A whole Heli as its users start it: ``heli run`` in a folder of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import pytest

HELI = [sys.executable, "-m", "heli.site"]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def children(pid):
    """Process ids below ``pid``, all generations."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError):
            continue
        if parent == pid:
            found += [int(path.parent.name), *children(int(path.parent.name))]
    return found


def command_of(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def rss(pid):
    """Resident memory in MB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def pss(pid):
    """Memory in MB, pages shared with other processes divided among them."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def until(check, seconds=90, what=""):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := check():
            return found
        time.sleep(0.1)
    raise AssertionError(f"did not happen within {seconds} s: {what or check}")


@dataclass
class Installation:
    """One home folder, one port, and the ``heli run`` that serves it."""

    home: Path
    port: int = field(default_factory=free_port)
    log: Path = field(init=False)
    process: subprocess.Popen | None = None
    said_before: int = 0
    settings: dict = field(default_factory=dict)

    def __post_init__(self):
        self.log = self.home.parent / "run.log"
        for name in ("user", "temporary"):
            (self.home.parent / name).mkdir(exist_ok=True)

    @property
    def environment(self):
        kept = {k: v for k, v in os.environ.items() if not k.startswith("HELI_")}
        return kept | {
            "HELI_HOME": str(self.home),
            "HELI_PORT": str(self.port),
            "HOME": str(self.home.parent / "user"),
            "TMPDIR": str(self.home.parent / "temporary"),
            "PYTHONDONTWRITEBYTECODE": "1",
            "HELI_DEMO_SIMULATION": "0",
            "DJANGO_SETTINGS_MODULE": "heli.site.settings",
            **self.settings,
        }

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self, *arguments):
        self.said_before = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*HELI, "run", *arguments], env=self.environment, stdout=log, stderr=log,
                cwd=self.home.parent,
            )  # fmt: skip
        return self

    def text(self):
        return self.log.read_text(errors="replace")

    def up(self, seconds=400):
        def ready():
            assert self.process.poll() is None, self.text()
            return b"Ctrl-C" in self.log.read_bytes()[self.said_before :]

        try:
            until(ready, seconds, "heli run printed its logins")
        except AssertionError as error:
            self.clean_up()
            raise AssertionError(f"{error}\n{self.text()[-3000:]}") from error
        return self

    def health(self):
        try:
            with urllib.request.urlopen(self.url + "/healthz", timeout=5) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)
        except OSError:
            return 0, {}

    def pids(self, part):
        return [pid for pid in children(self.process.pid) if part in command_of(pid)]

    def stop(self, number=signal.SIGTERM, seconds=25):
        """Stop it; returns the exit status and the processes it had."""
        had = children(self.process.pid)
        self.process.send_signal(number)
        status = self.process.wait(seconds)
        until(lambda: not any(map(alive, had)), 10, "all processes ended")
        return status

    def clean_up(self):
        if self.process and self.process.poll() is None:
            had = children(self.process.pid)
            self.process.terminate()
            try:
                self.process.wait(25)
            except subprocess.TimeoutExpired:
                self.process.kill()
                for pid in filter(alive, had):
                    os.kill(pid, signal.SIGKILL)

    def run(self, *arguments, **more):
        return subprocess.run(
            [*HELI, *arguments], env=self.environment, capture_output=True, text=True,
            cwd=self.home.parent, timeout=180, check=False, **more,
        )  # fmt: skip


@pytest.fixture
def installation(tmp_path):
    made = Installation(tmp_path / "home")
    yield made
    made.clean_up()
