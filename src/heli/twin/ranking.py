"""Which option is better by a figure, if that can be said, and what would reverse it."""

from collections.abc import Sequence
from itertools import combinations
from typing import Any

from heli.twin.ensemble import Ensemble, Ranking, rank
from heli.twin.errors import UnknownFigureError
from heli.twin.flipping import Trials, flips
from heli.twin.keys import ALL, BETTER_LESS, BETTER_MORE, MARGIN, Key


def find_key(wish: str, keys: Sequence[Key]) -> Key:
    """The figure that ``NAME`` or ``NAME@PLACE`` means.

    Raises:
        UnknownFigureError: If there is none, or if more of it is neither better nor worse.
    """
    name, _, place = wish.partition("@")
    for key in keys:
        if key.name in BETTER_MORE | BETTER_LESS and key[1:] == (name, place, ALL):
            return key
    places = [key.place for key in keys if key.name == name and key.place and not key.group]
    known = places if places else sorted(BETTER_MORE | BETTER_LESS)
    raise UnknownFigureError(figure=wish, known=", ".join(dict.fromkeys(known)))


def verdicts(found: Ensemble, trials: Trials, key: Key) -> list[dict[str, Any]]:
    """Every pair of options by a figure, the base among them, as plain data.

    Args:
        found: The ensemble.
        trials: Of the same city and options; to be kept for other figures.
        key: The figure.
    """
    told = []
    for one, other in combinations(found.draws, 2):
        ranking = rank(found, key, one, other)
        plain = abs(ranking.difference) > MARGIN * ranking.solver
        reversing = flips(trials, ranking) if plain else []
        told.append(
            {
                "by": key.name + (f"@{key.place}" if key.place else ""),
                "unit": key.unit,
                "one": one,
                "other": other,
                "difference": ranking.difference,
                "central": trials.difference(key, one, other),
                "low": ranking.low,
                "high": ranking.high,
                "solver_error": ranking.solver,
                "resolved": ranking.resolved,
                "better": better(ranking),
                "flips": [
                    {
                        "assumption": each.assumption,
                        "value": each.value,
                        "level": each.level,
                        "share_of_range": each.share,
                    }
                    for each in reversing
                ],
            }
        )
    return told


def better(ranking: Ranking) -> str | None:
    """The better option; None while the difference is not resolved."""
    if ranking.less is None or ranking.key.name in BETTER_LESS:
        return ranking.less
    return ranking.other if ranking.less == ranking.one else ranking.one
