"""Checkpoints (C2SP tlog-checkpoint) and witness cosignatures (C2SP tlog-cosignature, v1)."""

import re
from dataclasses import dataclass

from heli.engines.translog.encoding import decode64, encode64
from heli.engines.translog.errors import NoteError, SignatureError
from heli.engines.translog.hashing import EMPTY_ROOT, HASH_SIZE
from heli.engines.translog.notes import (
    Note,
    NoteSignature,
    SignatureType,
    Signer,
    VerifierKey,
    sign_note,
)

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_TIME_BYTES = 8
_MAX_TIME = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A statement of a log: with ``size`` leaves its root is ``root``."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The note text: origin, size and root, a line each."""
        return f"{self.origin}\n{self.size}\n{encode64(self.root)}\n"

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Read a checkpoint's note text; Heli's logs write no extension lines.

        Raises:
            NoteError: when it is malformed, has extension lines, or claims a root for no leaves.
        """
        lines = text.split("\n")
        if len(lines) != 4 or lines[3] or not lines[0]:
            raise NoteError(reason="a checkpoint has three lines: origin, size, root")
        if not _SIZE.fullmatch(lines[1]):
            raise NoteError(reason=f"{lines[1]!r} is no tree size")
        try:
            root = decode64(lines[2])
        except ValueError as error:
            raise NoteError(reason="the root is not base64") from error
        size = int(lines[1])
        if len(root) != HASH_SIZE or (size == 0 and root != EMPTY_ROOT):
            raise NoteError(reason=f"the root does not fit a tree of {size}")
        return cls(lines[0], size, root)


@dataclass(frozen=True, slots=True)
class Cosignature:
    """A valid cosignature: ``witness`` saw the checkpoint at ``time`` (seconds since 1970, UTC)."""

    witness: VerifierKey
    time: int


def sign_checkpoint(checkpoint: Checkpoint, signer: Signer) -> Note:
    """A checkpoint signed by its log; the key's name is the log's origin."""
    if signer.name != checkpoint.origin:
        raise NoteError(reason=f"{signer.name} does not sign for {checkpoint.origin}")
    text = checkpoint.text()
    return Note(text, (sign_note(text, signer),))


def cosign(note: Note, signer: Signer, time: int) -> NoteSignature:
    """Sign a checkpoint as a witness, without looking: whether to is decided by ``decide``.

    Args:
        note: The log's signed checkpoint.
        signer: A key of kind :attr:`SignatureType.COSIGNATURE`.
        time: Seconds since 1970-01-01T00:00:00Z, above 0.
    """
    if signer.kind is not SignatureType.COSIGNATURE or not 0 < time <= _MAX_TIME:
        raise NoteError(reason="a cosignature needs a witness key and a time above 0")
    verifier = signer.verifier
    signature = signer.private.sign(_cosigned(note.text, time))
    stamp = time.to_bytes(_TIME_BYTES, "big")
    return NoteSignature(verifier.name, verifier.key_id, stamp + signature)


def open_checkpoint(note: Note, logs: list[VerifierKey]) -> Checkpoint:
    """Check the log's signature and read the checkpoint.

    Args:
        note: The signed checkpoint.
        logs: Keys of trusted logs; a key's name is the origin it may sign for.

    Raises:
        NoteError: when the note is no checkpoint.
        SignatureError: when no trusted log of that origin signed it.
    """
    checkpoint = Checkpoint.parse(note.text)
    note.verify([key for key in logs if key.name == checkpoint.origin])
    return checkpoint


def cosignatures(note: Note, witnesses: list[VerifierKey]) -> list[Cosignature]:
    """The valid cosignatures of known witnesses, at most one a witness (the latest).

    Raises:
        SignatureError: when a line claims a known witness and does not verify.
    """
    found: dict[VerifierKey, Cosignature] = {}
    for line in note.signatures:
        for witness in witnesses:
            if line.by(witness):
                time = _verify_cosignature(note, line, witness)
                if witness not in found or found[witness].time < time:
                    found[witness] = Cosignature(witness, time)
    return list(found.values())


def _verify_cosignature(note: Note, line: NoteSignature, witness: VerifierKey) -> int:
    time = int.from_bytes(line.signature[:_TIME_BYTES], "big")
    if not 0 < time <= _MAX_TIME:
        raise SignatureError(reason=f"{witness.name} cosigned at no possible time")
    witness.verify(line.signature[_TIME_BYTES:], _cosigned(note.text, time))
    return time


def _cosigned(text: str, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n{text}".encode()
