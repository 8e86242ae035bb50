"""Who travels: user classes, and trips between zones."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from heli.engines.traffic.errors import (
    BadQuantityError,
    TollWithoutValueError,
    TripsToMissingZoneError,
)
from heli.engines.traffic.network import Network

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


@dataclass(frozen=True)
class UserClass:
    """Travellers who have the same rights, pay the same and value time alike.

    Attributes:
        name: Unique among the classes of a task.
        value_of_time: Money an hour, by which tolls and distance become minutes; None if nothing
            is paid.
        distance_cost: Money for one unit of length.
        pce: Passenger-car units of one vehicle (2 to 3 for a lorry).
        barred: Links that the class may not use.
        tolls: Tolls of its own by link, instead of the links' general toll.
    """

    name: str
    value_of_time: float | None = None
    distance_cost: float = 0.0
    pce: float = 1.0
    barred: frozenset[str] = frozenset()
    tolls: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        place = f"class {self.name}"
        _require(place, "pce", self.pce, "> 0", self.pce > 0)
        _require(place, "distance_cost", self.distance_cost, "≥ 0", self.distance_cost >= 0)
        if self.value_of_time is not None:
            _require(place, "value_of_time", self.value_of_time, "> 0", self.value_of_time > 0)
        for link, toll in self.tolls.items():
            _require(f"{place}, link {link}", "toll", toll, "≥ 0", toll >= 0)

    def usable(self, network: Network) -> NDArray[np.bool_]:
        """Which links the class may use, (A,).

        Raises:
            UnknownLinkError: If it is barred from a link that is not there.
        """
        allowed = network.is_open.copy()
        allowed[network.find_links(sorted(self.barred), f"class {self.name}")] = False
        return allowed

    def fixed_cost(self, network: Network) -> Floats:
        """What it pays for each link beside time, as minutes, (A,).

        Raises:
            UnknownLinkError: If it has a toll for a link that is not there.
            TollWithoutValueError: If it has to pay and has no value of time.
        """
        toll = network.toll.copy()
        for name, value in self.tolls.items():
            toll[network.find_links((name,), f"class {self.name}")] = value
        money = toll + self.distance_cost * network.length
        if self.value_of_time is None:
            paid = np.flatnonzero((money > 0) & self.usable(network))
            if paid.size:
                link = network.link_ids[paid[0]]
                raise TollWithoutValueError(
                    place=f"link {link}", toll=float(money[paid[0]]), name=self.name
                )
            return np.zeros(network.tail.size)
        return money * (60.0 / self.value_of_time)


@dataclass(frozen=True, eq=False)
class Trips:
    """Trips between zones: vehicles an hour, each pair once, by origin and then destination.

    ``origin`` and ``destination`` are positions in the network's ``zones``; all are (P,).
    """

    origin: Ints
    destination: Ints
    number: Floats

    @property
    def total(self) -> float:
        """All trips, those that stay in their zone included."""
        return float(self.number.sum())

    def times(self, factor: float) -> Trips:
        """The same pairs with every number multiplied."""
        return Trips(self.origin, self.destination, self.number * factor)


def build_trips(
    rows: Iterable[tuple[str, str, float]], network: Network, place: str = "trips"
) -> Trips:
    """Trips from rows of origin zone, destination zone and number; equal pairs add up.

    Raises:
        TripsToMissingZoneError: If trips begin or end in a zone that is not there. Rows of 0 trips
            may name any zone.
        BadQuantityError: If a number is negative or not finite.
    """
    index = network.zone_index
    origins, destinations, numbers = [], [], []
    for origin, destination, number in rows:
        where = f"{place}, {origin} → {destination}"
        _require(where, "trips", number, "≥ 0", number >= 0)
        for zone in (origin, destination):
            if zone not in index and number > 0:
                raise TripsToMissingZoneError(place=where, zone=zone, trips=number)
        if number > 0:
            origins.append(index[origin])
            destinations.append(index[destination])
            numbers.append(number)
    return merge_trips(origins, destinations, numbers, len(index))


def merge_trips(
    origins: ArrayLike, destinations: ArrayLike, numbers: ArrayLike, zones: int
) -> Trips:
    """Trips from columns of positions, sorted, equal pairs added up."""
    origin = np.array(origins, np.int64)
    destination = np.array(destinations, np.int64)
    number = np.array(numbers, np.float64)
    pairs, where = np.unique(origin * zones + destination, return_inverse=True)
    total = np.zeros(pairs.size)
    # Equal pairs are added smallest first, so that the order of the rows does not matter.
    by_size = np.argsort(number, kind="stable")
    np.add.at(total, where[by_size], number[by_size])
    return Trips((pairs // zones).astype(np.int32), (pairs % zones).astype(np.int32), total)


def _require(place: str, quantity: str, value: float, wanted: str, met: bool) -> None:
    if not (met and math.isfinite(value)):
        raise BadQuantityError(
            field=quantity, place=place, quantity=quantity, value=value, wanted=wanted
        )
