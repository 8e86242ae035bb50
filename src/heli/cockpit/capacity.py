"""What one more officer would do to a queue: Little's law, with the error of counting.

In a stable queue the mean time in it is the number in it over the number that leave it a day
(Little 1961). Completions are counted, so their number ``n`` has the relative standard error
``1/√n`` of a Poisson count; nothing else is assumed about arrivals or handling times. One more
officer at the present pace makes ``n/c`` more completions, which is the assumption to doubt.
"""

from dataclasses import dataclass
from math import sqrt

ENOUGH = 20
Z95 = 1.96


@dataclass(frozen=True, slots=True)
class Estimate:
    """Days that a task spends in a queue, now and with one more officer, with 95 % intervals.

    Attributes:
        now: Days at the present rate.
        now_error: Half the width of its interval.
        then: Days with one officer more.
        then_error: Half the width of its interval.
        completions: Completions it rests on.
        officers: Officers who made them.
    """

    now: float
    now_error: float
    then: float
    then_error: float
    completions: int
    officers: int


def one_more_officer(queue: int, completions: int, officers: int, days: float) -> Estimate | None:
    """The effect of one more officer on a queue.

    Args:
        queue: Tasks in it now.
        completions: Tasks that left it in the last ``days``.
        officers: Different officers who completed them.
        days: Length of the time counted, in days.

    Returns:
        None where fewer than 20 completions make any estimate worthless, or nobody waits.
    """
    if completions < ENOUGH or not officers or not queue:
        return None
    relative = Z95 / sqrt(completions)
    now = queue * days / completions
    then = now * officers / (officers + 1)
    return Estimate(now, now * relative, then, then * relative, completions, officers)
