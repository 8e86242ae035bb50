"""Huff's model of shopping with an outside option and elastic budgets.

Somebody at origin ``i`` weighs shop ``j`` by ``W = A_j^α · exp(-β c_ij)``: attractiveness (say,
floor space) against the cost of the way. An outside option of weight ``exp(ω)`` (shopping
elsewhere, online, or not at all) is always there. Shares are ``W / (exp(ω) + ΣW)`` (Huff 1964;
McFadden 1974 for the logit behind it), and the logarithm of that sum is the accessibility ``I_i``
of shops.

Budgets give way: ``B_i = B_i⁰ · exp(η (I_i - I_i⁰))`` with the elasticity ``0 ≤ η ≤ 1`` and the
reference ``I⁰`` before the policy. So a policy can be bad for all shops of the city together, not
only move money between them. With ``η ≤ 1``, a dearer way to a shop never raises what is sold
there, and never lowers what is sold elsewhere.

The gain of a change, ``B⁰/η · (exp(η ΔI) - 1) / β``, is the integral of what is spent over the
change of costs: money times saved cost, whichever way the change is reached.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from heli.arrays import Numbers, numbers

SMALL = 1e-8


@dataclass(frozen=True, slots=True)
class Tastes:
    """How people choose.

    Attributes:
        attraction: α, exponent of attractiveness.
        decay: β > 0, per unit of cost.
        outside: ω, logarithm of the weight of the outside option.
        elasticity: η, of budgets for accessibility, 0 to 1.
    """

    attraction: float
    decay: float
    outside: float
    elasticity: float = 0.0

    def __post_init__(self) -> None:
        numbers(self.attraction, "attraction")
        numbers(self.decay, "decay", above=0)
        numbers(self.outside, "outside")
        numbers(self.elasticity, "elasticity", least=0, most=1)


@dataclass(frozen=True, slots=True)
class Spending:
    """Who spends what where. ``flows`` and ``outside`` add up to ``budgets``, row by row.

    Attributes:
        flows: Spent in shops, origins × shops.
        outside: Spent by the outside option, by origin.
        budgets: By origin, after they gave way.
        access: Accessibility ``I``, by origin.
    """

    flows: Numbers
    outside: Numbers
    budgets: Numbers
    access: Numbers

    @property
    def sales(self) -> Numbers:
        """What each shop takes."""
        return np.asarray(self.flows.sum(axis=0))


def spend(
    budgets: ArrayLike,
    cost: ArrayLike,
    attractiveness: ArrayLike,
    tastes: Tastes,
    reference: ArrayLike | None = None,
) -> Spending:
    """Where budgets are spent.

    Args:
        budgets: Of each origin before the policy, money per period.
        cost: Of the way, origins × shops, in the unit of ``1/decay``; ∞ where no way leads.
        attractiveness: Of each shop; 0 if it is closed.
        tastes: How people choose.
        reference: Accessibility before the policy, by origin (``Spending.access`` of the run
            without it); without one, this run is its own reference and budgets stay.

    Raises:
        BadNumberError: For the first number that is out of its range.
        BadShapeError: If origins or shops do not match.
    """
    budgets = numbers(budgets, "budgets", (None,), least=0)
    shares, outside, access = choose(cost, attractiveness, tastes, len(budgets))
    if reference is not None:
        before = numbers(reference, "reference", (len(budgets),))
        budgets = budgets * np.exp(tastes.elasticity * (access - before))
    return Spending(budgets[:, None] * shares, budgets * outside, budgets, access)


def choose(
    cost: ArrayLike, attractiveness: ArrayLike, tastes: Tastes, origins: int | None = None
) -> tuple[Numbers, Numbers, Numbers]:
    """Shares of shops (origins × shops), share of the outside option, and accessibility."""
    attractiveness = numbers(attractiveness, "attractiveness", (None,), least=0)
    cost = numbers(cost, "cost", (origins, len(attractiveness)), least=0, infinite=True)
    with np.errstate(divide="ignore"):
        value = tastes.attraction * np.log(attractiveness) - tastes.decay * cost
    value = np.where((attractiveness > 0) & np.isfinite(cost), value, -np.inf)
    highest = np.maximum(value.max(axis=1, initial=-np.inf), tastes.outside)
    weights = np.exp(value - highest[:, None])
    outside = np.exp(tastes.outside - highest)
    total = weights.sum(axis=1) + outside
    return weights / total[:, None], outside / total, highest + np.log(total)


def gain(budgets: ArrayLike, before: ArrayLike, after: ArrayLike, tastes: Tastes) -> Numbers:
    """What a change is worth to each origin: money times cost saved on the way.

    Divide by the budget to get the cost a yuan saves; negative for those who lose.

    Args:
        budgets: Of each origin before the policy.
        before: Accessibility before, by origin.
        after: Accessibility after, by origin.
        tastes: How people choose.
    """
    budgets = numbers(budgets, "budgets", (None,), least=0)
    before = numbers(before, "before", budgets.shape)
    after = numbers(after, "after", budgets.shape)
    change = after - before
    grown = tastes.elasticity * change
    small = np.abs(grown) < SMALL
    factor = np.where(small, 1 + grown / 2, np.expm1(grown) / np.where(small, 1, grown))
    return np.asarray(budgets / tastes.decay * change * factor)
