"""Options side by side with the city as it is: figures, and a report as plain data."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from heli.arrays import Numbers
from heli.engines.traffic import Solution
from heli.twin.assumptions import MEANINGS
from heli.twin.city import City
from heli.twin.evaluating import Evaluation, evaluate
from heli.twin.figures import Figures, figures
from heli.twin.keys import Key
from heli.twin.scenarios import Scenario
from heli.twin.settling import base_table
from heli.twin.state import GAP, State, Values, base_state, scenario_state

NAMED = 20
"""Pairs that are cut off that a report names."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """The base and options, all from the same city and the same assumptions."""

    base: Evaluation
    options: Mapping[str, Evaluation]

    def figures(self) -> dict[str, Figures]:
        """All figures, by option; the base is called ``base``."""
        everything = {"base": self.base, **self.options}
        return {name: figures(each) for name, each in everything.items()}


def compare(
    city: City,
    scenarios: Mapping[str, Scenario],
    values: Values | None = None,
    *,
    gap: float = GAP,
    start: Solution | None = None,
) -> Comparison:
    """Evaluate the base and every scenario.

    Args:
        city: The city.
        scenarios: The options by name.
        values: Assumptions; by default the city's.
        gap: Relative gap to reach.
        start: A solution to start the base from.

    Raises:
        TwinError: If a scenario does not fit the city.
    """
    base = evaluate(base_state(city, values, start=start, gap=gap))
    return Comparison(
        base,
        {
            name: evaluate(scenario_state(scenario, base.state, gap=gap), base)
            for name, scenario in scenarios.items()
        },
    )


def report(found: Comparison, errors: Mapping[str, Numbers]) -> dict[str, Any]:
    """A comparison as plain data, the shape of ``--json``.

    Args:
        found: The comparison.
        errors: What the solver leaves open of its figures, by option, (K,) each, of
            :func:`heli.twin.leeway.solver_errors`.
    """
    city = found.base.state.city
    told = found.figures()
    return {
        "city": {"name": city.name, "version": city.version, "hour": city.hour},
        "assumptions": assumptions(city),
        "states": {
            "base": _quality(found.base),
            **{
                name: {**_quality(each), "cut_off": cut_off(each.state, found.base.state)}
                for name, each in found.options.items()
            },
        },
        "figures": [
            {
                **_row(key, told),
                "solver_errors": {name: float(each[k]) for name, each in errors.items()},
            }
            for k, key in enumerate(told["base"])
        ],
    }


def cut_off(state: State, base: State) -> dict[str, Any]:
    """Pairs of zones between which people drove and nobody may or can any more.

    Returns:
        Their number, the vehicles an hour that drove between them, and those with the most.
    """
    city = state.city
    before = np.sum([base_table(base, each.id) for each in city.segments], axis=0)
    shut = np.all([np.isinf(driver.cost) for driver in state.drivers], axis=0) & (before > 0)
    origin, destination = np.nonzero(shut)
    vehicles = before[origin, destination]
    most = np.lexsort((destination, origin, -vehicles))[:NAMED]
    return {
        "pairs": int(shut.sum()),
        "vehicles": float(vehicles.sum()),
        "most": [
            {
                "from": city.zones[origin[p]].id,
                "to": city.zones[destination[p]].id,
                "vehicles": float(vehicles[p]),
            }
            for p in most.tolist()
        ],
    }


def assumptions(city: City) -> list[dict[str, Any]]:
    """What a city assumes: values and ranges, with what they mean."""
    return [
        {
            "name": name,
            **asdict(each),
            "unit": MEANINGS[name].unit,
            "meaning": MEANINGS[name].text,
        }
        for name, each in city.assumptions.items()
    ]


def _quality(found: Evaluation) -> dict[str, Any]:
    solution = found.state.solution
    scenario = found.state.scenario
    return {
        "digest": found.state.digest,
        "title": None if scenario is None else {"zh": scenario.title.zh, "en": scenario.title.en},
        "relative_gap": solution.relative_gap,
        "demand_difference": found.state.difference,
        "balances": len(found.balances()),
    }


def _row(key: Key, told: Mapping[str, Figures]) -> dict[str, Any]:
    return {
        **key._asdict(),
        "unit": key.unit,
        **{name: each[key] for name, each in told.items()},
    }
