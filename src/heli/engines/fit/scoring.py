"""How good a forecast by an ensemble was, once the value is known.

The continuous ranked probability score is a proper score: nobody gains by telling another
distribution than the one believed in. It has the unit of what was forecast; less is better, and for
a single value it is the absolute error.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from heli.arrays import Numbers, numbers
from heli.engines.fit.errors import NothingToCompareError, TooFewDrawsError


def crps(draws: ArrayLike, observed: ArrayLike, *, fair: bool = False) -> Numbers:
    """The continuous ranked probability score of forecasts by ensembles.

    With members x and the observation y it is mean|x - y| - half the mean |x - x'| of all pairs,
    which is the integral of the squared difference between the ensemble's distribution function
    and the step at y.

    Args:
        draws: Members × forecasts, (M, N).
        observed: The values that came, (N,).
        fair: Take the mean over pairs of different members only. The score is then, in the mean,
            that of the distribution from which independent members were drawn, whatever their
            number; without, it is the score of the ensemble as it was told.

    Returns:
        One score for each forecast, (N,), in its unit.

    Raises:
        NothingToCompareError: If there is no forecast.
        TooFewDrawsError: If there is no member; for a fair score, if there is one only.
        BadNumberError: For the first number that is not finite.
        BadShapeError: If there are not as many observations as forecasts.

    References:
        Gneiting & Raftery (2007), Strictly proper scoring rules, prediction, and estimation, JASA
        102, equation 21; Hersbach (2000), Decomposition of the continuous ranked probability score
        for ensemble prediction systems, Weather and Forecasting 15; for the fair score Ferro
        (2014), Fair scores for ensemble forecasts, QJRMS 140.
    """
    members = np.sort(numbers(draws, "draws", (None, None)), axis=0)
    count, forecasts = members.shape
    if not forecasts:
        raise NothingToCompareError(field="draws", name="draws")
    least = 2 if fair else 1
    if count < least:
        raise TooFewDrawsError(field="draws", given=count, least=least)
    value = numbers(observed, "observed", (forecasts,))
    # Of sorted members, Σ|x - x'| over all ordered pairs is 2 Σ (2i - M + 1) x_i, i from 0.
    weights = 2.0 * np.arange(count) - count + 1
    pairs = count * (count - 1 if fair else count)
    apart = (weights[:, None] * members).sum(axis=0) / pairs if pairs else np.zeros(forecasts)
    score: Numbers = np.abs(members - value).mean(axis=0) - apart
    return score


def coverage(low: ArrayLike, high: ArrayLike, observed: ArrayLike) -> float:
    """The share of observations that lie in their intervals, bounds included.

    Raises:
        NothingToCompareError: If there are none.
        BadNumberError: For the first number that is not finite.
        BadShapeError: If there are not as many bounds as observations.
    """
    value = numbers(observed, "observed", (None,))
    if not value.size:
        raise NothingToCompareError(field="observed", name="observed")
    lower, upper = numbers(low, "low", value.shape), numbers(high, "high", value.shape)
    return float(np.mean((lower <= value) & (value <= upper)))


def skill(score: float, reference: float) -> float:
    """How much better a score is than a reference's: 1 is perfect, 0 as good, below 0 worse.

    NaN where the reference is perfect, for then nothing can be better.
    """
    return 1 - score / reference if reference > 0 else math.nan


def mean_relative(scores: Sequence[float], sizes: Sequence[float]) -> float:
    """The mean of scores of different units, each over the size of what was forecast.

    What has no size is left out; NaN if nothing has.
    """
    shares = [score / abs(size) for score, size in zip(scores, sizes, strict=True) if size]
    return math.fsum(shares) / len(shares) if shares else math.nan
