"""``heli witness``: a witness on a computer of its own, without Heli's database."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from heli.engines.translog import Algorithm, Checkpoint
from heli.ledger.witness_home import BadWitnessError, WitnessHome, log_keys_in

app = typer.Typer(
    help="A witness on a computer of its own: it cosigns what a log holds, and refuses a changed "
    "past.",
    no_args_is_help=True,
)

Home = Annotated[
    Path, typer.Option("--home", help="Folder of the witness.", envvar="HELI_WITNESS_HOME")
]
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]
Algorithms = Annotated[
    list[Algorithm], typer.Option("--algorithm", help="Algorithm of a key; may be repeated.")
]


@app.command()
def init(
    name: Annotated[str, typer.Argument(help="Name it signs under: witness.audit.example")],
    log: Annotated[list[str], typer.Option(help="keys.txt of a log, or the log's verifier key.")],
    home: Home = Path("witness"),
    algorithm: Algorithms = [Algorithm.ED25519],  # noqa: B006 - typer's way of a default
) -> None:
    """Set a witness up: make its key, and name the logs it watches."""
    witness = WitnessHome(home)
    witness.init(name, [key for each in log for key in log_keys_in(_text(each))], algorithm)
    for signer in witness.signers():
        typer.echo(signer.verifier)


@app.command()
def key(home: Home = Path("witness")) -> None:
    """Print its verifier keys, one a line: what the log's operator puts into the trust policy."""
    for signer in WitnessHome(home).signers():
        typer.echo(signer.verifier)


@app.command()
def rotate(home: Home = Path("witness"), algorithm: Algorithm = Algorithm.ED25519) -> None:
    """Make a further key and sign with all from now on; retire the old one when nobody needs it."""
    typer.echo(WitnessHome(home).add_key(algorithm).verifier)


@app.command()
def retire(
    key_id: Annotated[str, typer.Argument(help="The eight digits after the name in its key.")],
    home: Home = Path("witness"),
) -> None:
    """Sign with a key no longer."""
    WitnessHome(home).retire_key(key_id)


@app.command()
def watch(
    log: Annotated[str, typer.Argument(help="keys.txt of a log, or the log's verifier key.")],
    home: Home = Path("witness"),
) -> None:
    """Watch a further log, or a log under a further key."""
    WitnessHome(home).watch(log_keys_in(_text(log)))


@app.command()
def status(home: Home = Path("witness"), as_json: AsJson = False) -> None:
    """Show what it signed and refused. Exit code 1: it holds evidence against a log."""
    witness = WitnessHome(home)
    told: dict[str, Any] = {
        "keys": [str(signer.verifier) for signer in witness.signers()],
        "logs": [
            {
                "origin": each.origin,
                "size": each.size,
                "checkpoint": str(each.note) if each.note else None,
            }
            for each in witness.watched()
        ],
        "evidence": witness.evidence(),
    }
    if as_json:
        typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        for each in told["logs"]:
            typer.echo(f"{each['origin']}: signed {each['size']} entries")
        for each in told["evidence"]:
            offered = Checkpoint.parse(each["offered"].partition("\n\n")[0] + "\n")
            typer.echo(f"REFUSED ({each['refusal']}) at {each['at']}: {offered.size} entries")
    raise typer.Exit(1 if told["evidence"] else 0)


@app.command()
def serve(
    home: Home = Path("witness"),
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8470,
) -> None:
    """Answer logs over HTTP until stopped."""
    from heli.ledger import witness_server

    witness = WitnessHome(home)
    for signer in witness.signers():
        typer.echo(f"{signer.verifier}", err=True)
    for each in witness.watched():
        typer.echo(f"watches {each.origin}, signed {each.size} entries", err=True)
    typer.echo(f"listens on http://{host}:{port}", err=True)
    try:
        witness_server.serve(witness, host, port)
    except OSError as error:
        reason = f"{host}:{port} cannot be listened on: {error.strerror or error}"
        raise BadWitnessError(field="port", reason=reason) from error


def _text(given: str) -> str:
    """A file's text, or what was given where it is a key itself."""
    path = Path(given)
    if "+" in given and not path.exists():
        return given
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadWitnessError(field="log", reason=f"{given} cannot be read") from error
