"""The one source of time.

Nothing in Heli reads the system clock itself: an exercise runs the real system on a simulated
clock, and a test fixes the instant. Instants are aware, in UTC; what people read is in
Asia/Shanghai.
"""

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")

Clock = Callable[[], dt.datetime]


def system_clock() -> dt.datetime:
    """The machine's clock, in UTC."""
    return dt.datetime.now(dt.UTC)  # noqa: TID251 - the only place that may read it


class _Holder:
    """The clock in force, replaceable for the whole process."""

    def __init__(self) -> None:
        self.clock: Clock = system_clock
        self.lock = threading.RLock()


_holder = _Holder()


def now() -> dt.datetime:
    """The present instant, aware, in UTC."""
    return _holder.clock()


def today() -> dt.date:
    """The present day in Asia/Shanghai, the day that deadlines are counted in."""
    return now().astimezone(SHANGHAI).date()


@contextmanager
def running_on(clock: Clock) -> Iterator[None]:
    """Run the process on another clock until the block ends."""
    with _holder.lock:
        before, _holder.clock = _holder.clock, clock
        try:
            yield
        finally:
            _holder.clock = before


@contextmanager
def frozen(instant: dt.datetime) -> Iterator["FrozenClock"]:
    """Hold time at ``instant``; the yielded clock can be moved on by hand."""
    clock = FrozenClock(instant)
    with running_on(clock):
        yield clock


class FrozenClock:
    """A clock that moves only when told to.

    Raises:
        ValueError: ``instant`` is naive.
    """

    def __init__(self, instant: dt.datetime) -> None:
        if instant.tzinfo is None:
            raise ValueError("a clock needs an aware instant")
        self.instant = instant.astimezone(dt.UTC)

    def __call__(self) -> dt.datetime:
        """The instant it stands at."""
        return self.instant

    def advance(self, **delta: float) -> dt.datetime:
        """Move on by ``timedelta(**delta)`` and return the new instant."""
        self.instant += dt.timedelta(**delta)
        return self.instant
