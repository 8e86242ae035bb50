"""What a witness signs and what it refuses: C2SP tlog-witness as a pure decision.

The caller keeps the state and must store the new one durably before it hands out the cosignature,
under a lock that spans reading, deciding and storing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from heli.engines.translog.checkpoints import Checkpoint, cosign, signed_by
from heli.engines.translog.errors import NoteError, ProofError, SignatureError
from heli.engines.translog.hashing import EMPTY_ROOT
from heli.engines.translog.notes import Note, NoteSignature, Signer, VerifierKey
from heli.engines.translog.proofs import verify_consistency


class Refusal(StrEnum):
    """Why a witness does not sign."""

    MALFORMED = "malformed"
    """The note is no checkpoint, or the proof starts beyond it."""
    UNKNOWN_LOG = "unknown_log"
    """It is of a log this witness does not watch."""
    BAD_SIGNATURE = "bad_signature"
    """The log this witness watches did not sign it."""
    ROLLBACK = "rollback"
    """It is smaller than what the witness has signed: history would shrink."""
    STALE = "stale"
    """The proof starts at another size than the one the witness signed last."""
    FORK = "fork"
    """Same size, other root: there are two histories."""
    BAD_PROOF = "bad_proof"
    """It is not proven that the new tree extends the one the witness signed, or is one at all."""


@dataclass(frozen=True, slots=True)
class WitnessState:
    """The largest tree a witness has signed; size 0 before the first."""

    size: int = 0
    root: bytes = EMPTY_ROOT


@dataclass(frozen=True, slots=True)
class Cosigned:
    """The witness signs with each of its keys; ``state`` is to be stored first."""

    signatures: tuple[NoteSignature, ...]
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

    @property
    def accuses(self) -> bool:
        """Whether it says that the log changed its past, not that the witness was asked wrongly.

        A witness that never signed has nothing to hold against a log.
        """
        return self.reason in ACCUSATIONS and self.known_size > 0


ACCUSATIONS = frozenset({Refusal.ROLLBACK, Refusal.FORK, Refusal.BAD_PROOF})
"""Refusals that say that the log's past was changed."""


def decide(
    state: WitnessState,
    note: Note,
    *,
    old_size: int,
    proof: Sequence[bytes],
    logs: Sequence[VerifierKey],
    signers: Sequence[Signer],
    time: int,
) -> Cosigned | Refused:
    """Cosign a checkpoint, or refuse it by name; checks in the order of the specification.

    Args:
        state: What this witness signed last for this log.
        note: The checkpoint offered, signed by the log.
        old_size: Size the proof starts from; must be that of ``state``.
        proof: Consistency proof from ``old_size``; empty from 0 or when the size is unchanged.
        logs: The keys of the logs this witness watches.
        signers: The witness's own keys; while one replaces another, both.
        time: Now, seconds since 1970-01-01T00:00:00Z.
    """
    try:
        checkpoint = signed_by(note, logs)
    except NoteError:
        return Refused(Refusal.MALFORMED, state.size)
    except SignatureError:
        origin = note.text.partition("\n")[0]
        watched = any(key.name == origin for key in logs)
        reason = Refusal.BAD_SIGNATURE if watched else Refusal.UNKNOWN_LOG
        return Refused(reason, state.size)
    refusal = _inconsistency(state, checkpoint, old_size, proof)
    if refusal is not None:
        return Refused(refusal, state.size)
    signatures = tuple(cosign(note, signer, time) for signer in signers)
    return Cosigned(signatures, WitnessState(checkpoint.size, checkpoint.root))


def continues(
    offered: Note, remembered: Note, proof: Sequence[bytes], *, logs: Sequence[VerifierKey]
) -> bool | None:
    """Whether a proof leads from one signed checkpoint to the other; None where one is unsigned."""
    try:
        new, old = signed_by(offered, logs), signed_by(remembered, logs)
    except (NoteError, SignatureError):
        return None
    return _continues(WitnessState(old.size, old.root), new, proof)


def _inconsistency(
    state: WitnessState, checkpoint: Checkpoint, old_size: int, proof: Sequence[bytes]
) -> Refusal | None:
    if checkpoint.size < state.size:
        return Refusal.ROLLBACK
    if old_size > checkpoint.size:
        return Refusal.MALFORMED
    if old_size != state.size:
        return Refusal.STALE
    if checkpoint.size == state.size and checkpoint.root != state.root:
        return Refusal.FORK
    return None if _continues(state, checkpoint, proof) else Refusal.BAD_PROOF


def _continues(state: WitnessState, checkpoint: Checkpoint, proof: Sequence[bytes]) -> bool:
    if state.size == 0:
        return checkpoint.possible and not proof
    try:
        verify_consistency(state.size, checkpoint.size, proof, state.root, checkpoint.root)
    except ProofError:
        return False
    return True
