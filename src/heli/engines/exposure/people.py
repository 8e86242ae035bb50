"""Who breathes what: concentrations weighted by the people who live there."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from heli.arrays import Indices, Numbers, indices, numbers
from heli.engines.exposure.errors import NobodyError


@dataclass(frozen=True, slots=True)
class Exposure:
    """Exposure by district and group; every mean is a sum of ``dose`` over a sum of ``people``.

    Attributes:
        people: How many live there, districts × groups.
        dose: People times concentration, districts × groups.
        above: People at more than the limit, districts × groups.
    """

    people: Numbers
    dose: Numbers
    above: Numbers

    @property
    def mean(self) -> float:
        """What one of the people breathes on average, µg/m³."""
        return float(self.dose.sum() / self.people.sum())

    @property
    def by_district(self) -> Numbers:
        """The mean of each district; NaN where nobody lives."""
        return _ratio(self.dose.sum(axis=1), self.people.sum(axis=1))

    @property
    def by_group(self) -> Numbers:
        """The mean of each group; NaN where nobody belongs to it."""
        return _ratio(self.dose.sum(axis=0), self.people.sum(axis=0))

    @property
    def by_both(self) -> Numbers:
        """The mean of each group in each district, districts × groups; NaN where nobody is."""
        return _ratio(self.dose, self.people)

    @property
    def share_above(self) -> float:
        """The share of people at more than the limit."""
        return float(self.above.sum() / self.people.sum())


def expose(
    concentrations: ArrayLike,
    people: ArrayLike,
    district: ArrayLike,
    districts: int,
    limit: float,
) -> Exposure:
    """The exposure of people at receptors.

    Args:
        concentrations: µg/m³, by receptor.
        people: Who live at each, receptors × groups (by income, say).
        district: The number of each receptor's district.
        districts: How many there are.
        limit: µg/m³; those at more than it are counted.

    Raises:
        NobodyError: If nobody lives anywhere.
        BadNumberError: For the first number out of its range.
        BadIndexError: For the first district that there is not.
        BadShapeError: If receptors do not match.
    """
    concentrations = numbers(concentrations, "concentrations", (None,), least=0)
    people = numbers(people, "people", (len(concentrations), None), least=0)
    where = indices(district, "district", concentrations.shape, districts)
    numbers(limit, "limit", least=0)
    if not people.sum() > 0:
        raise NobodyError(field="people", name="people")
    over = people * (concentrations > limit)[:, None]
    return Exposure(
        people=_by_district(people, where, districts),
        dose=_by_district(people * concentrations[:, None], where, districts),
        above=_by_district(over, where, districts),
    )


def _by_district(values: Numbers, district: Indices, districts: int) -> Numbers:
    summed = np.zeros((districts, values.shape[1]))
    np.add.at(summed, district, values)
    return summed


def _ratio(above: Numbers, below: Numbers) -> Numbers:
    return np.where(below > 0, above / np.where(below > 0, below, 1), np.nan)
