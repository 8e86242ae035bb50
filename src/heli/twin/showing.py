"""A report of options on a screen."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.table import Table

from heli.twin.keys import ENOUGH, MARGIN

DOMAINS = ("traffic", "people", "air", "emissions", "commerce")

SHOWN_PAIRS = 5
LABELS, COLUMN = 40, 26
"""Signs that the labels of a table take, and each of its options."""

NO_INTERVALS = (
    "These figures have no intervals: they hold for the city's assumptions as they stand. "
    "--ensemble 16 draws from the assumptions' ranges."
)


def show(found: Mapping[str, Any], place: str) -> None:
    """Tables of the city and its districts, or of one place with its groups of people."""
    console = Console()
    console.print(f"{found['city']['name']}  {found['city']['version'][:12]}", highlight=False)
    for domain in DOMAINS:
        rows = [row for row in found["figures"] if row["domain"] == domain and _shown(row, place)]
        for options in _side_by_side(found, console.width) if rows else ():
            console.print(_table(domain, rows, options))
    for name, state in found["states"].items():
        if state.get("cut_off", {}).get("pairs"):
            console.print(_no_way(name, state["cut_off"]), style="red", highlight=False)
    console.print("≈: a change of at most twice what the solver leaves open", highlight=False)
    if "ensemble" not in found:
        console.print(NO_INTERVALS, highlight=False)
    for each in found.get("verdicts", ()):
        console.print(verdict(each, found["ensemble"]["draws"]), highlight=False)


def _side_by_side(found: Mapping[str, Any], width: int) -> list[list[str]]:
    """The base with as many options as there is room for, again and again."""
    names = [name for name in found["states"] if name != "base"]
    size = max((width - LABELS) // COLUMN - 1, 1)
    return [["base", *names[n : n + size]] for n in range(0, len(names), size)] or [["base"]]


def _table(domain: str, rows: list[dict[str, Any]], options: list[str]) -> Table:
    table = Table("figure", title=domain, title_justify="left")
    table.add_column("place", overflow="fold")
    for name in options:
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("unit", overflow="fold")
    for row in rows:
        place = " ".join(part for part in (row["place"], row["group"]) if part) or "city"
        cells = [_cell(row, name) for name in options]
        table.add_row(row["name"].replace("_", " "), place, *cells, row["unit"])
    return table


def _no_way(name: str, cut: Mapping[str, Any]) -> str:
    """What an option leaves without any way by car."""
    most = ", ".join(f"{each['from']} → {each['to']}" for each in cut["most"][:SHOWN_PAIRS])
    more = ", …" if cut["pairs"] > SHOWN_PAIRS else ""
    return (
        f"{name} leaves no way by car between {cut['pairs']} pairs of zones, where "
        f"{cut['vehicles']:,.0f} vehicles an hour drove: {most}{more}"
    )


def verdict(each: Mapping[str, Any], draws: int) -> str:
    """One pair of options in a sentence, and what would reverse it."""
    span = f"{number(each['difference'])} {each['unit']}"
    share = "90 %" if draws >= ENOUGH else f"all {draws} draws"
    within = f"{number(each['low'])} … {number(each['high'])}"
    if each["better"] is None:
        said = f"{each['one']} and {each['other']} cannot be told apart by {each['by']}"
    else:
        worse = each["other"] if each["better"] == each["one"] else each["one"]
        said = f"{each['better']} is better than {worse} by {each['by']}"
    turned = [f"{flip['assumption']} at {flip['level']:.3g}" for flip in each["flips"]]
    turning = f"; reversed with {', '.join(turned)}" if turned else ""
    if each["better"] is not None and each["central"] * each["difference"] <= 0:
        turning += f"; with the central assumptions, the difference is {number(each['central'])}"
    return f"{said}: difference {span}, {share} within {within}{turning}"


def number(value: float) -> str:
    """A number as long as it is telling."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.2f}"


def _shown(row: Mapping[str, Any], place: str) -> bool:
    return row["place"] == place if place else not row["group"]


def _change(row: Mapping[str, Any], name: str) -> str:
    """The change to the base; ≈ where it is not more than what the solver leaves open."""
    errors, before = row["solver_errors"], row["base"]
    if abs(row[name] - before) <= MARGIN * (errors[name] + errors["base"]):
        return " (≈)"
    return f" ({100 * (row[name] / before - 1):+.1f} %)" if before else ""


def _cell(row: Mapping[str, Any], name: str) -> str:
    text = number(row[name])
    if name != "base":
        text += _change(row, name)
    if "intervals" in row:
        bounds = row["intervals"] if name == "base" else row["changes"]
        text += ("\n" if name == "base" else "\nΔ ") + " … ".join(map(number, bounds[name]))
    return text
