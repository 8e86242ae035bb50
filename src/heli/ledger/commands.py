"""``heli ledger``: checkpoints, receipts, keys, offline verification, audit, monitor.

``verify`` needs neither Django nor a database nor a network; ``monitor`` needs only the last.
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


def _fact_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise typer.BadParameter(
            f"“{text}” is no id of a fact; it is a UUID and stands on the receipt."
        ) from error


@app.command()
def prove(
    fact_id: Annotated[UUID, typer.Argument(help="Id of the fact.", parser=_fact_id)],
) -> None:
    """Print the receipt of a fact."""
    setup()
    from heli.ledger import selectors

    sys.stdout.write(selectors.receipt(fact_id).to_json())


@app.command()
def forget(
    fact_id: Annotated[UUID, typer.Argument(help="Id of the fact.", parser=_fact_id)],
    ground: Annotated[str, typer.Option(help="The provision that demands it; stays on record.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
) -> None:
    """Forget what a fact says, for good. Its place in the log and every proof about it stay."""
    setup()
    from django.db import transaction

    from heli.kernel.actor import HELI
    from heli.ledger import services

    if not yes:
        typer.confirm(f"Nobody can bring back what {fact_id} says. Forget it?", abort=True)
    with transaction.atomic():
        services.forget(fact_id, actor=HELI, ground=ground)
    services.integrate_pending()
    typer.echo(f"{fact_id} is forgotten")


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


@app.command()
def policy(
    put: Annotated[
        Path | None, typer.Option("--set", help="File with the policy to put in force.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print the trust policy: which witnesses count, where they are, how many must sign."""
    setup()
    from heli.ledger import selectors, services

    if put is not None:
        services.set_policy(offline.text_of(put), actor=services.OPERATOR)
    keys = selectors.trusted_keys()
    if not as_json:
        sys.stdout.write(str(keys))
        return
    _print(selectors.policy_document(keys))


@app.command()
def evidence(as_json: AsJson = False) -> None:
    """Print what witnesses hold against this log. Exit code 0: nothing, 1: something."""
    setup()
    from heli.ledger import selectors

    rows = [selectors.evidence_document(row) for row in selectors.evidence()]
    if as_json:
        _print({"evidence": rows})
    else:
        for row in rows:
            typer.echo(f"{row['at']} {row['witness']}: {row['refusal']}, {row['size']} entries")
            typer.echo(f"{row['offered']}\n{row['remembered']}")
    raise typer.Exit(1 if rows else 0)


@app.command()
def monitor(  # noqa: PLR0917 - options of a command
    url: Annotated[str, typer.Argument(help="Address of the log: …/api/v1/ledger")],
    keys: Annotated[Path | None, typer.Option(help="Keys file you trust (keys.txt).")] = None,
    state: Annotated[Path | None, typer.Option(help="File for what was seen last.")] = None,
    once: Annotated[bool, typer.Option("--once", help="Look once and end.")] = False,
    interval: Annotated[float, typer.Option(help="Seconds between two looks.", min=0.1)] = 60.0,
    max_age: Annotated[
        float, typer.Option(help="Seconds the newest cosignature may be old; 0 for any.", min=0)
    ] = 0.0,
    as_json: AsJson = False,
) -> None:
    """Follow a log from outside. Exit code 0: it holds, 1: it does not, 2: it cannot be told."""
    from heli.ledger import following

    trusted = offline.keys_of(keys) if keys else following.keys_on_trust(url)
    watch = following.Following(url, trusted, state=state, max_age=max_age)
    fault = watch.run(
        once=once,
        interval=interval,
        tell=lambda passed: typer.echo(following.line(passed, as_json=as_json)),
    )
    if fault is not None:
        typer.echo(following.fault_text(fault, as_json=as_json))
        raise typer.Exit(1)


def _print(document: dict[str, Any]) -> None:
    typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
