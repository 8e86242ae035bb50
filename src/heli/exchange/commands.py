"""``heli exchange``: what an operator or a steward does with shared data."""

import typer

from heli.exchange import replaying, signing
from heli.exchange.contracts import commands as contracts
from heli.exchange.extracts import commands as extracts

app = typer.Typer(help="The exchange: contracts, conformance, replays.", no_args_is_help=True)
app.add_typer(contracts.app, name="contract")
app.command(name="conform")(contracts.conform_command)
app.command(name="replay")(replaying.replay_command)
extracts.register(app)
signing.register(app)
