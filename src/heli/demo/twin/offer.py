"""Linjiang and the policies to try in it, offered to the twin as ``--city demo``.

Nothing that computes is loaded before it is asked for.
"""

from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from heli.twin.city import City
    from heli.twin.scenarios import Scenario

NAME = "demo"


def offered(name: str) -> "tuple[City, dict[str, Scenario]] | None":
    """Linjiang with its scenarios, if it is asked for by its name."""
    if name != NAME:
        return None
    from heli.demo.twin.city import linjiang

    return linjiang(), scenarios()


def scenarios() -> "dict[str, Scenario]":
    """The policies, by their ids."""
    from heli.twin.scenarios import read_scenario

    found = {}
    for file in sorted(files(__package__).iterdir(), key=lambda each: each.name):
        if file.name.endswith(".yaml"):
            scenario = read_scenario(file.read_text("utf-8"), file.name)
            found[scenario.id] = scenario
    return found
