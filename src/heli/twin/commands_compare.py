"""``heli twin compare``: options side by side, as a table or for machines."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
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

    ≈ stands for a change of at most twice what the solver leaves open. With an ensemble, every
    figure has an interval that holds at least 90 % of the draws. An option is called better by a
    figure only where the difference is larger than what solver and ensemble leave open.
    Exit code 1 if one of the rankings asked for cannot be told.
    """
    from heli.twin import ensemble as ensembles
    from heli.twin.showing import show

    where, known = open_city(city)
    chosen = find_scenarios(scenarios, known)
    if by and not ensemble:
        raise typer.BadParameter("--by needs --ensemble", param_hint="--by")
    if ensemble:
        ensembles.draws(where, ensemble)
    found = _computed(where, chosen, ensemble, by or [], place)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        show(found, place)
    if not all(each["resolved"] for each in found.get("verdicts", ())):
        raise typer.Exit(1)


def _computed(
    city: "City", scenarios: "dict[str, Scenario]", draws: int, by: list[str], place: str
) -> dict[str, Any]:
    """The report that a run gives, by all cores where there are draws; maps and draws left out."""
    from rich.console import Console
    from rich.progress import Progress

    from heli.twin.computing import compute
    from heli.twin.crew import Inline, Processes
    from heli.twin.labour import Job
    from heli.twin.packing import pack

    documents = ((name, msgspec.json.encode(each).decode()) for name, each in scenarios.items())
    job = Job(pack(city), tuple(documents), draws, tuple(by))
    crew = Processes() if draws else Inline()
    with Progress(console=Console(stderr=True), transient=True) as bar:
        line = bar.add_task("")

        def tell(step: str, done: int, total: int) -> None:
            bar.update(line, description=step, completed=done, total=total)

        try:
            found = compute(job, crew, tell, lambda some: _check_wishes(some, place, by))
        finally:
            if isinstance(crew, Processes):
                crew.abandon()
    del found["map"]
    if draws:
        del found["ensemble"]["values"]
    return found


def _check_wishes(found: dict[str, Any], place: str, by: list[str]) -> None:
    """Refuse what a report does not have, before its draws are computed."""
    from heli.twin.keys import Key
    from heli.twin.ranking import find_key

    places = sorted({row["place"] for row in found["figures"] if row["place"]})
    if place and place not in places:
        raise UnknownPlaceError(place="--place", what="place", name=place, known=", ".join(places))
    keys = [Key(*(row[field] for field in Key._fields)) for row in found["figures"]]
    for wish in by:
        find_key(wish, keys)


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

        setup(installed=False)
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
