"""Why no extract is released, and why a found file cannot be traced."""

from heli.errors import BadInputError, ConflictError, ForbiddenError, HeliError, gettext_noop


class ExtractNotGrantedError(ForbiddenError):
    """The grant opens no bulk extract."""

    code = "exchange.extract_not_granted"
    message = gettext_noop("Your department's grant on {resource} allows no extract.")
    remedy = gettext_noop("Look records up one by one, or apply for a grant that allows extracts.")


class ExtractTooLargeError(ForbiddenError):
    """More records fit than the grant lets out at once."""

    code = "exchange.extract_too_large"
    message = gettext_noop("More than {most} records of {resource} fit; your grant allows no more.")
    remedy = gettext_noop("Apply to the source department for a narrower or a larger extract.")


class ExtractFormatError(BadInputError):
    """A format that extracts do not have."""

    code = "exchange.extract_format"
    message = gettext_noop("There are no extracts in the format “{format}”.")
    remedy = gettext_noop("Use one of: {known}.")


class SpoolError(HeliError):
    """A file could not be written."""

    code = "exchange.spool"
    status = 507
    message = gettext_noop("The extract of {resource} could not be written: {reason}.")
    remedy = gettext_noop("Nothing was released. Tell the system administrator, then ask again.")


class ExtractGoneError(ConflictError):
    """An extract is not there to be fetched."""

    code = "exchange.extract_gone"
    message = gettext_noop("This extract is not to be fetched: {state}.")
    remedy = gettext_noop("An extract is handed over once and kept for a day. Ask for a new one.")


class ExtractsFullError(HeliError):
    """As many callers wait for a file as can.

    Attributes:
        retry_after: Seconds after which to ask again.
    """

    code = "exchange.extracts_full"
    status = 503
    message = gettext_noop("{count} extracts are being made or wait for their turn already.")
    remedy = gettext_noop(
        "Ask again in a minute, or have the extract made in the background and fetch it then."
    )
    retry_after = 60


class ExtractsShareError(HeliError):
    """A department has as many extracts made at once as it may.

    Attributes:
        retry_after: Seconds after which to ask again.
    """

    code = "exchange.extracts_share"
    status = 429
    message = gettext_noop(
        "{count} extracts for your department are being made or wait for their turn already."
    )
    remedy = gettext_noop(
        "Wait until one of them has arrived, or have the extract made in the background."
    )
    retry_after = 30


class UnreadableFileError(BadInputError):
    """A file that was given cannot be read."""

    code = "exchange.unreadable_trace"
    message = gettext_noop("The file cannot be read: {reason}.")
    remedy = gettext_noop("Give a table as CSV, Excel, JSON, Parquet or Arrow file.")
