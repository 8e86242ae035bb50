"""``heli cases``: import an event log, and analyse how departments worked together."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from heli.kernel.startup import setup

if TYPE_CHECKING:
    from heli.cases.history.analysis import Analysis
    from heli.cases.history.importer import ImportResult
    from heli.cases.history.problems import RowReport
    from heli.cases.history.rows import RowProblem

app = typer.Typer(no_args_is_help=True, help="Matters: import past work, analyse collaboration.")


@app.command("import")
def import_(
    file: Path = typer.Argument(help="Event log: .csv or .xes, plain or .gz."),
    mapping: list[str] = typer.Option(
        [],
        "--map",
        help="role=column, for columns without their XES name. Roles: case, activity, time, "
        "group, resource, lifecycle, start, deadline, end. Repeat for each.",
    ),
    source: str = typer.Option("", help="Name of the import; the file's name when not given."),
    report: Path | None = typer.Option(
        None, help="Write every problem row there as CSV: row, column, reason."
    ),
    as_json: bool = typer.Option(False, "--json", help="For machines."),
) -> None:
    """Load an event log as history. Run it again after a break: nothing is loaded twice."""
    setup()
    from heli.cases.history.importer import import_log
    from heli.cases.history.progress import bar
    from heli.ledger.services import integrate

    with bar(f"{file.name}") as progress:
        result, problems = import_log(
            file, given=mapping, source=source, report=report, progress=progress
        )
    integrate()
    if as_json:
        typer.echo(json.dumps(_plain(result, problems), ensure_ascii=False, indent=2))
    else:
        _tell(result, problems, report)
    if result.rows and result.rows == result.refused:
        sys.exit(1)


def _plain(result: "ImportResult", problems: "RowReport") -> dict[str, Any]:
    from dataclasses import asdict

    return {**asdict(result), "first_problems": [asdict(item) for item in problems.first]}


def _tell(result: "ImportResult", problems: "RowReport", report: Path | None) -> None:
    from heli.cases.history.problems import explain

    typer.echo(
        f"{result.source}: {_count(result.rows, 'row', 'rows')} read; "
        f"{_count(result.events_added, 'event', 'events')} of "
        f"{_count(result.matters_added, 'new matter', 'new matters')} added, "
        f"{result.events_known} known already."
    )
    if result.departments_added or result.people_added:
        departments = _count(result.departments_added, "department", "departments")
        typer.echo(f"Created {departments} and {_count(result.people_added, 'person', 'people')}.")
    if result.unsorted:
        rows = _count(result.unsorted, "row was", "rows were")
        typer.echo(f"{rows} out of order and put in place by time.")
    for word, counts in (("left out", result.reasons), ("kept, but note", result.notes)):
        for reason, count in counts.items():
            typer.echo(f"{count} × {word}: {explain(reason)}.")
    for item in problems.first:
        typer.echo(
            f"  row {item.row}, {item.column or 'row'}: {explain(item.reason)}{_quoted(item)}"
        )
    if problems.first:
        typer.echo(f"All of them: {report}" if report else "All of them: --report FILE")


def _quoted(item: "RowProblem") -> str:
    return f": “{item.value}”" if item.value else ""


def _count(number: int, one: str, several: str) -> str:
    return f"{number} {one if number == 1 else several}"


@app.command()
def analyse(
    matters: list[str] = typer.Option(
        [],
        help="Matter code, or the case's number in its log. Repeat, or separate by commas.",
    ),
    source: str = typer.Option("", help="An imported log; see --sources."),
    native: bool = typer.Option(False, "--native", help="Heli's own matters."),
    list_sources: bool = typer.Option(False, "--sources", help="List the imported logs."),
    as_json: bool = typer.Option(False, "--json", help="For machines."),
) -> None:
    """How departments worked together: handovers, lateness, ping-pong, sojourn by activity.

    Without --matters and --source: the one imported log there is, else Heli's own matters.
    """
    setup()
    from heli.cases.history import selectors

    if list_sources:
        for log in selectors.sources():
            matters_said = _count(log.matters, "matter", "matters")
            typer.echo(f"{log.name}: {matters_said}, {log.closed} of them closed")
        return
    if matters:
        codes = [code.strip() for item in matters for code in item.split(",") if code.strip()]
        figures = selectors.analyse_matters(codes)
    elif source:
        figures = selectors.analyse_source(source)
    else:
        figures = selectors.analyse_native() if native else selectors.analyse_only()
    if as_json:
        typer.echo(json.dumps(figures.as_dict(), ensure_ascii=False, indent=2))
    else:
        _print_figures(figures)


def _print_figures(figures: "Analysis") -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    for name, value in figures.as_dict().items():
        if isinstance(value, int):
            console.print(f"{name:26}{value:>10,}")
    table = Table("activity", "events", "median (h)", "p90 (h)")
    for column in table.columns[1:]:
        column.justify = "right"
    for row in figures.sojourn:
        table.add_row(row.activity, str(row.events), *_hours(row.median_seconds, row.p90_seconds))
    console.print(table)


def _hours(*seconds: float | None) -> list[str]:
    return ["—" if value is None else f"{value / 3600:,.1f}" for value in seconds]
