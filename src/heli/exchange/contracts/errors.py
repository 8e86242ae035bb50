"""Why a contract version is not published."""

from heli.errors import BadInputError, ConflictError, NotFoundError, gettext_noop


class WrongNumberError(ConflictError):
    """The version number does not grow by what the differences need."""

    code = "exchange.version_number"
    message = gettext_noop(
        "Compared with version {old}, {count} differences need at least version {least}; "
        "{given} was given."
    )
    remedy = gettext_noop(
        "Number it {least} or higher, or take back what breaks callers; the comparison of the two "
        "versions names each difference."
    )


class SunsetMissingError(ConflictError):
    """Callers would break at once, and no end of the present version is named."""

    code = "exchange.sunset_missing"
    message = gettext_noop(
        "Version {given} breaks {count} departments that use version {present}; the day on which "
        "that ends is not named."
    )
    remedy = gettext_noop("Name the last day of version {present}, {earliest} or later.")


class SunsetTooSoonError(BadInputError):
    """The present version would end before consumers can follow."""

    code = "exchange.sunset_too_soon"
    message = gettext_noop("{given} is sooner than the {days} days of notice that consumers have.")
    remedy = gettext_noop("Name {earliest} or a later day.")


class AnnouncedAlreadyError(ConflictError):
    """Another version waits to come into force."""

    code = "exchange.announced_already"
    message = gettext_noop("Version {announced} is announced and not in force yet.")
    remedy = gettext_noop("Take that announcement back first.")


class NotAnnouncedError(ConflictError):
    """Only an announcement can be taken back."""

    code = "exchange.not_announced"
    message = gettext_noop("Version {version} is not announced; it is in force or has ended.")
    remedy = gettext_noop("Publish a newer version instead.")


class UnknownVersionError(NotFoundError):
    """A resource has no such version."""

    code = "exchange.unknown_version"
    message = gettext_noop("{resource} has no version {version}.")
    remedy = gettext_noop("Look at the versions on the page of the resource.")


class DifferentResourceError(BadInputError):
    """A contract describes another resource than it is published for."""

    code = "exchange.different_resource"
    message = gettext_noop("The contract describes “{given}”, not “{expected}”.")
    remedy = gettext_noop("Give the contract of this resource, or publish a new resource.")
