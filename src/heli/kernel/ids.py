"""Identifiers: time-ordered UUIDs (RFC 9562, version 7)."""

import os
import threading
import uuid

from heli.kernel import clock

_lock = threading.Lock()
_last = 0


def uuid7() -> uuid.UUID:
    """A version 7 UUID; within one process each is greater than the one before.

    The millisecond of ``kernel.clock`` fills the first 48 bits, a counter seeded at random the
    next 12 (method 1 of RFC 9562 section 6.2), and randomness the rest.
    """
    global _last  # noqa: PLW0603 - the counter is the point
    random = int.from_bytes(os.urandom(10), "big")
    milliseconds = int(clock.now().timestamp() * 1000)
    with _lock:
        # 48 bits of time and 12 of counter are counted as one number, so an overflowing counter
        # borrows from the next millisecond instead of repeating.
        stamp = max(_last + 1, milliseconds << 12 | (random >> 70 & 0x1FF))
        if stamp - (milliseconds << 12) > 1 << 24:
            # The clock was set back (a simulated one may be): order restarts with it.
            stamp = milliseconds << 12 | (random >> 70 & 0x1FF)
        _last = stamp
    high = (stamp >> 12) << 16 | 0x7000 | (stamp & 0xFFF)
    low = 0x8000000000000000 | (random & 0x3FFFFFFFFFFFFFFF)
    return uuid.UUID(int=high << 64 | low)
