"""What can be wrong with a city, a scenario or what is asked of them."""

from heli.errors import BadInputError, gettext_noop


class TwinError(BadInputError):
    """Root of the room's errors; ``place`` is a file's line or entry, as its author sees it."""

    code = "twin.bad_input"


class UnreadableFileError(TwinError):
    """A file cannot be read as text."""

    code = "twin.unreadable_file"
    message = gettext_noop("{place} cannot be read: {reason}.")
    remedy = gettext_noop("Check the path and that the file is UTF-8 text.")


class UnwritableFileError(TwinError):
    """A file cannot be written."""

    code = "twin.unwritable_file"
    message = gettext_noop("{place} cannot be written: {reason}.")
    remedy = gettext_noop("Name a folder that is there and that you may write to.")
