"""What was measured of an edition, drawn."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from heli.openness.models import Edition
from heli.web.shapes import ChartTable

MOST = 3
FEWEST_BARS = 2


@dataclass(frozen=True, slots=True)
class Drawn:
    """One chart with its table."""

    key: str
    option: dict[str, Any]
    table: ChartTable


def charts(
    edition: Edition, titles: dict[str, str], value_words: Callable[[str, Any], str], unit: str
) -> list[Drawn]:
    """The spread of the columns that can be drawn, the simple ones first.

    Args:
        edition: The edition.
        titles: Titles of the columns.
        value_words: Puts a value of a column into words.
        unit: What is counted.
    """
    found: list[Drawn] = []
    measured = edition.profile.get("fields", {})
    for name, title in titles.items():
        if len(found) == MOST or (edition.rows and name == "count"):
            break
        bars = _bars(measured.get(name, {}), partial(value_words, name))
        if len(bars) >= FEWEST_BARS:
            found.append(_drawn(name, title, bars, unit))
    return found


def _bars(found: dict[str, Any], words: Callable[[Any], str]) -> list[tuple[str, float]]:
    if "values" in found:
        return [(words(value) or "—", n) for value, n in found["values"]]
    bands = found.get("bands", ())
    return [
        (_band(low, high, last=place == len(bands)), n)
        for place, (low, high, n) in enumerate(bands, start=1)
    ]


def _band(low: float, high: float, *, last: bool) -> str:
    """What a band holds: its upper end belongs to the next, but for the last."""
    words = _("{low} to {high}") if last else _("{low} to under {high}")
    return words.format(low=f"{low:,.10g}", high=f"{high:,.10g}")


def _drawn(name: str, title: str, bars: list[tuple[str, float]], unit: str) -> Drawn:
    labels, amounts = [label for label, _n in bars], [n for _label, n in bars]
    option = {
        "tooltip": {"trigger": "axis"},
        "grid": {"left": 8, "right": 24, "top": 8, "bottom": 8, "containLabel": True},
        "xAxis": {"type": "value"},
        "yAxis": {"type": "category", "data": labels, "inverse": True},
        "series": [{"name": unit, "type": "bar", "data": amounts}],
    }
    table = ChartTable(_("By {title}").format(title=title), [title, unit], bars)
    return Drawn(f"chart-{name}", option, table)
