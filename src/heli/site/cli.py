"""The ``heli`` command: every room's commands under one name."""

import os
import sys
from importlib import import_module
from importlib.util import find_spec

import typer

from heli.errors import HeliError
from heli.kernel.home import keep_private
from heli.site import commands

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "heli.site.settings")

# Sub-command → the module that holds its Typer ``app``. Modules import Django only inside
# commands that need it, so that ``heli clock`` and offline verification start at once.
GROUPS = {
    "ledger": "heli.ledger.commands",
    "organisation": "heli.organisation.commands",
    "clock": "heli.clocks.commands",
    "exchange": "heli.exchange.commands",
    "bpmn": "heli.cases.commands_bpmn",
    "cases": "heli.cases.commands",
}

app = typer.Typer(
    name="heli",
    help="Heli 合力: the departments of a city act as one government.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def build() -> typer.Typer:
    """Assemble the command from the rooms that have one."""
    for name, module in GROUPS.items():
        if find_spec(module):
            app.add_typer(import_module(module).app, name=name)
    commands.register(app)
    return app


def main() -> None:
    """Run the command; an error of Heli's is told in one line with its remedy and exit code 2."""
    keep_private()
    try:
        build()()
    except HeliError as error:
        commands.tell(error)
        sys.exit(2)
