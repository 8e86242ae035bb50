"""The documentation as tests read it: pages, their fenced blocks, the commands in them."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def pages():
    """Every page of the documentation, and those at the root of the project."""
    return [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, the file name after it if any, its text."""

    language: str
    name: str
    text: str


def blocks(text):
    """All fenced blocks of a page, in order."""
    return [Block(m[1], m[2] or "", m[3]) for m in _BLOCK.finditer(text)]


def examples(block):
    """Commands of a console block, each with the lines shown after it."""
    found = []
    for line in block.text.splitlines():
        if line.startswith("$ "):
            found.append((line.removeprefix("$ "), []))
        else:
            found[-1][1].append(line)
    return found


def shows(expected, lines):
    """Whether output is as shown: ``…`` alone is any number of lines, else anything in its line."""
    pattern = "".join(
        r"(?:.*\n)*" if line.strip() == "…" else ".*".join(map(re.escape, line.split("…"))) + r"\n"
        for line in expected
    )
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in lines)) is not None
