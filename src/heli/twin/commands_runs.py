"""``heli twin runs`` and ``heli twin rerun``: what was tried, and whether it comes out again."""

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from heli.twin.progress import bar

if TYPE_CHECKING:
    from heli.twin.models import Run

app = typer.Typer()

AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]


@app.command()
def runs(
    limit: Annotated[int, typer.Option(help="How many.", min=1)] = 20, as_json: AsJson = False
) -> None:
    """List simulations, the newest first."""
    from heli.kernel.startup import setup

    setup()
    from heli.twin import selectors

    rows = [_plain(row) for row in selectors.runs()[:limit]]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for row in rows:
        options = ", ".join(row["options"])
        line = f"{row['code']}  {row['state']:<9}  {row['asked_at'][:16]}  {row['city']}  "
        typer.echo(f"{line}{row['draws']:>4}  {options}")
    if not rows:
        typer.echo("no simulation yet")


def _plain(row: "Run") -> dict[str, Any]:
    from heli.kernel import clock

    return {
        "code": row.code,
        "state": row.state,
        "asked_at": row.asked_at.astimezone(clock.SHANGHAI).isoformat(timespec="seconds"),
        "department": row.department,
        "city": f"{row.version.model.name}@{row.version.number}",
        "options": [each["name"] for each in row.options],
        "draws": row.draws,
        "by": row.by,
        "digest": row.digest,
    }


@app.command()
def rerun(
    code: Annotated[str, typer.Argument(help="Code of a simulation that is done.")],
    as_json: AsJson = False,
) -> None:
    """Compute a simulation again, and say whether its bytes are the same.

    Nothing is changed: what was found before stays. Exit code 1 if the bytes differ.
    """
    from heli.kernel.startup import setup

    setup()
    found = _computed_again(code)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
    elif found["same"]:
        typer.echo(f"{found['code']}: the same bytes, {found['digest']}")
    else:
        typer.secho(f"{found['code']}: {found['digest']} before, {found['again']} now", fg="red")
        for name in found["differs"]:
            typer.echo(f"  differs: {name}")
    raise typer.Exit(0 if found["same"] else 1)


def _computed_again(code: str) -> dict[str, Any]:
    from hashlib import sha256

    from heli.twin import selectors
    from heli.twin.computing import compute
    from heli.twin.crew import Processes
    from heli.twin.packing import canonical, read_draws
    from heli.twin.runs import job_of

    row = selectors.run_by_code(code)
    selectors.whole_result(row)  # is done
    before = read_draws(bytes(row.result))  # also what was altered: it is named below
    crew = Processes()
    try:
        with bar() as tell:
            found = compute(job_of(row), crew, tell)
    finally:
        crew.abandon()
    again = sha256(canonical(found)).hexdigest()
    parts = [name for name in found if canonical(found[name]) != canonical(before.get(name))]
    return {
        "code": row.code,
        "same": again == row.digest,
        "digest": row.digest,
        "again": again,
        "differs": parts,
    }
