"""Accessibility: how much can be reached from where people live (Hansen 1959).

``A_i = Σ_j O_j f(c_ij)``: opportunities (jobs, school places, hospital beds) weighted down by the
cost of the way. With competition, each opportunity first counts for less the more people can reach
it, ``A_i = Σ_j f(c_ij) O_j / Σ_k P_k f(c_kj)`` (Weibull 1976; Shen 1998; in health planning the
two-step floating catchment area), and opportunities that anybody reaches are handed out whole:
``Σ_i P_i A_i = Σ_j O_j``.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from heli.arrays import Numbers, numbers

Impedance = Callable[[Numbers], Numbers]
"""From costs to weights between 0 and 1 that never rise with cost."""


def exponential(decay: float) -> Impedance:
    """``exp(-decay · c)``."""
    numbers(decay, "decay", above=0)
    return lambda cost: np.exp(-decay * cost)


def power(exponent: float, least: float = 1.0) -> Impedance:
    """``(c / least)^-exponent``, and 1 up to the cost ``least``, where the power would run away."""
    numbers(exponent, "exponent", above=0)
    numbers(least, "least", above=0)
    return lambda cost: np.asarray((np.maximum(cost, least) / least) ** -exponent)


def within(limit: float) -> Impedance:
    """1 up to the cost ``limit`` and 0 beyond: plain counts, "schools within 15 minutes"."""
    numbers(limit, "limit", least=0)
    return lambda cost: (cost <= limit).astype(np.float64)


def reach(cost: ArrayLike, opportunities: ArrayLike, impedance: Impedance) -> Numbers:
    """Hansen accessibility of each origin, in opportunities.

    Args:
        cost: Of the way, origins × destinations; ∞ where no way leads.
        opportunities: At each destination.
        impedance: How cost weighs.

    Raises:
        BadNumberError: For the first number out of its range.
        BadShapeError: If destinations do not match.
    """
    opportunities = numbers(opportunities, "opportunities", (None,), least=0)
    return np.asarray(_weights(cost, len(opportunities), impedance) @ opportunities)


def reach_in_competition(
    cost: ArrayLike, opportunities: ArrayLike, people: ArrayLike, impedance: Impedance
) -> Numbers:
    """Opportunities for each person of an origin, when all who can reach them share them.

    Args:
        cost: Of the way, origins × destinations; ∞ where no way leads.
        opportunities: At each destination.
        people: At each origin, who compete.
        impedance: How cost weighs.

    Raises:
        BadNumberError: For the first number out of its range.
        BadShapeError: If origins or destinations do not match.
    """
    opportunities = numbers(opportunities, "opportunities", (None,), least=0)
    weights = _weights(cost, len(opportunities), impedance)
    people = numbers(people, "people", (len(weights),), least=0)
    competing = people @ weights
    each = np.where(competing > 0, opportunities / np.where(competing > 0, competing, 1), 0)
    return np.asarray(weights @ each)


def _weights(cost: ArrayLike, destinations: int, impedance: Impedance) -> Numbers:
    return impedance(numbers(cost, "cost", (None, destinations), least=0, infinite=True))
