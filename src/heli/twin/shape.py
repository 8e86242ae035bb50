"""A city as the web's maps draw it."""

from collections import defaultdict
from typing import TYPE_CHECKING, Literal

from heli.twin import words
from heli.web.maps import MapArea, MapLink, MapShape, MapZone, Point

if TYPE_CHECKING:
    from heli.twin.city import City, Road, Zone

MAIN = 2
"""Lanes in a direction from which on a road is drawn as a main one."""


def city_shape(city: "City") -> MapShape:
    """Zones as squares around their middles, roads, districts and areas.

    Ways between a zone's middle and the roads are connectors and are not drawn.
    """
    middles = {zone.node for zone in city.zones}
    districts: dict[str, list[str]] = defaultdict(list)
    for zone in city.zones:
        districts[zone.district].append(zone.id)
    return MapShape(
        zones=[MapZone(zone.id, zone_label(zone), _square(city, zone)) for zone in city.zones],
        links=[
            MapLink(road.id, words.place(road.road), _line(city, road), _kind(road, middles))
            for road in city.roads
        ],
        areas=[
            *(
                MapArea(name, words.place(name), zones, "district")
                for name, zones in districts.items()
            ),
            *(MapArea(name, words.place(name), zones) for name, zones in city.areas.items()),
        ],
        water=city.water,
    )


def zone_label(zone: "Zone") -> str:
    """What a zone is called: its district and its id."""
    return f"{words.place(zone.district)} {zone.id}"


def _square(city: "City", zone: "Zone") -> list[Point]:
    x, y = city.points[zone.node]
    r = zone.radius
    return [(x - r, y - r), (x + r, y - r), (x + r, y + r), (x - r, y + r)]


def _line(city: "City", road: "Road") -> list[Point]:
    return [city.points[road.tail], city.points[road.head]]


def _kind(road: "Road", middles: set[str]) -> Literal["main", "street", "connector"]:
    if road.tail in middles or road.head in middles:
        return "connector"
    return "main" if road.lanes >= MAIN else "street"
