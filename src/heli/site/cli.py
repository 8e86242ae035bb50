"""The ``heli`` command: every room's commands under one name."""

import os
import sys
from importlib import import_module
from importlib.util import find_spec

import typer

from heli.errors import HeliError
from heli.kernel.home import home, keep_private
from heli.kernel.startup import NoCityError
from heli.site import commands

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "heli.site.settings")

# Sub-command → the module that holds its Typer ``app``. Modules import Django only inside
# commands that need it, so that ``heli clock`` and offline verification start at once.
GROUPS = {
    "ledger": "heli.ledger.commands",
    "witness": "heli.ledger.commands_witness",
    "organisation": "heli.organisation.commands",
    "clock": "heli.clocks.commands",
    "exchange": "heli.exchange.commands",
    "feed": "heli.feeds.commands",
    "bpmn": "heli.cases.commands_bpmn",
    "cases": "heli.cases.commands",
    "twin": "heli.twin.commands",
}

# Further modules with commands of a group, some of them of upper rooms.
MORE = {
    "exchange": ("heli.openness.commands",),
    "twin": (
        "heli.twin.commands_build",
        "heli.twin.commands_compare",
        "heli.twin.commands_runs",
        "heli.twin.commands_sweep",
    ),
}

RESIDENT = {"run", "server", "worker"}
"""Commands that stay in memory: they do not carry all the others with them."""

app = typer.Typer(
    name="heli",
    help="Heli 合力: the departments of a city act as one government.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def build(called: str = "") -> typer.Typer:
    """Assemble the command from the rooms that have one, unless one that stays is ``called``."""
    for name, module in ({} if called in RESIDENT else GROUPS).items():
        if find_spec(module):
            group = import_module(module).app
            for further in MORE.get(name, ()):
                group.registered_commands += import_module(further).app.registered_commands
            app.add_typer(group, name=name)
    commands.register(app)
    return app


def main() -> None:
    """Run the command; an error of Heli's is told in one line with its remedy and exit code 2."""
    keep_private()
    try:
        build(*sys.argv[1:2])(prog_name="heli")
    except HeliError as error:
        commands.tell(error)
        sys.exit(2)
    except Exception as error:
        if not _without_tables(error):
            raise
        commands.tell(NoCityError(path=home()))
        sys.exit(2)


def _without_tables(error: Exception) -> bool:
    """Whether a command failed because its database is an empty one."""
    if "django.db" not in sys.modules:
        return False
    from django.db import DatabaseError, connection

    if not isinstance(error, DatabaseError):
        return False
    try:
        return not connection.introspection.table_names()
    except DatabaseError:
        return False
