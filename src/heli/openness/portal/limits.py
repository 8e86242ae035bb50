"""The brake on one address that asks too often.

Counts live in this process only and are forgotten soon after, so that nobody's reading is on record
anywhere.
"""

import threading
import time
from collections import deque
from collections.abc import Callable

from heli.openness.errors import TooOftenError

SECONDS = 60
PAGES, DOWNLOADS = 240, 40
MOST_ADDRESSES = 20_000


class Brake:
    """At most so many requests of one address within some seconds.

    Args:
        limit: How many.
        seconds: Within how long.
        now: A steady clock.
    """

    def __init__(
        self, limit: int, seconds: int = SECONDS, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._limit, self._seconds, self._now = limit, seconds, now
        self._lock = threading.Lock()
        self._seen: dict[str, deque[float]] = {}

    def check(self, key: str) -> None:
        """Count a request.

        Raises:
            TooOftenError: There were too many of late.
        """
        self.look(key)
        self.note(key)

    def look(self, key: str) -> None:
        """See whether one more is allowed, without counting it.

        Raises:
            TooOftenError: There were too many of late.
        """
        moment = self._now()
        with self._lock:
            times = self._seen.get(key, deque())
            while times and times[0] <= moment - self._seconds:
                times.popleft()
            if len(times) >= self._limit:
                wait = int(times[0] + self._seconds - moment) + 1
                raise TooOftenError(limit=self._limit, seconds=self._seconds, wait=wait)

    def note(self, key: str) -> None:
        """Count one."""
        moment = self._now()
        with self._lock:
            if len(self._seen) > MOST_ADDRESSES:
                self._forget(moment)
            self._seen.setdefault(key, deque()).append(moment)

    def _forget(self, moment: float) -> None:
        old = [
            key
            for key, times in self._seen.items()
            if not times or times[-1] <= moment - self._seconds
        ]
        for key in old:
            del self._seen[key]


pages, downloads = Brake(PAGES), Brake(DOWNLOADS)
guesses = Brake(10, 15 * 60)
"""Wrong secrets of one code or from one address."""
filings = Brake(6, 60 * 60)
"""Objections filed from one address without a login."""
