"""What would have to be otherwise for two options to change places.

Each assumption is moved alone over its range. Where the sign of the difference at an end is another
than in the middle, halving finds the value at which the options draw level.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from heli.twin.city import City
from heli.twin.comparing import compare
from heli.twin.ensemble import GAP
from heli.twin.figures import Key
from heli.twin.scenarios import Scenario
from heli.twin.state import central

HALVINGS = 6


@dataclass(frozen=True, slots=True)
class Flip:
    """An assumption whose change within its range reverses a ranking.

    Attributes:
        value: Its central value.
        level: About where the options draw level.
        share: The change needed, as a share of the assumption's range.
    """

    assumption: str
    value: float
    level: float
    share: float


def flips(city: City, pair: Mapping[str, Scenario | None], key: Key) -> list[Flip]:
    """Changes that reverse which of two options has less of a figure, the smallest first.

    Args:
        city: The city.
        pair: Two options by name; None stands for the city as it is.
        key: The figure.
    """
    one, other = pair
    scenarios = {name: each for name, each in pair.items() if each is not None}
    names = {name: name if each is not None else "base" for name, each in pair.items()}

    def difference(assumption: str, value: float) -> float:
        values = {**central(city), assumption: value}
        told = compare(city, scenarios, values, gap=GAP).figures()
        return told[names[other]][key] - told[names[one]][key]

    first = next(iter(city.assumptions))
    middle = difference(first, city.assumptions[first].value)
    found = []
    for name, each in city.assumptions.items():
        for end in (each.low, each.high):
            if end == each.value or middle * difference(name, end) >= 0:
                continue
            keeps, turns = each.value, end
            for _ in range(HALVINGS):
                halfway = (keeps + turns) / 2
                if middle * difference(name, halfway) > 0:
                    keeps = halfway
                else:
                    turns = halfway
            share = abs(turns - each.value) / (each.high - each.low)
            found.append(Flip(name, each.value, turns, share))
    return sorted(found, key=lambda flip: flip.share)
