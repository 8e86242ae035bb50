"""Sobol's sequence: points that fill a cube more evenly than chance would.

The first 2ᵏ points have, in every dimension, one in each of 2ᵏ equal intervals (I. M. Sobol, 1967).
Direction numbers are those of S. Joe and F. Y. Kuo, "Constructing Sobol sequences with better
two-dimensional projections", SIAM Journal on Scientific Computing 30, 2008.
"""

import numpy as np

from heli.arrays import Numbers

BITS = 20
DIRECTIONS = (
    (0, (1,)),
    (1, (1, 3)),
    (1, (1, 3, 1)),
    (2, (1, 1, 1)),
    (1, (1, 1, 3, 3)),
    (4, (1, 3, 5, 13)),
    (2, (1, 1, 5, 5, 17)),
    (4, (1, 1, 5, 5, 5)),
    (7, (1, 1, 7, 11, 19)),
    (11, (1, 1, 5, 1, 1)),
    (13, (1, 1, 1, 3, 11)),
    (14, (1, 3, 5, 5, 31)),
    (1, (1, 3, 3, 9, 7, 49)),
)
"""Inner coefficients of the primitive polynomial, and first direction numbers, from dimension 2."""


def points(count: int, dimensions: int) -> Numbers:
    """The first points, moved to the middles of their cells, count × dimensions.

    Raises:
        ValueError: If there are more than 14 dimensions, or more than 2²⁰ points.
    """
    if not (dimensions <= len(DIRECTIONS) + 1 and count <= 1 << BITS):
        raise ValueError(f"{count} points in {dimensions} dimensions")
    found = np.zeros((count, dimensions), np.int64)
    numbers = np.arange(count)
    for d in range(dimensions):
        for bit, step in enumerate(_steps(d)):
            found[:, d] ^= np.where(numbers >> bit & 1, step, 0)
    cells = 1 << (count - 1).bit_length()
    return np.asarray(found / (1 << BITS) + 0.5 / cells)


def _steps(dimension: int) -> list[int]:
    """What each bit of a point's number does to its coordinate, in units of 2 ** -BITS."""
    if dimension == 0:
        return [1 << (BITS - 1 - bit) for bit in range(BITS)]
    inner, first = DIRECTIONS[dimension - 1]
    degree = len(first)
    steps = [number << (BITS - 1 - bit) for bit, number in enumerate(first)]
    for bit in range(degree, BITS):
        step = steps[bit - degree] ^ (steps[bit - degree] >> degree)
        for k in range(1, degree):
            if inner >> (degree - 1 - k) & 1:
                step ^= steps[bit - k]
        steps.append(step)
    return steps
