"""Sweeps: one scenario with some of its numbers varied over a grid, every point evaluated.

Points are carried out by a crew, some at a time, so that each process computes the city's base
once; with draws, the points of a batch share the base of each draw. The result does not depend on
the crew, nor on how points are grouped.
"""

import copy
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import product
from typing import Any

import msgspec

from heli.twin import ensemble, labour
from heli.twin.crew import Crew
from heli.twin.errors import TwinError
from heli.twin.keys import HIGH, LOW, Key
from heli.twin.labour import Job
from heli.twin.packing import pack
from heli.twin.scenarios import Scenario
from heli.twin.sweep_errors import BadAxisError, TooManyPointsError

MOST_POINTS = 10_000
BATCH = 4
"""Points that one process takes at a time."""
STEP = re.compile(r"([A-Za-z_]+)|\[([0-9]+)\]")
PLACE = re.compile(r"[A-Za-z_]+(?:\.[A-Za-z_]+|\[[0-9]+\])*")


@dataclass(frozen=True, slots=True)
class Axis:
    """What is varied.

    Attributes:
        place: Where in the scenario's document, as in ``measures[0].yuan``.
        values: What stands there, one after the other.
    """

    place: str
    values: tuple[Any, ...]


def read_axis(text: str) -> Axis:
    """An axis from ``PLACE=FIRST:LAST:STEP``, both ends included, or ``PLACE=VALUE,VALUE``.

    Raises:
        BadAxisError: It is neither.
    """
    place, equals, wanted = text.partition("=")
    place = place.strip()
    if not equals or not PLACE.fullmatch(place):
        raise BadAxisError(field="vary", given=text, reason="it has not the form PLACE=VALUES")
    values = _steps(text, wanted) if ":" in wanted else [_value(v) for v in wanted.split(",")]
    if not wanted.strip() or len(set(map(str, values))) < len(values):
        raise BadAxisError(field="vary", given=text, reason="values are missing or there twice")
    return Axis(place, tuple(values))


def _steps(text: str, wanted: str) -> list[int | float]:
    try:
        first, last, step = (Decimal(part.strip()) for part in wanted.split(":"))
        count = int((last - first) / step) + 1
    except (ValueError, ArithmeticError) as error:
        reason = "FIRST:LAST:STEP must be three numbers, STEP not 0"
        raise BadAxisError(field="vary", given=text, reason=reason) from error
    if count < 1 or (last - first) / step < 0:
        raise BadAxisError(field="vary", given=text, reason="no step leads from FIRST to LAST")
    if count > MOST_POINTS:
        raise TooManyPointsError(field="vary", given=count, most=MOST_POINTS)
    return [_plain(first + n * step) for n in range(count)]


def _value(text: str) -> Any:
    try:
        return _plain(Decimal(text.strip()))
    except InvalidOperation:
        return text.strip()


def _plain(number: Decimal) -> int | float:
    return int(number) if number == number.to_integral_value() else float(number)


def grid(scenario: Scenario, axes: Sequence[Axis]) -> list[tuple[dict[str, Any], Scenario]]:
    """All combinations, the last axis moving fastest, each with its scenario.

    Raises:
        TooManyPointsError: There are more than 10,000.
        BadAxisError: A place is not in the scenario, is varied twice, or does not take a value.
    """
    count = math.prod(len(axis.values) for axis in axes)
    if count > MOST_POINTS:
        raise TooManyPointsError(field="vary", given=count, most=MOST_POINTS)
    places = [axis.place for axis in axes]
    for place in places:
        if places.count(place) > 1:
            raise BadAxisError(field="vary", given=place, reason="it is varied twice")
    document = msgspec.to_builtins(scenario)
    points = []
    for values in product(*(axis.values for axis in axes)):
        chosen = dict(zip(places, values, strict=True))
        points.append((chosen, _varied(document, chosen)))
    return points


def _varied(document: dict[str, Any], chosen: Mapping[str, Any]) -> Scenario:
    changed = copy.deepcopy(document)
    for place, value in chosen.items():
        _set(changed, place, value)
    try:
        return msgspec.convert(changed, Scenario)
    except msgspec.ValidationError as error:
        given = ", ".join(f"{place}={value}" for place, value in chosen.items())
        raise BadAxisError(field="vary", given=given, reason=str(error)) from error


def _set(document: Any, place: str, value: Any) -> None:
    steps = [name or int(index) for name, index in STEP.findall(place)]
    at = document
    try:
        for step in steps[:-1]:
            at = at[step]
        at[steps[-1]]  # what is not there is a typing mistake, not a wish
        at[steps[-1]] = value
    except (KeyError, IndexError, TypeError) as error:
        reason = "the scenario has nothing there"
        raise BadAxisError(field="vary", given=place, reason=reason) from error


def evaluated(job: Job, chosen: list[dict[str, float]]) -> list[dict[str, Any]]:
    """Figures of some points, named by their numbers; with draws, also their bounds."""
    from heli.twin.evaluating import evaluate
    from heli.twin.figures import figures
    from heli.twin.state import scenario_state

    base = labour.base_of(job.content)
    told: list[dict[str, Any]] = []
    fine = []
    for name, document in job.documents:
        try:
            state = scenario_state(labour.read_document(document), base.state)
            values = list(figures(evaluate(state, base)).values())
        except TwinError as error:
            told.append({"fault": {"code": error.code, "message": error.detail()}})
        else:
            told.append({"state": state.digest, "figures": values})
            fine.append((name, document))
    if chosen and fine:
        drawn = labour.drawn(Job(job.content, tuple(fine)), chosen)
        _add_bounds(dict(zip((name for name, _ in job.documents), told, strict=True)), drawn)
    return told


def _add_bounds(told: dict[str, dict[str, Any]], drawn: labour.Vectors) -> None:
    import numpy as np

    base = np.array(drawn["base"])
    for name, row in told.items():
        if name in drawn:
            table = np.array(drawn[name])
            row["intervals"] = ensemble.bounds(table).T.tolist()
            row["changes"] = ensemble.bounds(table - base).T.tolist()


def base_figures(content: bytes) -> tuple[list[Key], list[float]]:
    """All figures of the city as it is."""
    from heli.twin.figures import figures

    found = figures(labour.base_of(content))
    return list(found), list(found.values())


def sweep(
    city: Any,
    scenario: Scenario,
    axes: Sequence[Axis],
    crew: Crew,
    *,
    draws: int = 0,
    tell: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, Any]:
    """Evaluate a grid of scenarios.

    Args:
        city: The city.
        scenario: What is varied.
        axes: Which of its numbers, and how.
        crew: Who carries it out.
        draws: Size of an ensemble for every point; 0 for none.
        tell: Told how many points are done, and how many there are.

    Returns:
        Plain data: the figures of the base, and of every point what was chosen, the digest of its
        state, its figures in the same order, and with draws their bounds; of one that cannot be
        evaluated, the fault.

    Raises:
        HeliError: What :func:`grid` and :func:`heli.twin.ensemble.draws` refuse.
    """
    points = grid(scenario, axes)
    chosen = ensemble.draws(city, draws) if draws else []
    content = pack(city)
    ready = [(str(n), msgspec.json.encode(each).decode()) for n, (_, each) in enumerate(points)]
    items = [
        (Job(content, tuple(ready[n : n + BATCH])), chosen) for n in range(0, len(ready), BATCH)
    ]
    rows: list[dict[str, Any]] = []
    tell(0, len(points))
    ((keys, base),) = crew.carry_out(base_figures, [(content,)], lambda: None)

    def beat() -> None:
        tell(len(rows), len(points))

    for part in crew.carry_out(evaluated, items, beat):
        rows.extend(part)
        beat()
    return {
        "city": {"name": city.name, "version": city.version, "hour": city.hour},
        "scenario": scenario.id,
        "vary": {axis.place: list(axis.values) for axis in axes},
        "draws": draws,
        "percentiles": [LOW, HIGH] if draws else [],
        "figures": [
            {"key": key.text, "unit": key.unit, "base": value}
            for key, value in zip(keys, base, strict=True)
        ],
        "points": [
            {"chosen": values, **row} for (values, _), row in zip(points, rows, strict=True)
        ],
    }


def as_csv(found: Mapping[str, Any]) -> str:
    """A sweep as CSV: a line for each point, a column for each figure, with draws its bounds."""
    keys = [each["key"] for each in found["figures"]]
    bounds = [f"{key} {which}" for key in keys for which in ("low", "high")]
    head = [*found["vary"], "state", *keys, *(bounds if found["draws"] else []), "fault"]
    lines = [head]
    for each in found["points"]:
        values = each.get("figures", [""] * len(keys))
        within = [v for pair in each.get("intervals", [("", "")] * len(keys)) for v in pair]
        fault = each.get("fault", {}).get("message", "")
        chosen = list(each["chosen"].values())
        line = [*chosen, each.get("state", ""), *values]
        lines.append([*line, *(within if found["draws"] else []), fault])
    return "".join(_line(line) for line in lines)


def _line(cells: Iterable[Any]) -> str:
    return ",".join(map(_cell, cells)) + "\n"


def _cell(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return '"' + text.replace('"', '""') + '"' if re.search(r'[",\n]', text) else text


def crew_for(address: str, cores: int | None = None) -> Crew:
    """Who carries out a sweep: Apache Spark where an address is given, else this machine.

    Raises:
        HeliError: Spark is asked for and cannot be had.
    """
    if address:
        from heli.twin.crew_spark import Spark

        return Spark(address)
    from heli.twin.crew import Processes

    return Processes(cores)
