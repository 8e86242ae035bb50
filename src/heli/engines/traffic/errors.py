"""What can be wrong with a network, with trips or with what is asked of an assignment."""

from heli.errors import BadInputError, UnsupportedError, gettext_noop


class TrafficError(BadInputError):
    """Root of this engine's errors about input that the caller can correct.

    ``place`` is a file's line, a row or a link, as the input itself counts or names them.
    """

    code = "traffic.bad_input"


class UnreadableRowError(TrafficError):
    """A row of a file is not in the form its format prescribes."""

    code = "traffic.unreadable_row"
    message = gettext_noop("{place}: “{text}” cannot be read as {form}.")
    remedy = gettext_noop("Write the row as the format prescribes: {form}.")


class MissingColumnError(TrafficError):
    """A file lacks a column or property that is needed."""

    code = "traffic.missing_column"
    message = gettext_noop("{place}: “{column}” is missing.")
    remedy = gettext_noop("Add “{column}”; needed are: {needed}.")


class BadQuantityError(TrafficError):
    """A number is missing, not finite or outside its range."""

    code = "traffic.bad_quantity"
    message = gettext_noop("{place}: {quantity} is {value}, but must be {wanted}.")
    remedy = gettext_noop("Correct {quantity} at {place}; it must be {wanted}.")


class UnknownNodeError(TrafficError):
    """A link or a zone names a node that the network does not have."""

    code = "traffic.unknown_node"
    message = gettext_noop("{place}: there is no node “{node}”.")
    remedy = gettext_noop("Add the node “{node}”, or correct the name at {place}.")


class UnknownLinkError(TrafficError):
    """A closure, a toll or a turn ban names a link that the network does not have."""

    code = "traffic.unknown_link"
    message = gettext_noop("{place}: there is no link “{link}”.")
    remedy = gettext_noop("Correct the name at {place}; links are known by their own identifiers.")


class DuplicateError(TrafficError):
    """Two things of one kind have the same identifier."""

    code = "traffic.duplicate"
    message = gettext_noop("{place}: “{id}” is used twice.")
    remedy = gettext_noop("Give each an identifier of its own.")


class TripsToMissingZoneError(TrafficError):
    """Trips begin or end in a zone that the network does not have."""

    code = "traffic.missing_zone"
    message = gettext_noop("{place}: {trips} trips begin or end in “{zone}”, which is no zone.")
    remedy = gettext_noop("Add the zone “{zone}” to the network, or correct the trips at {place}.")


class UnknownClassError(TrafficError):
    """Something is asked of a user class that nobody travels in."""

    code = "traffic.unknown_class"
    message = gettext_noop("{place}: no user class is called “{name}”; there are: {known}.")
    remedy = gettext_noop("Name one of the classes, or add “{name}” with its trips.")


class TollWithoutValueError(TrafficError):
    """A class has to pay, but nothing says what its time is worth."""

    code = "traffic.toll_without_value"
    message = gettext_noop(
        "{place}: a toll of {toll} applies to class “{name}”, which has no value of time."
    )
    remedy = gettext_noop("Give class “{name}” a value of time, or exempt it from the toll.")


class RuleWithoutClassError(TrafficError):
    """A toll or a ban concerns nobody who travels."""

    code = "traffic.rule_without_class"
    message = gettext_noop("Rule “{name}” concerns none of the vehicle groups: {known}.")
    remedy = gettext_noop("Correct whom rule “{name}” is for, or add the group with its share.")


class BadTurnError(TrafficError):
    """A turn ban names two links that do not meet."""

    code = "traffic.bad_turn"
    message = gettext_noop("{place}: link “{into}” does not end where link “{out}” begins.")
    remedy = gettext_noop("Name the link that enters the junction first, then the one that leaves.")


class ForeignBaseError(UnsupportedError):
    """A warm start is asked from a solution of another network or other classes."""

    code = "traffic.foreign_base"
    message = gettext_noop(
        "The base solution does not fit: it has {base} nodes/links/turn bans, the task has {task}."
    )
    remedy = gettext_noop(
        "Start from a solution of the same nodes, links and turn bans; close links instead of "
        "deleting them."
    )


class NoFixedPointError(TrafficError):
    """Demand and travel costs did not become consistent."""

    code = "traffic.no_fixed_point"
    message = gettext_noop(
        "After {rounds} rounds demand and costs still differ by {difference} of the trips."
    )
    remedy = gettext_noop("Allow more rounds, or make demand less sensitive to cost.")
