"""``heli bpmn``: whether a BPMN 2.0 file can be carried out as a procedure.

Nothing here needs the database, so Django is never loaded.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from heli.engines import bpmn
from heli.errors import HeliError

app = typer.Typer(help="Procedures as BPMN 2.0 files.", no_args_is_help=True)


@app.callback()
def bpmn_group() -> None:
    """Procedures as BPMN 2.0 files."""


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="A BPMN 2.0 XML file.")],
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Tell which elements can be carried out, which are refused, and what looks wrong.

    Exit code 0: the whole file can be carried out; 1: something is refused; 2: not readable.
    """
    try:
        report = bpmn.check(bpmn.read(_bytes(file)))
    except HeliError as error:
        if not as_json:
            raise
        typer.echo(
            json.dumps(
                {
                    "file": file.name,
                    "readable": False,
                    "code": error.code,
                    "message": error.detail(),
                    "remedy": error.advice(),
                },
                ensure_ascii=False,
                indent=2,
            )
        )
        raise typer.Exit(2) from error
    if as_json:
        typer.echo(json.dumps(as_dict(file.name, report), ensure_ascii=False, indent=2))
    else:
        _tell(report)
    raise typer.Exit(0 if report.executable else 1)


def as_dict(name: str, report: bpmn.Report) -> dict[str, Any]:
    """The report as plain data, the shape of ``--json``."""
    return {
        "file": name,
        "readable": True,
        "executable": report.executable,
        "processes": list(report.processes),
        "understood": [asdict(item) for item in report.understood],
        "refused": [_finding(item) for item in report.refused],
        "hints": [_finding(item) for item in report.hints],
        "kept": [asdict(item) for item in report.kept],
    }


def _finding(finding: bpmn.Finding) -> dict[str, Any]:
    return {
        "element": finding.element,
        "id": finding.id,
        "name": finding.name,
        "process": finding.process,
        "line": finding.line,
        "code": finding.code,
        "reason": finding.reason,
    }


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise typer.BadParameter(f"{file}: {error.strerror}", param_hint="FILE") from error


def _tell(report: bpmn.Report) -> None:
    for finding in report.refused:
        typer.secho(_sentence("refused", finding), fg="red")
    for finding in report.hints:
        typer.secho(_sentence("look at", finding), fg="yellow")
    if report.kept:
        names = ", ".join(f"{item.element} ×{item.count}" for item in report.kept)
        typer.echo(f"kept without effect: {names}")
    counts = (
        f"{_count(len(report.understood), 'element')} understood, "
        f"{_count(len(report.refused), 'finding')} refused, {_count(len(report.hints), 'hint')}"
    )
    typer.echo(f"{counts}: {'can' if report.executable else 'cannot'} be carried out")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _sentence(verb: str, finding: bpmn.Finding) -> str:
    name = " ".join((finding.name or finding.id).split())
    return f"{verb}: line {finding.line}, {finding.element} “{name}”: {finding.reason}"
