"""Commands of the installation itself: run, server, worker, seed, settings, migrate."""

import signal
import sys
import threading
from types import FrameType

import typer

from heli.errors import ConflictError, HeliError
from heli.site import environment


def register(app: typer.Typer) -> None:
    """Add this room's commands to the ``heli`` command."""
    app.command()(settings)
    app.command()(migrate)
    app.command()(seed)
    app.command()(worker)
    app.command()(server)
    app.command()(run)
    app.command(context_settings={"ignore_unknown_options": True})(manage)


def settings(as_json: bool = typer.Option(False, "--json", help="For machines.")) -> None:
    """List every setting: its variable, the value in force, what it does."""
    import json

    rows = [
        {
            "name": item.name,
            "value": "***" if item.secret and item.value else item.value,
            "default": item.default,
            "meaning": item.meaning,
        }
        for item in environment.SETTINGS.values()
    ]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for row in rows:
        typer.echo(f"{row['name']}={row['value']}\n    {row['meaning']}")


def migrate() -> None:
    """Bring the database to the present shape."""
    from heli.site.startup import migrate as run_migrations

    run_migrations()


def seed(
    scale: str = typer.Option(
        "small",
        help="tiny (1,000 residents), small (20,000), or a number from 1k to 5m, such as 100k.",
    ),
    number: int = typer.Option(20261123, "--seed", help="Same number, same city."),
    reset: bool = typer.Option(False, help="Empty the demo city first; asks before."),
    yes: bool = typer.Option(False, "--yes", help="Empty it without asking."),
) -> None:
    """Fill the demo city Linjiang; refused with HELI_DEMO=0 and on another city's database."""
    from heli.site.startup import seed as run_seed

    try:
        run_seed(scale=scale, number=number, reset=reset, may_reset=lambda n: yes or _sure(n))
    except ConflictError as error:
        tell(error)
        raise typer.Exit(1) from error


def _sure(facts: int) -> bool:
    """Whether somebody at the terminal says yes; nobody does where there is none."""
    if not sys.stdin.isatty():
        return False
    question = f"Destroy all {facts} facts and everything else of this city? 清空全部数据？"
    return typer.confirm(question, err=True)


def tell(error: HeliError) -> None:
    """One of Heli's errors in one line on stderr, with its remedy.

    Where another Heli refused, its code is told, not that it was refused.
    """
    code = getattr(error, "problem_code", error.code)
    typer.secho(f"{error.detail()} {error.advice()} [{code}]", err=True, fg="red")


def worker() -> None:
    """Run the background jobs: clocks, log, witnesses."""
    from heli.site.startup import setup

    setup()
    from heli.kernel import worker as kernel_worker
    from heli.site import kin

    kin.follow_parent()
    stop = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    kernel_worker.run(stop)


def server() -> None:
    """Run the web server alone, beside a worker that is started elsewhere."""
    from heli.site.server import serve
    from heli.site.startup import close_demo, setup, warn_of_demo

    setup()
    close_demo()
    warn_of_demo()
    serve()


def run(
    seed_demo: bool = typer.Option(True, "--seed/--no-seed", help="Fill an empty demo city."),
) -> None:
    """Migrate, seed an empty demo city, start web server and worker, print address and logins."""
    from heli.site.startup import run as run_all

    raise typer.Exit(run_all(seed_demo=seed_demo))


def manage(arguments: list[str] = typer.Argument(help="A Django management command.")) -> None:
    """Run one of Django's own management commands."""
    from django.core.management import call_command

    from heli.site.startup import setup

    setup()
    call_command(*arguments)
