"""Reading marks: what a found file says about the code word of whoever received it.

Nothing here depends on a recipient, so a file is read once, however many are suspected.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from heli.engines.fingerprint.anchors import Digests, Winners, bids, digest, winners
from heli.engines.fingerprint.code import LENGTH
from heli.engines.fingerprint.lattice import Flags, Numbers, Placed, place
from heli.engines.fingerprint.plan import Plan
from heli.engines.fingerprint.prf import Values, Words

TRUST = 0.98
"""How far a mark is believed whose every virtual key is known."""

MOST_ORDERED = 8192
"""Of how many records at most the order is looked at."""
STRETCH = 32
"""Records within which one virtual key is taken to order all."""


@dataclass(frozen=True, slots=True)
class Sequence:
    """One virtual key of the records, in the order of the file.

    Attributes:
        words: Each once, and an even number in each stretch: neighbours to be compared.
        stretches: For each pair of words, in which stretch of the file it stands.
    """

    words: Words
    stretches: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file says.

    Attributes:
        bits: By position of the code, the bit that the marks there say.
        trust: By position, from 0 (nothing is known) to 1 (sure).
        sequences: By each virtual key that the order goes by; empty where the file has it not.
        values: How many marked values were read.
    """

    bits: NDArray[np.bool_]
    trust: Numbers
    sequences: tuple[Sequence, ...]
    values: int

    @property
    def positions(self) -> int:
        """Positions of the code about which the file says anything."""
        return int(np.count_nonzero(self.trust))


def read(plan: Plan, secret: bytes, columns: Mapping[str, Values]) -> Reading:
    """Read the marks of a file.

    Args:
        plan: How the extracts in question were marked.
        secret: The key of all marks.
        columns: Those fields of the plan that the file has, by their names in the contract, in
            the contract's types; what a file holds that is not of the type is missing.
    """
    known = {name for name in columns if any(name == column.name for column in plan.columns)}
    columns = {name: columns[name] for name in known}
    marked = [column for column in plan.marked if column.name in columns]
    placed = {column.name: place(column, columns[column.name]) for column in marked}
    digests = digest(plan, secret, columns, placed)
    missing = sum(bids(anchor) for anchor in plan.anchors if anchor not in digests)
    won = winners(plan, secret, list(digests.values()), len(next(iter(columns.values()), ())))
    votes, values = np.zeros(LENGTH), 0
    for column in marked:
        found, count = _votes(placed[column.name], won[column.name], missing)
        votes += found
        values += count
    sequences = tuple(_sequence(digests.get(key)) for key in plan.ordering)
    return Reading(votes > 0, TRUST * np.tanh(np.abs(votes) / 2), sequences, values)


def _votes(placed: Placed, won: Winners, missing: int) -> tuple[Numbers, int]:
    """Log-odds for a 1, by position, from the marks of one column."""
    seen: Flags = won.there & placed.fit
    trust = TRUST * _won(won, missing)[seen]
    said = (placed.bit[seen] != 0) ^ won.flip[seen]
    odds = np.log1p(trust) - np.log1p(-trust)
    position = won.position[seen].astype(np.int64)
    votes = np.bincount(position, weights=np.where(said, odds, -odds), minlength=LENGTH)
    return np.asarray(votes, dtype=np.float64), int(np.count_nonzero(seen))


def _won(won: Winners, missing: int) -> Numbers:
    """How likely the best bid seen is the one that won: no missing one was higher."""
    return np.asarray(won.bid**missing, dtype=np.float64)


def _sequence(key: Digests | None) -> Sequence:
    if key is None:
        return Sequence(np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.int64))
    places = np.flatnonzero(key.there[:MOST_ORDERED])
    _, first = np.unique(key.words[places], return_index=True)
    places = places[np.sort(first)]
    stretches = places // STRETCH
    # Of a stretch with an odd number of words the last has no neighbour.
    begins = np.searchsorted(stretches, stretches)
    ends = np.searchsorted(stretches, stretches, side="right")
    paired = np.arange(len(places)) - begins < (ends - begins) // 2 * 2
    return Sequence(key.words[places[paired]], stretches[paired][::2])
