"""AES over columns: a keyed pseudo-random function, computed for thousands of rows in one call.

AES-128 (FIPS 197) is a permutation that nobody tells from a random function without the key, up to
about 2^64 inputs. Every row is one block of 16 bytes, and a whole column is enciphered block by
block (what the mode ECB does) by the processor's own instructions. Longer messages are chained,
each block added to the cipher of the one before (CBC-MAC); as the length stands in the first block,
no message is the beginning of another, and the chain is a pseudo-random function, too (Bellare,
Kilian and Rogaway 2000).
"""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB
from numpy.typing import NDArray

Words = NDArray[np.uint64]
Values: TypeAlias = "pa.Array[Any]"

KEY_SIZE = 16
BLOCK = 16


class Prf:
    """The function of one key.

    Args:
        key: 16 bytes.
    """

    def __init__(self, key: bytes) -> None:
        # One block for each row, each a message of its own: nothing here is a text whose equal
        # blocks could give it away, which is what this mode is unfit for.
        self._cipher = Cipher(AES(key), ECB())  # noqa: S305

    def words(self, columns: Sequence[Words]) -> tuple[Words, Words]:
        """Two words of output for each row of as many words of input."""
        rows = len(columns[0])
        padded = [*columns, np.zeros(rows, np.uint64)] if len(columns) % 2 == 0 else list(columns)
        state = self._encipher(np.full(rows, len(columns), np.uint64), padded[0])
        for one, other in zip(padded[1::2], padded[2::2], strict=True):
            state = self._encipher(state[:, 0] ^ one, state[:, 1] ^ other)
        return state[:, 0], state[:, 1]

    def texts(self, column: Values) -> Words:
        """A word of output for the UTF-8 bytes of each text; for a missing one that of no bytes."""
        text = column.cast(pa.large_string())
        _, offsets, data = text.buffers()
        if not len(text) or offsets is None:
            return np.zeros(len(text), dtype=np.uint64)
        ends = np.frombuffer(memoryview(offsets), dtype=np.int64)
        ends = ends[text.offset : text.offset + len(text) + 1]
        starts, sizes = ends[:-1], np.diff(ends)
        if text.null_count:
            sizes = np.where(text.is_null().to_numpy(zero_copy_only=False), 0, sizes)
        raw = np.zeros((data.size if data is not None else 0) + 2 * BLOCK, dtype=np.uint8)
        if data is not None:
            raw[: data.size] = np.frombuffer(memoryview(data), dtype=np.uint8)
        # Eight bytes from wherever a text stands, as a word.
        words: Words = np.ndarray((len(raw) - 7,), dtype="<u8", buffer=raw, strides=(1,))
        found = np.empty(len(text), dtype=np.uint64)
        needed = np.maximum(1, -(-sizes // 8))
        for count in np.unique(needed):
            rows = np.flatnonzero(needed == count)
            found[rows] = self._texts(words, starts[rows], sizes[rows], int(count))
        return found

    def _texts(
        self, words: Words, starts: NDArray[np.int64], sizes: NDArray[np.int64], count: int
    ) -> Words:
        """Of texts that fill as many words; their exact length is the first word."""
        columns = [sizes.astype(np.uint64)]
        for number in range(count):
            left = np.minimum(sizes - 8 * number, 8)
            columns.append(words[starts + 8 * number] & _MASKS[left])
        return self.words(columns)[0]

    def _encipher(self, one: Words, other: Words) -> Words:
        blocks = np.empty((len(one), 2), dtype="<u8")
        blocks[:, 0], blocks[:, 1] = one, other
        done = self._cipher.encryptor().update(blocks.data.cast("B") if len(one) else b"")
        return np.frombuffer(done, dtype="<u8").reshape(-1, 2)


_MASKS = np.array([(1 << (8 * size)) - 1 for size in range(9)], dtype=np.uint64)
"""Which bits of a word belong to a text that has so many bytes left."""
