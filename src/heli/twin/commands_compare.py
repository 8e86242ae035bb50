"""``heli twin compare``: options side by side, as a table or for machines."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from heli.twin.errors import UnknownCityError, UnknownScenarioError
from heli.twin.files import read_text

if TYPE_CHECKING:
    from heli.twin.city import City
    from heli.twin.scenarios import Scenario

app = typer.Typer()

DEMO = "demo"
CityName = Annotated[str, typer.Option("--city", help="A city's folder, or demo.")]
AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]
SHOWN = ("traffic", "people", "air", "emissions", "commerce")


@app.command()
def compare(
    scenarios: Annotated[
        list[str], typer.Argument(help="Files of scenarios, or ids of those of the demo city.")
    ],
    city: CityName = DEMO,
    district: Annotated[str, typer.Option(help="Show one district or area by group.")] = "",
    as_json: AsJson = False,
) -> None:
    """Tell what scenarios do to travel, people, air, emissions and shops, against the base."""
    from heli.twin import comparing

    place, known = open_city(city)
    chosen = dict(find_scenario(name, known) for name in scenarios)
    found = comparing.report(comparing.compare(place, chosen))
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        show(found, district)


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="Where to write; made if it is not there.")],
    city: CityName = DEMO,
) -> None:
    """Write a city as a folder of CSV and JSON, with its scenarios, to work on."""
    from heli.twin.city_files import write_city
    from heli.twin.files import make_folder, write_text
    from heli.twin.scenarios import to_yaml

    place, known = open_city(city)
    make_folder(folder)
    write_city(place, folder)
    for name, scenario in known.items():
        write_text(folder / f"{name}.yaml", to_yaml(scenario))
    typer.echo(f"{folder}: {place.name}, version {place.version[:12]}")


@app.command()
def schema() -> None:
    """Print the form of a scenario as a JSON Schema (2020-12)."""
    from heli.twin.scenarios import schema

    typer.echo(json.dumps(schema(), ensure_ascii=False, indent=2))


def open_city(name: str) -> "tuple[City, dict[str, Scenario]]":
    """A city from its folder, or one that comes with Heli, with the scenarios it has.

    Raises:
        UnknownCityError: If there is neither.
    """
    if Path(name).is_dir():
        from heli.twin.city_files import read_city

        return read_city(Path(name)), {}
    from heli.kernel.startup import setup
    from heli.twin.questions import offered_city

    setup()
    offered = offered_city(name)
    if offered is None:
        raise UnknownCityError(city=name)
    return offered


def find_scenario(name: str, known: "dict[str, Scenario]") -> "tuple[str, Scenario]":
    """A scenario by its id or from its file, with its id.

    Raises:
        UnknownScenarioError: If it is no id and no file.
    """
    from heli.twin.scenarios import read_scenario

    if name in known:
        return name, known[name]
    if not Path(name).exists():
        raise UnknownScenarioError(scenario=name, known=", ".join(known) or "–")
    scenario = read_scenario(read_text(Path(name)), Path(name).name)
    return scenario.id, scenario


def show(found: dict[str, Any], district: str) -> None:
    """The report as tables: the city and its districts, or one place by groups of people."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    options = [name for name in found["states"] if name != "base"]
    console.print(f"{found['city']['name']}  {found['city']['version'][:12]}")
    for domain in SHOWN:
        rows = [
            row for row in found["figures"] if row["domain"] == domain and _shown(row, district)
        ]
        if not rows:
            continue
        table = Table("figure", "place", title=domain, title_justify="left")
        for name in ("base", *options):
            table.add_column(name, justify="right")
        table.add_column("unit")
        for row in rows:
            place = " ".join(part for part in (row["place"], row["group"]) if part) or "city"
            cells = [_cell(row["base"]), *(_changed(row["base"], row[name]) for name in options)]
            table.add_row(row["name"].replace("_", " "), place, *cells, row["unit"])
        console.print(table)


def _shown(row: dict[str, Any], district: str) -> bool:
    return row["place"] == district if district else not row["group"]


def _cell(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.2f}"


def _changed(before: float, after: float) -> str:
    if before == 0:
        return _cell(after)
    return f"{_cell(after)} ({100 * (after / before - 1):+.1f} %)"
