"""Makes the file of what is counted on Linjiang's roads and sold in its shops.

    python -m heli.demo.twin.observing

The city of :mod:`heli.demo.twin.city` at equilibrium, seen at some places, with noise from a seeded
generator. To be run again when that city changes; a test tells when.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

from heli.demo.twin.city import linjiang
from heli.twin.city import City
from heli.twin.ledgers import commerce_ledger
from heli.twin.state import State, base_state

SEED = 20260302
STATIONS = 150
"""Links that are counted besides the bridges."""
BUSY = 60.0
"""Vehicles an hour, below which nobody counts."""
COUNT_NOISE, SALES_NOISE = 0.06, 0.05
"""Standard deviations of the logarithms of errors."""

Row = dict[str, Any]


def observe(city: City) -> dict[str, list[Row]]:
    """Counts and sales of a city, by the names of their resources."""
    state = base_state(city)
    generator = np.random.default_rng(SEED)
    return {"traffic_counts": _counts(state, generator), "shop_sales": _sales(state, generator)}


def _counts(state: State, generator: np.random.Generator) -> list[Row]:
    city = state.city
    flows = state.solution.class_flow
    total = np.sum([flows[each.user.name] for each in state.drivers], axis=0)
    lorries = np.sum(
        [flows[each.user.name] for each in state.drivers if each.segment.use == "freight"], axis=0
    )
    noise = np.exp(COUNT_NOISE * generator.standard_normal((2, len(city.roads))))
    rank = generator.permutation(len(city.roads))
    counted = [road.capacity > 0 for road in city.roads]
    order = sorted(
        (a for a, road in enumerate(city.roads) if counted[a] and total[a] > BUSY),
        key=lambda a: (city.roads[a].road not in city.watched, rank[a]),
    )
    watched = sum(road.road in city.watched for road in city.roads)
    return [
        {
            "link_no": city.roads[a].id,
            "vehicles": round(float(total[a] * noise[0, a])),
            "lorries": round(float(lorries[a] * noise[1, a])),
        }
        for a in sorted(order[: STATIONS + watched], key=lambda a: city.roads[a].id)
    ]


def _sales(state: State, generator: np.random.Generator) -> list[Row]:
    sold = commerce_ledger(state).by_shop
    noise = np.exp(SALES_NOISE * generator.standard_normal(len(sold)))
    return [
        {"shop_no": shop.id, "sales": round(float(sold[n] * noise[n]), -2)}
        for n, shop in enumerate(state.city.shops)
    ]


def main() -> None:
    """Write the file beside this one, a row on each line."""
    found = observe(linjiang())
    parts = [
        f"{json.dumps(name)}: [\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]"
        for name, rows in found.items()
    ]
    text = "{" + ",\n".join(parts) + "}\n"
    Path(__file__).with_name("observed.json").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
