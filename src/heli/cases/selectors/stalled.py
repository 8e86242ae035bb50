"""Procedures that cannot go on by themselves."""

from heli.cases.timers import failing


def stalled_timers() -> int:
    """How many timers of procedures failed a few times and are still tried."""
    return len(failing())
