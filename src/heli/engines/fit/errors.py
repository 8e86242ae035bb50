"""What can be wrong with a comparison."""

from heli.errors import BadInputError, gettext_noop


class NothingToCompareError(BadInputError):
    """There are no observations."""

    code = "fit.nothing"
    message = gettext_noop("There is nothing to compare: {name} is empty.")
    remedy = gettext_noop("Give at least one observation.")


class TooFewDrawsError(BadInputError):
    """An ensemble has too few members to be scored."""

    code = "fit.draws"
    message = gettext_noop("The ensemble has {given} members; at least {least} are needed.")
    remedy = gettext_noop("Give an ensemble with more members.")
