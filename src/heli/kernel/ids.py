"""Identifiers: time-ordered UUIDs (RFC 9562, version 7)."""

import os
import threading
import uuid

from heli.kernel import clock

_lock = threading.Lock()
_last = 0


def uuid7() -> uuid.UUID:
    """A version 7 UUID; within one process each is greater than the one before."""
    return uuid7s(1)[0]


def uuid7s(count: int) -> list[uuid.UUID]:
    """As many version 7 UUIDs, each greater than the one before.

    The millisecond of ``kernel.clock`` fills the first 48 bits, a counter seeded at random the
    next 12 (method 1 of RFC 9562 section 6.2), and randomness the rest.

    Args:
        count: How many, at least one.
    """
    global _last  # noqa: PLW0603 - the counter is the point
    noise = os.urandom(8 * count)
    seed = int.from_bytes(noise[:2], "big") & 0x1FF
    milliseconds = int(clock.now().timestamp() * 1000)
    with _lock:
        # 48 bits of time and 12 of counter are counted as one number, so an overflowing counter
        # borrows from the next millisecond instead of repeating.
        stamp = max(_last + 1, milliseconds << 12 | seed)
        if stamp - (milliseconds << 12) > 1 << 24:
            # The clock was set back (a simulated one may be): order restarts with it.
            stamp = milliseconds << 12 | seed
        _last = stamp + count - 1
    return [
        _of(stamp + number, int.from_bytes(noise[8 * number : 8 * number + 8], "big"))
        for number in range(count)
    ]


def _of(stamp: int, random: int) -> uuid.UUID:
    high = (stamp >> 12) << 16 | 0x7000 | (stamp & 0xFFF)
    return of_number(high << 64 | 0x8000000000000000 | (random & 0x3FFFFFFFFFFFFFFF))


def of_number(number: int) -> uuid.UUID:
    """The UUID of 128 bits, as its constructor makes it, without its six ways to be called."""
    made = object.__new__(uuid.UUID)
    _set(made, "int", number)
    _set(made, "is_safe", _UNKNOWN)
    return made


_set = object.__setattr__
_UNKNOWN = uuid.SafeUUID.unknown
