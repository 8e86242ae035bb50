"""What can be wrong with a comparison between people."""

from heli.errors import BadInputError, gettext_noop


class NobodyError(BadInputError):
    """There are no people, so nothing can be said of them."""

    code = "equity.nobody"
    message = gettext_noop("Nobody is there: {name} adds up to zero.")
    remedy = gettext_noop("Give weights that add up to more than zero.")


class NothingToShareError(BadInputError):
    """Nobody has anything, so shares of it cannot be told."""

    code = "equity.nothing"
    message = gettext_noop("{name} adds up to zero, so that shares of it cannot be told.")
    remedy = gettext_noop("Give values that add up to more than zero.")
