"""How well a model agrees with what was observed, before and after calibration, as plain data."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from heli.arrays import Numbers
from heli.engines.fit.agreement import agreement, geh, share_met

DIGITS = 4
"""Of calibrated parameters, so that rounding of the machine does not make another city."""


def both(
    observed: Numbers, before: Numbers, after: Numbers, some: NDArray[np.bool_], *, counted: bool
) -> dict[str, Any]:
    """Agreement of those of ``some`` before and after; with GEH statistics if it is traffic."""
    return {
        "before": _agreement(observed[some], before[some], counted=counted),
        "after": _agreement(observed[some], after[some], counted=counted),
    }


def _agreement(observed: Numbers, modelled: Numbers, *, counted: bool) -> dict[str, Any]:
    found = agreement(observed, modelled)
    told: dict[str, Any] = {
        "number": found.observations,
        "r_squared": _finite(found.r_squared),
        "srmse": _finite(found.relative_rmse),
        "bias": _finite(found.bias),
        "slope": _finite(found.slope),
    }
    if counted:
        told["geh_below_5"] = round(share_met(geh(observed, modelled)), DIGITS)
    return told


def _finite(value: float) -> float | None:
    return round(value, DIGITS + 2) if np.isfinite(value) else None
