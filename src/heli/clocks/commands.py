"""``heli clock``: when a time limit is due, and which days are working days.

Nothing here needs the database, so Django is never loaded.
"""

import json
from typing import Annotated, Any

import typer

from heli.clocks.calendars import official_calendar
from heli.clocks.reckoning import (
    AllowanceChoice,
    AllowanceChoiceError,
    calendar_json,
    deadline_json,
    reckon,
)
from heli.engines.legaltime import DayEnd, OfficeHours, sentences
from heli.errors import gettext_noop

app = typer.Typer(
    help="Legal time: due dates on the official working calendar.", no_args_is_help=True
)

AsJson = Annotated[bool, typer.Option("--json", help="For machines.")]


class AllowanceOptionError(AllowanceChoiceError):
    """The same, to whom types options."""

    remedy = gettext_noop("Choose one of --hours, --days, --working-days and --working-hours.")


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise typer.BadParameter(f"“{text}” is no whole number, such as 36.") from error


@app.command()
def due(  # noqa: PLR0917 - every parameter is an option
    start: Annotated[
        str, typer.Option("--from", help="When it starts: 2026-02-13T10:00:00+08:00.")
    ],
    hours: Annotated[
        int | None,
        typer.Option(parser=_whole, metavar="INTEGER", help="Allowed time in natural hours."),
    ] = None,
    days: Annotated[
        int | None,
        typer.Option(parser=_whole, metavar="INTEGER", help="Allowed time in natural days."),
    ] = None,
    working_days: Annotated[
        int | None,
        typer.Option(parser=_whole, metavar="INTEGER", help="Allowed time in working days."),
    ] = None,
    working_hours: Annotated[
        int | None,
        typer.Option(parser=_whole, metavar="INTEGER", help="Allowed time in working hours."),
    ] = None,
    suspend: Annotated[
        list[str] | None,
        typer.Option(help="Suspended time FROM/TO, or FROM/.. while open; may be repeated."),
    ] = None,
    office_hours: Annotated[
        str, typer.Option(help="When offices work.")
    ] = "09:00-12:00,13:00-18:00",
    until_midnight: Annotated[
        bool, typer.Option(help="The last day ends at 24:00, not when offices close.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Tell when an allowed time is due, and how that was counted."""
    given = sum(amount is not None for amount in (hours, days, working_days, working_hours))
    if given != 1:
        raise AllowanceOptionError(count=given)
    limit = reckon(
        start,
        AllowanceChoice(hours, days, working_days, working_hours),
        suspend or (),
        OfficeHours.parse(office_hours),
        DayEnd.MIDNIGHT if until_midnight else DayEnd.CLOSE_OF_BUSINESS,
    )
    if as_json:
        _print(deadline_json(limit))
        return
    for sentence in sentences(limit):
        typer.echo(sentence.text())
    if limit.due is None:
        typer.echo(f"due: undefined while suspended; at the earliest {limit.earliest.isoformat()}")
    else:
        typer.echo(f"due: {limit.due.isoformat()}")


@app.command()
def calendar(
    year: Annotated[int, typer.Argument(help="A year, such as 2026.")],
    as_json: AsJson = False,
) -> None:
    """Show a year's days off and make-up working days, with the notice behind them."""
    answer = calendar_json(official_calendar(), year)
    if as_json:
        _print(answer)
        return
    for notice in answer["notices"]:
        typer.echo(f"{notice['number']} {notice['title']} ({notice['issued']})")
    typer.echo(f"{answer['working_days']} working days")
    for day in answer["exceptions"]:
        typer.echo(f"{day['day']}  {day['kind']:<16} {day['festival']}")


def _print(answer: dict[str, Any]) -> None:
    typer.echo(json.dumps(answer, ensure_ascii=False, indent=2))
