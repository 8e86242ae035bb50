"""Scenarios for tests, measures on one line each, and ensembles of them."""

import numpy as np
import yaml

from heli.twin.comparing import compare
from heli.twin.ensemble import GAP, Ensemble
from heli.twin.leeway import solver_errors
from heli.twin.scenarios import read_scenario

HEAD = """
id: tried
title: {zh: 试, en: Tried}
window: {days: [mon, tue, wed, thu, fri], from: 07:00, to: 20:00}
"""


def scenario(city, *measures, **head):
    plain = {
        **yaml.load(HEAD, yaml.BaseLoader),
        "model": city.version,
        "measures": [yaml.load(measure, yaml.SafeLoader) for measure in measures],
        **head,
    }
    return read_scenario(yaml.safe_dump(plain, allow_unicode=True))


def run_ensemble(city, scenarios, chosen):
    """The base and all options for every draw, as a run computes them, in this process."""
    exact = compare(city, scenarios, gap=GAP)
    start = exact.base.state.solution
    rows = {"base": [], **{name: [] for name in scenarios}}
    for values in chosen:
        found = compare(city, scenarios, values, gap=GAP, start=start).figures()
        for name, table in rows.items():
            table.append(list(found[name].values()))
    return Ensemble(
        keys=tuple(exact.figures()["base"]),
        draws={name: np.array(table) for name, table in rows.items()},
        solver=solver_errors(exact, city, scenarios, gap=GAP),
    )
