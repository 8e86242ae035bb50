"""Why an alert, a shift or a question is not accepted."""

from heli.errors import BadInputError, ConflictError, HeliError, NotFoundError, gettext_noop


class UnknownAlertKindError(NotFoundError):
    """There is no such kind of alert."""

    code = "alerts.unknown_kind"
    message = gettext_noop("There is no kind of alert {kind}.")
    remedy = gettext_noop("Use one of: {known}.")


class AlertEndedError(ConflictError):
    """The alert is not in force any more."""

    code = "alerts.ended"
    message = gettext_noop("The alert {number} is no longer in force.")
    remedy = gettext_noop("Issue a new alert if it is needed again.")


class NothingToAcknowledgeError(ConflictError):
    """The department owes no answer."""

    code = "alerts.nothing_to_acknowledge"
    message = gettext_noop("Your department owes no answer to the alert {number}.")
    remedy = gettext_noop("Reload to see who answered it.")


class TooLongError(BadInputError):
    """An alert would last longer than its kind allows."""

    code = "alerts.too_long"
    message = gettext_noop("Alerts of this kind last from 1 to {hours} hours.")
    remedy = gettext_noop("Choose a shorter time; an alert can be issued again.")


class SubjectError(BadInputError):
    """A subject is not one that the list can hold."""

    code = "alerts.subject"
    message = gettext_noop("“{type}” with this identifier cannot stand on an alert list.")
    remedy = gettext_noop("Give one of: {known}, with its whole identifier.")


class AskedTooOftenError(HeliError):
    """The department asks more often than is allowed."""

    code = "alerts.asked_too_often"
    status = 429
    message = gettext_noop("Your department has asked the alert lists {count} times in a minute.")
    remedy = gettext_noop("Ask only about people you are dealing with; go on in a minute.")


class ShiftOverlapError(ConflictError):
    """The roster has a shift at that time."""

    code = "alerts.shift_overlap"
    message = gettext_noop("The roster has a shift from {starts_at} already.")
    remedy = gettext_noop("Begin after it ends, or change who has it.")


class NobodyToPlanError(BadInputError):
    """Nobody of those named can take a shift."""

    code = "alerts.nobody"
    message = gettext_noop("None of the chosen people can be on duty on {day}.")
    remedy = gettext_noop("Choose more people; those who are away are passed over.")


class NotOnDutyError(BadInputError):
    """Somebody cannot be a liaison officer of the department."""

    code = "alerts.not_of_department"
    message = gettext_noop("{person} cannot be on duty for this department then.")
    remedy = gettext_noop("Choose an active official of the department who is not away.")


class HandoverError(ConflictError):
    """A handover does not fit the roster."""

    code = "alerts.handover"
    message = gettext_noop("This shift cannot be handed over or taken over now.")
    remedy = gettext_noop("A shift is left by its officer when it ends, and taken by the next one.")
