"""Particles from tyres, brakes and road surface, which electric vehicles emit, too.

Tier 2 of the EMEP/EEA guidebook, chapter 1.A.3.b.vi-vii: total suspended particles per kilometre,
corrected for the mean speed of the trip (tyres by 80 km/h, brakes by 65 km/h, road surface not at
all), of which a fixed part is small enough (tables 3-5, 3-7 and 3-9). The guidebook itself calls
its tyre figures too high and those of the road surface highly uncertain.
"""

from dataclasses import dataclass

import numpy as np

from heli.arrays import Numbers

SIZES = {"pm10": (0.600, 0.980, 0.50), "pm25": (0.420, 0.390, 0.27)}
"""The parts of tyre, brake and road particles below 10 and 2.5 µm."""


@dataclass(frozen=True, slots=True)
class Wear:
    """Suspended particles of one kind of vehicle before correction, g/km.

    Attributes:
        tyre: From tyres.
        brake: From brakes.
        road: From the road surface.
        source: Key of the source.
    """

    tyre: float
    brake: float
    road: float
    source: str

    def at(self, speed: Numbers, size: str) -> Numbers:
        """Particles below ``size`` (a key of :data:`SIZES`), g/km, at speeds in km/h."""
        tyre, brake, road = SIZES[size]
        return (
            self.tyre * tyre * tyre_correction(speed)
            + self.brake * brake * brake_correction(speed)
            + self.road * road
        )


def tyre_correction(speed: Numbers) -> Numbers:
    """Equation 5 of the chapter: 1.39 below 40 km/h, falling to 0.902 above 90 km/h."""
    middle = -0.00974 * speed + 1.78
    return np.select([speed < 40, speed <= 90], [1.39, middle], 0.902)


def brake_correction(speed: Numbers) -> Numbers:
    """Equation 8 of the chapter: 1.67 below 40 km/h, falling to 0.185 above 95 km/h."""
    middle = -0.0270 * speed + 2.75
    return np.select([speed < 40, speed <= 95], [1.67, middle], 0.185)
