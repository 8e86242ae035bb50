"""Networks from GeoJSON as OpenStreetMap's tools give it: ways with tags, and points for zones.

Ways meet where they share a vertex; they are cut there. What a way does not say (speed, lanes) is
assumed by its class of road, see :data:`ROADS`. A point with the property ``zone`` is a zone, tied
to the nearest junction by connectors of no cost, one each way.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from heli.engines.traffic.errors import MissingColumnError, UnreadableRowError
from heli.engines.traffic.network import Link, Network, build_network

EARTH = 6371.0088  # mean radius, kilometres (IUGG)
FORM = "FeatureCollection of LineString (highway) and Point (zone)"
MILE = 1.609344


@dataclass(frozen=True)
class Road:
    """What is assumed of a class of road: km/h, lanes each way, vehicles an hour and lane."""

    speed: float
    lanes: int
    capacity: float


ROADS = {
    "motorway": Road(110, 2, 2000), "motorway_link": Road(60, 1, 1500),
    "trunk": Road(80, 2, 1800), "trunk_link": Road(50, 1, 1500),
    "primary": Road(60, 2, 1200), "primary_link": Road(40, 1, 1000),
    "secondary": Road(50, 1, 1000), "secondary_link": Road(40, 1, 800),
    "tertiary": Road(40, 1, 800), "tertiary_link": Road(30, 1, 600),
    "unclassified": Road(40, 1, 600), "residential": Road(30, 1, 500),
    "living_street": Road(10, 1, 300), "service": Road(20, 1, 300),
}  # fmt: skip
ONE_WAY = {"yes": 1, "true": 1, "1": 1, "-1": -1, "reverse": -1}

Position = tuple[float, float]


def read_network(text: str, name: str = "map") -> Network:
    """A network from the text of a GeoJSON file, longitude and latitude in degrees (WGS 84).

    Ways that cars do not use are left out. Links are called ``way/part`` and, against the way's
    direction, ``way/part:reverse``; lengths are in kilometres. Tags read: ``highway``, ``oneway``,
    ``junction`` (roundabouts are one-way), ``maxspeed`` (km/h or mph), ``lanes`` (both directions
    together), ``capacity`` (vehicles an hour and direction) and ``toll`` as money where it is a
    number.

    Raises:
        UnreadableRowError: If the text is not GeoJSON, or a position or tag cannot be read.
        MissingColumnError: If there are no ways, or a way has no identifier.
        DuplicateError: If two ways or zones have the same identifier.
    """
    try:
        features = json.loads(text)["features"]
    except (ValueError, TypeError, KeyError):
        raise UnreadableRowError(place=name, text=text[:40], form=FORM) from None
    ways: list[tuple[str, dict[str, Any], list[Position]]] = []
    points: dict[str, Position] = {}
    for number, feature in enumerate(features):
        place = f"{name}: features[{number}]"
        tags, kind, positions = _feature(feature, place)
        if kind == "LineString" and tags.get("highway") in ROADS:
            ways.append((_identifier(feature, tags, place), tags, positions))
        elif kind == "Point" and "zone" in tags:
            points[str(tags["zone"])] = positions[0]
    if not ways:
        raise MissingColumnError(place=name, column="highway", needed=", ".join(ROADS))
    met = Counter(position for _, _, positions in ways for position in dict.fromkeys(positions))
    links = [link for way in ways for link in _links(*way, met, name)]
    links += _connectors(points, sorted({end for link in links for end in (link.tail, link.head)}))
    zones = {zone: f"zone {zone}" for zone in points}
    return build_network(links, zones=zones, no_through=zones.values())


def _feature(feature: Any, place: str) -> tuple[dict[str, Any], str, list[Position]]:
    try:
        tags = dict(feature["properties"] or {})
        kind = feature["geometry"]["type"]
        given = feature["geometry"]["coordinates"]
        if kind not in {"LineString", "Point"}:
            return tags, kind, []
        positions = [(round(float(p[0]), 7), round(float(p[1]), 7)) for p in (
            given if kind == "LineString" else [given]
        )]  # fmt: skip
    except (TypeError, KeyError, ValueError, IndexError):
        raise UnreadableRowError(place=place, text=str(feature)[:60], form=FORM) from None
    if not all(abs(x) <= 180 and abs(y) <= 90 for x, y in positions):
        raise UnreadableRowError(
            place=place, text=str(positions[0]), form="[longitude, latitude] (WGS 84)"
        )
    return tags, kind, positions


def _identifier(feature: dict[str, Any], tags: dict[str, Any], place: str) -> str:
    for found in (feature.get("id"), tags.get("@id"), tags.get("osm_id"), tags.get("id")):
        if found is not None:
            return str(found)
    raise MissingColumnError(place=place, column="id", needed="id, @id, osm_id")


def _links(
    way: str, tags: dict[str, Any], positions: list[Position], met: Counter[Position], name: str
) -> list[Link]:
    road, place = ROADS[tags["highway"]], f"{name}: {way}"
    forward = ONE_WAY.get(str(tags.get("oneway", "")).lower(), 0)
    if tags.get("junction") == "roundabout" or (
        tags["highway"] == "motorway" and "oneway" not in tags
    ):
        forward = 1
    speed = _speed(tags, road, place)
    lanes = _tag(tags, "lanes", place, float("nan"))
    each = road.lanes if math.isnan(lanes) else max(lanes / (1 if forward else 2), 1.0)
    capacity = _tag(tags, "capacity", place, each * road.capacity)
    toll = _tag(tags, "toll", place, 0.0) if str(tags.get("toll", "")) not in {"yes", "no"} else 0.0
    found = []
    for part, piece in enumerate(_pieces(positions, met)):
        tail, head = (f"{x:.7f},{y:.7f}" for x, y in (piece[0], piece[-1]))
        length = sum(distance(a, b) for a, b in pairwise(piece))
        for direction, begin, end in ((1, tail, head), (-1, head, tail)):
            if forward in {0, direction}:
                found.append(
                    Link(
                        id=f"{way}/{part}" + (":reverse" if direction < 0 else ""),
                        tail=begin, head=end, capacity=capacity, free_time=60.0 * length / speed,
                        length=length, toll=toll, place=place,
                    )
                )  # fmt: skip
    return found


def _pieces(positions: list[Position], met: Counter[Position]) -> list[list[Position]]:
    """A way cut where others meet it, or where it comes back to itself."""
    pieces, piece, seen = [], [positions[0]], {positions[0]}
    for at, position in enumerate(positions[1:], 1):
        if position == piece[-1]:
            continue
        piece.append(position)
        if met[position] > 1 or at == len(positions) - 1 or position in seen:
            pieces.append(piece)
            piece = [position]
        seen.add(position)
    return pieces


def _speed(tags: dict[str, Any], road: Road, place: str) -> float:
    text = str(tags.get("maxspeed", "")).strip()
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(km/h|kmh|kph|mph)?", text)
    if not text:
        return road.speed
    if not match or float(match[1]) <= 0:
        raise UnreadableRowError(place=place, text=text, form="maxspeed: 60 | 60 km/h | 40 mph")
    return float(match[1]) * (MILE if match[2] == "mph" else 1.0)


def _tag(tags: dict[str, Any], tag: str, place: str, default: float) -> float:
    if tag not in tags or tags[tag] is None:
        return default
    try:
        return float(tags[tag])
    except (TypeError, ValueError):
        raise UnreadableRowError(place=place, text=str(tags[tag]), form=f"{tag}: 2") from None


def _connectors(points: dict[str, Position], junctions: list[str]) -> list[Link]:
    places = np.array([[float(part) for part in one.split(",")] for one in junctions])
    found = []
    for zone, (x, y) in points.items():
        # Near enough a plane to tell which junction is nearest.
        east = (places[:, 0] - x) * math.cos(math.radians(y))
        nearest = junctions[int(np.argmin(east**2 + (places[:, 1] - y) ** 2))]
        found += [
            Link(f"{tail} > {head}", tail, head, capacity=0.0, free_time=0.0)
            for tail, head in ((f"zone {zone}", nearest), (nearest, f"zone {zone}"))
        ]
    return found


def distance(one: Position, other: Position) -> float:
    """Kilometres between two positions on a sphere (haversine formula)."""
    x1, y1, x2, y2 = (math.radians(part) for part in (*one, *other))
    half = math.sin((y2 - y1) / 2) ** 2
    half += math.cos(y1) * math.cos(y2) * math.sin((x2 - x1) / 2) ** 2
    return 2 * EARTH * math.asin(math.sqrt(half))
