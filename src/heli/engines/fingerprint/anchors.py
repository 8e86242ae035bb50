"""By which of its virtual keys a record's value is marked, and what the mark is to say.

Every virtual key of a record bids for every marked value with a keyed number; the highest bid wins
(rendezvous hashing). Whoever reads a file in which some fields are missing sees the bids of the
others; the higher the best of them, the likelier it is the one that won.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from heli.engines.fingerprint.code import LENGTH
from heli.engines.fingerprint.keys import derive
from heli.engines.fingerprint.lattice import Flags, Numbers, Placed, as_numbers
from heli.engines.fingerprint.plan import TEXT, Plan
from heli.engines.fingerprint.prf import Prf, Values, Words

TOGETHER = 3
"""Columns whose bids come from one draw of 128 bits."""

_BITS, _HALF = np.uint64(42), np.uint64(22)
_PART = np.uint64(2**42 - 1)
_POSITION = np.uint64(LENGTH - 1)
_FLIP_SHIFT, _BID_SHIFT = np.uint64(16), np.uint64(17)
_BIDS = float(2**25)


@dataclass(frozen=True, slots=True)
class Digests:
    """The records' virtual keys, each as a keyed word.

    Attributes:
        words: One for each record.
        there: Which records have it.
        single: It is one field, known by itself, and so bids twice.
    """

    words: Words
    there: Flags
    single: bool = False


@dataclass(frozen=True, slots=True)
class Winners:
    """Which mark each value of a column carries.

    Attributes:
        position: Position of the code.
        flip: Whether the bit stands there inverted.
        bid: The winning bid, 0 to 1: another virtual key bids less with this probability, a single
            field with its square.
        there: Whether any virtual key is known.
    """

    position: Words
    flip: Flags
    bid: Numbers
    there: Flags


def digest(
    plan: Plan, secret: bytes, columns: Mapping[str, Values], placed: Mapping[str, Placed]
) -> dict[tuple[str, ...], Digests]:
    """The virtual keys of every record whose fields the columns have."""
    parts: dict[str, Digests] = {}
    for name in {name for anchor in plan.anchors for name in anchor} & set(columns):
        parts[name] = _part(plan, secret, name, columns[name], placed)
    found = {}
    for anchor in plan.anchors:
        if all(name in parts for name in anchor):
            key = Prf(derive(secret, "anchor", *anchor))
            words, _ = key.words([parts[name].words for name in anchor])
            there = np.logical_and.reduce([parts[name].there for name in anchor])
            found[anchor] = Digests(words, there, single=len(anchor) == 1)
    return found


def _part(
    plan: Plan, secret: bytes, name: str, values: Values, placed: Mapping[str, Placed]
) -> Digests:
    column = plan.column(name)
    if name in placed:
        return Digests(placed[name].fixed, placed[name].fit)
    if column.kind == TEXT:
        there = values.is_valid().to_numpy(zero_copy_only=False)
        return Digests(Prf(derive(secret, "text")).texts(values), there)
    numbers, there = as_numbers(column, values)
    return Digests((numbers + 0.0).view(np.uint64), there)


def winners(plan: Plan, secret: bytes, digests: Sequence[Digests], rows: int) -> dict[str, Winners]:
    """Let the virtual keys bid for every value of every marked column."""
    names = [column.name for column in plan.marked]
    found: dict[str, Winners] = {}
    for start in range(0, len(names), TOGETHER):
        group = names[start : start + TOGETHER]
        bidding = [_Bidding(rows) for _ in group]
        key = Prf(derive(secret, "columns", *group))
        for each in digests:
            for one, drawn in zip(bidding, _parts(*key.words([each.words])), strict=False):
                one.offer(each, drawn)
        found |= {name: one.winners() for name, one in zip(group, bidding, strict=True)}
    return found


def _parts(low: Words, high: Words) -> tuple[Words, Words, Words]:
    """Three draws of 42 bits from 128."""
    rest = ((low >> _BITS) | ((high >> _BITS) << _HALF)) & _PART
    return low & _PART, high & _PART, rest


class _Bidding:
    """Who bids most for the values of one column."""

    def __init__(self, rows: int) -> None:
        self._best = np.zeros(rows, dtype=np.uint64)
        self._bid = np.full(rows, -1.0)

    def offer(self, digests: Digests, drawn: Words) -> None:
        """Let one virtual key bid."""
        offer = (drawn >> _BID_SHIFT) / _BIDS
        if digests.single:
            # The greater of two draws, of which one alone is needed: its root has the same law.
            offer = np.sqrt(offer)
        offer[~digests.there] = -1.0
        higher = offer > self._bid
        self._best[higher] = drawn[higher]
        self._bid[higher] = offer[higher]

    def winners(self) -> Winners:
        """What came of it."""
        flip = (self._best >> _FLIP_SHIFT) & np.uint64(1) != 0
        position = self._best & _POSITION
        return Winners(position, flip, np.maximum(self._bid, 0.0), self._bid >= 0)


def bids(anchor: tuple[str, ...]) -> int:
    """How often a virtual key bids."""
    return 2 if len(anchor) == 1 else 1
