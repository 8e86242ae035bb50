"""Clocks over REST."""

import datetime as dt

from ninja import Schema

from heli.cases.selectors import ClockView


class ClockOut(Schema):
    """A clock; ``remaining_seconds`` is negative when late."""

    state: str
    fraction: float
    remaining_seconds: int | None
    due_at: dt.datetime | None

    @classmethod
    def of(cls, clock: ClockView | None) -> "ClockOut | None":
        """From what pages show."""
        if clock is None:
            return None
        left = clock.remaining
        seconds = None if left is None else int(left.total_seconds())
        return cls(
            state=clock.state,
            fraction=round(clock.fraction, 4),
            remaining_seconds=seconds,
            due_at=clock.due_at,
        )
