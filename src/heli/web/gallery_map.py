"""A small made-up city for the gallery: a grid of streets, a river, two bridges."""

import math
from itertools import product

from django.utils.translation import gettext as _

from heli.web.maps import MapArea, MapLayer, MapLink, MapPanel, MapShape, MapZone, Point

COLUMNS, BLOCK, RIVER = 6, 800.0, 320.0
ROWS = (0.0, BLOCK, 2 * BLOCK, 2 * BLOCK + RIVER, 3 * BLOCK + RIVER, 4 * BLOCK + RIVER)
"""Where the streets run; the river lies between the third and the fourth."""
SOUTH, NORTH = 2, 3
BRIDGES = (1, 4)
CENTRE = ("z2-1", "z3-1")


def shape() -> MapShape:
    """The city: zones between the streets, links in both directions."""
    zones = [
        MapZone(
            f"z{column}-{row}",
            _("Zone {n} (demo)").format(n=n + 1),
            [(column * BLOCK + dx, y) for dx, y in _corners(row)],
        )
        for n, (row, column) in enumerate(product((0, 1, 3, 4), range(COLUMNS)))
    ]
    south, north = ROWS[SOUTH] + 40, ROWS[NORTH] - 40
    river = [(-900.0, south + 30), (2400.0, south), (9000.0, south + 40)]
    river += [(9000.0, north), (2400.0, north - 30), (-900.0, north)]
    return MapShape(zones, _links(), [MapArea("centre", _("Old town (demo)"), CENTRE)], [river])


def _corners(row: int) -> list[Point]:
    low, high = ROWS[row], ROWS[row + 1]
    return [(0.0, low), (BLOCK, low), (BLOCK, high), (0.0, high)]


def _links() -> list[MapLink]:
    links = []
    for column, row in product(range(COLUMNS + 1), range(len(ROWS))):
        here = (column * BLOCK, ROWS[row])
        if column < COLUMNS:
            name = _("Street {n} (demo)").format(n=row + 1)
            links += _both(here, (here[0] + BLOCK, here[1]), name, row in (SOUTH, NORTH))
        if row + 1 < len(ROWS) and (row != SOUTH or column in BRIDGES):
            bridge = row == SOUTH
            name = _("Bridge {n} (demo)") if bridge else _("Avenue {n} (demo)")
            links += _both(here, (here[0], ROWS[row + 1]), name.format(n=column + 1), bridge)
    return links


def _both(one: Point, other: Point, name: str, main: bool) -> list[MapLink]:
    kind = "main" if main else "street"
    return [
        MapLink(f"{a[0]:.0f},{a[1]:.0f}>{b[0]:.0f},{b[1]:.0f}", name, [a, b], kind)  # type: ignore[arg-type]
        for a, b in ((one, other), (other, one))
    ]


def panels(city: MapShape) -> list[MapPanel]:
    """Base, option and difference of a flow and a concentration."""
    base, option = _flows(city, 0.0), _flows(city, 0.4)
    air, cleaner = _air(city, 0.0), _air(city, 0.4)
    flow, nox = _("Flow"), "NOx"
    vehicles, grams = _("vehicles/h"), "µg/m³"
    titles = (_("Base"), _("Odd plates stay out"))
    shown = [
        MapPanel(
            title,
            [
                MapLayer("flow", flow, vehicles, "links", flows),
                MapLayer("nox", nox, grams, "zones", concentrations, digits=1),
            ],
        )
        for title, flows, concentrations in zip(titles, (base, option), (air, cleaner), strict=True)
    ]
    change = {i: option[i] - base[i] for i in base}
    cleaned = {i: cleaner[i] - air[i] for i in air}
    layers = [
        MapLayer("flow", flow, vehicles, "links", change, "diverging", within=20),
        MapLayer("nox", nox, grams, "zones", cleaned, "diverging", digits=1, within=0.3),
    ]
    return [*shown, MapPanel(_("Difference"), layers)]


def _flows(city: MapShape, restraint: float) -> dict[str, float]:
    """More where the middle is near and on main streets; restraint moves it outwards."""
    flows = {}
    for n, link in enumerate(city.links):
        x = (link.points[0][0] + link.points[1][0]) / 2 - 2400
        y = (link.points[0][1] + link.points[1][1]) / 2 - 1600
        near = math.exp(-(x * x + y * y) / 2.4e6)
        main = 2.2 if link.kind == "main" else 1.0
        flows[link.id] = main * (180 + 620 * near * (1 - restraint) + 190 * restraint) + 7 * (n % 9)
    return flows


def _air(city: MapShape, restraint: float) -> dict[str, float]:
    found = {}
    for zone in city.zones:
        x = sum(point[0] for point in zone.points) / 4 - 2400
        y = sum(point[1] for point in zone.points) / 4 - 1700
        near = math.exp(-(x * x + y * y) / 3e6)
        found[zone.id] = 31 + 44 * near * (1 - restraint) + 3.2 * restraint
    return found
