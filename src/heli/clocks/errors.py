"""What can go wrong with a clock."""

from heli.errors import BadInputError, ConflictError, HeliError, NotFoundError, gettext_noop


class ClockNotFoundError(NotFoundError):
    """There is no such clock."""

    code = "clocks.not_found"
    message = gettext_noop("The clock {clock} was not found.")
    remedy = gettext_noop("Check which clock is meant.")


class UnknownClockKindError(NotFoundError):
    """No room registered this kind of clock."""

    code = "clocks.unknown_kind"
    message = gettext_noop("No room has registered clocks of the kind {kind}.")
    remedy = gettext_noop("Register the kind when the application starts.")


class UnattributedSuspensionError(BadInputError):
    """A suspension names no department or no legal ground."""

    code = "clocks.unattributed_suspension"
    message = gettext_noop("A suspension needs a department and a legal ground.")
    remedy = gettext_noop("Say at whose account the time goes and on which legal ground.")


class ClockStateError(ConflictError):
    """The clock is not in the state that this needs."""

    code = "clocks.state"
    message = gettext_noop("The clock is {state}, so this cannot be done.")
    remedy = gettext_noop("Reload to see the present state of the clock.")


class AlreadySuspendedError(ConflictError):
    """The same department has suspended the clock already."""

    code = "clocks.already_suspended"
    message = gettext_noop("{department} has suspended this clock already.")
    remedy = gettext_noop("End that suspension first.")


class BadTermError(HeliError):
    """A file of time limits cannot be read."""

    code = "clocks.bad_term"
    message = gettext_noop("The time limit {term} in {path} cannot be read: {reason}.")
    remedy = gettext_noop(
        'Write it like: [decision] amount = 10, unit = "working_days", source_zh = "…".'
    )
