"""How a matter stands, as one tag: the most urgent of what is open, in colour and words."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from heli.cases.models import Matter
from heli.cases.selectors.clocks import most_urgent
from heli.cases.selectors.shapes import ClockView, TaskState


def standing(
    matter: Matter, tasks: Sequence[TaskState], asked: bool, own: bool = False
) -> tuple[str, str]:
    """Tone and words of a matter's state.

    Args:
        matter: The matter.
        tasks: Every department's part.
        asked: Something is asked of the applicant.
        own: The reader is the applicant.
    """
    clock = most_urgent(task.clock for task in tasks if task.closed_at is None)
    return standing_of(matter, clock, asked, own)


def standing_of(
    matter: Matter, clock: ClockView | None, asked: bool, own: bool = False
) -> tuple[str, str]:
    """The same by the most urgent clock of a matter, for lists."""
    if matter.state == Matter.State.DRAFT:
        return "brand", matter.get_state_display()
    if matter.state != Matter.State.RUNNING:
        return "done", matter.get_state_display()
    if clock is not None and clock.state == "late":
        words = _("Overdue; waits for you") if asked and own else _("In progress, overdue")
        return "late", words
    if asked:
        return "suspended", _("Waits for you") if own else _("Waits for the applicant")
    if clock is not None and clock.state == "at_risk":
        return "at_risk", _("In progress, at risk")
    return "on_time", matter.get_state_display()
