"""The tutorial is carried out as a reader would, from starting the city to the audit."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.docs.pages import ROOT, blocks, examples, shows

TUTORIAL = ROOT / "docs" / "tutorial.md"
PORT = "8000"  # the one the page shows; replaced by a free one


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


class Reader:
    """Somebody with a folder, a terminal and a second one in which the city runs."""

    def __init__(self, folder):
        self.folder, self.port, self.city = folder / "tutorial", _free_port(), None
        self.folder.mkdir()
        kept = {key: value for key, value in os.environ.items() if not key.startswith("HELI_")}
        self.environment = kept | {
            "HELI_HOME": str(folder / "var"),
            "HELI_PORT": self.port,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "COLUMNS": "100",
        }
        self.environment.pop("DJANGO_SETTINGS_MODULE", None)

    def text(self, shown):
        return shown.replace(f":{PORT}", f":{self.port}")

    def save(self, block):
        (self.folder / block.name).write_text(self.text(block.text))

    def start(self, seconds=300):
        log = self.folder / "run.log"
        with log.open("wb") as file:
            self.city = subprocess.Popen(
                ["heli", "run"], env=self.environment, cwd=self.folder, stdout=file, stderr=file
            )
        until = time.monotonic() + seconds
        while "Ctrl-C" not in log.read_text():
            assert self.city.poll() is None, log.read_text()
            assert time.monotonic() < until, f"not up within {seconds} s: {log.read_text()}"
            time.sleep(0.2)

    def type(self, command):
        done = subprocess.run(
            ["bash", "-c", self.text(command)], env=self.environment, cwd=self.folder,
            capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"$ {command}\n{done.stdout}{done.stderr}"
        return [line.rstrip() for line in done.stdout.splitlines()]

    def stop(self):
        if self.city and self.city.poll() is None:
            self.city.send_signal(signal.SIGTERM)
            self.city.wait(timeout=30)


@pytest.fixture
def reader(tmp_path):
    person = Reader(tmp_path)
    try:
        yield person
    finally:
        person.stop()


def test_the_tutorial_works_word_for_word(reader):
    typed = 0
    for block in blocks(TUTORIAL.read_text("utf-8")):
        if block.name:
            reader.save(block)
        elif block.language == "console":
            for command, expected in examples(block):
                typed += 1
                if command == "heli run":
                    reader.start()
                    continue
                lines = reader.type(command)
                told = f"$ {command}\n" + "\n".join(lines)
                assert shows([reader.text(line) for line in expected], lines), told
    assert typed > 15


@pytest.mark.parametrize(
    ("expected", "lines", "fits"),
    [
        (["a … c"], ["a b c"], True),
        (["a … c"], ["a b d"], False),
        (["a"], ["a", "b"], False),
        (["a", "…"], ["a"], True),
        (["a", "…", "d"], ["a", "b", "c", "d"], True),
        ([], ["a"], False),
        (["a.c"], ["abc"], False),
    ],
)
def test_what_is_shown_is_compared(expected, lines, fits):
    assert shows(expected, lines) is fits
