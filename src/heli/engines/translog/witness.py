"""What a witness signs and what it refuses: C2SP tlog-witness as a pure decision.

The caller keeps the state and must store the new one durably before it hands out the cosignature,
under a lock that spans reading, deciding and storing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from heli.engines.translog.checkpoints import Checkpoint, cosign, open_checkpoint
from heli.engines.translog.errors import NoteError, ProofError, SignatureError
from heli.engines.translog.hashing import EMPTY_ROOT
from heli.engines.translog.notes import Note, NoteSignature, Signer, VerifierKey
from heli.engines.translog.proofs import verify_consistency


class Refusal(StrEnum):
    """Why a witness does not sign."""

    MALFORMED = "malformed"
    """The note is no checkpoint."""
    BAD_SIGNATURE = "bad_signature"
    """The log this witness watches did not sign it."""
    ROLLBACK = "rollback"
    """It is smaller than what the witness has signed: history would shrink."""
    STALE = "stale"
    """The proof starts at another size than the one the witness signed last."""
    FORK = "fork"
    """Same size, other root: there are two histories."""
    BAD_PROOF = "bad_proof"
    """It is not proven that the new tree extends the one the witness signed."""


@dataclass(frozen=True, slots=True)
class WitnessState:
    """The largest tree a witness has signed; size 0 before the first."""

    size: int = 0
    root: bytes = EMPTY_ROOT


@dataclass(frozen=True, slots=True)
class Cosigned:
    """The witness signs; ``state`` is to be stored first."""

    signature: NoteSignature
    state: WitnessState


@dataclass(frozen=True, slots=True)
class Refused:
    """The witness does not sign; its state stays as it is.

    Attributes:
        reason: Which rule was broken.
        known_size: Size the witness signed last, for the log to prove from.
    """

    reason: Refusal
    known_size: int


def decide(
    state: WitnessState,
    note: Note,
    *,
    old_size: int,
    proof: Sequence[bytes],
    log: VerifierKey,
    signer: Signer,
    time: int,
) -> Cosigned | Refused:
    """Cosign a checkpoint, or refuse it by name.

    Args:
        state: What this witness signed last for this log.
        note: The checkpoint offered, signed by the log.
        old_size: Size the proof starts from; must be that of ``state``.
        proof: Consistency proof from ``old_size``; empty from 0 or when the size is unchanged.
        log: The key of the log this witness watches.
        signer: The witness's own key.
        time: Now, seconds since 1970-01-01T00:00:00Z.
    """
    try:
        checkpoint = open_checkpoint(note, [log])
    except NoteError:
        return Refused(Refusal.MALFORMED, state.size)
    except SignatureError:
        return Refused(Refusal.BAD_SIGNATURE, state.size)
    refusal = _inconsistency(state, checkpoint, old_size, proof)
    if refusal is not None:
        return Refused(refusal, state.size)
    return Cosigned(cosign(note, signer, time), WitnessState(checkpoint.size, checkpoint.root))


def _inconsistency(
    state: WitnessState, checkpoint: Checkpoint, old_size: int, proof: Sequence[bytes]
) -> Refusal | None:
    if checkpoint.size < state.size:
        return Refusal.ROLLBACK
    if old_size != state.size:
        return Refusal.STALE
    if checkpoint.size == state.size and checkpoint.root != state.root:
        return Refusal.FORK
    if state.size == 0:
        return Refusal.BAD_PROOF if proof else None
    try:
        verify_consistency(state.size, checkpoint.size, proof, state.root, checkpoint.root)
    except ProofError:
        return Refusal.BAD_PROOF
    return None
