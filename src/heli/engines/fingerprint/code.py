"""The code: for every recipient a word of bits that no coalition of others can make.

G. Tardos, "Optimal probabilistic fingerprint codes" (STOC 2003, J. ACM 2008): every position has a
bias of its own, drawn from the arcsine law and kept secret; a recipient's bit there is 1 with that
probability. A word is a function of the secret and the recipient's name, so none is stored.
"""

import numpy as np
from numpy.typing import NDArray

from heli.engines.fingerprint.keys import derive, stream

LENGTH = 65_536
CUTOFF = 0.1
"""Angle left out at both ends of the arcsine law: biases lie between 0.01 and 0.99."""

_SCALE = 65_536

Levels = NDArray[np.uint16]
Bits = NDArray[np.bool_]


def biases(secret: bytes) -> Levels:
    """The bias of every position, in 65536ths."""
    drawn = np.frombuffer(stream(derive(secret, "bias"), 4 * LENGTH), dtype="<u4")
    angle = CUTOFF + (np.pi / 2 - 2 * CUTOFF) * (drawn / 2.0**32)
    return np.round(np.sin(angle) ** 2 * _SCALE).astype(np.uint16)


def probabilities(levels: Levels) -> NDArray[np.float64]:
    """Of a 1, by position."""
    return np.asarray(levels / float(_SCALE), dtype=np.float64)


def codeword(secret: bytes, recipient: str, levels: Levels) -> Bits:
    """The bits of one recipient."""
    drawn = np.frombuffer(stream(derive(secret, "word", recipient), 2 * LENGTH), dtype="<u2")
    return np.asarray(drawn < levels)
