"""What can be wrong with emission figures or a fleet."""

from heli.errors import BadInputError, gettext_noop


class BadFiguresError(BadInputError):
    """A table of emission figures cannot be read; ``place`` says which entry."""

    code = "emissions.figures"
    message = gettext_noop("The emission figures cannot be used: {place}: {reason}.")
    remedy = gettext_noop("Correct this entry; the figures that come with Heli show the form.")


class UnknownVehicleError(BadInputError):
    """A fleet names a vehicle without emission figures."""

    code = "emissions.unknown_vehicle"
    message = gettext_noop("There are no emission figures for the vehicle “{vehicle}” of {place}.")
    remedy = gettext_noop("Use one of: {known}.")


class BadMixError(BadInputError):
    """The shares of a class of traffic are not shares, or do not add up to one."""

    code = "emissions.mix"
    message = gettext_noop("The shares of {place} add up to {total}, or one of them is below 0.")
    remedy = gettext_noop("Give shares of at least 0 that add up to 1.")


class MissingFigureError(BadInputError):
    """A quantity is asked for that is not known of a vehicle in the fleet."""

    code = "emissions.missing"
    message = gettext_noop("“{quantity}” is not known of the vehicle “{vehicle}” of {place}.")
    remedy = gettext_noop(
        "Leave the quantity out, take the vehicle out of the mix, or add its figures with their "
        "source."
    )


class UnknownQuantityError(BadInputError):
    """Something is asked for that this engine does not know."""

    code = "emissions.unknown_quantity"
    message = gettext_noop("“{quantity}” is not a quantity of emissions.")
    remedy = gettext_noop("Use one of: {known}.")
