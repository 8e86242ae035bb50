"""Maps and charts of what a run found."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.utils.translation import get_language, gettext, pgettext

from heli.twin import selectors, words
from heli.twin.keys import MARGIN, Key
from heli.twin.models import CityVersion
from heli.twin.reading import Reading
from heli.twin.shape import city_shape
from heli.web.maps import MapLayer, MapPanel, MapShape
from heli.web.shapes import ChartTable
from heli.web.words import figure

if TYPE_CHECKING:
    from heli.twin.city import City

LINKS = ("flow", "speed", "nox_link")
ZONES = ("nox", "pm25", "sales", "jobs")
ERRORS_OF = {"flow": "flow", "speed": "mean_speed"}
"""Figures that tell how exact a layer is, where they are not called as the layer."""


def shape_of(version: CityVersion) -> MapShape:
    """The city of a version as maps draw it, named in the reader's language."""
    return _shape(selectors.city_of(version), get_language() or "")


@lru_cache(maxsize=8)
def _shape(city: "City", _language: str) -> MapShape:
    return city_shape(city)


def panels(reading: Reading, version: CityVersion, option: str) -> list[MapPanel]:
    """The city as it is, an option, and the difference, in all layers."""
    city, maps = selectors.city_of(version), reading.found["map"]
    ids = {"links": [road.id for road in city.roads], "zones": [zone.id for zone in city.zones]}
    found = []
    for name in (words.BASE, option):
        layers = [_layer(ids, each, maps[name]) for each in (*LINKS, *ZONES)]
        found.append(MapPanel(reading.title(name), layers))
    differences = [
        _difference(ids, each, maps[words.BASE], maps[option], _within(reading, each, option))
        for each in (*LINKS, *ZONES)
    ]
    return [*found, MapPanel(gettext("Difference"), differences)]


def _layer(ids: Mapping[str, Sequence[str]], name: str, maps: Mapping[str, Any]) -> MapLayer:
    of, unit = _of(name), words.unit_of(name)
    values = [value * unit.scale for value in maps[of][name]]
    return MapLayer(
        name,
        words.LAYERS[name],
        unit.label,
        of,  # type: ignore[arg-type]
        dict(zip(ids[of], values, strict=True)),
        digits=unit.digits,
    )


def _difference(
    ids: Mapping[str, Sequence[str]],
    name: str,
    base: Mapping[str, Any],
    option: Mapping[str, Any],
    within: float,
) -> MapLayer:
    before, after = _layer(ids, name, base), _layer(ids, name, option)
    values = {each: after.values[each] - before.values[each] for each in before.values}
    return replace(before, values=values, kind="diverging", within=within)


def _of(name: str) -> str:
    return "links" if name in LINKS else "zones"


def _within(reading: Reading, layer: str, option: str) -> float:
    """What the solver may leave open of a layer: the most that it does of its figures."""
    name = ERRORS_OF.get(layer, layer)
    errors = [
        row["solver_errors"][option] + row["solver_errors"]["base"]
        for key, row in reading.figures.items()
        if key.name == name and not key.group and row["solver_errors"]
    ]
    return MARGIN * max(errors, default=0.0) * words.unit_of(layer).scale


def by_district(reading: Reading, domain: str, name: str) -> tuple[dict[str, Any], ChartTable]:
    """How a figure changes in every district, by option."""
    unit = words.unit_of(name)
    places = [
        each for each in (*reading.districts, *reading.areas)
        if Key(domain, name, each) in reading.figures
    ]  # fmt: skip
    table = [
        [_scaled(reading.change(Key(domain, name, each), option.name), unit) for each in places]
        for option in reading.options
    ]
    caption = gettext("Change of {figure}, {unit}").format(
        figure=words.figure_label(name), unit=unit.label
    )
    heads = [pgettext("column", "District or area"), *(each.title for each in reading.options)]
    return _bars(caption, heads, [words.place(each) for each in places], table, unit.digits)


def losers_by_group(reading: Reading) -> tuple[dict[str, Any], ChartTable]:
    """How many people lose, by income and option."""
    table = []
    for option in reading.options:
        sums = []
        for who in reading.groups:
            keys = [Key("people", "losers", place, who) for place in reading.districts]
            sums.append(sum(reading.value(key, option.name) or 0.0 for key in keys))
        table.append([round(each) for each in sums])
    heads = [pgettext("column", "Income"), *(each.title for each in reading.options)]
    groups = [words.group(each) for each in reading.groups]
    return _bars(gettext("People who lose by it, by income"), heads, groups, table, 0)


def _scaled(value: float | None, unit: words.Unit) -> float | None:
    return None if value is None else round(value * unit.scale, unit.digits) + 0.0


def _bars(
    caption: str,
    heads: list[str],
    categories: list[str],
    table: Sequence[Sequence[float | None]],
    digits: int,
) -> tuple[dict[str, Any], ChartTable]:
    """Bars side by side for every option, lying, so that long names have room."""
    series = heads[1:]
    option = {
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}},
        "legend": {"type": "scroll", "left": 0, "right": 0} if len(series) > 1 else {"show": False},
        "grid": {"left": 8, "right": 24, "top": 40 if len(series) > 1 else 8, "bottom": 8,
                 "containLabel": True},
        "xAxis": {"type": "value"},
        "yAxis": {"type": "category", "data": categories, "inverse": True},
        "series": [
            {"type": "bar", "name": name, "data": list(values), "barMaxWidth": 16}
            for name, values in zip(series, table, strict=True)
        ],
    }  # fmt: skip
    rows = [
        [name, *(figure(values[n], digits, sign=True) for values in table)]
        for n, name in enumerate(categories)
    ]
    return option, ChartTable(caption, heads, rows)
