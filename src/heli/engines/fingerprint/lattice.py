"""The lattice on which values are moved: a step, cells, and blocks of cells that no mark leaves.

A value lies in a cell as wide as the step; the parity of the cell is the bit it carries. To change
the bit, the value moves by exactly one step, up or down, but never out of its block of ten cells,
its power of two (where the step is relative), or its sign. So the block is a part of the value that
marks do not change and by which it can be known again, and a reader of a marked value finds the
same step. (Quantisation index modulation, Chen and Wornell 2001, with a shift for re-quantising, so
that what stands behind the step stays as it was.)
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from heli.engines.fingerprint.plan import DATE, INTEGER, NUMBER, Column
from heli.engines.fingerprint.prf import Values, Words

BLOCK = 10
EPSILON = 1e-6
LEAST = 1e-5
"""Part of its step that a number must exceed, so that no rounding of fractions turns its sign."""
MOST_CELLS = 1e9
SMALLEST = 1e-100
DECIMALS = 6
"""Decimals kept beyond those of the step."""

Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Placed:
    """Values on their lattice.

    Attributes:
        values: As given; anything where not ``fit``.
        step: By how much each may move.
        cell: Number of its cell.
        octave: Power of two that holds it, 0 where the step is the same for all.
        fit: Whether it can carry a mark.
    """

    values: Numbers
    step: Numbers
    cell: NDArray[np.int64]
    octave: NDArray[np.int64]
    fit: Flags

    @property
    def fixed(self) -> Words:
        """What of each value no mark changes, as a word."""
        block = np.floor_divide(self.cell, BLOCK)
        return (block.astype(np.uint64) << np.uint64(12)) ^ self.octave.astype(np.uint64)

    @property
    def bit(self) -> NDArray[np.int64]:
        """The bit that each carries."""
        return self.cell & 1


def place(column: Column, values: Values) -> Placed:
    """Put the values of a marked column on its lattice."""
    assert column.tolerance is not None
    numbers, there = as_numbers(column, values)
    fit = there & np.isfinite(numbers)
    if column.kind != DATE:
        size = np.abs(numbers)
        fit &= (size > SMALLEST) & (size < 1 / SMALLEST)
    safe = np.where(fit, numbers, 1.0)
    if column.tolerance.relative:
        octave = np.frexp(np.abs(safe))[1].astype(np.int64)
        step = _round_steps(np.ldexp(0.5, octave) * column.tolerance.relative)
        if column.kind == INTEGER:
            fit &= step >= 1
            step = np.maximum(step, 1.0)
    else:
        octave = np.zeros(len(safe), dtype=np.int64)
        step = np.full(len(safe), float(column.tolerance.absolute))
    fit &= np.abs(safe) < step * MOST_CELLS
    if column.kind == NUMBER:
        fit &= np.abs(safe) > step * LEAST
    safe = np.where(fit, safe, step)
    slack = EPSILON if column.kind == NUMBER else 0.0
    cell = np.floor(safe / step + slack).astype(np.int64)
    return Placed(safe, step, cell, octave, fit)


def may_move(placed: Placed, direction: int, kind: str) -> Flags:
    """Which values may move one step up (1) or down (-1)."""
    edge = BLOCK - 1 if direction > 0 else 0
    may = placed.fit & (placed.cell % BLOCK != edge)
    moved = placed.values + direction * placed.step
    if kind != DATE:
        may &= np.abs(moved) > placed.step * LEAST
    if placed.octave.any():
        may &= np.frexp(np.abs(moved))[1] == placed.octave
    return np.asarray(may, dtype=np.bool_)


def move(values: Values, column: Column, placed: Placed, by: NDArray[np.int64]) -> Values:
    """The column with some values moved by whole steps; the others as they were, bit for bit."""
    touched = by != 0
    moved = placed.values + by * placed.step
    if column.kind == NUMBER:
        # Back to the few decimals that the value had: a sum of fractions has many.
        scale = 10.0 ** (np.ceil(-np.log10(placed.step)) + DECIMALS)
        moved = np.round(moved * scale) / scale
    if column.kind == DATE:
        fresh: Values = pa.array(moved.astype(np.int32)).cast(pa.date32())
    else:
        fresh = pa.array(moved.astype(np.int64) if column.kind == INTEGER else moved)
    made: Values = pc.if_else(pa.array(touched), fresh.cast(values.type), values)
    return made


def as_numbers(column: Column, values: Values) -> tuple[Numbers, Flags]:
    """The values as numbers (dates: days since 1970), and which are there."""
    if column.kind == DATE:
        values = values.cast(pa.date32()).cast(pa.int32())
    there = values.is_valid().to_numpy(zero_copy_only=False)
    numbers = values.cast(pa.float64()).fill_null(0.0).to_numpy(zero_copy_only=False)
    return numbers.astype(np.float64), there


def _round_steps(most: Numbers) -> Numbers:
    """The greatest of 1, 2, 5, 10, 20, … (and tenths, hundredths of these) that is not more."""
    power = np.floor(np.log10(most) + EPSILON)
    digit = most / 10.0**power
    lead = np.select([digit >= 5 - EPSILON, digit >= 2 - EPSILON], [5.0, 2.0], 1.0)
    return np.asarray(lead * 10.0**power, dtype=np.float64)
