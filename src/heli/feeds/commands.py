"""``heli feed``: follow another department's register from the command line.

Needs neither Django nor a database: it calls a running Heli as a department's system does.
"""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from heli.client import FeedBatch, HeliClient, ProblemError, follow
from heli.errors import BadInputError, gettext_noop

app = typer.Typer(help="Feeds: what changed in other departments' data.", no_args_is_help=True)

OPTIONS = {
    "exchange.no_grant": "--purpose PURPOSE",
    "exchange.task_missing": "--task CODE",
    "exchange.task_standing": "--task CODE",
    "exchange.project_missing": "--project CODE",
    "exchange.project_standing": "--project CODE",
    "feeds.cursor_foreign": "--cursor CURSOR",
}
"""With which option ``tail`` takes what a refusal asks for."""


@app.callback()
def feed() -> None:
    """Keep ``tail`` a command of its own."""


@app.command()
def tail(
    resource: Annotated[str, typer.Argument(help="Address in the catalogue, gaj/residents.")],
    *,
    purpose: Annotated[str, typer.Option(help="Purpose of your department's grant.")],
    key_id: Annotated[str, typer.Option("--key-id", help="Id of your system's key.")],
    key: Annotated[Path, typer.Option(help="Private key, PEM.", exists=True, dir_okay=False)],
    url: Annotated[str, typer.Option(help="Where Heli is.")] = "http://127.0.0.1:8000",
    project: Annotated[str, typer.Option(help="Project that the grant is bound to.")] = "",
    task: Annotated[str, typer.Option(help="Statutory duty that the grant is bound to.")] = "",
    cursor: Annotated[str, typer.Option(help="Go on after this cursor.")] = "",
    count: Annotated[
        int, typer.Option(help="End with the batch that brings so many changes; 0: never.")
    ] = 0,
    as_json: Annotated[
        bool, typer.Option("--json", help="One batch a line, for machines.")
    ] = False,
) -> None:
    """Print the changes of a resource as they happen, with the cursor to go on from."""
    told = 0
    with HeliClient(url, key_id, _private(key), language="en") as heli:
        batches = follow(heli, resource, purpose=purpose, cursor=cursor, project=project, task=task)
        try:
            for batch in batches:
                sys.stdout.write(_machine(batch) if as_json else _human(batch))
                sys.stdout.flush()
                told += len(batch.events)
                if count and told >= count:
                    return
        except ProblemError as refused:
            if option := OPTIONS.get(refused.problem_code):
                refused.figures["remedy"] += f" On the command line: {option}."
            raise


def _private(path: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise BadInputError(field="key", reason=gettext_noop("it is no Ed25519 key in PEM"))
    return key


def _machine(batch: FeedBatch) -> str:
    document = {"events": batch.events, "cursor": batch.cursor, "fact": batch.fact}
    return json.dumps(document, ensure_ascii=False) + "\n"


def _human(batch: FeedBatch) -> str:
    lines = [
        f"{event['at'][:19]}  {event['kind']:7}  {event['key'] or '':20}  "
        f"{json.dumps(event['data'], ensure_ascii=False) if event['data'] else ''}".rstrip()
        for event in batch.events
    ]
    return "\n".join([*lines, f"# fact {batch.fact}  cursor {batch.cursor}", ""])
