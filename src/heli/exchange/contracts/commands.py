"""``heli exchange contract`` and ``heli exchange conform``: contracts from the command line.

Nothing here needs the database, so Django is never loaded.
"""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table as Shown

from heli.engines.contracts import (
    Change,
    Contract,
    Mode,
    Verdict,
    change_as_data,
    compare,
    describe,
    write_json,
    write_yaml,
)
from heli.engines.contracts.compatibility import breaks, next_version
from heli.engines.contracts.differences import Affected
from heli.errors import BadInputError, HeliError, gettext_noop
from heli.exchange.conformance import CHECK_TITLES, Report, State, Wanted, conform
from heli.exchange.contracts import files

app = typer.Typer(help="Data contracts: check, compare, export, draft.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]
ContractFile = Annotated[Path, typer.Argument(help="Contract, YAML or JSON.")]


class UnknownExportError(BadInputError):
    """A document that contracts are not exported as."""

    code = "exchange.unknown_export"
    message = gettext_noop("A contract is not exported as {kind}.")
    remedy = gettext_noop("Use one of {known}.")


@app.command()
def check(file: ContractFile, as_json: AsJson = False) -> None:
    """Check a contract. Exit code 0: it can be published, 1: it cannot, with the place and why."""
    try:
        contract = files.read_contract(file)
    except HeliError as error:
        if as_json:
            _print({"valid": False, "code": error.code, "field": error.field,
                    "reason": error.detail(), "remedy": error.advice()})  # fmt: skip
        else:
            typer.secho(f"{error.detail()} {error.advice()} [{error.code}]", err=True, fg="red")
        raise typer.Exit(1) from error
    if as_json:
        _print({"valid": True, **_summary(contract)})
        return
    typer.echo(
        f"{contract.id} {contract.version}: {len(contract.fields)} fields, "
        f"looked up by {contract.subject_field.name}, "
        f"{len(contract.quality_rules)} quality rules, "
        f"{len(contract.service_levels)} service levels. It can be published."
    )


def _summary(contract: Contract) -> dict[str, Any]:
    return {
        "id": contract.id,
        "version": contract.version,
        "fields": list(contract.names),
        "subject": contract.subject_field.name,
        "key": list(contract.key),
        "quality_rules": len(contract.quality_rules),
        "service_levels": len(contract.service_levels),
    }


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(help="The version that callers know.")],
    new: Annotated[Path, typer.Argument(help="The version that is to come.")],
    mode: Annotated[
        Mode,
        typer.Option(
            help="backward: who knows the old version goes on working; forward: who knows the "
            "new one works with the old; full: both."
        ),
    ] = Mode.BACKWARD,
    as_json: AsJson = False,
) -> None:
    """Compare two versions. Exit code 0: compatible and numbered rightly, 1: it is not."""
    verdict = compare(files.read_contract(old), files.read_contract(new), mode)
    if as_json:
        _print(_verdict(verdict))
    else:
        for change in verdict.changes:
            mark = "✗" if breaks(change, mode) else "·"
            typer.echo(f"{mark} {sentence(change)} [{_whom(change)}]")
        typer.echo(_conclusion(verdict))
    raise typer.Exit(0 if verdict.compatible and verdict.numbered_rightly else 1)


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "old": verdict.old,
        "new": verdict.new,
        "mode": verdict.mode.value,
        "compatible": verdict.compatible,
        "numbered_rightly": verdict.numbered_rightly,
        "needed": verdict.needed.code,
        "given": verdict.given.code,
        "changes": [
            change_as_data(change)
            | {"breaks": breaks(change, verdict.mode), "sentence": sentence(change)}
            for change in verdict.changes
        ],
    }


def sentence(change: Change) -> str:
    """A difference in English."""
    title = change.figures.get("title_en") or change.field
    shown = f"“{title}” ({change.field})" if change.field else ""
    return change.message.format(**{**change.figures, "title": shown})


_TOUCHED = {
    Affected.CALLERS: "breaks callers of the old version",
    Affected.READERS_OF_OLD: "breaks callers of the new version where the old one answers",
    Affected.BOTH: "breaks callers of either version on the other",
    Affected.STEWARDS: "stewards review their grants",
    Affected.NOBODY: "breaks nobody",
}


def _whom(change: Change) -> str:
    return _TOUCHED[change.affected]


def _conclusion(verdict: Verdict) -> str:
    said = "compatible" if verdict.compatible else "NOT compatible"
    text = f"{verdict.old} → {verdict.new}: {said} ({verdict.mode.value}), "
    if verdict.numbered_rightly:
        grown = verdict.old != verdict.new
        given = f"as a {verdict.given.code} version" if grown else "as the same version"
        return text + f"numbered rightly, {given}."
    least = next_version(verdict.old, verdict.needed)
    return text + f"so it must be numbered {least} or higher."


@app.command()
def export(
    file: ContractFile,
    kind: Annotated[str, typer.Option("--as", help=f"One of {', '.join(files.EXPORTS)}.")],
    server: Annotated[
        str, typer.Option(help="Where the interface is served, for OpenAPI.")
    ] = "https://example.invalid",
) -> None:
    """Print a contract as an OpenAPI document, a JSON Schema, a contract, or a CSV to fill in."""
    if kind not in files.EXPORTS:
        raise UnknownExportError(field="as", kind=kind, known=", ".join(files.EXPORTS))
    sys.stdout.write(files.exported(files.read_contract(file), kind, server))


@app.command(name="describe")
def describe_command(
    data: Annotated[Path, typer.Argument(help="CSV, Excel or Parquet file.")],
    name: Annotated[str, typer.Option(help="Name of the resource; the file's if empty.")] = "",
    department: Annotated[str, typer.Option(help="Code of the source department.")] = "",
    as_json: AsJson = False,
) -> None:
    """Draft a contract by looking at a table; the contract goes to standard output."""
    table = files.read_table(data)
    draft = describe(
        name or files.resource_name(data), table.headers, table.rows, department=department
    )
    sys.stdout.write(write_json(draft.document) if as_json else write_yaml(draft.document))
    console = Console(stderr=True, highlight=False)
    shown = Shown("column", "field", "type", "meaning", "filled", "fits", "because")
    for seen in draft.columns:
        shown.add_row(
            seen.header, seen.field.name, seen.field.type.value, seen.field.semantic or "—",
            f"{seen.filled:.0%}", f"{seen.fitting:.1%}", seen.ground,
        )  # fmt: skip
    console.print(shown)
    more = "" if table.whole else " (the first of them)"
    console.print(f"{draft.rows} rows{more}. Before you publish it:")
    for question in draft.questions:
        console.print(f"- {question}")


def conform_command(  # noqa: PLR0917 - every parameter is an option
    contract: ContractFile,
    url: Annotated[str, typer.Argument(help="Where the interface is served.")],
    key: Annotated[
        str, typer.Option(help="Bearer token to send; @FILE reads it from a file.")
    ] = "",
    timeout: Annotated[float, typer.Option(help="Seconds that one answer may take.")] = 20.0,
    within: Annotated[
        int, typer.Option(help="Milliseconds for 95 of 100 answers; 0: as the contract says.")
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Test a live endpoint against its contract. Exit code 0: it conforms, 1: it does not."""
    wanted = Wanted(
        contract=files.read_contract(contract),
        url=url,
        key=_key(key),
        allowed=None,
        most_seconds=timeout,
        answer_seconds=within / 1000 if within > 0 else None,
    )
    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("Conformance", total=None)
        report = conform(
            wanted,
            lambda step, count: bar.update(
                task, description=f"{CHECK_TITLES[step]}, {count} records"
            ),
        )
    if as_json:
        _print(report.as_dict() | {"digest": report.digest})
    else:
        _show(report)
    raise typer.Exit(0 if report.passed else 1)


def _key(given: str) -> str:
    if not given.startswith("@"):
        return given
    return files.decode(files.read_bytes(Path(given[1:])), given[1:]).strip()


_MARKS = {
    State.PASSED: "[green]✓[/]",
    State.FAILED: "[red]✗[/]",
    State.WARNED: "[yellow]![/]",
    State.SKIPPED: "[dim]–[/]",
}


def _show(report: Report) -> None:
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"{report.contract} {report.version} at {report.url}", markup=False)
    for each in report.outcomes:
        console.print(f"{_MARKS[each.state]} {CHECK_TITLES[each.check]}: ", end="")
        console.print(each.said.filled(), markup=False)
        for detail in each.details:
            console.print(f"    {detail.filled()}", markup=False)
    verdict = "CONFORMS" if report.passed else "DOES NOT CONFORM"
    console.print(
        f"{verdict}: {report.records} records, {report.requests} requests, "
        f"95 of 100 within {report.slowest * 1000:.0f} ms"
    )


def _print(document: dict[str, Any]) -> None:
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
