"""Who gains and who loses by a change, by district and group: parts that add up to the whole."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from heli.arrays import Numbers, indices, numbers
from heli.engines.equity.errors import NobodyError


@dataclass(frozen=True, slots=True)
class Change:
    """A change, summed in districts and groups. Net is gains minus losses, in each and in all.

    Attributes:
        people: How many there are, districts × groups.
        winners: Who gain.
        losers: Who lose; the rest notice nothing.
        gains: What winners gain together.
        losses: What losers lose together, as a positive number.
    """

    people: Numbers
    winners: Numbers
    losers: Numbers
    gains: Numbers
    losses: Numbers

    @property
    def net(self) -> Numbers:
        """Gains minus losses, districts × groups."""
        return self.gains - self.losses

    @property
    def total(self) -> float:
        """Net over everybody."""
        return float(self.gains.sum() - self.losses.sum())

    @property
    def per_person(self) -> Numbers:
        """Net per person, districts × groups; NaN where nobody is."""
        some = self.people > 0
        return np.where(some, self.net / np.where(some, self.people, 1), np.nan)

    @property
    def share_losing(self) -> float:
        """The share of people who lose."""
        return float(self.losers.sum() / self.people.sum())


def change(
    before: ArrayLike,
    after: ArrayLike,
    people: ArrayLike,
    district: ArrayLike,
    districts: int,
    *,
    noticed: float = 0.0,
) -> Change:
    """Compare what each person has before and after a policy.

    Args:
        before: Per person, entries (zones, say) × groups; more is better. For burdens such as
            travel time or exposure, swap ``before`` and ``after``.
        after: The same after the policy.
        people: How many persons each stands for, entries × groups.
        district: The number of each entry's district.
        districts: How many there are.
        noticed: A change of at most this much makes neither winners nor losers; it is counted in
            gains and losses all the same, so that they add up.

    Raises:
        NobodyError: If people add up to zero.
        BadIndexError: For the first district that there is not.
        BadNumberError: For the first number out of its range.
        BadShapeError: If entries or groups do not match.
    """
    before = numbers(before, "before", (None, None))
    after = numbers(after, "after", before.shape)
    people = numbers(people, "people", before.shape, least=0)
    where = indices(district, "district", before.shape[:1], districts)
    numbers(noticed, "noticed", least=0)
    if not people.sum() > 0:
        raise NobodyError(field="people", name="people")

    def summed(values: Numbers) -> Numbers:
        result = np.zeros((districts, before.shape[1]))
        np.add.at(result, where, values)
        return result

    more = after - before
    return Change(
        people=summed(people),
        winners=summed(people * (more > noticed)),
        losers=summed(people * (more < -noticed)),
        gains=summed(people * np.maximum(more, 0)),
        losses=summed(people * np.maximum(-more, 0)),
    )
