"""``heli twin``: what a policy does, before it is decided.

Nothing here needs the database. Engines are loaded only by the commands that compute.
"""

import json
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any

import typer

from heli.twin.files import read_text, write_text

app = typer.Typer(
    help="The twin: what a policy does to traffic, commerce and air.", no_args_is_help=True
)

AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]


@app.callback()
def twin_group() -> None:
    """The twin: what a policy does to traffic, commerce and air."""


@app.command()
def assign(  # noqa: PLR0917 - every parameter is an option
    network: Annotated[Path, typer.Option(help="A network, NAME_net.tntp.")],
    trips: Annotated[Path, typer.Option(help="Its trips, NAME_trips.tntp.")],
    gap: Annotated[float, typer.Option(help="Relative gap to reach.")] = 1e-8,
    rounds: Annotated[int, typer.Option(help="After so many rounds, stop.")] = 1000,
    toll_weight: Annotated[float, typer.Option(help="Minutes for one unit of toll.")] = 0.0,
    distance_weight: Annotated[float, typer.Option(help="Minutes for one unit of length.")] = 0.0,
    close: Annotated[
        list[str] | None, typer.Option(help="A link to close, FROM-TO; may be repeated.")
    ] = None,
    flows: Annotated[Path | None, typer.Option(help="Write flows of links as CSV.")] = None,
    threads: Annotated[int, typer.Option(help="Cores to use; the result is the same.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Find the user equilibrium of a network in the TNTP format.

    Exit code 1 if the gap is not reached, or if no open path carries some of the trips.
    """
    from heli.engines.traffic import tntp
    from heli.twin import assigning

    roads = tntp.read_network(read_text(network), network.name)
    demand = tntp.read_trips(read_text(trips), roads, trips.name)
    start = perf_counter()
    solution = assigning.assign_weighted(
        roads,
        demand,
        gap=gap,
        rounds=rounds,
        toll_weight=toll_weight,
        distance_weight=distance_weight,
        close=close or (),
        threads=threads,
    )
    found = {**assigning.figures(solution), "seconds": round(perf_counter() - start, 3)}
    if flows:
        write_text(flows, assigning.flows_csv(solution))
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        _tell_assignment(found)
    raise typer.Exit(0 if solution.converged and not solution.disconnected else 1)


SHOWN = 10
"""Disconnected pairs that are named on a screen; ``--json`` has all."""


def _tell_assignment(found: dict[str, Any]) -> None:
    for name, unit in (
        ("objective", ""),
        ("relative_gap", ""),
        ("average_excess_cost", "min"),
        ("total_travel_time", "vehicle-min/h"),
        ("iterations", ""),
        ("seconds", "s"),
        ("unconnected", "vehicles/h"),
    ):
        typer.echo(f"{name.replace('_', ' '):<20} {found[name]} {unit}".rstrip())
    for pair in found["disconnected"][:SHOWN]:
        typer.secho(f"no path: {pair['from']} → {pair['to']}, {pair['trips']:g}", fg="red")
    if len(found["disconnected"]) > SHOWN:
        typer.secho(f"… and {len(found['disconnected']) - SHOWN} more pairs", fg="red")
    if not found["converged"]:
        typer.secho("the gap was not reached: allow more rounds", fg="red")
