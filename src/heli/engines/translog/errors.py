"""What can be wrong with a log, a proof, a note or a receipt."""

from typing import ClassVar

from heli.errors import BadInputError, gettext_noop


class TranslogError(BadInputError):
    """Something about a transparency log does not hold."""

    code: ClassVar[str] = "translog.error"
    message = gettext_noop("The transparency log data is not acceptable: {reason}.")
    remedy = gettext_noop("Fetch the data again from the ledger it comes from.")


class ProofError(TranslogError):
    """A Merkle proof does not lead from what is claimed to the root."""

    code = "translog.proof"
    message = gettext_noop("The proof does not hold: {reason}.")
    remedy = gettext_noop("Treat the statement as unproven and ask the ledger for a fresh proof.")


class TileError(TranslogError):
    """A tile is missing, too short, or asked for outside the tree."""

    code = "translog.tile"
    message = gettext_noop("A tile of the log is damaged: {reason}.")
    remedy = gettext_noop("Run the ledger audit; restore the tile from a copy of the log.")


class NoteError(TranslogError):
    """A signed note, checkpoint or verifier key is not written as its specification demands."""

    code = "translog.note"
    message = gettext_noop("The signed note is malformed: {reason}.")
    remedy = gettext_noop("Use the note exactly as the ledger issued it, line breaks included.")


class SignatureError(TranslogError):
    """A signature is missing or wrong."""

    code = "translog.signature"
    message = gettext_noop("The signature does not hold: {reason}.")
    remedy = gettext_noop("Check that the keys belong to this ledger; otherwise do not trust it.")


class AlgorithmError(TranslogError):
    """A signature algorithm is not available where it is needed."""

    code = "translog.algorithm"
    message = gettext_noop("This computer cannot use a signature algorithm: {reason}.")
    remedy = gettext_noop("Update the cryptography package, or use a key of another algorithm.")


class QuorumError(SignatureError):
    """Too few of the trusted witnesses cosigned the checkpoint.

    Figures: ``count`` of ``total`` cosigned; ``lacking`` names the others, separated by commas.
    """

    code = "translog.quorum"
    message = gettext_noop(
        "The checkpoint is cosigned by {count} of {total} trusted witnesses, too few for the rule; "
        "it lacks {lacking}."
    )
    remedy = gettext_noop("Ask the ledger for a receipt with the missing cosignatures.")


class KeysError(TranslogError):
    """A file of trusted keys cannot be read."""

    code = "translog.keys"
    message = gettext_noop("Line {line} of the keys is not understood: {reason}.")
    remedy = gettext_noop("Use the keys file as the ledger publishes it.")


class CanonicalError(TranslogError):
    """Content has no canonical form, so nothing can be committed to."""

    code = "translog.canonical"
    message = gettext_noop("The value at {path} cannot be written canonically: {reason}.")
    remedy = gettext_noop(
        "Use text, booleans, null, lists, objects, and finite numbers within 2^53."
    )


class ReceiptError(TranslogError):
    """A receipt cannot be read, or does not prove what it claims."""

    code = "translog.receipt"
    message = gettext_noop("The receipt is not acceptable: {reason}.")
    remedy = gettext_noop("Download the receipt again and do not edit it.")


class DisclosureError(ReceiptError):
    """The content shown with a receipt is not the content the log committed to."""

    code = "translog.disclosure"
    message = gettext_noop("The content shown is not what the ledger committed to.")
    remedy = gettext_noop("Treat the content as altered; ask the ledger for the original.")
