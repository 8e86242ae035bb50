"""What can be wrong with a plan of marks."""

from heli.errors import BadInputError, gettext_noop


class PlanError(BadInputError):
    """A plan of marks contradicts itself or the fields it is for."""

    code = "fingerprint.plan"
    message = gettext_noop("The records cannot be marked: {reason}.")
    remedy = gettext_noop("Correct the tolerances in the contract and publish it again.")
