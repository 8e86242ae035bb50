"""Places that measures name: areas and zones of a city, refused where they are not there."""

from collections.abc import Iterable

from heli.twin.city import City
from heli.twin.errors import UnknownPlaceError
from heli.twin.scenarios import Area

KNOWN = 12
"""Names that an error lists at most."""


def find_zones(area: Area, city: City, place: str) -> set[str]:
    """The zones of an area, which is one of the city's or a list of zones.

    Raises:
        UnknownPlaceError: If the city has no such area or zone.
    """
    if isinstance(area, str):
        require_known(area, city.areas, "area", place)
        return set(city.areas[area])
    for name in area:
        require_known(name, city.zone_index, "zone", place)
    return set(area)


def require_known(name: str, known: Iterable[str], what: str, place: str) -> None:
    """Refuse a name that is not among those that are known.

    Raises:
        UnknownPlaceError: Lists some that are.
    """
    names = sorted(known)
    if name not in names:
        shown = ", ".join(names[:KNOWN]) + (" …" if len(names) > KNOWN else "")
        raise UnknownPlaceError(place=place, what=what, name=name, known=shown)
