"""Marking: an extract, batch by batch, made one recipient's own."""

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from heli.engines.fingerprint.anchors import Digests, digest, winners
from heli.engines.fingerprint.code import biases, codeword
from heli.engines.fingerprint.keys import derive
from heli.engines.fingerprint.lattice import Flags, Numbers, Placed, may_move, move, place
from heli.engines.fingerprint.plan import Plan
from heli.engines.fingerprint.prf import Prf

RUN, SHORTEST_RUN = 1024, 64
"""Records that are ordered by one virtual key before the next has its turn, and the fewest."""


class Marker:
    """Marks the records of one extract.

    A record's marks depend on the secret, the recipient and the record alone, not on its place.
    Which way a moved value moves says nothing; it is chosen so that moves cancel out, and the sum
    of a column stays within one greatest step of what it was, as far as the blocks of its values
    allow (:attr:`drift` says by how much it is off).

    Args:
        plan: What is marked.
        secret: The key of all marks.
        recipient: Name of the extract; every extract has marks of its own.
    """

    def __init__(self, plan: Plan, secret: bytes, recipient: str) -> None:
        self._plan, self._secret = plan, secret
        self._code = codeword(secret, recipient, biases(secret))
        self._order = Prf(derive(secret, "order", recipient))
        self._coin = Prf(derive(secret, "coin", recipient))
        self._rows = 0
        self.drift: dict[str, float] = {column.name: 0.0 for column in plan.marked}
        self.moved: dict[str, int] = {column.name: 0 for column in plan.marked}

    def mark(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch with its marks, in the recipient's order."""
        rows = batch.num_rows
        columns = {name: batch.column(name) for name in batch.schema.names}
        placed = {column.name: place(column, columns[column.name]) for column in self._plan.marked}
        digests = digest(self._plan, self._secret, columns, placed)
        number = np.arange(self._rows, self._rows + rows, dtype=np.uint64)
        coins, _ = self._coin.words([number])
        self._rows += rows
        every = winners(self._plan, self._secret, list(digests.values()), rows)
        for column in self._plan.marked:
            won = every[column.name]
            wanted = self._code[won.position] ^ won.flip
            turned = won.there & (placed[column.name].bit != wanted)
            by = self._directions(column.name, column.kind, placed[column.name], turned, coins)
            columns[column.name] = move(columns[column.name], column, placed[column.name], by)
        made = pa.RecordBatch.from_arrays(list(columns.values()), schema=batch.schema)
        return made.take(self._ordered(digests, coins))

    def _ordered(
        self, digests: Mapping[tuple[str, ...], Digests], coins: NDArray[np.uint64]
    ) -> NDArray[np.int64]:
        """Places of the records in the recipient's order.

        They are put into runs by lot, and each run is ordered by the virtual key whose turn it is;
        what has none, by lot.
        """
        keys = [digests[key] for key in self._plan.ordering if key in digests]
        lots = np.argsort(coins, kind="stable")
        if not keys:
            return lots
        run = max(SHORTEST_RUN, min(RUN, -(-len(lots) // (2 * len(keys)))))
        if len(keys) == 1:
            run = len(lots)
        places = []
        for number, start in enumerate(range(0, len(lots), run or 1)):
            mine, key = lots[start : start + run], keys[number % len(keys)]
            ranks = np.where(key.there[mine], self._order.words([key.words[mine]])[0], coins[mine])
            places.append(mine[np.argsort(ranks, kind="stable")])
        return np.concatenate(places) if places else lots

    def _directions(
        self, name: str, kind: str, placed: Placed, turned: Flags, coins: NDArray[np.uint64]
    ) -> NDArray[np.int64]:
        """By how many steps each value moves: 1, -1 or 0."""
        up = may_move(placed, 1, kind) & turned
        down = may_move(placed, -1, kind) & turned
        by = np.where(up & ~down, 1, np.where(down & ~up, -1, 0)).astype(np.int64)
        free = np.flatnonzero(up & down)
        drift = self.drift[name] + float(np.sum(by * placed.step))
        signs, drift = balanced(placed.step[free], coins[free], drift)
        by[free] = signs
        self.drift[name] = drift
        self.moved[name] += int(np.count_nonzero(by))
        return by


def balanced(
    steps: Numbers, coins: NDArray[np.uint64], drift: float
) -> tuple[NDArray[np.int64], float]:
    """Signs for steps so that they and what has drifted before cancel out.

    First the drift is worked off, then steps next to each other in size go opposite ways.

    Args:
        steps: Sizes, all above 0.
        coins: Random words that decide which of equal steps goes where.
        drift: What the sum is off before.

    Returns:
        The signs, and what the sum is off afterwards: with enough steps, at most the greatest.
    """
    if not len(steps):
        return np.zeros(0, dtype=np.int64), drift
    order = np.lexsort((coins, -steps))
    sizes = steps[order]
    used = int(np.searchsorted(np.cumsum(sizes), abs(drift)))
    signs = np.empty(len(sizes), dtype=np.int64)
    against = -1 if drift > 0 else 1
    signs[:used] = against
    rest = drift + against * float(np.sum(sizes[:used]))
    first = -1 if rest > 0 else 1
    signs[used:] = first
    signs[used + 1 :: 2] = -first
    made = np.empty(len(sizes), dtype=np.int64)
    made[order] = signs
    return made, drift + float(np.sum(signs * sizes))
