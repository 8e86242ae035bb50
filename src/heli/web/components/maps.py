"""Maps of a city, drawn from its own data: side by side, with classes, legend and table."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django import template
from django.utils.html import format_html_join, json_script
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from heli.web import map_drawing as drawing
from heli.web import words
from heli.web.map_scales import Scale, scale_for
from heli.web.maps import MapLayer, MapLink, MapPanel, MapShape, Point
from heli.web.shapes import ChartTable

register = template.Library()

DASH = "–"


@register.inclusion_tag("web/components/map.html", takes_context=True)
def city_map(
    context: dict[str, Any],
    map_id: str,
    shape: MapShape,
    panels: Sequence[MapPanel] = (),
    title: Any = "",
) -> dict[str, Any]:
    """One to three maps that pan and zoom together; the address' ``map_id`` tells the quantity.

    Args:
        context: Of the template; its request tells which quantity is shown.
        map_id: Of the element, and the name of the query's parameter.
        shape: The city.
        panels: Maps side by side; without any the city is drawn alone.
        title: What it shows, for those who do not see it.
    """
    request = context.get("request")
    atlas = Atlas(shape, panels or (MapPanel(""),))
    chosen = atlas.chosen(request.GET.get(map_id, "") if request else "")
    return {
        "id": map_id,
        "title": title,
        "choices": _choices(request, map_id, atlas, chosen) if len(atlas.keys) > 1 else [],
        "panels": [_panel(atlas, panel, chosen) for panel in atlas.panels],
        "frame": atlas.frame,
        "ground": drawing.ground(shape, atlas.frame),
        "outlines": drawing.outlines(shape, atlas.frame),
        "water": [drawing.polygon(points, atlas.frame) for points in shape.water],
        "tables": [(key, key == chosen, atlas.table(key)) for key in atlas.keys],
        "data": json_script(atlas.plain(), f"{map_id}-data"),
    }


@dataclass(frozen=True, slots=True)
class Drawn:
    """A link that is drawn: the link, its line in units of the drawing, and the line's path."""

    link: MapLink
    line: list[Point]
    d: str


class Atlas:
    """The maps of one figure, with the classes that they share."""

    def __init__(self, shape: MapShape, panels: Sequence[MapPanel]) -> None:
        self.shape = shape
        self.panels = panels
        self.frame = drawing.frame_for(shape.bounds)
        links = [link for link in shape.links if link.kind != "connector"]
        lines = drawing.sides(links, self.frame)
        self.links = [
            Drawn(link, line, drawing.path(line)) for link, line in zip(links, lines, strict=True)
        ]
        self.zones = [
            (zone, drawing.path([self.frame.at(point) for point in zone.points], closed=True))
            for zone in shape.zones
        ]
        self.layers: dict[str, list[MapLayer | None]] = {}
        for at, panel in enumerate(panels):
            for layer in panel.layers:
                self.layers.setdefault(layer.key, [None] * len(panels))[at] = layer
        self.keys = list(self.layers)
        self._scales: dict[tuple[str, str], Scale] = {}

    def chosen(self, asked: str) -> str:
        """The key of the quantity to show first; empty if there is none."""
        return asked if asked in self.layers else next(iter(self.keys), "")

    def one(self, key: str) -> MapLayer:
        """A layer of this key, for its label and unit."""
        return next(layer for layer in self.layers[key] if layer)

    def scale(self, layer: MapLayer) -> Scale:
        """The classes of a layer, the same in all panels that show the same."""
        found = self._scales.get((layer.key, layer.kind))
        if found is None:
            alike = [
                each
                for each in self.layers[layer.key]
                if each is not None and each.kind == layer.kind
            ]
            values = [each.values[i] for each in alike for i in self.ids(layer) if i in each.values]
            found = scale_for(values, layer.kind, max(each.within for each in alike))
            self._scales[layer.key, layer.kind] = found
        return found

    def ids(self, layer: MapLayer) -> list[str]:
        """What a layer is about, in the order of the drawing."""
        if layer.of == "zones":
            return [zone.id for zone in self.shape.zones]
        return [drawn.link.id for drawn in self.links]

    def table(self, key: str) -> ChartTable:
        """The figures of one quantity: by zone, or by road with the range of its links."""
        layer = self.one(key)
        caption = gettext("%(quantity)s, in %(unit)s") % {
            "quantity": layer.label,
            "unit": layer.unit,
        }
        if layer.of == "zones":
            rows: Iterable[list[Any]] = self._zone_rows(key)
            first = gettext("Zone")
        else:
            rows, first = self._road_rows(key), gettext("Road, least to greatest of its links")
        titles = [panel.title or layer.label for panel in self.panels]
        return ChartTable(caption, [first, *titles], list(rows))

    def _zone_rows(self, key: str) -> Iterable[list[Any]]:
        for zone in self.shape.zones:
            yield [zone.label, *(_told(layer, zone.id) for layer in self.layers[key])]

    def _road_rows(self, key: str) -> Iterable[list[Any]]:
        roads: dict[str, list[str]] = defaultdict(list)
        for drawn in self.links:
            roads[str(drawn.link.label)].append(drawn.link.id)
        for road, ids in roads.items():
            yield [road, *(_span(layer, ids) for layer in self.layers[key])]

    def plain(self) -> dict[str, Any]:
        """What the script needs: names, lines, values and bounds."""
        roads = list(dict.fromkeys(str(drawn.link.label) for drawn in self.links))
        at = {road: n for n, road in enumerate(roads)}
        return {
            "size": [self.frame.width, self.frame.height],
            "metre": self.frame.scale,
            "zones": [[zone.id, str(zone.label)] for zone in self.shape.zones],
            "roads": roads,
            "links": [
                [each.link.id, at[str(each.link.label)], *_flat(each.line)] for each in self.links
            ],
            "layers": {key: self._plain_layer(key) for key in self.keys},
            "words": {"none": gettext("no figure"), "metres": gettext("m"), "km": gettext("km")},
        }

    def _plain_layer(self, key: str) -> dict[str, Any]:
        layer = self.one(key)
        return {
            "label": str(layer.label),
            "unit": str(layer.unit),
            "of": layer.of,
            "panels": [each and self._plain_values(each) for each in self.layers[key]],
        }

    def _plain_values(self, layer: MapLayer) -> dict[str, Any]:
        scale = self.scale(layer)
        return {
            "signed": layer.kind == "diverging",
            "digits": layer.digits,
            "bounds": scale.bounds,
            "classes": scale.classes,
            "values": [_short(layer.values.get(i), layer.digits) for i in self.ids(layer)],
        }


def _panel(atlas: Atlas, panel: MapPanel, chosen: str) -> dict[str, Any]:
    layers = {layer.key: layer for layer in panel.layers}
    shown = layers.get(chosen)
    said = [str(part) for part in (panel.title, shown.label if shown else "") if part]
    return {
        "title": panel.title,
        "said": " · ".join(said) or gettext("Map of the city"),
        "zones": _zones(atlas, shown),
        "links": _links(atlas, shown),
        "quiet": shown is None or shown.of == "zones",
        "legends": [(key, key == chosen, _legend(atlas, layer)) for key, layer in layers.items()],
    }


def _zones(atlas: Atlas, layer: MapLayer | None) -> SafeString:
    """A path for every zone, each with its name and value as title."""
    layer = layer if layer and layer.of == "zones" else None
    scale = atlas.scale(layer) if layer else None
    rows = []
    for zone, d in atlas.zones:
        value = layer.values.get(zone.id) if layer else None
        name = str(zone.label)
        if layer:
            name = f"{zone.label}: {_told(layer, zone.id)} {layer.unit}"
        kind = scale.class_of(value) if scale else ""
        rows.append((kind, d, name))
    return format_html_join(
        "", '<path class="map-zone {}" d="{}"><title>{}</title></path>', iter(rows)
    )


def _links(atlas: Atlas, layer: MapLayer | None) -> SafeString:
    """A path for every class, holding all its links."""
    if layer is None or layer.of != "links":
        return SafeString("")
    scale = atlas.scale(layer)
    parts: dict[str, list[str]] = {name: [] for name in ("none", *scale.classes)}
    for drawn in atlas.links:
        name = scale.class_of(layer.values.get(drawn.link.id))
        parts[name].append(drawn.d)
    labels = dict(scale.labels(layer.digits, layer.kind == "diverging"))
    labels["none"] = gettext("no figure")
    rows = [
        (name, "".join(lines), _link_title(layer, labels[name], len(lines)))
        for name, lines in parts.items()
        if lines
    ]
    return format_html_join(
        "", '<path class="map-link {}" d="{}"><title>{}</title></path>', iter(rows)
    )


def _link_title(layer: MapLayer, label: str, count: int) -> str:
    links = ngettext("%(n)s link", "%(n)s links", count) % {"n": count}
    return f"{layer.label} {label} {layer.unit}: {links}"


def _legend(atlas: Atlas, layer: MapLayer) -> dict[str, Any]:
    scale = atlas.scale(layer)
    known = set(layer.values)
    return {
        "label": layer.label,
        "unit": layer.unit,
        "of": layer.of,
        "classes": scale.labels(layer.digits, layer.kind == "diverging"),
        "gaps": any(i not in known for i in atlas.ids(layer)),
        "signed": layer.kind == "diverging",
    }


def _choices(request: Any, map_id: str, atlas: Atlas, chosen: str) -> list[dict[str, Any]]:
    query = request.GET.copy() if request else None
    found = []
    for key in atlas.keys:
        url = f"#{map_id}"
        if query is not None:
            query[map_id] = key
            url = f"?{query.urlencode()}#{map_id}"
        found.append({"key": key, "label": atlas.one(key).label, "url": url, "on": key == chosen})
    return found


def _told(layer: MapLayer | None, name: str) -> str:
    value = layer.values.get(name) if layer else None
    if layer is None or value is None:
        return words.figure(None)
    return words.figure(float(value), layer.digits, sign=layer.kind == "diverging")


def _span(layer: MapLayer | None, names: Sequence[str]) -> str:
    values = [layer.values[name] for name in names if name in layer.values] if layer else []
    if layer is None or not values:
        return words.figure(None)
    signed = layer.kind == "diverging"
    low, high = (
        words.figure(float(each), layer.digits, sign=signed) for each in (min(values), max(values))
    )
    return low if low == high else f"{low} {DASH} {high}"


def _flat(line: Sequence[Point]) -> list[float]:
    return [round(part, 1) for point in line for part in point]


def _short(value: float | None, digits: int) -> float | None:
    """A value with the digits that are told, as short as JSON can hold it."""
    if value is None:
        return None
    short = round(float(value), digits + 1)
    return int(short) if short == int(short) else short
