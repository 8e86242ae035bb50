"""Weather as dispersion needs it, and how plumes widen in it.

Plumes widen by Briggs's formulas for towns: ``σ = a x (1 + b x)^p`` with the distance ``x``
downwind in metres (G. A. Briggs, "Diffusion Estimation for Small Emissions", 1973; read from
aefarrell/GasDispersion.jl on GitHub, src/utils/equation_sets/briggs.jl). They rest on tracer
experiments from 100 m to 10 km.
"""

from dataclasses import dataclass

import numpy as np

from heli.arrays import Numbers, numbers
from heli.engines.exposure.errors import UnknownStabilityError

ACROSS = {"A": 0.32, "B": 0.32, "C": 0.22, "D": 0.16, "E": 0.11, "F": 0.11}
"""a of σy; b is 0.0004 and p is -1/2 in all classes."""

UPWARDS = {
    "A": (0.24, 0.001, 0.5),
    "B": (0.24, 0.001, 0.5),
    "C": (0.20, 0.0, 0.0),
    "D": (0.14, 0.0003, -0.5),
    "E": (0.08, 0.0015, -0.5),
    "F": (0.08, 0.0015, -0.5),
}
"""a, b and p of σz."""

SLOWEST_WIND = 1.0
"""m/s. A plume model has no meaning in a calm; slower winds are taken as this."""


@dataclass(frozen=True, slots=True)
class Weather:
    """Wind, stability and mixing of an hour.

    Attributes:
        wind: Speed in m/s; below :data:`SLOWEST_WIND` that is taken instead.
        direction: Degrees from north, clockwise, where the wind comes *from*.
        stability: Pasquill's class, A (very unstable) to F (stable).
        mixing: Height in m up to which air mixes.
    """

    wind: float
    direction: float
    stability: str = "D"
    mixing: float = 1000.0

    def __post_init__(self) -> None:
        numbers(self.wind, "wind", least=0)
        numbers(self.direction, "direction", least=0, most=360)
        numbers(self.mixing, "mixing", above=0)
        if self.stability not in ACROSS:
            raise UnknownStabilityError(field="stability", stability=self.stability)

    @property
    def speed(self) -> float:
        """The wind speed that is calculated with, m/s."""
        return max(self.wind, SLOWEST_WIND)

    @property
    def heading(self) -> tuple[float, float]:
        """Where the wind blows *to*: its east and north parts, of length 1."""
        angle = np.radians(self.direction)
        return -float(np.sin(angle)), -float(np.cos(angle))

    def across(self, distance: Numbers) -> Numbers:
        """σy in m at distances downwind in m."""
        return ACROSS[self.stability] * distance / np.sqrt(1 + 0.0004 * distance)

    def upwards(self, distance: Numbers) -> Numbers:
        """σz in m at distances downwind in m, without a lid."""
        a, b, power = UPWARDS[self.stability]
        if power == 0:
            return a * distance
        root = np.sqrt(1 + b * distance)
        return a * distance * root if power > 0 else a * distance / root
