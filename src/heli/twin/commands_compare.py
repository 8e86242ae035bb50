"""``heli twin compare``: options side by side, as a table or for machines."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from heli.twin.errors import (
    BadEntryError,
    UnknownCityError,
    UnknownPlaceError,
    UnknownScenarioError,
)
from heli.twin.files import read_text

if TYPE_CHECKING:
    from heli.twin.city import City
    from heli.twin.scenarios import Scenario

app = typer.Typer()

DEMO = "demo"
CityName = Annotated[str, typer.Option("--city", help="A city's folder, or demo.")]
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]


@app.command()
def compare(  # noqa: PLR0917 - every parameter is an option
    scenarios: Annotated[
        list[str], typer.Argument(help="Files of scenarios, or ids of those of the demo city.")
    ],
    city: CityName = DEMO,
    place: Annotated[str, typer.Option(help="Show one district or area, by group.")] = "",
    ensemble: Annotated[
        int, typer.Option(help="Draws of the assumptions, for intervals; 64 are many.")
    ] = 0,
    by: Annotated[
        list[str] | None,
        typer.Option(help="Rank by a figure, NAME or NAME@PLACE, with an ensemble; repeated."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Tell what scenarios do to travel, people, air, emissions and shops, against the base.

    ≈ stands for a change of at most what the solver leaves open. With an ensemble, every figure has
    an interval that holds at least 90 % of the draws. An option is called better by a figure only
    where the difference is larger than what solver and ensemble leave open.
    Exit code 1 if one of the rankings asked for cannot be told.
    """
    from heli.twin import comparing
    from heli.twin.leeway import solver_errors
    from heli.twin.showing import show
    from heli.twin.state import GAP

    where, known = open_city(city)
    chosen = find_scenarios(scenarios, known)
    if by and not ensemble:
        raise typer.BadParameter("--by needs --ensemble", param_hint="--by")
    compared = comparing.compare(where, chosen)
    found = comparing.report(compared, solver_errors(compared, where, chosen, gap=GAP))
    places = sorted({row["place"] for row in found["figures"] if row["place"]})
    if place and place not in places:
        raise UnknownPlaceError(place="--place", what="place", name=place, known=", ".join(places))
    if ensemble:
        _add_intervals(found, where, chosen, ensemble, by or [])
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        show(found, place)
    if not all(each["resolved"] for each in found.get("verdicts", ())):
        raise typer.Exit(1)


def _add_intervals(
    found: dict[str, Any],
    city: "City",
    scenarios: "dict[str, Scenario]",
    size: int,
    by: list[str],
) -> None:
    """Add to a report what an ensemble says: intervals, and verdicts where they are asked for."""
    from rich.console import Console
    from rich.progress import track

    from heli.twin import ensemble
    from heli.twin.figures import Key
    from heli.twin.flipping import Trials
    from heli.twin.ranking import find_key, verdicts

    keys = [Key(*(row[field] for field in Key._fields)) for row in found["figures"]]
    wishes = [find_key(wish, keys) for wish in by]
    screen = Console(stderr=True)
    draws = ensemble.draws(city, size)
    drawn = ensemble.run(city, scenarios, track(draws, "ensemble", console=screen, transient=True))
    found["ensemble"] = {"draws": size, "percentiles": [ensemble.LOW, ensemble.HIGH]}
    bounds = {name: drawn.interval(name).T.tolist() for name in drawn.draws}
    changes = {name: drawn.change(name).T.tolist() for name in scenarios}
    for n, row in enumerate(found["figures"]):
        row["intervals"] = {name: bound[n] for name, bound in bounds.items()}
        row["changes"] = {name: bound[n] for name, bound in changes.items()}
    trials = Trials(city, scenarios)
    found["verdicts"] = [
        each
        for key in track(wishes, "rankings", console=screen, transient=True, disable=not wishes)
        for each in verdicts(drawn, trials, key)
    ]


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="Where to write: a new or an empty folder.")],
    city: CityName = DEMO,
) -> None:
    """Write a city as a folder of CSV and JSON, with its scenarios, to work on."""
    from heli.twin.city_files import write_city
    from heli.twin.files import new_folder, write_text
    from heli.twin.scenarios import to_yaml

    place, known = open_city(city)
    with new_folder(folder) as fresh:
        write_city(place, fresh)
        for name, scenario in known.items():
            write_text(fresh / f"{name}.yaml", to_yaml(scenario))
    typer.echo(f"{folder}: {place.name}, version {place.version[:12]}")


@app.command()
def assumptions(city: CityName = DEMO, as_json: AsJson = False) -> None:
    """Show what a city assumes: values, ranges and what they mean."""
    from heli.twin.comparing import assumptions

    place, _ = open_city(city)
    found = assumptions(place)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    for each in found:
        span = f"{each['value']:g} ({each['low']:g} … {each['high']:g}) {each['unit']}"
        typer.echo(f"{each['name']:<18} {span:<28} {each['meaning']}")


@app.command()
def schema() -> None:
    """Print the form of a scenario as a JSON Schema (2020-12)."""
    from heli.twin.scenarios import schema

    typer.echo(json.dumps(schema(), ensure_ascii=False, indent=2))


def open_city(name: str) -> "tuple[City, dict[str, Scenario]]":
    """A city that comes with Heli, with its scenarios, or one from its folder.

    Raises:
        UnknownCityError: If there is neither.
    """
    if name == DEMO:
        from heli.kernel.startup import setup
        from heli.twin.questions import offered_city

        setup()
        offered = offered_city(name)
        if offered is not None:
            return offered
    if not Path(name).is_dir():
        raise UnknownCityError(city=name)
    from heli.twin.city_files import read_city

    return read_city(Path(name)), {}


def find_scenarios(names: list[str], known: "dict[str, Scenario]") -> "dict[str, Scenario]":
    """Scenarios by their ids or from their files, by their ids.

    Raises:
        UnknownScenarioError: If one is no id and no file.
        BadEntryError: If two have the same id, or one is called as the city as it is.
    """
    found: dict[str, Scenario] = {}
    for name in names:
        scenario = find_scenario(name, known)
        if scenario.id in found or scenario.id == "base":
            raise BadEntryError(place=name, reason=f"the id “{scenario.id}” is taken")
        found[scenario.id] = scenario
    return found


def find_scenario(name: str, known: "dict[str, Scenario]") -> "Scenario":
    """A scenario by its id or from its file.

    Raises:
        UnknownScenarioError: If it is no id and no file.
    """
    from heli.twin.scenarios import read_scenario

    if name in known:
        return known[name]
    if not Path(name).exists():
        raise UnknownScenarioError(scenario=name, known=", ".join(known) or "–")
    return read_scenario(read_text(Path(name)), Path(name).name)
