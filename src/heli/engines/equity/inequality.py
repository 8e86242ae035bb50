"""How unequally something is spread over people: Lorenz curve, Gini, Palma, Theil.

All take values per person with weights (how many people have it), and are exact for grouped data:
everybody in an entry has the same.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from heli.arrays import Indices, Numbers, indices, numbers
from heli.engines.equity.errors import NobodyError, NothingToShareError

POOR = 0.4
RICH = 0.1


@dataclass(frozen=True, slots=True)
class Lorenz:
    """Which share of everything the poorest share of people has.

    Attributes:
        people: Shares of people from 0 to 1, the poorest first.
        held: Shares of everything that they have together.
    """

    people: Numbers
    held: Numbers

    def at(self, share: float) -> float:
        """What the poorest ``share`` of people has; entries are cut where needed."""
        return float(np.interp(share, self.people, self.held))


@dataclass(frozen=True, slots=True)
class Theil:
    """Theil's index, and its parts within and between groups, which add up to it.

    Attributes:
        total: 0 if all have the same, ln(people) if one has all.
        within: The part that would remain if groups had the same means.
        between: The part that would remain if all of a group had the same.
    """

    total: float
    within: float
    between: float


def lorenz(values: ArrayLike, people: ArrayLike) -> Lorenz:
    """The Lorenz curve.

    Args:
        values: What each person of an entry has, at least 0.
        people: How many persons each entry stands for.

    Raises:
        NobodyError: If people add up to zero.
        NothingToShareError: If nobody has anything.
        BadNumberError: For the first number out of its range.
    """
    values, people = _entries(values, people)
    order = np.argsort(values, kind="stable")
    counted = np.concatenate([[0.0], np.cumsum(people[order])])
    held = np.concatenate([[0.0], np.cumsum((people * values)[order])])
    return Lorenz(counted / counted[-1], held / held[-1])


def gini(values: ArrayLike, people: ArrayLike) -> float:
    """Gini's coefficient: half the mean difference of two people over the mean; 0 is equality.

    Args and errors as :func:`lorenz`.
    """
    curve = lorenz(values, people)
    area = np.diff(curve.people) * (curve.held[1:] + curve.held[:-1])
    return float(1 - area.sum())


def palma(values: ArrayLike, people: ArrayLike) -> float:
    """Palma's ratio: what the richest tenth has over what the poorest four tenths have.

    ∞ if the poorest have nothing. Args and errors as :func:`lorenz`.
    """
    curve = lorenz(values, people)
    poor = curve.at(POOR)
    return (1 - curve.at(1 - RICH)) / poor if poor > 0 else float("inf")


def theil(values: ArrayLike, people: ArrayLike, group: ArrayLike, groups: int) -> Theil:
    """Theil's index T with its decomposition over groups (districts, say).

    Args:
        values: What each person of an entry has, at least 0.
        people: How many persons each entry stands for.
        group: The number of the group of each entry.
        groups: How many there are.

    Raises:
        BadIndexError: For the first group that there is not.
        NobodyError: If people add up to zero.
        NothingToShareError: If nobody has anything.
        BadNumberError: For the first number out of its range.
    """
    values, people = _entries(values, people)
    where = indices(group, "group", values.shape, groups)
    count = _summed(people, where, groups)
    held = _summed(people * values, where, groups)
    mean = held.sum() / count.sum()
    means = held / np.where(count > 0, count, 1)
    own = values / np.where(means > 0, means, 1)[where]
    return Theil(
        total=_mean_entropy(values / mean, people, count.sum()),
        within=_mean_entropy(own, people * means[where] / mean, count.sum()),
        between=_mean_entropy(means / mean, count, count.sum()),
    )


def _mean_entropy(ratios: Numbers, weights: Numbers, people: float) -> float:
    """The mean of r ln r, which is 0 at r = 0."""
    some = ratios > 0
    return float((weights[some] * ratios[some] * np.log(ratios[some])).sum() / people)


def _summed(values: Numbers, where: Indices, groups: int) -> Numbers:
    return np.asarray(np.bincount(where, weights=values, minlength=groups), dtype=np.float64)


def _entries(values: ArrayLike, people: ArrayLike) -> tuple[Numbers, Numbers]:
    values = numbers(values, "values", (None,), least=0)
    people = numbers(people, "people", values.shape, least=0)
    if not people.sum() > 0:
        raise NobodyError(field="people", name="people")
    if not (people * values).sum() > 0:
        raise NothingToShareError(field="values", name="values")
    return values, people
