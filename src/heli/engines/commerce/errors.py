"""What can be wrong with a market or its calibration."""

from heli.errors import BadInputError, gettext_noop


class NotIdentifiedError(BadInputError):
    """The data say nothing about a parameter, so that it cannot be calibrated."""

    code = "commerce.not_identified"
    message = gettext_noop("The observed spending does not determine “{parameter}”.")
    remedy = gettext_noop(
        "Give observations that differ in it (shops of different size and distance, and what is "
        "spent elsewhere), or hold it fixed."
    )


class NotConvergedError(BadInputError):
    """The calibration found no best parameters."""

    code = "commerce.not_converged"
    message = gettext_noop("The calibration did not come to rest within {steps} steps.")
    remedy = gettext_noop(
        "Check that observed spending, costs and attractiveness belong to the same shops and "
        "origins."
    )


class NothingSpentError(BadInputError):
    """There is nothing to calibrate from."""

    code = "commerce.nothing_spent"
    message = gettext_noop("{name} adds up to zero.")
    remedy = gettext_noop("Give the observed spending of at least one place.")
