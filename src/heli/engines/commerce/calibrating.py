"""Tastes from observed spending, by quasi-maximum likelihood.

Two kinds of observation: what each origin spends in each shop (with what it spends elsewhere), or
only what each shop sells. Both are fitted with the Poisson likelihood, which for full flows is the
multinomial logit's own, and which is consistent whatever the true distribution of errors as long as
the means are right (Gourieroux, Monfort and Trognon 1984). Fisher scoring with step halving;
standard errors are scaled by the dispersion found (Pearson's χ² over degrees of freedom).

Elasticity cannot be seen in one cross-section: it takes observations before and after a change of
accessibility, and is given by whoever calibrates.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from heli.arrays import Numbers, numbers
from heli.engines.commerce.errors import (
    NotConvergedError,
    NothingSpentError,
    NotIdentifiedError,
)
from heli.engines.commerce.huff import Tastes

NAMES = ("attraction", "decay", "outside")
STEPS = 100
AT_REST = 1e-24
"""Newton's decrement over all money at which the parameters no longer move."""
ROUNDING = 1e-13
"""What the deviance may rise over all money, as rounding makes it."""
SINGULAR = 1e-12

Model = Callable[[Numbers], tuple[Numbers, Numbers]]
"""Means and their derivatives (observations × parameters) for parameters."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Tastes found, and how well they are known.

    Attributes:
        tastes: The best.
        errors: Standard errors of attraction, decay and outside.
        observed: What was observed, flat; ``modelled`` beside it.
        modelled: What the tastes found say.
        explained: Share of the deviance from equal choice (all weights alike) that they explain.
        dispersion: Pearson's χ² over degrees of freedom; 1 if noise were Poisson's own.
    """

    tastes: Tastes
    errors: tuple[float, float, float]
    observed: Numbers
    modelled: Numbers
    explained: float
    dispersion: float


def from_flows(
    flows: ArrayLike,
    outside: ArrayLike,
    cost: ArrayLike,
    attractiveness: ArrayLike,
    *,
    elasticity: float = 0.0,
) -> Calibration:
    """Calibrate from who spends what where.

    Args:
        flows: Observed spending, origins × shops.
        outside: Observed spending elsewhere, by origin.
        cost: Of the way, origins × shops.
        attractiveness: Of each shop, above 0.
        elasticity: Handed through to the tastes.

    Raises:
        NotIdentifiedError: If the data say nothing about a parameter.
        NotConvergedError: If no best parameters are found.
        BadNumberError: For the first number out of its range.
    """
    flows = numbers(flows, "flows", (None, None), least=0)
    outside = numbers(outside, "outside", (len(flows),), least=0)
    features = _features(cost, attractiveness, flows.shape)
    budgets = flows.sum(axis=1) + outside

    def model(tastes: Numbers) -> tuple[Numbers, Numbers]:
        mean, slopes = _flows(tastes, budgets, features)
        return mean.ravel(), slopes.reshape(-1, len(NAMES))

    observed = np.hstack([flows, outside[:, None]]).ravel()
    return _calibrate(observed, model, features, elasticity, "flows")


def from_sales(
    sales: ArrayLike,
    budgets: ArrayLike,
    cost: ArrayLike,
    attractiveness: ArrayLike,
    *,
    elasticity: float = 0.0,
) -> Calibration:
    """Calibrate from what shops sell and origins have to spend.

    Args:
        sales: Observed, by shop.
        budgets: By origin; what shops do not take of them goes to the outside option.
        cost: Of the way, origins × shops.
        attractiveness: Of each shop, above 0.
        elasticity: Handed through to the tastes.

    Raises:
        NotIdentifiedError: If the data say nothing about a parameter.
        NotConvergedError: If no best parameters are found.
        BadNumberError: For the first number out of its range.
    """
    sales = numbers(sales, "sales", (None,), least=0)
    budgets = numbers(budgets, "budgets", (None,), least=0)
    features = _features(cost, attractiveness, (len(budgets), len(sales)))

    def model(tastes: Numbers) -> tuple[Numbers, Numbers]:
        mean, slopes = _flows(tastes, budgets, features)
        return mean[:, :-1].sum(axis=0), slopes[:, :-1].sum(axis=0)

    return _calibrate(sales, model, features, elasticity, "sales")


def _features(cost: ArrayLike, attractiveness: ArrayLike, shape: tuple[int, ...]) -> Numbers:
    """Derivatives of utility by the parameters, origins × (shops and outside) × parameters."""
    cost = numbers(cost, "cost", shape, least=0)
    attractiveness = numbers(attractiveness, "attractiveness", (shape[1],), above=0)
    features = np.zeros((shape[0], shape[1] + 1, len(NAMES)))
    features[:, :-1, 0] = np.log(attractiveness)
    features[:, :-1, 1] = -cost
    features[:, -1, 2] = 1
    return features


def _start(features: Numbers) -> Numbers:
    """Tastes of the right order: half of all is spent outside, and decay fits the unit of cost."""
    mean = -float(features[:, :-1, 1].mean())
    values = np.array([1.0, 1 / mean if mean > 0 else 1.0, 0.0])
    inside = features[:, :-1] @ values
    highest = inside.max(axis=1)
    values[2] = (highest + np.log(np.exp(inside - highest[:, None]).sum(axis=1))).mean()
    return values


def _flows(values: Numbers, budgets: Numbers, features: Numbers) -> tuple[Numbers, Numbers]:
    """Spending by shop and outside, and its derivatives by the parameters."""
    utility = features @ values
    shares = np.exp(utility - utility.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    mean = budgets[:, None] * shares
    middle = np.einsum("ij,ijk->ik", shares, features)
    return mean, mean[:, :, None] * (features - middle[:, None, :])


def _calibrate(
    observed: Numbers, model: Model, features: Numbers, elasticity: float, name: str
) -> Calibration:
    if not observed.sum() > 0:
        raise NothingSpentError(field=name, name=name)
    values = _start(features)
    mean, slopes = model(values)
    for _ in range(STEPS):
        score = _score(observed, mean, slopes)
        step = np.asarray(np.linalg.solve(_information(mean, slopes), score), dtype=np.float64)
        if float(score @ step) <= AT_REST * observed.sum():
            break
        values, mean, slopes = _advance(observed, model, values, step, _deviance(observed, mean))
    else:
        raise NotConvergedError(field=name, steps=STEPS)
    freedom = max(1, observed.size - len(NAMES))
    dispersion = float(((observed - mean) ** 2 * _inverse(mean)).sum() / freedom)
    errors = np.sqrt(dispersion * np.diag(np.linalg.inv(_information(mean, slopes))))
    equal, _ = model(np.zeros(len(NAMES)))
    spread = _deviance(observed, equal)
    attraction, decay, outside = values.tolist()
    return Calibration(
        tastes=Tastes(attraction, decay, outside, elasticity),
        errors=(float(errors[0]), float(errors[1]), float(errors[2])),
        observed=observed,
        modelled=mean,
        explained=1 - _deviance(observed, mean) / spread if spread > 0 else 1.0,
        dispersion=dispersion,
    )


def _advance(
    observed: Numbers, model: Model, values: Numbers, step: Numbers, deviance: float
) -> tuple[Numbers, Numbers, Numbers]:
    """The whole step, or as much of it as keeps decay positive and makes the fit no worse."""
    for halvings in range(STEPS):
        tried = values + step / 2**halvings
        if tried[1] > 0:
            mean, slopes = model(tried)
            if _deviance(observed, mean) <= deviance + ROUNDING * observed.sum():
                return tried, mean, slopes
    raise NotConvergedError(field="observed", steps=STEPS)


def _score(observed: Numbers, mean: Numbers, slopes: Numbers) -> Numbers:
    return np.asarray(slopes.T @ ((observed - mean) * _inverse(mean)))


def _information(mean: Numbers, slopes: Numbers) -> Numbers:
    information = slopes.T @ (slopes * _inverse(mean)[:, None])
    scale = np.sqrt(np.maximum(np.diag(information), np.finfo(float).tiny))
    levels, directions = np.linalg.eigh(information / np.outer(scale, scale))
    if levels[0] <= SINGULAR * levels[-1]:
        parameter = NAMES[int(np.argmax(np.abs(directions[:, 0])))]
        raise NotIdentifiedError(field=parameter, parameter=parameter)
    return np.asarray(information)


def _inverse(mean: Numbers) -> Numbers:
    """1 over means; 0 for those that are too small for a number, which then say nothing."""
    tiny = np.finfo(float).tiny
    return np.where(mean > tiny, 1 / np.maximum(mean, tiny), 0.0)


def _deviance(observed: Numbers, mean: Numbers) -> float:
    """Twice the Poisson log likelihood that is missing to a perfect fit."""
    some = observed > 0
    with np.errstate(divide="ignore", over="ignore"):
        logs = np.log(observed[some]) - np.log(mean[some])
    return 2 * float((observed[some] * logs).sum() - (observed - mean).sum())
