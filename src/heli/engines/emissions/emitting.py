"""From traffic to emissions: flows and speeds of links, a fleet, and the figures of its vehicles.

The approximation, link by link: all vehicles of a class on a link are taken to drive at its mean
speed, and the speed function of a whole trip is read at it. The functions were measured on driving
cycles of minutes, so single short links are rough and sums over streets are better; stop-and-go
counts only as far as it lowers the mean speed. Only hot engines: no cold starts, no evaporation, no
gradients, heavy vehicles half loaded.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from heli.arrays import Numbers, numbers
from heli.engines.emissions.errors import (
    BadMixError,
    MissingFigureError,
    UnknownQuantityError,
    UnknownVehicleError,
)
from heli.engines.emissions.figures import QUANTITIES, Figures, Vehicle

CLOSE_TO_ONE = 1e-9
SECONDS_PER_HOUR = 3600


@dataclass(frozen=True, slots=True)
class Fleet:
    """Which vehicles the classes of traffic consist of.

    Attributes:
        classes: The traffic engine's classes of vehicles, in its order.
        vehicles: All vehicles that occur.
        shares: Share of each vehicle in the kilometres of its class, classes × vehicles.
    """

    classes: tuple[str, ...]
    vehicles: tuple[Vehicle, ...]
    shares: Numbers


@dataclass(frozen=True, slots=True)
class Emissions:
    """What traffic emits in an hour: one set of numbers, summed in several ways.

    Attributes:
        quantities: Names of the last axis.
        rates: g/h (energy MJ/h), links × classes × quantities.
        vehicle_km: Kilometres driven in an hour, links × classes.
        by_vehicle: g/h (MJ/h), vehicles of the fleet × quantities.
        within: Share of the vehicle-kilometres at speeds the curves were measured for, by quantity;
            where nothing leaves an exhaust, speed does not matter.
    """

    quantities: tuple[str, ...]
    rates: Numbers
    vehicle_km: Numbers
    by_vehicle: Numbers
    within: Numbers

    @property
    def by_link(self) -> Numbers:
        """g/h (MJ/h), links × quantities."""
        return np.asarray(self.rates.sum(axis=1))

    @property
    def by_class(self) -> Numbers:
        """g/h (MJ/h), classes × quantities."""
        return np.asarray(self.rates.sum(axis=0))

    @property
    def total(self) -> Numbers:
        """g/h (MJ/h), by quantity."""
        return np.asarray(self.rates.sum(axis=(0, 1)))

    def per_second(self, quantity: str) -> Numbers:
        """What each link emits of one quantity, g/s: the input of dispersion."""
        _check_quantities([quantity], self.quantities)
        rates = self.rates[:, :, self.quantities.index(quantity)]
        return np.asarray(rates.sum(axis=1) / SECONDS_PER_HOUR)


def fleet(mixes: Mapping[str, Mapping[str, float]], figures: Figures) -> Fleet:
    """A fleet from the mix of each class of traffic.

    Args:
        mixes: For each class, in the traffic engine's order, shares of vehicle-kilometres by the
            keys of vehicles.
        figures: What is known of vehicles.

    Raises:
        UnknownVehicleError: If a vehicle has no figures.
        BadMixError: If shares of a class are negative or do not add up to 1.
    """
    keys = sorted({key for mix in mixes.values() for key in mix})
    shares = np.zeros((len(mixes), len(keys)))
    for row, (name, mix) in enumerate(mixes.items()):
        for key, share in mix.items():
            if key not in figures.vehicles:
                known = ", ".join(figures.vehicles)
                raise UnknownVehicleError(field=name, vehicle=key, place=name, known=known)
            shares[row, keys.index(key)] = share
        total = float(shares[row].sum())
        if not (abs(total - 1) <= CLOSE_TO_ONE and shares[row].min() >= 0):
            raise BadMixError(field=name, place=name, total=total)
    vehicles = tuple(figures.vehicles[key] for key in keys)
    return Fleet(tuple(mixes), vehicles, shares / shares.sum(axis=1, keepdims=True))


def emit(
    flow: ArrayLike,
    speed: ArrayLike,
    length: ArrayLike,
    mix: Fleet,
    quantities: Sequence[str] = QUANTITIES,
) -> Emissions:
    """What the traffic of a network emits.

    Args:
        flow: Vehicles per hour, links × classes.
        speed: Mean speed in km/h, links × classes.
        length: Kilometres, by link.
        mix: The fleet; its classes are the columns of ``flow``.
        quantities: Which of :data:`~heli.engines.emissions.figures.QUANTITIES` to tell.

    Raises:
        BadNumberError: For the first number that is not finite or below 0, with its place.
        BadShapeError: If links or classes do not match.
        MissingFigureError: If a quantity is not known of a vehicle in the fleet.
        UnknownQuantityError: If there is no such quantity.
    """
    shape = (len(length := numbers(length, "length", (None,), least=0)), len(mix.classes))
    flow = numbers(flow, "flow", shape, least=0)
    speed = numbers(speed, "speed", shape, least=0)
    _check_quantities(quantities, QUANTITIES)
    _check_known(mix, quantities)
    vehicle_km = flow * length[:, None]
    rates = np.zeros((*shape, len(quantities)))
    by_vehicle = np.zeros((len(mix.vehicles), len(quantities)))
    within = np.zeros(len(quantities))
    for row, number in np.argwhere(mix.shares > 0):
        vehicle, speeds = mix.vehicles[number], speed[:, row]
        driven = vehicle_km[:, row] * mix.shares[row, number]
        for column, quantity in enumerate(quantities):
            emitted = driven * vehicle.factor(quantity, speeds)
            rates[:, row, column] += emitted
            by_vehicle[number, column] += emitted.sum()
            curve = vehicle.curve(quantity)
            within[column] += driven.sum() if curve is None else driven @ curve.covers(speeds)
    total = vehicle_km.sum()
    covered = within / total if total else np.ones(len(quantities))
    return Emissions(tuple(quantities), rates, vehicle_km, by_vehicle, np.minimum(covered, 1.0))


def _check_known(mix: Fleet, quantities: Sequence[str]) -> None:
    for row, number in np.argwhere(mix.shares > 0):
        for quantity in quantities:
            if not mix.vehicles[number].knows(quantity):
                name = mix.classes[row]
                raise MissingFigureError(
                    field=name, place=name, vehicle=mix.vehicles[number].key, quantity=quantity
                )


def _check_quantities(asked: Sequence[str], known: Sequence[str]) -> None:
    for quantity in asked:
        if quantity not in known:
            raise UnknownQuantityError(
                field="quantities", quantity=quantity, known=", ".join(known)
            )
