"""Emission figures: what one vehicle emits per kilometre at a speed, and where that is written.

The figures that come with Heli stand in ``figures.toml`` beside this module, each with its source.
A city with figures of its own writes a file of the same form.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from heli.arrays import Numbers
from heli.engines.emissions.errors import BadFiguresError
from heli.engines.emissions.wear import Wear

CURVES = ("nox", "co", "pm_exhaust", "energy")
QUANTITIES = ("nox", "co", "pm_exhaust", "pm10", "pm25", "co2", "energy")
"""In g/km, energy in MJ/km. ``pm10`` and ``pm25`` are exhaust (all of it is fine) and wear."""

COEFFICIENTS = 10
ELECTRICITY = "electricity"


@dataclass(frozen=True, slots=True)
class Curve:
    """A tier-3 speed function.

    EF(V) = (αV² + βV + γ + δ/V) / (εV² + ζV + η) · (1 − RF), from ``slowest`` to ``fastest``.
    Speeds outside are moved to the nearest end, as the guidebook demands.
    """

    slowest: float
    fastest: float
    above: tuple[float, float, float, float]
    below: tuple[float, float, float]
    reduction: float

    def at(self, speed: Numbers) -> Numbers:
        """The factor at speeds in km/h."""
        v = np.clip(speed, self.slowest, self.fastest)
        alpha, beta, gamma, delta = self.above
        epsilon, zeta, eta = self.below
        above = (alpha * v + beta) * v + gamma + delta / v
        return np.asarray(above / ((epsilon * v + zeta) * v + eta) * (1 - self.reduction))

    def covers(self, speed: Numbers) -> Numbers:
        """1 where the curve was measured, 0 where the nearest end is taken instead."""
        return ((speed >= self.slowest) & (speed <= self.fastest)).astype(np.float64)


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A kind of vehicle and what it emits.

    Attributes:
        key: Its name in a fleet mix, like ``petrol-car-euro-4``.
        category: The guidebook's words for it.
        fuel: Key of the fuel.
        co2: g of CO₂ out of the exhaust per MJ of fuel.
        curves: Speed functions of :data:`CURVES`, as far as known.
        wear: Particles that do not come from the exhaust, if known.
        source: Key of the source.
    """

    key: str
    category: str
    fuel: str
    co2: float
    curves: Mapping[str, Curve]
    wear: Wear | None
    source: str

    def knows(self, quantity: str) -> bool:
        """Whether :meth:`factor` can tell this quantity."""
        if quantity in ("pm10", "pm25"):
            return self.wear is not None and self.knows("pm_exhaust")
        if quantity == "co2":
            return self.fuel == ELECTRICITY or "energy" in self.curves
        clean = self.fuel == ELECTRICITY and quantity != "energy"
        return clean or quantity in self.curves

    def curve(self, quantity: str) -> Curve | None:
        """The speed function behind a quantity; ``None`` where nothing leaves an exhaust."""
        name = {"pm10": "pm_exhaust", "pm25": "pm_exhaust", "co2": "energy"}.get(quantity, quantity)
        if self.fuel == ELECTRICITY and quantity != "energy":
            return None
        return self.curves[name]

    def factor(self, quantity: str, speed: Numbers) -> Numbers:
        """What it emits per kilometre, g/km or MJ/km, at speeds in km/h."""
        curve = self.curve(quantity)
        exhaust = np.zeros(speed.shape) if curve is None else curve.at(speed)
        if quantity == "co2":
            return exhaust * self.co2
        if quantity in ("pm10", "pm25") and self.wear is not None:
            return exhaust + self.wear.at(speed, quantity)
        return exhaust


@dataclass(frozen=True, slots=True)
class Figures:
    """Emission figures of many vehicles.

    Attributes:
        vehicles: By their keys.
        sources: What each source is, by its key.
    """

    vehicles: Mapping[str, Vehicle]
    sources: Mapping[str, str]


@cache
def published() -> Figures:
    """The figures that come with Heli: 50 vehicles of the EMEP/EEA guidebook."""
    return read_figures(files(__package__).joinpath("figures.toml").read_text("utf-8"))


def read_figures(text: str) -> Figures:
    """Read a table of figures in the form of ``figures.toml``.

    Raises:
        BadFiguresError: For the first entry that is wrong.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadFiguresError(field="figures", place="TOML", reason=str(error)) from error
    sources = _table(raw, "sources")
    wear = {key: _wear(key, entry, sources) for key, entry in _table(raw, "wear").items()}
    fuels = {key: _fuel(key, entry, sources) for key, entry in _table(raw, "fuels").items()}
    vehicles = {
        key: _vehicle(key, entry, fuels, wear, sources)
        for key, entry in _table(raw, "vehicles").items()
    }
    return Figures(vehicles, {key: " ".join(str(each).split()) for key, each in sources.items()})


def _vehicle(
    key: str, entry: Any, fuels: Mapping[str, float], wear: Mapping[str, Wear], sources: Any
) -> Vehicle:
    place = f"vehicles.{key}"
    entry = _entry(place, entry, sources)
    fuel, worn = entry.get("fuel"), entry.get("wear")
    if fuel not in fuels:
        raise BadFiguresError(field="figures", place=place, reason=f"fuel {fuel!r} is not listed")
    if worn is not None and worn not in wear:
        raise BadFiguresError(field="figures", place=place, reason=f"wear {worn!r} is not listed")
    curves = {name: _curve(f"{place}.{name}", entry[name]) for name in CURVES if name in entry}
    return Vehicle(
        key=key,
        category=str(entry.get("category", key)),
        fuel=fuel,
        co2=fuels[fuel],
        curves=curves,
        wear=None if worn is None else wear[worn],
        source=entry["source"],
    )


def _curve(place: str, values: Any) -> Curve:
    if not isinstance(values, list) or len(values) != COEFFICIENTS:
        raise BadFiguresError(
            field="figures", place=place, reason=f"it must list {COEFFICIENTS} numbers"
        )
    low, high, a, b, c, d, e, z, h, reduction = (_number(place, value) for value in values)
    curve = Curve(low, high, (a, b, c, d), (e, z, h), reduction)
    if not 0 < low < high:
        raise BadFiguresError(
            field="figures", place=place, reason="speeds must be above 0 and in order"
        )
    speeds = np.linspace(low, high, 1 + round(high - low))
    divisor = (e * speeds + z) * speeds + h
    if divisor.min() <= 0 <= divisor.max() or curve.at(speeds).min() < 0:
        raise BadFiguresError(
            field="figures", place=place, reason="the curve is negative or has a pole in its range"
        )
    return curve


def _wear(key: str, entry: Any, sources: Any) -> Wear:
    place = f"wear.{key}"
    entry = _entry(place, entry, sources)
    tyre, brake, road = (_number(place, entry.get(name)) for name in ("tyre", "brake", "road"))
    return Wear(tyre, brake, road, entry["source"])


def _fuel(key: str, entry: Any, sources: Any) -> float:
    return _number(f"fuels.{key}", _entry(f"fuels.{key}", entry, sources).get("co2"))


def _table(raw: dict[str, Any], name: str) -> dict[str, Any]:
    table = raw.get(name)
    if not isinstance(table, dict):
        raise BadFiguresError(field="figures", place=name, reason="this table is missing")
    return table


def _entry(place: str, entry: Any, sources: Any) -> dict[str, Any]:
    if not isinstance(entry, dict):
        raise BadFiguresError(field="figures", place=place, reason="it must be a table")
    if entry.get("source") not in sources:
        raise BadFiguresError(field="figures", place=place, reason="it names no listed source")
    return entry


def _number(place: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not np.isfinite(value):
        raise BadFiguresError(field="figures", place=place, reason=f"{value!r} is not a number")
    return float(value)
