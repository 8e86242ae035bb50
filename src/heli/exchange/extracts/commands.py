"""``heli exchange verify-extract`` and ``heli exchange trace``."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from heli.exchange.extracts.verifying import FileVerdict
from heli.exchange.extracts.verifying import verify_extract as hold_against
from heli.kernel.startup import setup

if TYPE_CHECKING:
    from heli.exchange.extracts.outcome import Trace

SMALLEST = 1e-300
"""Printed for what is smaller: a bound of nothing at all would be no bound."""

AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]


def register(app: typer.Typer) -> None:
    """Add the commands of extracts."""
    app.command("verify-extract")(verify_extract)
    app.command("trace")(trace)


def verify_extract(
    file: Annotated[Path, typer.Argument(help="The extract.")],
    receipt: Annotated[Path, typer.Argument(help="Its receipt with the key, as downloaded.")],
    keys: Annotated[Path | None, typer.Option(help="Keys file, to prove the receipt too.")] = None,
    response_key: Annotated[str, typer.Option(help="The key, if the receipt is a bare one.")] = "",
    as_json: AsJson = False,
) -> None:
    """Is this file the one that the receipt tells of? Exit code 0: it is, 1: it is not."""
    verdict = hold_against(file, receipt, keys, response_key)
    if as_json:
        _print(verdict.as_dict())
    else:
        typer.echo("\n".join(_sentences(file, verdict)))
    raise typer.Exit(0 if verdict.holds else 1)


def _sentences(file: Path, verdict: FileVerdict) -> list[str]:
    if not verdict.holds:
        return [f"NOT VALID: {verdict.reason}"]
    data = verdict.content["data"]
    lines = [
        f"VALID: {file} is the extract of {data['resource']} with {data['rows']} records, released "
        f"to {verdict.content.get('department', '')} at {verdict.content.get('at', '')}.",
        f"For “{data['purpose']}” ({data['legal_basis']}); fields: {', '.join(data['fields'])}.",
    ]
    if verdict.proven is None:
        lines.append("Whether this stands in the log was not checked; give --keys for that.")
    else:
        lines.append("This stands in the log, cosigned as the keys file asks.")
    return lines


def trace(
    file: Annotated[Path, typer.Argument(help="CSV, Excel, JSON, Parquet or Arrow file.")],
    as_json: AsJson = False,
) -> None:
    """Whose extract does a found file come from? Exit code 0: it says, 1: it cannot say."""
    setup()
    from heli.exchange import services
    from heli.exchange.extracts.api import trace_out
    from heli.exchange.extracts.found import read_path
    from heli.kernel.actor import HELI
    from heli.ledger.services import integrate

    content, table = read_path(file)
    found = services.trace(content, actor=HELI, table=table)
    integrate()
    if as_json:
        _print(trace_out(found))
    else:
        typer.echo("\n".join(_told(found)))
    raise typer.Exit(0 if found.named else 1)


def _told(found: "Trace") -> list[str]:
    columns = ", ".join(f"{column} = {field}" for field, column in found.columns.items())
    lines = [
        f"{found.rows} records looked at, held against {found.suspects} extracts. "
        f"Columns understood: {columns or 'none'}. Marked values read: {found.values}."
    ]
    for each in found.named:
        row = each.extract
        lines.append(
            f"COMES FROM extract {row.pk} of {row.resource.address}, released to {row.consumer} "
            f"({row.actor}) on {row.ready_at:%Y-%m-%d %H:%M} UTC under grant {row.grant_id}."
        )
        lines.append(
            "  Anybody innocent would be named with a probability of at most "
            f"{max(each.error, SMALLEST):.1e} "
            f"(marks 10^{each.marks:.1f}, order 10^{each.order:.1f}, {each.decoys} decoys)."
        )
    if not found.named:
        lines.append("CANNOT SAY: the evidence does not suffice to name anybody.")
    return lines


def _print(document: dict[str, Any]) -> None:
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2, default=str))
