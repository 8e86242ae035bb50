"""The parts of a run that can be computed apart, each from plain data to plain data.

They are carried out in this process, in others, or on other machines; each process keeps the city
and its base, which all options and draws start from. Nothing here knows the database, and what
computes is loaded where it is used: whoever only hands the parts out stays small.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from heli.twin.errors import BadEntryError
from heli.twin.keys import Key
from heli.twin.packing import digest, pack, unpack
from heli.twin.scenarios import Scenario

if TYPE_CHECKING:
    from heli.twin.calibrating_limits import Limits
    from heli.twin.city import City
    from heli.twin.evaluating import Evaluation

Vectors = dict[str, list[list[float]]]
"""Draws × figures, by option."""


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be compared.

    Attributes:
        content: The city, of :func:`heli.twin.packing.pack`.
        documents: Scenarios as JSON, by the names of the options.
        draws: Size of the ensemble; 0 for none.
        by: Figures by which options are ranked.
    """

    content: bytes
    documents: tuple[tuple[str, str], ...]
    draws: int = 0
    by: tuple[str, ...] = ()

    @property
    def city(self) -> "City":
        """The city; read once in each process."""
        return unpack(self.content)

    @property
    def scenarios(self) -> dict[str, Scenario]:
        """The options by name."""
        return {name: read_document(text) for name, text in self.documents}


def read_document(text: str) -> Scenario:
    """A scenario from its document as JSON.

    Raises:
        BadEntryError: It is none.
    """
    try:
        return msgspec.json.decode(text.encode(), type=Scenario)
    except msgspec.DecodeError as error:
        raise BadEntryError(place="scenario", reason=str(error)) from error


def central(job: Job) -> dict[str, Any]:
    """The comparison with the city's assumptions as they stand, and its maps."""
    from heli.twin.comparing import Comparison, report
    from heli.twin.evaluating import evaluate
    from heli.twin.mapping import map_values
    from heli.twin.state import scenario_state

    base = base_of(job.content)
    scenarios = job.scenarios
    options = {
        name: evaluate(scenario_state(scenario, base.state), base)
        for name, scenario in scenarios.items()
    }
    found = report(Comparison(base, options), {})
    return {
        **found,
        "options": [
            {"name": name, "digest": digest(msgspec.to_builtins(each)), **_title(each)}
            for name, each in scenarios.items()
        ],
        "map": {name: map_values(each) for name, each in {"base": base, **options}.items()},
    }


def errors(job: Job, loose: bool) -> dict[str, list[float]]:
    """What the solver leaves open of every figure, by option; ``loose`` at the gap of draws."""
    from heli.twin import ensemble, state
    from heli.twin.comparing import compare
    from heli.twin.leeway import solver_errors

    gap = ensemble.GAP if loose else state.GAP
    city, scenarios = job.city, job.scenarios
    found = compare(city, scenarios, gap=gap)
    return {
        name: each.tolist() for name, each in solver_errors(found, city, scenarios, gap=gap).items()
    }


def drawn(job: Job, chosen: list[dict[str, float]]) -> Vectors:
    """All figures for some draws of the assumptions."""
    from heli.twin import ensemble
    from heli.twin.comparing import compare

    city, scenarios = job.city, job.scenarios
    start = _loose(job.content).state.solution
    rows: Vectors = {"base": [], **{name: [] for name in scenarios}}
    for values in chosen:
        found = compare(city, scenarios, values, gap=ensemble.GAP, start=start).figures()
        for name, table in rows.items():
            table.append(list(found[name].values()))
    return rows


def judged(
    job: Job, keys: list[list[str]], draws: Vectors, solver: dict[str, list[float]]
) -> list[dict[str, Any]]:
    """Which options are better by the figures asked for, and what would reverse it."""
    import numpy as np

    from heli.twin.ensemble import Ensemble
    from heli.twin.flipping import Trials
    from heli.twin.ranking import find_key, verdicts

    found = Ensemble(
        tuple(Key(*each) for each in keys),
        {name: np.array(table) for name, table in draws.items()},
        {name: np.array(vector) for name, vector in solver.items()},
    )
    trials = Trials(job.city, job.scenarios)
    wishes = [find_key(wish, found.keys) for wish in job.by]
    return [each for key in wishes for each in verdicts(found, trials, key)]


def calibrated(
    content: bytes,
    counts: Mapping[str, Mapping[str, float]],
    sales: Mapping[str, float],
    limits: "Limits | None",
    sources: Mapping[str, str],
) -> tuple[bytes, dict[str, Any]]:
    """A city that agrees with what was observed, packed, and how well it does."""
    from heli.twin.calibrating import calibrate

    city, fit = calibrate(unpack(content), counts, sales, limits, sources)
    return pack(city), fit


@lru_cache(maxsize=2)
def base_of(content: bytes) -> "Evaluation":
    """A city as it is; computed once in each process."""
    from heli.twin.evaluating import evaluate
    from heli.twin.state import base_state

    return evaluate(base_state(unpack(content)))


@lru_cache(maxsize=2)
def _loose(content: bytes) -> "Evaluation":
    from heli.twin import ensemble
    from heli.twin.evaluating import evaluate
    from heli.twin.state import base_state

    return evaluate(base_state(unpack(content), gap=ensemble.GAP))


def _title(scenario: Scenario) -> dict[str, Any]:
    return {"title": {"zh": scenario.title.zh, "en": scenario.title.en}}
