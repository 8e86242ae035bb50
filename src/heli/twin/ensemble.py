"""How sure figures are: many draws of the assumptions, the same ones for every option.

Draws are points of Sobol's sequence over the ranges that the city states, each range taken as even.
Options are compared draw by draw, so that what is uncertain in all of them alike does not blur
their difference.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from heli.arrays import Numbers
from heli.twin.errors import BadEntryError
from heli.twin.keys import FEWEST, HIGH, LOW, MARGIN, MOST, Key
from heli.twin.sobol import points

if TYPE_CHECKING:
    from heli.twin.city import City

GAP = 1e-6


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Figures of all draws.

    Attributes:
        keys: What the columns are.
        draws: By option, draws × figures; ``base`` is the city as it is.
        solver: By option, how much each figure moved when the solver ran otherwise, (K,).
    """

    keys: tuple[Key, ...]
    draws: Mapping[str, Numbers]
    solver: Mapping[str, Numbers]

    def interval(self, option: str) -> Numbers:
        """Lower and upper bound of every figure, 2 × K."""
        return bounds(self.draws[option])

    def change(self, option: str) -> Numbers:
        """Bounds of every figure's difference to the base, draw by draw, 2 × K."""
        return bounds(self.draws[option] - self.draws["base"])


@dataclass(frozen=True, slots=True)
class Ranking:
    """Which of two options has less of a figure, or that this cannot be said.

    Attributes:
        difference: Median of the second minus the first.
        low, high: Interval of the difference.
        solver: What of the difference may be the solver's.
        resolved: Whether the interval is on one side of 0, and further from it than the solver's
            error reaches.
    """

    key: Key
    one: str
    other: str
    difference: float
    low: float
    high: float
    solver: float
    resolved: bool

    @property
    def less(self) -> str | None:
        """The option with less of it; None if that cannot be said."""
        if not self.resolved:
            return None
        return self.one if self.difference > 0 else self.other


def draws(city: "City", size: int) -> list[dict[str, float]]:
    """Values of a city's assumptions, each within its range.

    Raises:
        BadEntryError: If there are fewer than 8 or more than 4096.
    """
    if not FEWEST <= size <= MOST:
        raise BadEntryError(place="ensemble", reason=f"draws are {size}, not {FEWEST} … {MOST}")
    names = list(city.assumptions)
    low = np.array([city.assumptions[name].low for name in names])
    high = np.array([city.assumptions[name].high for name in names])
    values = low + points(size, len(names)) * (high - low)
    return [dict(zip(names, row, strict=True)) for row in values.tolist()]


def bounds(values: Numbers) -> Numbers:
    """The draws that bound an interval which holds at least 90 % of them; of fewer than 20, all."""
    low = np.percentile(values, LOW, axis=0, method="lower")
    return np.stack([low, np.percentile(values, HIGH, axis=0, method="higher")])


def rank(found: Ensemble, key: Key, one: str, other: str) -> Ranking:
    """Compare two options by a figure, draw by draw."""
    k = found.keys.index(key)
    differences = found.draws[other][:, k] - found.draws[one][:, k]
    middle = float(np.median(differences))
    low, high = bounds(differences).tolist()
    solver = float(found.solver[one][k] + found.solver[other][k])
    nearest = max(low, -high)
    return Ranking(key, one, other, middle, low, high, solver, bool(nearest > MARGIN * solver))
