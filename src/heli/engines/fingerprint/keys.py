"""Keys and random sources, all drawn from one secret and a label that says what for."""

from hashlib import blake2b, shake_256

from heli.engines.fingerprint.prf import KEY_SIZE

_BLOCK = 64


def derive(secret: bytes, *labels: str) -> bytes:
    """A 128-bit key for one use; keys of different labels say nothing about each other."""
    text = "\x1f".join(labels).encode()
    return blake2b(text, key=secret, digest_size=KEY_SIZE, person=b"heli-print").digest()


def stream(key: bytes, length: int) -> bytes:
    """So many bytes that nobody can tell without the key (SHAKE256)."""
    return shake_256(b"heli-print\x00" + key).digest(length)


class KeyedRandom:
    """A source of random numbers that whoever holds the key can draw again, always the same."""

    def __init__(self, key: bytes) -> None:
        self._key, self._block, self._left = key, 0, b""

    def randrange(self, stop: int, /) -> int:
        """A whole number from 0 up to, not including, ``stop``; all alike likely."""
        size = (stop.bit_length() + 7) // 8
        limit = 256**size - 256**size % stop
        while True:
            drawn = int.from_bytes(self._take(size), "big")
            if drawn < limit:
                return drawn % stop

    def _take(self, size: int) -> bytes:
        while len(self._left) < size:
            self._left += stream(derive(self._key, "draw", str(self._block)), _BLOCK)
            self._block += 1
        taken, self._left = self._left[:size], self._left[size:]
        return taken
