"""``heli twin sweep``: a scenario with numbers varied over a grid, as a table or for machines."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from heli.twin.commands_compare import DEMO, AsJson, CityName, find_scenarios, open_city
from heli.twin.files import write_text
from heli.twin.progress import bar

app = typer.Typer()

SHOWN = ("air/nox", "air/pm25", "people/travel", "people/losers", "commerce/sales")
"""Figures that the table on the screen has, if none is asked for."""


@app.command()
def sweep(  # noqa: PLR0917 - every parameter is an option
    scenario: Annotated[str, typer.Argument(help="A scenario's file, or id of one of the city.")],
    vary: Annotated[
        list[str],
        typer.Option(help="measures[0].yuan=1:20:1 or …=5,10; repeated, all are combined."),
    ],
    city: CityName = DEMO,
    draws: Annotated[int, typer.Option(help="Draws of the assumptions for every point.")] = 0,
    show: Annotated[
        list[str] | None, typer.Option(help="A figure of the table, such as air/nox; repeated.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write all figures as CSV.")] = None,
    cores: Annotated[int | None, typer.Option(help="Processes; by default all cores.")] = None,
    as_json: AsJson = False,
) -> None:
    """Evaluate a scenario for all combinations of some of its numbers.

    Over all cores of this machine, or over Apache Spark where HELI_ANALYTICS_URL names it; the
    result is the same. Exit code 1 if a point cannot be evaluated; the others are told.
    """
    from heli.twin import sweeping

    place, known = open_city(city)
    (chosen,) = find_scenarios([scenario], known).values()
    axes = [sweeping.read_axis(each) for each in vary]
    sweeping.grid(chosen, axes)  # what is wrong is told before anything is started
    crew = sweeping.crew_for(os.environ.get("HELI_ANALYTICS_URL", "").strip(), cores)
    try:
        with bar() as told:
            found = sweeping.sweep(
                place,
                chosen,
                axes,
                crew,
                draws=draws,
                tell=lambda done, total: told("scenarios", done, total),
            )
    finally:
        close = getattr(crew, "abandon", None) or getattr(crew, "close", None)
        if close is not None:
            close()
    if out:
        write_text(out, sweeping.as_csv(found))
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
    elif out:
        typer.echo(f"{out}: {len(found['points'])} scenarios")
    else:
        _table(found, show or list(SHOWN))
    faults = [each for each in found["points"] if "fault" in each]
    if faults:
        _tell_faults(faults, len(found["points"]))
        raise typer.Exit(1)


def _table(found: Mapping[str, Any], shown: list[str]) -> None:
    from rich.console import Console
    from rich.table import Table

    from heli.twin.showing import number

    keys = [each["key"] for each in found["figures"]]
    unknown = [name for name in shown if name not in keys]
    if unknown:
        raise typer.BadParameter(f"no figure {unknown[0]}; --json has them all")
    at = [keys.index(name) for name in shown]
    table = Table(*found["vary"], *(f"{keys[k]}\n{found['figures'][k]['unit']}" for k in at))
    for column in table.columns:
        column.justify = "right"
    base = [number(found["figures"][k]["base"]) for k in at]
    table.add_row(*["base"] * len(found["vary"]), *base, end_section=True)
    for each in found["points"]:
        values = [_cell(each, k) for k in at] if "figures" in each else ["–"] * len(at)
        table.add_row(*map(str, each["chosen"].values()), *values)
    Console().print(table)


def _cell(point: Mapping[str, Any], k: int) -> str:
    from heli.twin.showing import number

    text = number(point["figures"][k])
    if "changes" in point:
        text += "\nΔ " + " … ".join(map(number, point["changes"][k]))
    return text


def _tell_faults(faults: list[Mapping[str, Any]], count: int) -> None:
    first = faults[0]
    where = ", ".join(f"{place}={value}" for place, value in first["chosen"].items())
    typer.secho(
        f"{len(faults)} of {count} points cannot be evaluated; first {where}: "
        f"{first['fault']['message']} [{first['fault']['code']}]",
        fg="red",
        err=True,
    )
