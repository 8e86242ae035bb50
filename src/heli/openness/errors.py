"""Why something is not opened, not taken or not found."""

from heli.errors import (
    BadInputError,
    ConflictError,
    HeliError,
    NotFoundError,
    gettext_noop,
)


class OpeningRefusedError(BadInputError):
    """What is to be opened must not leave like this."""

    code = "openness.refused"
    message = gettext_noop("“{name}” cannot be opened like this: {reason}.")
    remedy = gettext_noop("Leave the field out, choose a coarser mask, or open counts instead.")


class UnknownDatasetError(NotFoundError):
    """No dataset is open at this address."""

    code = "openness.unknown_dataset"
    message = gettext_noop("No open dataset has the address {slug}.")
    remedy = gettext_noop("Search the open data, or apply for the dataset to be opened.")


class AddressTakenError(ConflictError):
    """Another dataset has the address."""

    code = "openness.address_taken"
    message = gettext_noop("Another dataset has the address {slug}.")
    remedy = gettext_noop("Choose another address; one that was used is never given anew.")


class OpenAlreadyError(ConflictError):
    """The resource is open in this way already."""

    code = "openness.open_already"
    message = gettext_noop("{resource} is open as {kind} already, at {slug}.")
    remedy = gettext_noop(
        "Change that dataset. Two countings of one register would let small counts be found by"
        " subtracting one from the other."
    )


class NotReadyError(HeliError):
    """The files of a dataset are not made yet."""

    code = "openness.not_ready"
    status = 503
    message = gettext_noop("The files of {slug} are still being prepared.")
    remedy = gettext_noop("Try again in a minute.")


class TooOftenError(HeliError):
    """One address asks too often."""

    code = "openness.too_often"
    status = 429
    message = gettext_noop(
        "Too many requests came from your address: {limit} in {seconds} seconds."
    )
    remedy = gettext_noop("Wait {wait} seconds and go on more slowly.")


class UnknownFormatError(NotFoundError):
    """A dataset is not given out in this format."""

    code = "openness.unknown_format"
    message = gettext_noop("There is no format {format}.")
    remedy = gettext_noop("Use csv, json or parquet.")


class EditionFailedError(HeliError):
    """The source could not be read while files were made."""

    code = "openness.edition_failed"
    status = 503
    message = gettext_noop("The source of {slug} cannot be read at present.")
    remedy = gettext_noop("The last edition stays; the next attempt is made by itself.")


class MalformedCodeError(BadInputError):
    """What was typed does not have the form of an objection's code."""

    code = "openness.malformed_code"
    message = gettext_noop("“{typed}” does not look like a code; one looks like {example}.")
    remedy = gettext_noop("Type the code as you were given it.")


class WrongCheckDigitError(BadInputError):
    """The check digits do not fit: a typing mistake."""

    code = "openness.wrong_check_digit"
    message = gettext_noop(
        "The check digits of {code} do not fit: there is a typing mistake in it."
    )
    remedy = gettext_noop("Compare it character by character; 0, O, 1, I and L are never used.")


class WrongSecretError(BadInputError):
    """Code and secret do not belong together."""

    code = "openness.wrong_secret"
    status = 403
    message = gettext_noop("Code and secret do not belong together.")
    remedy = gettext_noop("Compare both with what you were given when you filed.")


class UnknownObjectionError(NotFoundError):
    """There is no such objection, or it is none of the caller's business."""

    code = "openness.unknown_objection"
    message = gettext_noop("There is no objection {code}.")
    remedy = gettext_noop("Compare the code with what you were given.")


class NotYourRecordError(BadInputError):
    """The record is about another person than the one who is signed in."""

    code = "openness.not_your_record"
    message = gettext_noop("The record is not about the person who is signed in.")
    remedy = gettext_noop(
        "Object to records about yourself; for somebody else, file without signing in and let the"
        " department check that you may."
    )


class UnfitEvidenceError(BadInputError):
    """A file is too large or of a kind that is not taken."""

    code = "openness.unfit_evidence"
    message = gettext_noop("The file “{name}” is not taken: {reason}.")
    remedy = gettext_noop(
        "Hand in PDF (.pdf), JPEG (.jpg, .jpeg), PNG (.png) or plain text (.txt), "
        "at most {limit} MB each."
    )


class DecidedError(ConflictError):
    """The objection is not open any more."""

    code = "openness.decided"
    message = gettext_noop("The objection {code} is not open any more: {state}.")
    remedy = gettext_noop("Reload to see the decision.")


class NoAppealError(ConflictError):
    """There is nothing to appeal against, or nobody above."""

    code = "openness.no_appeal"
    message = gettext_noop("No appeal is possible: {reason}.")
    remedy = gettext_noop("You may go to court; the decision says where and until when.")


class UnknownRefusalError(NotFoundError):
    """There is no such refusal, or it was somebody else's."""

    code = "openness.unknown_refusal"
    message = gettext_noop("There is no refusal {refusal} of yours.")
    remedy = gettext_noop("Take the refusal from your department's list of calls or grants.")


class NoRecordError(ConflictError):
    """The register has no record of the subject, or not the wrong value."""

    code = "openness.no_record"
    message = gettext_noop("The correction cannot be opened: {reason}.")
    remedy = gettext_noop("Look into the register; then decide the objection as it is.")


class SourceUnreadableError(HeliError):
    """The source cannot be read now."""

    code = "openness.source_unreadable"
    status = 503
    message = gettext_noop("The data of {resource} cannot be read at present.")
    remedy = gettext_noop("Try again later; nothing has been decided.")


class UnknownCorrectionError(NotFoundError):
    """There is no such correction, or it is none of the caller's business."""

    code = "openness.unknown_correction"
    message = gettext_noop("There is no correction {code}.")
    remedy = gettext_noop("Compare the code, or look into the list of corrections.")


class AcknowledgedError(ConflictError):
    """The department has answered already."""

    code = "openness.acknowledged"
    message = gettext_noop("Your department has answered this correction already.")
    remedy = gettext_noop("Reload to see what it said.")
