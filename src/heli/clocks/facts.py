"""What happens to clocks, as facts."""

from heli.errors import gettext_noop
from heli.ledger.verbs import FactData, fact


@fact("clocks.clock.started", gettext_noop("A clock started for {department}"))
class ClockStarted(FactData, frozen=True, kw_only=True):
    """An obligation began; ``due_at`` is empty where it cannot be known yet."""

    clock: str
    kind: str
    owner: str
    unit: str
    amount: int
    started_at: str
    due_at: str


@fact("clocks.clock.suspended", gettext_noop("{department} suspended the clock: {ground}"))
class ClockSuspended(FactData, frozen=True, kw_only=True):
    """The clock stands still, at the account of the fact's department."""

    clock: str
    kind: str
    owner: str
    ground: str


@fact("clocks.clock.resumed", gettext_noop("The suspension by {department} ended"))
class ClockResumed(FactData, frozen=True, kw_only=True):
    """A suspension ended; ``running`` tells whether the clock runs again."""

    clock: str
    kind: str
    owner: str
    running: bool
    suspended_seconds: int
    due_at: str


@fact("clocks.clock.stopped", gettext_noop("The clock of {department} stopped"))
class ClockStopped(FactData, frozen=True, kw_only=True):
    """The obligation was met, in time or late."""

    clock: str
    kind: str
    owner: str
    late: bool
    due_at: str


@fact("clocks.clock.due_known", gettext_noop("The due date of {department} became known"))
class ClockDueKnown(FactData, frozen=True, kw_only=True):
    """The calendar year that the clock waited for was announced."""

    clock: str
    kind: str
    owner: str
    due_at: str


@fact("clocks.clock.rung_fired", gettext_noop("{kind}, {department}: {rung}"))
class ClockRungFired(FactData, frozen=True, kw_only=True):
    """A rung was reached: ``remind``, ``warn`` or ``escalate``."""

    clock: str
    kind: str
    owner: str
    rung: str
    fire_at: str


@fact("clocks.clock.overdue", gettext_noop("{department} is overdue"))
class ClockOverdue(FactData, frozen=True, kw_only=True):
    """The due instant passed and the obligation was not met."""

    clock: str
    kind: str
    owner: str
    due_at: str
