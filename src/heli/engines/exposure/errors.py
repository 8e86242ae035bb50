"""What can be wrong with weather or receptors."""

from heli.errors import BadInputError, gettext_noop


class UnknownStabilityError(BadInputError):
    """A class of stability is not Pasquill's."""

    code = "exposure.stability"
    message = gettext_noop("“{stability}” is not a class of stability.")
    remedy = gettext_noop("Use a letter from A (very unstable) to F (stable).")


class BadFrequencyError(BadInputError):
    """The frequencies of weathers are not frequencies, or do not add up to one."""

    code = "exposure.frequencies"
    message = gettext_noop("The frequencies of the weathers add up to {total}.")
    remedy = gettext_noop("Give frequencies of at least 0 that add up to 1.")


class NobodyError(BadInputError):
    """Exposure of nobody cannot be told."""

    code = "exposure.nobody"
    message = gettext_noop("Nobody is there: {name} adds up to zero.")
    remedy = gettext_noop("Give at least one person.")
