"""``heli exchange replay``: was what went out what the policy of that time let out?"""

import json
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from heli.errors import BadInputError, gettext_noop
from heli.kernel.startup import setup


class UnreadableError(BadInputError):
    """A file given to replay cannot be used."""

    code = "exchange.unreadable_receipt"
    message = gettext_noop("The file {path} cannot be used: {reason}.")
    remedy = gettext_noop("Give a receipt, an answer or a policy as JSON.")


def replay_command(
    receipt: Annotated[str, typer.Argument(help="Receipt file, answer file, or id of the fact.")],
    policy: Annotated[
        Path | None, typer.Option(help="Ask this policy instead of the one of that time.")
    ] = None,
    answer: Annotated[
        Path | None, typer.Option(help="The answer as received, to look at its values, too.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Ask again whether an answer should have gone out. Exit code 0: yes, 1: something should not.

    RECEIPT is a receipt's file, the whole answer of the gateway, or the id of a fact.
    """
    setup()
    from heli.exchange.replay import replay

    content, found = _content(receipt)
    given = _read(answer) if answer else found
    result = replay(content, policy=_read(policy) if policy else None, answer=given)
    if as_json:
        document = {
            "fact": result.fact,
            "policy": result.policy,
            "checked": list(result.checked),
            "clean": result.clean,
            "findings": [{"code": each.code, "says": str(each)} for each in result.findings],
        }
        typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        typer.echo(f"{result.fact}: {', '.join(result.checked)} under policy {result.policy}")
        for finding in result.findings:
            typer.secho(f"- {finding} [{finding.code}]", fg="red")
        typer.echo("NOTHING AMISS" if result.clean else "SHOULD NOT HAVE GONE OUT")
    raise typer.Exit(0 if result.clean else 1)


def _content(receipt: str) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """What the fact says, proven where a receipt is given; and the answer, if that was given."""
    from heli.engines.translog import Receipt, verify_receipt
    from heli.exchange.replay import content_of_fact
    from heli.ledger import selectors

    try:
        return content_of_fact(UUID(receipt)), None
    except ValueError:
        document = _read(Path(receipt))
    whole = document if "receipt" in document and "data" in document else None
    proof = Receipt.from_json(json.dumps(whole["receipt"] if whole else document))
    verified = verify_receipt(proof, selectors.trusted_keys())
    if not isinstance(verified.content, dict):
        raise UnreadableError(path=receipt, reason="the receipt does not disclose its content")
    return verified.content, whole


def _read(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise UnreadableError(path=str(path), reason=str(error)[:200]) from error
    if not isinstance(document, dict):
        raise UnreadableError(path=str(path), reason="it is no JSON object")
    return document
