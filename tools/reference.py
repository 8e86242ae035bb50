"""The generated pages of ``docs/reference`` and the index of decisions: ``check`` or ``write``."""

import inspect
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import typer

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "reference"
GENERATED = (
    "<!-- Written by `python -m tools.reference write`; change the source, not this page. -->"
)


def settings_page() -> str:
    """Every environment variable, from ``heli.site.environment``."""
    from heli.site import environment

    lines = [
        "# Settings",
        GENERATED,
        "",
        "Environment variables. `heli settings` shows the values in force; secrets are not shown.",
        "",
        "| variable | default | what it does |",
        "|---|---|---|",
    ]
    for item in environment.SETTINGS.values():
        default = f"`{item.default}`" if item.default else "empty"
        secret = " Secret." if item.secret else ""
        lines.append(f"| `{item.name}` | {default} | {_cell(item.meaning)}{secret} |")
    return _page(lines)


def commands_page() -> str:
    """Every command of ``heli``, with its arguments and options."""
    lines = [
        "# Commands",
        GENERATED,
        "",
        "`--json` answers for machines. Exit code 0: done; 1: the answer is no; 2: wrong usage,",
        "or an error, told in one line with its remedy and code.",
    ]
    for path, command in commands():
        lines += ["", f"## {path}", *_paragraphs(command.help or ""), *_parameters(command)]
    return _page(lines)


def commands() -> Iterator[tuple[str, Any]]:
    """Every command that does something, by its full path, ``heli clock due``."""
    from heli.site import cli

    if not cli.app.registered_commands:
        cli.build()
    yield from sorted(_walk("heli", typer.main.get_command(cli.app)))


def _walk(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    children = getattr(command, "commands", {})
    if not children:
        yield path, command
    for name, child in children.items():
        yield from _walk(f"{path} {name}", child)


def _parameters(command: Any) -> list[str]:
    rows = []
    for item in command.params:
        if item.name == "help":
            continue
        names = [*item.opts, *item.secondary_opts]
        if item.param_type_name == "argument":
            names = [item.metavar or item.name.upper()]
        shown = ", ".join(f"`{name}`" for name in names)
        need = " Required." if item.required else ""
        rows.append(f"| {shown} | {_cell(getattr(item, 'help', '') or '')}{need}{_default(item)} |")
    return ["", "| | |", "|---|---|", *rows] if rows else []


def _default(item: Any) -> str:
    value = item.default
    telling = isinstance(value, str | int) and not isinstance(value, bool) and value != ""
    return f" Default: `{value}`." if telling else ""


def facts_page() -> str:
    """Every verb of the ledger, with the shape of its data."""
    from heli.ledger.verbs import verbs

    registered = {
        verb: data for verb, data in verbs().items() if data.__module__.startswith("heli.")
    }
    lines = [
        "# Facts",
        GENERATED,
        "",
        f"The {len(registered)} verbs that rooms record. A fact also carries its id (UUIDv7),",
        "instant, actor, department, subject and matter code. `?` marks data that may be left out.",
        "",
        "| verb | what happened | data |",
        "|---|---|---|",
    ]
    lines += [
        f"| `{verb}` | {_cell(_first_line(data))} | {_fields(data)} |"
        for verb, data in sorted(registered.items())
    ]
    return _page(lines)


def _fields(data: Any) -> str:
    info = msgspec.structs.fields(data)
    return ", ".join(f"`{item.name}`{'' if item.required else '?'}" for item in info) or "none"


def questions_page() -> str:
    """Every question a lower room asks and who answers it."""
    from heli.kernel.registry import questions

    lines = [
        "# Questions",
        GENERATED,
        "",
        "What a lower room asks and an upper one answers. Unanswered, the safe default holds.",
        "",
        "| question | what is asked | answered by |",
        "|---|---|---|",
    ]
    for item in questions():
        answer = item._answer
        by = answer.__module__.split(".")[1] if answer else "nobody: the default"
        lines.append(f"| `{item.name}` | {_cell(item.meaning.splitlines()[0])} | {by} |")
    return _page(lines)


SUBJECTS = {
    "000": "The house",
    "001": "Ledger",
    "002": "Legal time",
    "003": "Procedures",
    "004": "Exchange",
    "005": "Pages",
    "006": "Organisation",
    "007": "Cases",
    "008": "History and cockpit",
    "009": "Installation",
    "010": "Contracts",
    "016": "The twin",
    "017": "The twin",
}
"""Tens of decision numbers and what they are about."""


def decisions_page() -> str:
    """The index of all decisions, from their headings."""
    lines = [
        "# Decisions",
        GENERATED,
        "",
        "One page per decision: the context, what was decided, **what it costs**. Numbers are",
        "handed out in tens by subject and never reused; a decision that is given up stays, and",
        "says by which it was replaced.",
    ]
    subject = ""
    for path in sorted((FOLDER.parent / "adr").glob("[0-9]*.md")):
        number, heading = path.name[:4], path.read_text(encoding="utf-8").splitlines()[0]
        if SUBJECTS.get(number[:3], "Further") != subject:
            subject = SUBJECTS.get(number[:3], "Further")
            lines += ["", f"## {subject}"]
        title = re.sub(r"^# *\d+\.? *", "", heading)
        lines.append(f"- [{number}]({path.name}) {title}")
    return _page(lines)


PAGES: dict[str, Callable[[], str]] = {
    "settings.md": settings_page,
    "commands.md": commands_page,
    "facts.md": facts_page,
    "questions.md": questions_page,
    "../adr/README.md": decisions_page,
}


def _first_line(data: type) -> str:
    return (inspect.getdoc(data) or "").split("\n\n")[0].replace("\n", " ")


def _paragraphs(text: str) -> list[str]:
    """Help as Markdown: lines joined, paragraphs kept, what comes after a form feed left out."""
    parts = inspect.cleandoc(text.split("\f", maxsplit=1)[0]).split("\n\n")
    return [line for part in parts for line in ("", " ".join(part.split()))][1:]


def _cell(text: str) -> str:
    return " ".join(str(text).split()).replace("|", "\\|")


def _page(lines: list[str]) -> str:
    return "\n".join(lines) + "\n"


def main(arguments: list[str]) -> int:
    """Check or write; returns the exit code."""
    if "HELI_HOME" not in os.environ:
        os.environ["HELI_HOME"] = tempfile.mkdtemp(prefix="heli-reference-")
    from heli.site.startup import setup

    setup()
    stale = []
    for name, make in PAGES.items():
        path = FOLDER / name
        text = make()
        if arguments == ["write"]:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
    if stale:
        print(f"docs/reference: {', '.join(stale)} not current; python -m tools.reference write")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
