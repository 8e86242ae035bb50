"""From metres to the paths of a drawing: frame, streets with two sides, outlines of areas."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from heli.web.maps import Bounds, MapArea, MapLink, MapShape, Point
from heli.web.shapes import Text

SIZE = 1000.0
"""Units of the drawing along its longer side."""
MARGIN = 0.025
FOOT = 0.035
"""Room below for the bar that tells the scale, as the margin a share of the longer side."""
ASIDE = 3.0
"""Units by which a direction of a street keeps to its right-hand side."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Where metres east and north come to lie in the drawing, y downwards."""

    west: float
    north: float
    scale: float
    width: float
    height: float

    def at(self, point: Point) -> Point:
        """A place in units of the drawing."""
        return ((point[0] - self.west) * self.scale, (self.north - point[1]) * self.scale)


def frame_for(bounds: Bounds) -> Frame:
    """The frame that shows all of the city with a margin."""
    west, south, east, north = bounds
    longest = max(east - west, north - south, 1.0)
    margin = MARGIN * longest
    scale = SIZE / (longest + 2 * margin)
    return Frame(
        west - margin,
        north + margin,
        scale,
        round((east - west + 2 * margin) * scale, 1),
        round((north - south + 2 * margin + FOOT * longest) * scale, 1),
    )


def number(value: float) -> str:
    """A coordinate, as short as it can be."""
    return f"{value:.1f}".removesuffix(".0")


def path(points: Sequence[Point], closed: bool = False) -> str:
    """A path through points that are in units of the drawing."""
    first, *rest = ((round(x, 1), round(y, 1)) for x, y in points)
    parts, here = [f"M{number(first[0])} {number(first[1])}"], first
    for point in rest:
        parts.append(f"l{number(point[0] - here[0])} {number(point[1] - here[1])}")
        here = point
    return "".join(parts) + ("z" if closed else "")


def polygon(points: Iterable[Point], frame: Frame) -> str:
    """The ``points`` attribute of a polygon."""
    return " ".join(f"{number(x)},{number(y)}" for x, y in map(frame.at, points))


def sides(links: Sequence[MapLink], frame: Frame) -> list[list[Point]]:
    """The line of every link; those that have one opposite keep to their right-hand side."""
    ends = {(tuple(link.points[0]), tuple(link.points[-1])) for link in links}
    lines = []
    for link in links:
        line = [frame.at(point) for point in link.points]
        two_ways = (tuple(link.points[-1]), tuple(link.points[0])) in ends
        lines.append(_aside(line) if two_ways else line)
    return lines


def _aside(line: Sequence[Point]) -> list[Point]:
    """A line moved to the right of the way it goes."""
    normals = []
    for (x0, y0), (x1, y1) in pairwise(line):
        length = math.hypot(x1 - x0, y1 - y0) or 1.0
        normals.append((-(y1 - y0) / length, (x1 - x0) / length))
    moved = []
    for n, (x, y) in enumerate(line):
        near = normals[max(0, n - 1) : n + 1] or normals[-1:]
        across = sum(each[0] for each in near) / len(near)
        down = sum(each[1] for each in near) / len(near)
        moved.append((x + ASIDE * across, y + ASIDE * down))
    return moved


def ground(shape: MapShape, frame: Frame) -> list[tuple[str, str]]:
    """Kind and path of the roads, each street once whichever its directions."""
    seen: set[frozenset[Point]] = set()
    parts: dict[str, list[str]] = defaultdict(list)
    for link in shape.links:
        ends = frozenset((tuple(link.points[0]), tuple(link.points[-1])))
        if link.kind != "connector" and ends not in seen:
            seen.add(ends)  # type: ignore[arg-type]
            parts[link.kind].append(path([frame.at(point) for point in link.points]))
    return [(kind, "".join(parts[kind])) for kind in ("street", "main") if parts[kind]]


@dataclass(frozen=True, slots=True)
class Outline:
    """The edge of an area, and where its name stands."""

    id: str
    label: Text
    kind: str
    d: str
    x: str
    y: str


def outlines(shape: MapShape, frame: Frame) -> list[Outline]:
    """The edges of all areas, districts first, so that the others lie above."""
    rings = {zone.id: [frame.at(point) for point in zone.points] for zone in shape.zones}
    areas = sorted(shape.areas, key=lambda area: area.kind == "area")
    return [_outline(area, [rings[zone] for zone in area.zones if zone in rings]) for area in areas]


def _outline(area: MapArea, rings: Sequence[Sequence[Point]]) -> Outline:
    """Edges that two zones of an area share are inside it and left out."""
    edges: Counter[frozenset[Point]] = Counter()
    lines = {}
    for ring in rings:
        corners = [(round(x, 1), round(y, 1)) for x, y in ring]
        for one, other in zip(corners, [*corners[1:], corners[0]], strict=True):
            edge = frozenset((one, other))
            edges[edge] += 1
            lines[edge] = (one, other)
    d = "".join(path(lines[edge]) for edge, count in edges.items() if count == 1)
    points = [point for ring in rings for point in ring] or [(0.0, 0.0)]
    x = (min(x for x, _ in points) + max(x for x, _ in points)) / 2
    top = min(y for _, y in points)
    middle = (top + max(y for _, y in points)) / 2
    y = middle if area.kind == "district" else top
    return Outline(area.id, area.label, area.kind, d, number(x), number(y))
