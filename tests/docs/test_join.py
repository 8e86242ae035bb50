"""The page on joining the exchange, and those it leads to, are carried out as a newcomer would.

On a small city, in an environment that holds nothing but what the page has the reader set.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.docs.pages import ROOT, blocks, examples, shows
from tests.docs.test_tutorial import Reader

HOW_TO = ROOT / "docs" / "how-to"
FURTHER = {
    "connect-a-system": 5,
    "publish-data": 5,
    "apply-for-data": 5,
    "follow-a-feed": 10,
    "verify-a-receipt": 8,
    "extracts": 10,
    "object-and-correct": 12,
}
"""Pages that go on where joining ended, and how many commands each has the reader type."""

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


class Newcomer(Reader):
    """Somebody whose terminal was prepared as the page says, and has nothing else."""

    def __init__(self, folder):
        super().__init__(folder)
        kept = {name: os.environ[name] for name in ("PYTHONPATH",) if name in os.environ}
        self.environment = kept | {
            "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
            "HOME": str(folder),
            "HELI_HOME": str(folder / "var"),
            "HELI_PORT": self.port,
        }

    def carry_out(self, name):
        """Save and type all of a page; returns how many commands were typed."""
        typed = 0
        for block in blocks((HOW_TO / f"{name}.md").read_text("utf-8")):
            if block.name:
                self.save(block)
            elif block.language == "console":
                for command, expected in examples(block):
                    typed += 1
                    lines = self.type(command)
                    told = f"$ {command}\n" + "\n".join(lines)
                    assert shows([self.text(line) for line in expected], lines), told
        return typed


@pytest.fixture(scope="module")
def newcomer(tmp_path_factory):
    person = Newcomer(tmp_path_factory.mktemp("join"))
    for words in (["migrate"], ["seed", "--scale", "tiny"]):
        subprocess.run(
            ["heli", *words], env=person.environment, check=True, capture_output=True, timeout=300
        )
    person.start()
    yield person
    person.stop()


@pytest.fixture(scope="module")
def joined(newcomer):
    """The same, when the first page has been carried out, and how much was typed for it."""
    return newcomer, newcomer.carry_out("join-the-exchange")


def test_a_department_joins_from_the_page_alone(joined):
    _, typed = joined
    assert typed > 30


@pytest.mark.parametrize("page", FURTHER)
def test_what_it_leads_to_is_carried_out_in_the_same_folder(joined, page):
    person, _ = joined
    assert person.carry_out(page) >= FURTHER[page]


def test_the_page_says_what_a_terminal_needs():
    text = (HOW_TO / "join-the-exchange.md").read_text("utf-8")
    (prepared,) = (block.text for block in blocks(text) if block.language == "sh")
    assert ". .venv/bin/activate" in prepared
    assert "export HELI_HOME=$PWD/var" in prepared
