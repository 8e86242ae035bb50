"""How good a prediction was: each figure that was observed, and all of them together.

Scores of figures have the figures' units. To put them together, each is taken over the size of its
figure, which is the larger of what was foretold and of the middle of what “no change” would give;
figures without a size are left out of the mean, not out of the coverage.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from heli.twin.keys import Key, read_key


@dataclass(frozen=True, slots=True)
class FigureScore:
    """One figure, foretold and observed.

    Attributes:
        value: What was foretold with the assumptions as they stood.
        low, high: The interval.
        observed: What came; None while that is not known.
        crps: Continuous ranked probability score, in the unit; None while nothing came.
        no_change: The score that “nothing changes” would have had; None for the base.
    """

    key: Key
    unit: str
    value: float
    low: float
    high: float
    observed: float | None = None
    crps: float | None = None
    no_change: float | None = None

    @property
    def inside(self) -> bool | None:
        """Whether it lies in its interval; None while nothing came."""
        return None if self.observed is None else self.low <= self.observed <= self.high


@dataclass(frozen=True, slots=True)
class Score:
    """A prediction against what was observed.

    Attributes:
        figures: All figures, in the order of the prediction.
        coverage: Share of the observed ones within their intervals; 0 if none came.
        crps: Mean of their scores over their sizes; 0 if none has a size.
        skill: How much better than “no change”, of the same means; None where that says nothing.
        expected: The share that intervals of this kind hold if the prediction is right.
    """

    figures: tuple[FigureScore, ...]
    coverage: float
    crps: float
    skill: float | None
    expected: float

    @property
    def observed(self) -> tuple[FigureScore, ...]:
        """The figures that were observed."""
        return tuple(each for each in self.figures if each.observed is not None)


def score(document: Mapping[str, Any], observed: Mapping[str, float]) -> Score:
    """Score a prediction's document against observed values by the keys of their figures."""
    from heli.engines.fit.scoring import coverage, mean_relative, skill  # with it comes NumPy

    low, high = document["percentiles"]
    expected = (high - low) / 100
    came = [each for each in document["figures"] if each["key"] in observed]
    if not came:
        return Score(
            tuple(_foretold(each) for each in document["figures"]), 0.0, 0.0, None, expected
        )
    values = [observed[each["key"]] for each in came]
    scores = _scores(came, "draws", values)
    still = _scores(came, "no_change", values) if "no_change" in came[0] else None
    sizes = [_size(each) for each in came]
    mean = mean_relative(scores, sizes)
    told = {
        each["key"]: _foretold(each, values[n], scores[n], None if still is None else still[n])
        for n, each in enumerate(came)
    }
    return Score(
        figures=tuple(told.get(each["key"]) or _foretold(each) for each in document["figures"]),
        coverage=coverage([e["low"] for e in came], [e["high"] for e in came], values),
        crps=0.0 if math.isnan(mean) else mean,
        skill=None if still is None else _known(skill(mean, mean_relative(still, sizes))),
        expected=expected,
    )


def _scores(came: list[dict[str, Any]], name: str, values: list[float]) -> list[float]:
    import numpy as np

    from heli.engines.fit.scoring import crps

    table = np.array([each[name] for each in came], dtype=float).T
    found: list[float] = crps(table, values).tolist()
    return found


def _size(told: Mapping[str, Any]) -> float:
    return float(max(abs(told["value"]), abs(median(told.get("no_change", told["draws"])))))


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _foretold(
    told: Mapping[str, Any],
    observed: float | None = None,
    crps: float | None = None,
    no_change: float | None = None,
) -> FigureScore:
    bounds = (told["value"], told["low"], told["high"])
    return FigureScore(read_key(told["key"]), told["unit"], *bounds, observed, crps, no_change)
