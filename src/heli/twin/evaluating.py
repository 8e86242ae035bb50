"""All reports of one state together, refused if they are of different states or do not agree."""

from dataclasses import dataclass, fields

from heli.arrays import Numbers
from heli.twin.errors import MixedStatesError, UnbalancedError
from heli.twin.ledgers import (
    AccessLedger,
    CommerceLedger,
    EmissionsLedger,
    ExposureLedger,
    TrafficLedger,
    access_ledger,
    commerce_ledger,
    emissions_ledger,
    exposure_ledger,
    traffic_ledger,
)
from heli.twin.state import State

TOLERANCE = 1e-9
"""Relative difference up to which two reports agree."""


@dataclass(frozen=True, eq=False)
class Evaluation:
    """One state with all of its reports. To make one is to check it.

    Raises:
        MixedStatesError: If a report is of another state.
        UnbalancedError: If vehicle-kilometres, money, grams or persons do not add up.
    """

    state: State
    traffic: TrafficLedger
    emissions: EmissionsLedger
    commerce: CommerceLedger
    exposure: ExposureLedger
    access: AccessLedger

    def __post_init__(self) -> None:
        for field in fields(self)[1:]:
            found = getattr(self, field.name).state
            if found != self.state.digest:
                raise MixedStatesError(
                    ledger=field.name, found=found[:12], wanted=self.state.digest[:12]
                )
        for what, left, right in self.balances():
            _agree(what, left, right)

    def balances(self) -> list[tuple[str, float, float]]:
        """What must be equal across reports: its name and both sides."""
        driven, emitted = self.traffic.vehicle_km, self.emissions
        grams = {
            "links and classes": (emitted.by_link, emitted.by_class),
            "links and vehicles": (emitted.by_link, emitted.by_vehicle),
            "links and districts": (emitted.by_link, emitted.by_district),
        }
        return [
            *(
                (f"vehicle-km of class {n} in traffic and emissions", *sums)
                for n, sums in enumerate(_columns(driven, emitted.vehicle_km))
            ),
            *(
                (f"grams of quantity {n} by {what}", *sums)
                for what, tables in grams.items()
                for n, sums in enumerate(_columns(*tables))
            ),
            (
                "spending in shops and outside, and budgets",
                float(self.commerce.by_shop.sum()) + self.commerce.outside,
                self.commerce.budgets,
            ),
            (
                "sales of shops and of districts",
                float(self.commerce.by_shop.sum()),
                float(self.commerce.by_district.sum()),
            ),
            *self._people(),
        ]

    def _people(self) -> list[tuple[str, float, float]]:
        """Persons who travel or not, and all who wanted to; people who breathe, and all."""
        city, demand = self.state.city, self.state.values["demand"]
        cars = sum(
            city.trips[segment.id].sum() * segment.occupancy
            for segment in city.segments
            if segment.group is not None
        )
        wanted = demand * (cars + sum(table.sum() for table in city.transit.values()))
        traffic = self.traffic
        told = traffic.by_car + traffic.by_transit + traffic.given_up + traffic.moved_in_time
        return [
            (
                "persons who travel, now or later, or gave up, and who wanted to",
                told,
                float(wanted),
            ),
            *(
                (
                    f"people who breathe {pollutant}, and residents",
                    float(exposed.people.sum()),
                    float(city.residents.sum()),
                )
                for pollutant, exposed in self.exposure.districts.items()
            ),
        ]


def evaluate(state: State, base: Evaluation | None = None) -> Evaluation:
    """All reports of a state.

    Args:
        state: The city with or without a scenario.
        base: The evaluation of the base it is compared with; without one, of itself.
    """
    emitted = emissions_ledger(state)
    return Evaluation(
        state=state,
        traffic=traffic_ledger(state),
        emissions=emitted,
        commerce=commerce_ledger(state, base.commerce if base else None),
        exposure=exposure_ledger(state, emitted),
        access=access_ledger(state, base.state if base else state),
    )


def _columns(one: Numbers, other: Numbers) -> list[tuple[float, float]]:
    return list(zip(one.sum(axis=0).tolist(), other.sum(axis=0).tolist(), strict=True))


def _agree(what: str, left: float, right: float) -> None:
    if not abs(left - right) <= TOLERANCE * max(abs(left), abs(right), 1e-9):
        raise UnbalancedError(what=what, left=left, right=right, tolerance=TOLERANCE)
