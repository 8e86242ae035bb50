"""Tastes of shopping that agree with what shops sell, at the travel times of a state."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from heli.arrays import Numbers
from heli.engines.commerce.calibrating import Calibration, from_sales
from heli.engines.commerce.huff import Tastes, spend
from heli.twin.assumptions import MEANINGS, Assumption
from heli.twin.city import City
from heli.twin.goodness import DIGITS, both
from heli.twin.ledgers import shoppers
from heli.twin.state import State

STANDARD_ERRORS = 2.0
NAMES = ("attraction", "decay", "outside")


def fit_tastes(
    city: City, state: State, sales: Mapping[str, float], source: str
) -> tuple[City, dict[str, Any]]:
    """A city whose assumptions of shopping agree with sales, and how well they do.

    Raises:
        NotIdentifiedError: Sales say nothing about one of them.
        NotConvergedError: There are no best ones.
    """
    market = _Market(city, state)
    before = market.sold({name: city.assumptions[f"shop_{name}"].value for name in NAMES})
    found = market.fitted(sales, before)
    errors = dict(zip(NAMES, found.errors, strict=True))
    assumptions = dict(city.assumptions)
    for name in NAMES:
        key = f"shop_{name}"
        value = float(getattr(found.tastes, name))
        assumptions[key] = _moved(key, city.assumptions[key], value, errors[name], source)
    calibrated = replace(city, assumptions=assumptions)
    vars(calibrated)["network"] = city.network
    after = market.sold({name: assumptions[f"shop_{name}"].value for name in NAMES})
    at = [number for number, shop in enumerate(city.shops) if shop.id in sales]
    shops = [city.shops[number] for number in at]
    taken = np.array([sales[shop.id] for shop in shops])
    return calibrated, {
        "source": source,
        "unit": "yuan/day",
        "parameters": [
            {
                "kind": "taste",
                "name": f"shop_{name}",
                "unit": MEANINGS[f"shop_{name}"].unit,
                "before": city.assumptions[f"shop_{name}"].value,
                "value": assumptions[f"shop_{name}"].value,
                "error": round(errors[name], DIGITS + 2),
                "low": assumptions[f"shop_{name}"].low,
                "high": assumptions[f"shop_{name}"].high,
                "at_bound": False,
            }
            for name in NAMES
        ],
        "explained": round(found.explained, DIGITS),
        "used": both(taken, before[at], after[at], np.ones(len(at), bool), counted=False),
        "held_out": None,
        "points": [
            {
                "place": shop.id,
                "zone": shop.zone,
                "kind": shop.kind,
                "held_out": False,
                "observed": float(sales[shop.id]),
                "before": round(float(before[n]), 2),
                "after": round(float(after[n]), 2),
            }
            for n, shop in zip(at, shops, strict=True)
        ],
    }


class _Market:
    """Who shops, and how far it is to the shops: people's groups one below the other."""

    def __init__(self, city: City, state: State) -> None:
        zone = np.array([city.zone_index[shop.zone] for shop in city.shops])
        groups = list(shoppers(state))
        self.city = city
        self.floor = np.array([shop.floor_space for shop in city.shops])
        self.budgets = np.concatenate([people for _, people, _ in groups])
        self.cost = np.concatenate([cost[:, zone] for _, _, cost in groups])

    def sold(self, tastes: Mapping[str, float]) -> Numbers:
        """Sales of each shop with these tastes, yuan a day."""
        return spend(self.budgets, self.cost, self.floor, Tastes(**tastes)).sales

    def fitted(self, sales: Mapping[str, float], modelled: Numbers) -> Calibration:
        """The tastes that agree best; shops of which nothing is known sell as modelled."""
        taken = [sales.get(shop.id, modelled[n]) for n, shop in enumerate(self.city.shops)]
        elasticity = self.city.assumptions["shop_elasticity"].value
        return from_sales(
            np.array(taken), self.budgets, self.cost, self.floor, elasticity=elasticity
        )


def _moved(name: str, stated: Assumption, value: float, error: float, source: str) -> Assumption:
    """An assumption at its calibrated value; its range moves along, and grows if it must."""
    meaning = MEANINGS[name]
    value = round(value, DIGITS)
    reach = STANDARD_ERRORS * error
    low = min(value - reach, value - (stated.value - stated.low))
    high = max(value + reach, value + (stated.high - stated.value))
    return Assumption(
        value,
        round(max(low, meaning.least), DIGITS),
        round(min(high, meaning.most), DIGITS),
        source or stated.source,
    )
