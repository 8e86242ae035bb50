"""Measures in time: new bus lines, and schools that begin earlier or later.

A line takes its riders from door to door in the time to a stop, half the headway, the ride, and the
time from a stop. To and from stops people walk, or ride public transport as it is, which is a
change of lines. They walk as the crow flies at 4 km/h (5 km/h on streets that are a quarter
longer), and in their own zone from where they are to its middle, on average.

Trips to schools are spread evenly over the modelled hour: hours that move by half an hour move half
of these trips out of it. What comes into it from other hours is not known and not counted.
"""

from collections.abc import Sequence
from itertools import combinations, pairwise

import numpy as np

from heli.arrays import Numbers
from heli.twin.city import City
from heli.twin.errors import NoSchoolThereError, RepeatedStopError, TwiceError
from heli.twin.places import find_zones, require_known
from heli.twin.scenarios import BusLine, SchoolHours

WALKING = 4.0
"""Kilometres an hour, as the crow flies."""
TO_MIDDLE = (np.sqrt(2) + np.log(1 + np.sqrt(2))) / 3
"""Mean distance to the middle of a square, in halves of its side."""
HOUR = 60.0


def ride(lines: Sequence[tuple[str, BusLine]], city: City) -> Numbers:
    """Minutes by public transport from door to door, (Z, Z), with new lines and their places.

    Raises:
        UnknownPlaceError: If a stop is no zone.
        RepeatedStopError: If a line stops twice at one place.
        TwiceError: If two lines serve the same stops in the same order, or the reverse.
    """
    for place, line in lines:
        _check_stops(line, city, f"{place}.stops")
    for (place, one), (other, another) in combinations(lines, 2):
        if another.stops in (one.stops, one.stops[::-1]):
            name = " – ".join(one.stops)
            raise TwiceError(place=place, other=other, kind="bus-line", name=name)
    minutes = city.transit_minutes
    walk = _walk(city) if lines else minutes
    for _ in lines:
        # As many times as there are lines, so that one can be left for any other.
        for _, line in lines:
            minutes = np.minimum(minutes, _by_line(line, minutes, walk, city))
    return minutes


def _check_stops(line: BusLine, city: City, place: str) -> None:
    found: dict[tuple[float, float], str] = {}
    for stop in line.stops:
        require_known(stop, city.zone_index, "zone", place)
        at = city.points[city.zones[city.zone_index[stop]].node]
        if at in found:
            raise RepeatedStopError(place=place, stop=stop, other=found[at])
        found[at] = stop


def _by_line(line: BusLine, minutes: Numbers, walk: Numbers, city: City) -> Numbers:
    """Minutes from door to door if the line must be taken, (Z, Z); ∞ within a zone."""
    at = np.array([city.zone_index[stop] for stop in line.stops])
    legs = [_apart(city)[a, b] * HOUR / line.km_per_h for a, b in pairwise(at.tolist())]
    reached = np.concatenate([[0.0], np.cumsum(legs)])
    stops = np.arange(at.size)
    between = np.maximum(np.abs(stops[:, None] - stops) - 1, 0)
    riding = np.abs(reached[:, None] - reached) + line.dwell * between
    np.fill_diagonal(riding, np.inf)
    access = np.minimum(walk[:, at], minutes[:, at])
    egress = np.minimum(walk[at], minutes[at])
    first = (access[:, :, None] + riding).min(axis=1) + line.headway / 2
    found: Numbers = (first[:, :, None] + egress).min(axis=1)
    np.fill_diagonal(found, np.inf)
    return found


def _apart(city: City) -> Numbers:
    """Kilometres between the middles of zones, (Z, Z)."""
    middles = np.array([city.points[zone.node] for zone in city.zones])
    return np.asarray(np.hypot(*(middles[:, None] - middles).transpose(2, 0, 1))) / 1000


def _walk(city: City) -> Numbers:
    """Minutes on foot to and from the middles of zones, (Z, Z)."""
    apart = _apart(city)
    radius = np.array([zone.radius for zone in city.zones]) / 1000
    np.fill_diagonal(apart, TO_MIDDLE * radius)
    return apart * HOUR / WALKING


def move_schools(measures: Sequence[tuple[str, SchoolHours]], city: City) -> Numbers:
    """Share of the trips to each zone's schools that leave the hour, (Z,).

    Raises:
        UnknownPlaceError: If an area or a zone is not there.
        NoSchoolThereError: If no zone of an area has school places.
        TwiceError: If two measures are for one zone.
    """
    shares = np.zeros(len(city.zones))
    taken: dict[str, str] = {}
    for place, measure in measures:
        zones = set(city.zone_index)
        if measure.area is not None:
            zones = find_zones(measure.area, city, f"{place}.area")
        schools = [zone.id for zone in city.zones if zone.id in zones and zone.school_places > 0]
        if not schools:
            raise NoSchoolThereError(place=place)
        for name in schools:
            if name in taken:
                raise TwiceError(place=taken[name], other=place, kind="school-hours", name=name)
            taken[name] = place
            shares[city.zone_index[name]] = min(1.0, abs(measure.minutes) / HOUR)
    return shares
