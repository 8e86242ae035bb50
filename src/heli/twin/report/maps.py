"""The maps of a report, as vector drawings of the same values that the pages show."""

from typing import Any
from xml.sax.saxutils import escape

from heli.twin.models import CityVersion
from heli.twin.pages import drawing
from heli.twin.reading import Reading
from heli.web.map_drawing import Frame, frame_for, ground, outlines, path, polygon, sides
from heli.web.map_scales import Scale, scale_for
from heli.web.maps import MapLayer, MapPanel, MapShape

LAYERS = ("flow", "nox")
"""What is drawn of every option."""
COLOURS = {
    "q0": "#cfdfeb", "q1": "#9fc0d9", "q2": "#5f97c0", "q3": "#2f6d9e", "q4": "#123f66",
    "less3": "#174a78", "less2": "#5590bd", "less1": "#abcbe0", "same": "#dcd7cb",
    "more1": "#e6cfa9", "more2": "#b98648", "more3": "#6b4011", "none": "#e9e6dc",
}  # fmt: skip
GROUND, EDGE, ROAD, MAIN, WATER = "#f4f2ec", "#d8d3c6", "#cbc6b9", "#b5afa0", "#d6e4e8"
WIDTHS = {"main": 1.2, "street": 0.7}
STROKES = {"main": 4.2, "street": 2.8}


def maps_of(reading: Reading, version: CityVersion) -> list[dict[str, Any]]:
    """The city as it is, and of every option what it changes, in each layer."""
    shape = drawing.shape_of(version)
    found = []
    for n, option in enumerate(reading.options):
        base, _with, difference = drawing.panels(reading, version, option.name)
        chosen = [(difference, str(option.title))]
        if n == 0:
            chosen.insert(0, (base, str(base.title)))
        for panel, title in chosen:
            found.append({"title": title, "maps": [_map(shape, panel, k) for k in LAYERS]})
    return found


def _map(shape: MapShape, panel: MapPanel, key: str) -> dict[str, Any]:
    layer = next(each for each in panel.layers if each.key == key)
    scale = scale_for(layer.values.values(), layer.kind, layer.within)
    legend = [
        {"colour": COLOURS[name], "label": label}
        for name, label in scale.labels(layer.digits, layer.kind == "diverging")
    ]
    return {
        "svg": _svg(shape, layer, scale),
        "label": str(layer.label),
        "unit": str(layer.unit),
        "legend": legend,
    }


def _svg(shape: MapShape, layer: MapLayer, scale: Scale) -> str:
    frame = frame_for(shape.bounds)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {frame.width} {frame.height}">',
        f'<rect width="{frame.width}" height="{frame.height}" fill="{GROUND}"/>',
    ]
    parts += [f'<polygon points="{polygon(ring, frame)}" fill="{WATER}"/>' for ring in shape.water]
    parts += _zones(shape, layer, scale, frame) if layer.of == "zones" else []
    parts += [
        f'<path d="{d}" fill="none" stroke="{MAIN if kind == "main" else ROAD}" '
        f'stroke-width="{WIDTHS[kind] * 2}" opacity="0.6"/>'
        for kind, d in ground(shape, frame)
    ]
    parts += _links(shape, layer, scale, frame) if layer.of == "links" else []
    for area in outlines(shape, frame):
        stroke = (
            'stroke="#465564" stroke-width="2"'
            if area.kind == "area"
            else ('stroke="#8c96a0" stroke-width="1.5" stroke-dasharray="6 5"')
        )
        parts.append(f'<path d="{area.d}" fill="none" {stroke}/>')
        parts.append(
            f'<text x="{area.x}" y="{area.y}" font-size="17" text-anchor="middle" '
            f'font-family="Noto Sans SC" fill="#1b2a3a" stroke="#ffffff" stroke-width="3" '
            f'paint-order="stroke">{escape(str(area.label))}</text>'
        )
    return "".join(parts) + "</svg>"


def _zones(shape: MapShape, layer: MapLayer, scale: Scale, frame: Frame) -> list[str]:
    return [
        f'<polygon points="{polygon(zone.points, frame)}" stroke="{EDGE}" '
        f'fill="{COLOURS[scale.class_of(layer.values.get(zone.id))]}"/>'
        for zone in shape.zones
    ]


def _links(shape: MapShape, layer: MapLayer, scale: Scale, frame: Frame) -> list[str]:
    drawn = [link for link in shape.links if link.kind != "connector"]
    lines = sides(drawn, frame)
    order = sorted(
        range(len(drawn)), key=lambda n: (abs(layer.values.get(drawn[n].id, 0.0)), drawn[n].id)
    )
    return [
        f'<path d="{path(lines[n])}" fill="none" stroke-width="{STROKES[drawn[n].kind]}" '
        f'stroke="{COLOURS[scale.class_of(layer.values.get(drawn[n].id))]}"/>'
        for n in order
    ]
