"""``heli exchange corrections``: who was told of a correction, and what they did."""

import json
from typing import Annotated, Any

import typer

from heli.kernel.startup import setup

app = typer.Typer(help="Corrections that travel.")

AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]


@app.command()
def corrections(
    code: Annotated[str, typer.Argument(help="Code of the correction: GZ-7K3D9Q-42.")],
    as_json: AsJson = False,
) -> None:
    """Show who received the wrong version, who was told, and what they did.

    Exit code 1 while somebody has not answered, the source is wrong, or an alarm is open.
    """
    setup()
    from heli.openness.selectors import correction_by_code

    found = told(correction_by_code(code))
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        _print(found)
    if found["state"] != "closed" or any(not each["settled_at"] for each in found["alarms"]):
        raise typer.Exit(1)


def told(row: Any) -> dict[str, Any]:
    """A correction as plain data: recipients, their states, alarms; no value of the record."""
    from heli.openness.selectors import correction_view

    view = correction_view(row)
    return {
        "code": view.code,
        "resource": view.resource,
        "department": view.department.code,
        "fields": row.fields,
        "state": view.state,
        "decided_at": view.decided_at.isoformat(),
        "applied_at": view.applied_at.isoformat() if view.applied_at else None,
        "recipients": [
            {
                "department": each.department.code,
                "name": each.department.name,
                "proven": each.proven,
                "fields": list(each.names),
                "uses": each.uses,
                "matters": list(each.matters),
                "notified_at": each.notified_at.isoformat(),
                "acknowledged_at": each.acknowledged_at.isoformat()
                if each.acknowledged_at
                else None,
                "action": each.action,
                "fact": each.fact,
            }
            for each in view.recipients
        ],
        "alarms": [
            {
                "kind": each.kind,
                "department": each.department.code,
                "matter": each.matter,
                "fact": each.fact,
                "raised_at": each.raised_at.isoformat(),
                "settled_at": each.settled_at.isoformat() if each.settled_at else None,
            }
            for each in view.alarms
        ],
    }


def _print(found: dict[str, Any]) -> None:
    typer.echo(f"{found['code']}  {found['resource']}  {', '.join(found['fields'])}")
    typer.echo(f"source {found['department']}: {found['applied_at'] or 'not yet right'}")
    for each in found["recipients"]:
        what = each["action"] or "no answer yet"
        proof = "proven" if each["proven"] else "not proven"
        typer.echo(f"  {each['department']:<8} {proof:<10} {each['uses']:>4} answers  {what}")
    for each in found["alarms"]:
        settled = "settled" if each["settled_at"] else "OPEN"
        typer.echo(f"  alarm {each['kind']:<9} {each['department']:<8} {settled}")
