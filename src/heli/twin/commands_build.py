"""``heli twin build``: a version of a city model from the exchange, on this installation."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from heli.kernel.startup import setup
from heli.twin.files import read_text

if TYPE_CHECKING:
    from heli.twin.building.recipe import Recipe
    from heli.twin.models import CityModel, CityVersion

app = typer.Typer()


@app.command()
def build(  # noqa: PLR0917 - every parameter is an option
    model: Annotated[str, typer.Argument(help="Name of the city model.")],
    person: Annotated[
        str, typer.Option("--as", help="Login of the planner under whose grants data is read.")
    ],
    recipe: Annotated[
        Path | None, typer.Option(help="Recipe as YAML or JSON; by default the last one used.")
    ] = None,
    note: Annotated[str, typer.Option(help="Why, in your words.")] = "",
    check: Annotated[
        bool, typer.Option("--check", help="Only tell whether every part can be read.")
    ] = False,
    show_recipe: Annotated[
        bool, typer.Option("--show-recipe", help="Only print the recipe, to work on.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Build a version of a city model from resources of the exchange, under grants and receipts.

    The planner needs the right to build; every access is in the ledger. Exit code 1 with --check if
    a part cannot be read.
    """
    setup()
    from heli.kernel.permissions import require
    from heli.organisation.selectors import Person
    from heli.twin import policy, selectors, services
    from heli.twin.building import jobs
    from heli.twin.crew import Processes

    planner = Person.objects.filter(username=person, is_active=True).first()
    if planner is None:
        raise typer.BadParameter(f"nobody signs in as “{person}”", param_hint="--as")
    require(policy.may_build(planner))
    row = selectors.model_by_name(model)
    wanted = _recipe(row, recipe)
    department = str(planner.department_id)
    if show_recipe:
        typer.echo(json.dumps(msgspec.to_builtins(wanted), ensure_ascii=False, indent=2))
        return
    if check:
        _tell_openings(wanted, planner.actor, department, as_json=as_json)
        return
    asked = services.ask_build(
        row, wanted, actor=planner.actor, department=department, note=note, begin=True
    )
    crew = Processes(1)  # so that the lease is kept while it calibrates
    try:
        version = jobs.carry_out(asked, crew)
    finally:
        crew.abandon()
    _tell(version, as_json=as_json)


def _recipe(model: "CityModel", path: Path | None) -> "Recipe":
    from heli.twin import selectors
    from heli.twin.building.recipe import check_recipe, read_recipe

    if path is not None:
        return read_recipe(read_text(path), path.name)
    last = selectors.last_build(model)
    if last is None:
        raise typer.BadParameter("no version was built from a recipe yet", param_hint="--recipe")
    return check_recipe(last.recipe)


def _tell_openings(wanted: "Recipe", actor: Any, department: str, *, as_json: bool) -> None:
    from heli.twin.building.openings import Reader, openings

    found = openings(wanted, Reader(actor, department))
    if as_json:
        rows = [
            {
                "part": each.part,
                "resource": each.resource,
                "grant": str(each.grant) if each.grant else None,
                "until": each.until.isoformat() if each.until else None,
                "fault": each.fault.detail() if each.fault else None,
            }
            for each in found
        ]
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        for each in found:
            until = f"until {each.until:%Y-%m-%d}" if each.until else ""
            typer.echo(f"{each.part:<10} {each.resource:<26} {until}")
            if each.fault:
                typer.secho(f"           {each.fault.detail()} {each.fault.advice()}", fg="red")
    raise typer.Exit(1 if any(each.fault for each in found) else 0)


def _tell(version: "CityVersion", *, as_json: bool) -> None:
    from heli.twin import selectors

    sources = list(selectors.sources(version))
    if as_json:
        found = {
            "model": version.model.name,
            "number": version.number,
            "digest": version.digest,
            "sources": [
                {
                    "part": each.part,
                    "resource": each.resource,
                    "rows": each.rows,
                    "grant": each.grant,
                    "fact": str(each.fact),
                    "response_hash": each.response_hash,
                }
                for each in sources
            ],
            "fit": version.fit,
        }
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    typer.echo(f"{version} {version.digest[:12]}: {version.zones} zones, {version.links} links")
    for each in sources:
        typer.echo(f"{each.part:<10} {each.resource:<26} {each.rows:>7} records  fact {each.fact}")
    for name, unit in (("traffic", "counts"), ("commerce", "sales")):
        if name in version.fit:
            used = version.fit[name]["used"]
            before, after = used["before"], used["after"]
            typer.echo(
                f"{name}: {after['number']} {unit}, SRMSE {before['srmse']} → {after['srmse']}, "
                f"R² {before['r_squared']} → {after['r_squared']}"
            )
