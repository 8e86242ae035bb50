"""Checkpoints (C2SP tlog-checkpoint) and cosignatures (C2SP tlog-cosignature).

Ed25519 signs the text of the checkpoint, a witness's with the time before it. ML-DSA-44 and SM2
sign the structure ``cosigned_message`` of that specification, which names the signer as well.
"""

import re
from collections.abc import Iterable, Sequence
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
_SUBTREE = b"subtree/v1\n\0"
_MAX_NAME = 255


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A statement of a log: with ``size`` leaves its root is ``root``.

    Attributes:
        extensions: Further lines of the note text; Heli's logs write none.
    """

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def text(self) -> str:
        """The note text: origin, size and root, a line each, then the extension lines."""
        lines = (self.origin, str(self.size), encode64(self.root), *self.extensions)
        return "".join(f"{line}\n" for line in lines)

    @property
    def possible(self) -> bool:
        """Whether the root can be that of a tree of this size: the empty tree has only one."""
        return self.size > 0 or self.root == EMPTY_ROOT

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Read a checkpoint's note text.

        Raises:
            NoteError: when it is malformed.
        """
        lines = text.split("\n")
        if len(lines) < 4 or lines.pop() or not all(lines):
            raise NoteError(reason="a checkpoint has at least three lines: origin, size, root")
        if not _SIZE.fullmatch(lines[1]):
            raise NoteError(reason=f"{lines[1]!r} is no tree size")
        try:
            root = decode64(lines[2])
        except ValueError as error:
            raise NoteError(reason="the root is not base64") from error
        if len(root) != HASH_SIZE:
            raise NoteError(reason=f"the root has {len(root)} bytes, not {HASH_SIZE}")
        return cls(lines[0], int(lines[1]), root, tuple(lines[3:]))


@dataclass(frozen=True, slots=True)
class Cosignature:
    """A valid cosignature: ``witness`` saw the checkpoint at ``time`` (seconds since 1970, UTC)."""

    witness: VerifierKey
    time: int


def sign_checkpoint(checkpoint: Checkpoint, *signers: Signer) -> Note:
    """A checkpoint signed by its log, with each of its keys.

    A key's name is the log's origin. Keys that sign with a time sign with time 0: the log says what
    it holds, not what it has seen of others.
    """
    text = checkpoint.text()
    lines = []
    for signer in signers:
        if signer.name != checkpoint.origin:
            raise NoteError(reason=f"{signer.name} does not sign for {checkpoint.origin}")
        if signer.kind is SignatureType.NOTE:
            lines.append(sign_note(text, signer))
        elif signer.kind is SignatureType.COSIGNATURE:
            raise NoteError(reason=f"the key of {signer.name} is a witness's")
        else:
            lines.append(_timestamped(checkpoint, signer, 0))
    return Note(text, tuple(lines))


def cosign(note: Note, signer: Signer, time: int) -> NoteSignature:
    """Sign a checkpoint as a witness, without looking: whether to is decided by ``decide``.

    Args:
        note: The log's signed checkpoint.
        signer: A key of a kind that carries a time.
        time: Seconds since 1970-01-01T00:00:00Z, above 0.
    """
    if signer.kind is SignatureType.NOTE or not 0 < time <= _MAX_TIME:
        raise NoteError(reason="a cosignature needs a witness key and a time above 0")
    return _timestamped(Checkpoint.parse(note.text), signer, time)


def _timestamped(checkpoint: Checkpoint, signer: Signer, time: int) -> NoteSignature:
    verifier = signer.verifier
    signature = signer.private.sign(_cosigned(checkpoint, verifier, time))
    stamp = time.to_bytes(_TIME_BYTES, "big")
    return NoteSignature(verifier.name, verifier.key_id, stamp + signature)


def open_checkpoint(note: Note, logs: Sequence[VerifierKey]) -> Checkpoint:
    """Check the log's signatures and read the checkpoint.

    Args:
        note: The signed checkpoint.
        logs: Keys of trusted logs; a key's name is the origin it may sign for.

    Raises:
        NoteError: when the note is no checkpoint, has extension lines (Heli's logs write none, and
            not every algorithm signs them), or claims a root for no leaves.
        SignatureError: when no trusted log of that origin signed it, or a signature is wrong.
    """
    checkpoint = signed_by(note, logs)
    if checkpoint.extensions:
        raise NoteError(reason="it has extension lines")
    if not checkpoint.possible:
        raise NoteError(reason="the root does not fit a tree of 0")
    return checkpoint


def signed_by(note: Note, logs: Sequence[VerifierKey]) -> Checkpoint:
    """As :func:`open_checkpoint`, but what else the checkpoint says is the caller's to judge."""
    checkpoint = Checkpoint.parse(note.text)
    found = False
    for line in note.signatures:
        for key in logs:
            if key.name == checkpoint.origin and line.by(key):
                _verify(checkpoint, line, key)
                found = True
    if not found:
        raise SignatureError(reason="no trusted key signed the note")
    return checkpoint


def cosignatures(note: Note, witnesses: Iterable[VerifierKey]) -> list[Cosignature]:
    """The valid cosignatures of known witnesses, at most one a key (the latest).

    Raises:
        SignatureError: when a line claims a known witness and does not verify.
    """
    checkpoint, known = Checkpoint.parse(note.text), list(witnesses)
    found: dict[VerifierKey, Cosignature] = {}
    for line in note.signatures:
        for witness in known:
            if line.by(witness):
                time = _verify(checkpoint, line, witness)
                if not time:
                    raise SignatureError(reason=f"{witness.name} cosigned at no possible time")
                if witness not in found or found[witness].time < time:
                    found[witness] = Cosignature(witness, time)
    return list(found.values())


def _verify(checkpoint: Checkpoint, line: NoteSignature, key: VerifierKey) -> int:
    """Check one line; returns its time, 0 where it has none."""
    if key.kind is SignatureType.NOTE:
        key.verify(line.signature, checkpoint.text().encode())
        return 0
    time = int.from_bytes(line.signature[:_TIME_BYTES], "big")
    if time > _MAX_TIME:
        raise SignatureError(reason=f"{key.name} signed at no possible time")
    key.verify(line.signature[_TIME_BYTES:], _cosigned(checkpoint, key, time))
    return time


def _cosigned(checkpoint: Checkpoint, key: VerifierKey, time: int) -> bytes:
    """What a key that carries a time signs."""
    if key.kind is SignatureType.COSIGNATURE:
        return f"cosignature/v1\ntime {time}\n{checkpoint.text()}".encode()
    names = [key.name.encode(), checkpoint.origin.encode()]
    if max(map(len, names)) > _MAX_NAME:
        raise NoteError(reason=f"a name is longer than {_MAX_NAME} bytes")
    signer, origin = (bytes([len(name)]) + name for name in names)
    numbers = [each.to_bytes(8, "big") for each in (time, 0, checkpoint.size)]
    return b"".join([_SUBTREE, signer, numbers[0], origin, numbers[1], numbers[2], checkpoint.root])
