"""Measures of agreement between what was observed and what a model says.

They stand in an engine of their own because traffic (counts) and commerce (sales) both need them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from heli.arrays import Numbers, numbers
from heli.engines.fit.errors import NothingToCompareError

GOOD_GEH = 5.0


@dataclass(frozen=True, slots=True)
class Agreement:
    """How well a model agrees with observations.

    Attributes:
        observations: How many there are.
        r_squared: 1 - SSE/SST, the share of variance explained; below 0 if the mean is better than
            the model, NaN if all observations are equal.
        rmse: Root of the mean squared error, in the unit of the observations.
        relative_rmse: ``rmse`` over the mean observation (SRMSE; %RMSE over 100); NaN if it is 0.
        bias: Mean of modelled minus observed.
        slope: Of the line modelled = slope · observed through the origin; NaN if all are 0.
    """

    observations: int
    r_squared: float
    rmse: float
    relative_rmse: float
    bias: float
    slope: float


def agreement(observed: ArrayLike, modelled: ArrayLike) -> Agreement:
    """Compare observations with a model, pair by pair.

    Raises:
        NothingToCompareError: If there are none.
        BadNumberError: For the first that is not finite.
        BadShapeError: If there are not as many of both.
    """
    observed, modelled = _pairs(observed, modelled, -np.inf)
    error = modelled - observed
    mean = float(observed.mean())
    spread = float(((observed - mean) ** 2).sum())
    squares = float((observed**2).sum())
    rmse = float(np.sqrt((error**2).mean()))
    return Agreement(
        observations=observed.size,
        r_squared=1 - float((error**2).sum()) / spread if spread > 0 else float("nan"),
        rmse=rmse,
        relative_rmse=rmse / mean if mean != 0 else float("nan"),
        bias=float(error.mean()),
        slope=float((observed * modelled).sum()) / squares if squares > 0 else float("nan"),
    )


def geh(counted: ArrayLike, modelled: ArrayLike) -> Numbers:
    """Geoffrey E. Havers's statistic √(2 (m - c)² / (m + c)) of hourly flows; 0 where both are 0.

    It is not a test of statistics but a rule of British highway practice (DMRB, TAG unit M3.1):
    below 5 an hourly count is taken as met, and 85 in 100 should be.

    Raises:
        NothingToCompareError: If there are none.
        BadNumberError: For the first that is not finite or below 0.
    """
    counted, modelled = _pairs(counted, modelled, 0)
    total = counted + modelled
    return np.sqrt(2 * (modelled - counted) ** 2 / np.where(total > 0, total, 1))


def share_met(statistic: Numbers, limit: float = GOOD_GEH) -> float:
    """The share of counts whose GEH statistic is below ``limit``."""
    return float(np.mean(statistic < limit))


def _pairs(observed: ArrayLike, modelled: ArrayLike, least: float) -> tuple[Numbers, Numbers]:
    observed = numbers(observed, "observed", (None,), least=least)
    if not observed.size:
        raise NothingToCompareError(field="observed", name="observed")
    return observed, numbers(modelled, "modelled", observed.shape, least=least)
