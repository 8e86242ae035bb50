"""What figures are called, in which unit they are told, and which way is better.

Nothing that computes is loaded here, so that pages can ask.
"""

from typing import NamedTuple

ALL = ""
"""Stands for the whole city, or for everybody."""

UNITS = {
    "vehicle_km": "vehicle-km/h",
    "vehicle_hours": "vehicle-h/h",
    "mean_speed": "km/h",
    "by_car": "persons/h",
    "by_transit": "persons/h",
    "given_up": "persons/h",
    "moved_in_time": "persons/h",
    "vehicles_given_up": "vehicles/h",
    "tolls": "yuan/h",
    "flow": "vehicles/h",
    "travel": "generalised min/trip, mean of residents",
    "losers": "persons",
    "winners": "persons",
    "jobs": "jobs in 30 min",
    "school_places": "places in 30 min",
    "hospital_beds": "beds in 30 min",
    "sales": "yuan/day",
    "sales_outside": "yuan/day",
    "nox": "µg/m³",
    "pm25": "µg/m³",
    "nox_emitted": "g/h",
    "pm10_emitted": "g/h",
    "pm25_emitted": "g/h",
    "co2_emitted": "g/h",
}

BETTER_MORE = {"sales", "jobs", "school_places", "hospital_beds", "winners", "mean_speed"}
BETTER_LESS = {
    "travel",
    "losers",
    "nox",
    "pm25",
    "nox_emitted",
    "pm10_emitted",
    "pm25_emitted",
    "co2_emitted",
    "vehicle_hours",
    "given_up",
    "vehicles_given_up",
}

LOW, HIGH = 5.0, 95.0
"""Percentiles that bound an interval."""
FEWEST, MOST = 8, 4096
"""Draws of an ensemble."""
ENOUGH = 20
"""Draws from which on an interval can leave some out and hold 90 % of them."""
MARGIN = 2.0
"""How many times the solver's error a difference must be."""


class Key(NamedTuple):
    """What a figure is of: a district, area, zone, shop or road, and a group of people."""

    domain: str
    name: str
    place: str = ALL
    group: str = ALL

    @property
    def unit(self) -> str:
        """The unit it is told in."""
        return UNITS[self.name]

    @property
    def text(self) -> str:
        """The key as one word, ``domain/name@place:group``; see :func:`read_key`."""
        place = f"@{self.place}" if self.place else ""
        return f"{self.domain}/{self.name}{place}" + (f":{self.group}" if self.group else "")


def read_key(text: str) -> Key:
    """The key that :attr:`Key.text` writes."""
    rest, _, group = text.partition(":")
    rest, _, place = rest.partition("@")
    domain, _, name = rest.partition("/")
    return Key(domain, name, place, group)
