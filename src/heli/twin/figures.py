"""The figures of an evaluation, each with its domain, place, group of people and unit."""

import math

import numpy as np

from heli.arrays import Numbers
from heli.twin.city import POLLUTANTS, City
from heli.twin.evaluating import Evaluation
from heli.twin.keys import Key
from heli.twin.ledgers import QUANTITIES

Figures = dict[Key, float]


def figures(found: Evaluation) -> Figures:
    """All figures of an evaluation, always the same ones in the same order."""
    return {
        **_traffic(found),
        **_emissions(found),
        **_air(found),
        **_commerce(found),
        **_reach(found),
    }


def _traffic(found: Evaluation) -> Figures:
    city, ledger = found.state.city, found.traffic
    driven, hours = ledger.vehicle_km.sum(axis=1), ledger.vehicle_hours.sum(axis=1)
    by_district = np.bincount(city.road_district, weights=driven, minlength=len(city.districts) + 1)
    told = {
        Key("traffic", "vehicle_km"): float(driven.sum()),
        Key("traffic", "vehicle_hours"): float(hours.sum()),
        Key("traffic", "mean_speed"): float(driven.sum() / hours.sum()) if hours.any() else 0.0,
        Key("traffic", "by_car"): ledger.by_car,
        Key("traffic", "by_transit"): ledger.by_transit,
        Key("traffic", "given_up"): ledger.given_up,
        Key("traffic", "moved_in_time"): ledger.moved_in_time,
        Key("traffic", "vehicles_given_up"): ledger.vehicles_given_up,
        Key("traffic", "tolls"): float(ledger.tolls.sum()),
    }
    for name, flow in ledger.watched.items():
        told[Key("traffic", "flow", name)] = flow
    for district, amount in zip(city.districts, by_district.tolist(), strict=False):
        told[Key("traffic", "vehicle_km", district)] = amount
    return told


def _emissions(found: Evaluation) -> Figures:
    city, table = found.state.city, found.emissions.by_district
    told = {}
    for q, quantity in enumerate(QUANTITIES):
        told[Key("emissions", f"{quantity}_emitted")] = float(table[:, q].sum())
        for district, grams in zip(city.districts, table[:, q].tolist(), strict=False):
            told[Key("emissions", f"{quantity}_emitted", district)] = grams
    return told


def _air(found: Evaluation) -> Figures:
    told = {}
    for pollutant in POLLUTANTS:
        exposed = found.exposure.districts[pollutant]
        told[Key("air", pollutant)] = exposed.mean
        told |= _by_both("air", pollutant, exposed.by_both, found.state.city)
        told |= _by_place("air", pollutant, exposed.by_district, found.state.city)
        for (area, name), mean in found.exposure.areas.items():
            if name == pollutant:
                told[Key("air", pollutant, area)] = mean
    return told


def _commerce(found: Evaluation) -> Figures:
    city, ledger = found.state.city, found.commerce
    told = {
        Key("commerce", "sales"): float(ledger.by_shop.sum()),
        Key("commerce", "sales_outside"): ledger.outside,
    }
    told |= _by_place("commerce", "sales", ledger.by_district, city)
    for area, zones in city.areas.items():
        at = [city.zone_index[zone] for zone in zones]
        told[Key("commerce", "sales", area)] = float(ledger.by_zone[at].sum())
    for kind in dict.fromkeys(shop.kind for shop in city.shops):
        chosen = np.array([shop.kind == kind for shop in city.shops])
        told[Key("commerce", "sales", kind)] = float(ledger.by_shop[chosen].sum())
    return told


def _reach(found: Evaluation) -> Figures:
    city, ledger = found.state.city, found.access
    people = city.residents
    travel = ledger.travel
    told = {
        Key("people", "travel"): float(travel.losses.sum() - travel.gains.sum())
        / float(travel.people.sum()),
        Key("people", "losers"): float(travel.losers.sum()),
        Key("people", "winners"): float(travel.winners.sum()),
    }
    told |= _by_both("people", "travel", 0.0 - travel.per_person, city)
    told |= _by_both("people", "losers", travel.losers, city)
    for name, reached in ledger.reached.items():
        told[Key("people", name)] = float((reached * people).sum() / people.sum())
        summed, count = (np.zeros((len(city.districts), len(city.groups))) for _ in range(2))
        np.add.at(summed, city.zone_district, reached * people)
        np.add.at(count, city.zone_district, people)
        mean = np.divide(summed, count, out=np.full_like(summed, np.nan), where=count > 0)
        told |= _by_both("people", name, mean, city)
    return told


def _by_place(domain: str, name: str, values: Numbers, city: City) -> Figures:
    """By district; where nobody lives there is no mean, and no figure."""
    return {
        Key(domain, name, district): value
        for district, value in zip(city.districts, values.tolist(), strict=True)
        if math.isfinite(value)
    }


def _by_both(domain: str, name: str, values: Numbers, city: City) -> Figures:
    """By district and group; where nobody lives there is no mean, and no figure."""
    return {
        Key(domain, name, district, group.id): value
        for district, row in zip(city.districts, values.tolist(), strict=True)
        for group, value in zip(city.groups, row, strict=True)
        if math.isfinite(value)
    }
