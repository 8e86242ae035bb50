"""A whole run: first the figures as they stand, then how sure they are.

The result is plain data, and the same for the same job, whoever carries it out.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from heli.twin import ensemble, labour
from heli.twin.crew import Crew
from heli.twin.keys import HIGH, LOW, Key
from heli.twin.labour import Job, Vectors

BATCH = 4
"""Draws that one process takes at a time."""
DRAW_DIGITS = 7
"""Significant digits of the draws that a result keeps."""

Tell = Callable[[str, int, int], None]
"""Told what is being done, how much of it all is done, and how much there is."""


def compute(
    job: Job, crew: Crew, tell: Tell, so_far: Callable[[dict[str, Any]], None] | None = None
) -> dict[str, Any]:
    """Compare options, and say how sure that is.

    Args:
        job: What to compare.
        crew: Who carries out the parts.
        tell: Told of progress, also while nothing moves; may raise to end the run.
        so_far: Given the figures as they stand as soon as they are there.

    Raises:
        TwinError: If a scenario does not fit the city, or a figure cannot be ranked by.
    """
    work = _Work(job, crew, tell)
    found: dict[str, Any] = work.one("central", labour.central, job)
    if so_far is not None:
        so_far(found)
    exact, loose = work.errors()
    for n, row in enumerate(found["figures"]):
        row["solver_errors"] = {name: errors[n] for name, errors in exact.items()}
    if job.draws:
        _add_ensemble(found, work, loose)
    return found


def _add_ensemble(found: dict[str, Any], work: "_Work", loose: dict[str, list[float]]) -> None:
    keys = [[row[field] for field in Key._fields] for row in found["figures"]]
    draws = work.draws()
    tables = {name: np.array(table) for name, table in draws.items()}
    bounds = {name: ensemble.bounds(table).T.tolist() for name, table in tables.items()}
    changes = {
        name: ensemble.bounds(table - tables["base"]).T.tolist()
        for name, table in tables.items()
        if name != "base"
    }
    for n, row in enumerate(found["figures"]):
        row["intervals"] = {name: bound[n] for name, bound in bounds.items()}
        row["changes"] = {name: bound[n] for name, bound in changes.items()}
    found["ensemble"] = {
        "draws": work.job.draws,
        "percentiles": [LOW, HIGH],
        "values": {
            name: [[float(f"{value:.{DRAW_DIGITS}g}") for value in row] for row in table]
            for name, table in draws.items()
        },
    }
    found["verdicts"] = []
    if work.job.by:
        found["verdicts"] = work.one("ranking", labour.judged, work.job, keys, draws, loose)


class _Work:
    """Parts of a run, with how far it is."""

    def __init__(self, job: Job, crew: Crew, tell: Tell) -> None:
        self.job, self.crew, self.tell = job, crew, tell
        options = len(job.documents)
        self.weights = {
            "central": 1 + options,
            "leeway": 2 * (2 + options),
            "ensemble": job.draws,
            "ranking": 4 * len(job.by) * options if job.draws else 0,
        }
        self.done, self.total = 0, sum(self.weights.values())

    def one(self, step: str, act: Callable[..., Any], *args: Any) -> Any:
        """One part alone."""
        (found,) = self._steps(step, act, [args], self.weights[step])
        return found

    def errors(self) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
        """What the solver leaves open: at the central values' gap, and at the draws'."""
        wanted = (False, True) if self.job.draws else (False,)
        each = self.weights["leeway"] // len(wanted)
        items = [(self.job, loose) for loose in wanted]
        found = list(self._steps("leeway", labour.errors, items, each))
        return found[0], found[-1]

    def draws(self) -> Vectors:
        """Figures of all draws, by option."""
        values = ensemble.draws(self.job.city, self.job.draws)
        items = [(self.job, values[n : n + BATCH]) for n in range(0, len(values), BATCH)]
        rows: Vectors = {}
        for part in self._steps("ensemble", labour.drawn, items, BATCH):
            for name, table in part.items():
                rows.setdefault(name, []).extend(table)
        return rows

    def _steps(
        self, step: str, act: Callable[..., Any], items: list[tuple[Any, ...]], each: int
    ) -> Iterator[Any]:
        def beat() -> None:
            self.tell(step, min(self.done, self.total), self.total)

        for found in self.crew.carry_out(act, items, beat):
            self.done += each
            yield found
        beat()
