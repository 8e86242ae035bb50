"""What the solver leaves open of each figure: it is run again from elsewhere, and less exactly.

In equilibrium the flow of a link is unique, but not which classes make it up: people and trucks may
change places on two ways that cost both the same. What depends on the vehicles, such as emissions,
then depends on where the solver started. How far it can be off is not known; what is told here is
the most that some other starts make of it: a city in which time has twice its worth, and the
solution of each option. A few runs may happen to leave one district where it was while they move
the next, so what depends on the vehicles is told to be open by the same share in every place.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from heli.arrays import Numbers
from heli.twin.city import City
from heli.twin.comparing import Comparison, compare
from heli.twin.evaluating import Evaluation
from heli.twin.figures import Figures, figures
from heli.twin.keys import ALL, Key
from heli.twin.ledgers import access_ledger
from heli.twin.scenarios import Scenario
from heli.twin.state import base_state, central

LOOSER = 10.0
"""How much larger the gap is of the run that shows how much of a figure comes with a better one.

What is left open falls at least in proportion to the gap, so the run tells several times as much.
A gap that is the same for all runs would not do: with it goes how far demand may be from costs, and
where that is more than people answer to a policy, all that the policy does is taken for an error.
"""
NUDGE = 1e-4
"""Share by which ways are made longer and shorter for figures that go in steps."""
LEAST = 1e-9
"""Share of a figure, and of its unit, that is always rounding."""
STEPS = {"losers", "winners", "jobs", "school_places", "hospital_beds"}
WEIGHTY = 0.05
"""Share of the largest place's figure below which a place tells nothing of the others."""
OF_VEHICLES = {"emissions", "air"}
"""Domains whose figures depend on which classes make up a flow."""


def solver_errors(
    found: Comparison, city: City, scenarios: Mapping[str, Scenario], *, gap: float
) -> dict[str, Numbers]:
    """How much each figure moved when the solver ran otherwise, by option, (K,) each.

    Args:
        found: The comparison with the city's assumptions.
        city: The city.
        scenarios: Its options by name.
        gap: Relative gap for the runs from elsewhere.
    """
    values = central(city)
    dearer = {**values, "value_of_time": 2 * values["value_of_time"]}
    start = base_state(city, dearer, gap=gap).solution
    others = [
        compare(city, scenarios, gap=LOOSER * gap),
        compare(city, scenarios, gap=gap, start=start),
        *(
            compare(city, {name: scenarios[name]}, gap=gap, start=option.state.solution)
            for name, option in found.options.items()
        ),
    ]
    told = {name: _vector(each) for name, each in found.figures().items()}
    errors = {name: LEAST * np.maximum(np.abs(vector), 1.0) for name, vector in told.items()}
    for other in others:
        for name, moved in other.figures().items():
            errors[name] = np.maximum(errors[name], np.abs(_vector(moved) - told[name]))
    for name, each in {"base": found.base, **found.options}.items():
        errors[name] = np.maximum(errors[name], _steps(each, found.base))
        errors[name] = _shared(list(figures(each)), told[name], errors[name])
    return errors


def _shared(keys: Sequence[Key], told: Numbers, errors: Numbers) -> Numbers:
    """The errors, with one share in all places for each figure that depends on the vehicles."""
    places = defaultdict(list)
    for k, key in enumerate(keys):
        if key.place and key.domain in OF_VEHICLES:
            places[key._replace(place=ALL)].append(k)
    shared = errors.copy()
    for of_one in places.values():
        size = np.abs(told[of_one])
        if not size.any():
            continue
        weighty = size >= WEIGHTY * size.max()
        share = np.max(errors[of_one][weighty] / size[weighty])
        shared[of_one] = np.maximum(errors[of_one], share * size)
    return shared


def _steps(found: Evaluation, base: Evaluation) -> Numbers:
    """How far figures that go in steps move with the costs of ways by car, (K,); others are 0."""
    told = figures(found)
    moved = np.zeros(len(told))
    for share in (-NUDGE, NUDGE):
        drivers = tuple(
            replace(d, cost=d.cost * (1 + share), minutes=d.minutes * (1 + share))
            for d in found.state.drivers
        )
        access = access_ledger(replace(found.state, drivers=drivers), base.state)
        nudged = figures(replace(found, access=access))
        steps = [nudged[key] - told[key] if key.name in STEPS else 0.0 for key in told]
        moved = np.maximum(moved, np.abs(steps))
    return moved


def _vector(told: Figures) -> Numbers:
    return np.array(list(told.values()))
