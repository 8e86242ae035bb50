"""``heli twin``: what a policy does, before it is decided.

Nothing here needs the database. Engines are loaded only by the commands that compute.
"""

import errno
import json
import os
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any

import typer

from heli.twin.errors import UnwritableFileError
from heli.twin.files import write_text

app = typer.Typer(
    help="The twin: what a policy does to traffic, commerce and air.", no_args_is_help=True
)

AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]


@app.callback()
def twin_group() -> None:
    """The twin: what a policy does to traffic, commerce and air."""


@app.command()
def assign(  # noqa: PLR0917 - every parameter is an option
    network: Annotated[
        Path,
        typer.Option(help="A network: NAME_net.tntp, NAME.geojson, or a folder of GMNS tables."),
    ],
    trips: Annotated[
        Path, typer.Option(help="Its trips: NAME_trips.tntp, or NAME.csv as GMNS has it.")
    ],
    gap: Annotated[float, typer.Option(help="Relative gap to reach.")] = 1e-8,
    rounds: Annotated[int, typer.Option(help="After so many rounds, stop.")] = 1000,
    toll_weight: Annotated[float, typer.Option(help="Minutes for one unit of toll.")] = 0.0,
    distance_weight: Annotated[float, typer.Option(help="Minutes for one unit of length.")] = 0.0,
    close: Annotated[
        list[str] | None,
        typer.Option(help="A link to close: its id, in TNTP FROM-TO; may be repeated."),
    ] = None,
    slices: Annotated[
        list[str] | None,
        typer.Option(
            "--slice", help="Part of the day, NAME=HOURS:SHARE of the trips; may be repeated."
        ),
    ] = None,
    flows: Annotated[Path | None, typer.Option(help="Write flows of links as CSV.")] = None,
    threads: Annotated[int, typer.Option(help="Cores to use; the result is the same.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Find the user equilibrium of a network in the TNTP, GMNS or GeoJSON format.

    Exit code 1 if the gap is not reached, or if no open path carries some of the trips.
    """
    from heli.engines import traffic
    from heli.twin import assigning
    from heli.twin.networks import read_network, read_trips

    if flows and not flows.resolve().parent.is_dir():
        raise UnwritableFileError(place=flows, reason=os.strerror(errno.ENOENT))
    roads = read_network(network)
    demand = read_trips(trips, roads)
    compiling = assigning.get_ready()
    start = perf_counter()
    parts = [assigning.slice_of(text) for text in slices or ()]
    open_roads, user = assigning.weighted(
        roads, toll_weight=toll_weight, distance_weight=distance_weight, close=close or ()
    )
    travelling = [(user, demand)]
    if parts:
        day = traffic.assign_slices(
            open_roads, travelling, parts, gap=gap, rounds=rounds, threads=threads
        )
        found = assigning.day_figures(day)
        solutions = {one.name: of for one, of in day.slices}
    else:
        whole = traffic.assign(open_roads, travelling, gap=gap, rounds=rounds, threads=threads)
        found, solutions = assigning.figures(whole), {"": whole}
    found["seconds"] = round(perf_counter() - start, 3)
    found["compile_seconds"] = round(compiling, 3)
    if flows:
        write_text(flows, assigning.flows_csv(solutions))
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        _tell_assignment(found)
    good = all(one.converged and not one.disconnected for one in solutions.values())
    raise typer.Exit(0 if good else 1)


SHOWN = 10
"""Disconnected pairs that are named on a screen; ``--json`` has all."""


def _tell_assignment(found: dict[str, Any]) -> None:
    if "slices" in found:
        for one in found["slices"]:
            typer.secho(f"{one['name']}, {one['hours']:g} h", bold=True)
            _tell_assignment(one)
        typer.secho("day", bold=True)
        typer.echo(f"{'total travel time':<20} {found['total_travel_time']} vehicle-min")
        typer.echo(f"{'seconds':<20} {found['seconds']} s")
        return
    for name, unit in (
        ("objective", ""),
        ("relative_gap", ""),
        ("average_excess_cost", "min"),
        ("total_travel_time", "vehicle-min/h"),
        ("iterations", ""),
        ("seconds", "s"),
        ("unconnected", "vehicles/h"),
    ):
        if name in found:
            typer.echo(f"{name.replace('_', ' '):<20} {found[name]} {unit}".rstrip())
    for pair in found["disconnected"][:SHOWN]:
        typer.secho(f"no path: {pair['from']} → {pair['to']}, {pair['trips']:g}", fg="red")
    if len(found["disconnected"]) > SHOWN:
        typer.secho(f"… and {len(found['disconnected']) - SHOWN} more pairs", fg="red")
    if not found["converged"]:
        typer.secho("the gap was not reached: allow more rounds", fg="red")
