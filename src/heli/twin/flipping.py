"""What would have to be otherwise for two options to change places.

Each assumption is moved alone over its range. Where the sign of the difference at an end is another
than the ranking's, halving finds the value at which the options draw level.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from heli.engines.traffic import Solution
from heli.twin.city import City
from heli.twin.ensemble import GAP, Ranking
from heli.twin.evaluating import Evaluation, evaluate
from heli.twin.figures import Figures, figures
from heli.twin.keys import Key
from heli.twin.scenarios import Scenario
from heli.twin.state import base_state, central, scenario_state

HALVINGS = 6


@dataclass(frozen=True, slots=True)
class Flip:
    """An assumption whose change within its range reverses a ranking.

    Attributes:
        value: Its central value.
        level: About where the options draw level.
        share: The change needed, as a share of the assumption's range.
    """

    assumption: str
    value: float
    level: float
    share: float


class Trials:
    """Options with one assumption moved, each computed once for all pairs and figures."""

    def __init__(self, city: City, scenarios: Mapping[str, Scenario]) -> None:
        self.city, self.scenarios = city, scenarios
        self._bases: dict[tuple[str, float] | None, Evaluation] = {}
        self._told: dict[tuple[str, tuple[str, float] | None], Figures] = {}

    def figures(self, option: str, moved: tuple[str, float] | None = None) -> Figures:
        """Figures of an option, or of ``base``, with an assumption at another value, or with none.

        Args:
            option: A scenario's name, or ``base``.
            moved: The assumption and its value.
        """
        if (option, moved) not in self._told:
            base = found = self._base(moved)
            if option != "base":
                state = scenario_state(self.scenarios[option], base.state, gap=GAP)
                found = evaluate(state, base)
            self._told[option, moved] = figures(found)
        return self._told[option, moved]

    def difference(
        self, key: Key, one: str, other: str, moved: tuple[str, float] | None = None
    ) -> float:
        """How much more of a figure the other option has."""
        return self.figures(other, moved)[key] - self.figures(one, moved)[key]

    def _base(self, moved: tuple[str, float] | None) -> Evaluation:
        if moved not in self._bases:
            start: Solution | None = None
            values = central(self.city)
            if moved is not None:
                start = self._base(None).state.solution
                values[moved[0]] = moved[1]
            self._bases[moved] = evaluate(base_state(self.city, values, start=start, gap=GAP))
        return self._bases[moved]


def flips(trials: Trials, ranking: Ranking) -> list[Flip]:
    """Changes to the central values that reverse a ranking, the smallest first.

    There are none to tell if it is the other way round with the central values already.
    """

    def holds(moved: tuple[str, float] | None = None) -> bool:
        difference = trials.difference(ranking.key, ranking.one, ranking.other, moved)
        return ranking.difference * difference > 0

    found: list[Flip] = []
    if not holds():
        return found
    for name, each in trials.city.assumptions.items():
        for end in (each.low, each.high):
            if end == each.value or holds((name, end)):
                continue
            keeps, turns = each.value, end
            for _ in range(HALVINGS):
                halfway = (keeps + turns) / 2
                if holds((name, halfway)):
                    keeps = halfway
                else:
                    turns = halfway
            share = abs(turns - each.value) / (each.high - each.low)
            found.append(Flip(name, each.value, turns, share))
    return sorted(found, key=lambda flip: flip.share)
