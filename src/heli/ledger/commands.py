"""``heli ledger``: checkpoints, receipts, keys, offline verification, the audit.

``verify`` needs neither Django nor a database nor a network.
"""

import json
import sys
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from heli.errors import HeliError
from heli.kernel.startup import setup
from heli.ledger import offline

app = typer.Typer(
    help="The ledger: proofs of what happened, and of the log they stand in.",
    no_args_is_help=True,
)

AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]


@app.command()
def checkpoint(as_json: AsJson = False) -> None:
    """Print the latest checkpoint that enough witnesses cosigned, as a signed note."""
    setup()
    from heli.ledger import selectors

    latest = selectors.latest_checkpoint()
    note = selectors.checkpoint_note(latest)
    if not as_json:
        sys.stdout.write(str(note))
        return
    _print(
        {
            "size": latest.size,
            "at": latest.at.isoformat(),
            "note": str(note),
            "cosigned": sorted(
                each.department for each in latest.cosignatures.all() if not each.refusal
            ),
        }
    )


@app.command()
def prove(fact_id: Annotated[UUID, typer.Argument(help="Id of the fact.")]) -> None:
    """Print the receipt of a fact."""
    setup()
    from heli.ledger import selectors

    sys.stdout.write(selectors.receipt(fact_id).to_json())


@app.command()
def keys() -> None:
    """Print the public keys a verifier needs, as keys.txt."""
    setup()
    from heli.ledger import selectors

    sys.stdout.write(str(selectors.trusted_keys()))


@app.command()
def verify(
    receipt: Annotated[Path, typer.Argument(help="Receipt file.")],
    keys: Annotated[Path, typer.Option(help="Keys file (keys.txt).")],
    as_json: AsJson = False,
) -> None:
    """Check a receipt offline. Exit code 0: it holds, 1: it does not, 2: a file is unusable."""
    try:
        verdict = offline.check(receipt, keys)
    except HeliError as error:
        if as_json:
            _print({"valid": None, "code": error.code, "reason": error.detail()})
        typer.secho(f"{error.detail()} {error.advice()} [{error.code}]", err=True, fg="red")
        raise typer.Exit(2) from error
    if as_json:
        _print(verdict.as_dict())
    else:
        typer.echo("\n".join(offline.sentences(verdict)))
    raise typer.Exit(0 if verdict.proven else 1)


@app.command()
def audit(as_json: AsJson = False) -> None:
    """Hold every fact against the log and the witnesses. Exit code 0: clean, 1: it is not."""
    setup()
    from rich.console import Console
    from rich.progress import Progress

    from heli.ledger.audit import audit as run

    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("Facts", total=None)
        report = run(lambda done, total: bar.update(task, completed=done, total=total))
    if as_json:
        _print(report.as_dict())
    else:
        typer.echo(
            f"{report.size} entries, {report.pending} pending, {report.checkpoints} checkpoints, "
            f"{report.witnesses} witnesses"
        )
        for fact, ground in report.forgotten:
            typer.echo(f"Forgotten by law: {fact} ({ground})")
        for finding in report.findings:
            typer.echo(finding.sentence())
        typer.echo("CLEAN" if report.clean else "NOT CLEAN")
    raise typer.Exit(0 if report.clean else 1)


def _print(document: dict[str, Any]) -> None:
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
