"""What a map shows: the shape of a city, and quantities of its zones or links.

Places are metres east and north in a plane. Nothing here knows where the city comes from; see
:mod:`heli.web.map_scales` for the classes of a quantity and :mod:`heli.web.map_drawing` for the
drawing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from heli.web.shapes import Text

Point = tuple[float, float]
Bounds = tuple[float, float, float, float]
"""West, south, east, north."""


@dataclass(frozen=True, slots=True)
class MapZone:
    """A part of the city; ``points`` go around it, the first is not repeated."""

    id: str
    label: Text
    points: Sequence[Point]


@dataclass(frozen=True, slots=True)
class MapLink:
    """One direction of a piece of road, from its first point to its last.

    Attributes:
        label: Name of the road, which several links may share.
        kind: ``connector`` for ways that are no roads: they are not drawn.
    """

    id: str
    label: Text
    points: Sequence[Point]
    kind: Literal["main", "street", "connector"] = "street"


@dataclass(frozen=True, slots=True)
class MapArea:
    """Zones with a name of their own, whose outline is drawn.

    Attributes:
        kind: ``district`` for parts that cover the city, ``area`` for those measures refer to.
    """

    id: str
    label: Text
    zones: Sequence[str]
    kind: Literal["area", "district"] = "area"


@dataclass(frozen=True)
class MapShape:
    """All that a map draws before it tells a quantity.

    Attributes:
        water: Polygons of rivers and lakes.
    """

    zones: Sequence[MapZone]
    links: Sequence[MapLink] = ()
    areas: Sequence[MapArea] = ()
    water: Sequence[Sequence[Point]] = ()

    @cached_property
    def bounds(self) -> Bounds:
        """What zones and links span; water may reach beyond."""
        points = [point for zone in self.zones for point in zone.points]
        points += [point for link in self.links for point in link.points]
        east, north = [x for x, _ in points], [y for _, y in points]
        return (min(east), min(north), max(east), max(north))


@dataclass(frozen=True, slots=True)
class MapLayer:
    """One quantity of the links or zones.

    Layers of one ``key`` and ``kind`` in several panels share their classes, so that a colour
    means the same in each.

    Attributes:
        values: By id; what has no value is drawn as such.
        kind: ``diverging`` for differences: blue is less, brown is more.
        within: Differences no greater than this count as none, such as what the solver leaves open.
    """

    key: str
    label: Text
    unit: Text
    of: Literal["links", "zones"]
    values: Mapping[str, float]
    kind: Literal["sequential", "diverging"] = "sequential"
    digits: int = 0
    within: float = 0.0


@dataclass(frozen=True, slots=True)
class MapPanel:
    """One of the maps side by side; each tells the quantity of its own that is chosen."""

    title: Text
    layers: Sequence[MapLayer] = ()
