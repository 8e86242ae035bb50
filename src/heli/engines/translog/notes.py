"""Signed notes and verifier keys: C2SP signed-note, with keys of several algorithms."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from hashlib import sha256

from heli.engines.translog.algorithms import SCHEMES, Algorithm, PrivateKey
from heli.engines.translog.encoding import decode64, encode64
from heli.engines.translog.errors import NoteError, SignatureError

KEY_ID_SIZE = 4
MAX_SIGNATURES = 64
"""More signature lines than this are refused unread."""

_DASH = "\u2014 "
_NAME = re.compile(r"[^\s+]+")
_KEY_ID = re.compile(r"[0-9a-f]{8}")


class SignatureType(Enum):
    """What a key signs and how; its value is the type identifier of the signed-note specification.

    A type that has no identifier byte assigned there begins with ``ff``, followed by a longer name.
    """

    NOTE = b"\x01"
    """Ed25519 over the note text: what a log signs with."""
    COSIGNATURE = b"\x04"
    """Timestamped Ed25519 cosignature: what a witness signs with."""
    ML_DSA_44 = b"\x06"
    """Timestamped ML-DSA-44 cosignature: for logs and witnesses."""
    SM2_SM3 = b"\xffheli/sm2-sm3-cosignature/v1\n"
    """Timestamped SM2 cosignature with SM3 over the message of the one above: for both."""

    @property
    def algorithm(self) -> Algorithm:
        """The algorithm of such a key."""
        named = {SignatureType.ML_DSA_44: Algorithm.ML_DSA_44}
        return {**named, SignatureType.SM2_SM3: Algorithm.SM2_SM3}.get(self, Algorithm.ED25519)

    @classmethod
    def of(cls, material: bytes) -> "SignatureType":
        """The type that key material begins with.

        Raises:
            ValueError: when it is none of these.
        """
        for kind in cls:
            if material.startswith(kind.value):
                return kind
        raise ValueError("no known signature type")


LOG_KEYS = {
    Algorithm.ED25519: SignatureType.NOTE,
    Algorithm.ML_DSA_44: SignatureType.ML_DSA_44,
    Algorithm.SM2_SM3: SignatureType.SM2_SM3,
}
"""The type of a log's key, by its algorithm."""

WITNESS_KEYS = {**LOG_KEYS, Algorithm.ED25519: SignatureType.COSIGNATURE}
"""The type of a witness's key, by its algorithm."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key somebody trusts, with the name it signs under."""

    name: str
    kind: SignatureType
    public: bytes

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise NoteError(reason=f"{self.name!r} is no key name (no spaces, no plus sign)")
        try:
            SCHEMES[self.kind.algorithm].check(self.public)
        except ValueError as error:
            reason = f"{self.name} has no {self.kind.algorithm} key: {error}"
            raise NoteError(reason=reason) from error

    @property
    def key_id(self) -> bytes:
        """First four bytes of ``SHA-256(name || 0x0A || type || public key)``."""
        return sha256(self.name.encode() + b"\n" + self.kind.value + self.public).digest()[:4]

    def __str__(self) -> str:
        """The key as a ``vkey``: ``<name>+hex(key id)+base64(type || public key)``."""
        return f"{self.name}+{self.key_id.hex()}+{encode64(self.kind.value + self.public)}"

    @classmethod
    def parse(cls, text: str) -> "VerifierKey":
        """Read a ``vkey``.

        Raises:
            NoteError: when it is malformed or its key id does not belong to it.
        """
        name, _, rest = text.partition("+")
        key_id, _, material = rest.partition("+")
        try:
            raw = decode64(material)
            kind = SignatureType.of(raw)
        except ValueError as error:
            raise NoteError(reason=f"{text!r} is no verifier key of a known type") from error
        key = cls(name, kind, raw[len(kind.value) :])
        if not _KEY_ID.fullmatch(key_id) or key.key_id.hex() != key_id:
            raise NoteError(reason=f"the key id of {name} does not belong to its key")
        return key

    def verify(self, signature: bytes, message: bytes) -> None:
        """Check a bare signature.

        Raises:
            SignatureError: when it does not verify.
            AlgorithmError: when this computer lacks the algorithm.
        """
        if not SCHEMES[self.kind.algorithm].verifies(self.public, signature, message):
            raise SignatureError(reason=f"that of {self.name} does not verify")


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key with the name it signs under; the caller made or loaded the key."""

    name: str
    kind: SignatureType
    private: PrivateKey = field(repr=False)

    @property
    def verifier(self) -> VerifierKey:
        """The public side."""
        return VerifierKey(self.name, self.kind, self.private.public_key().public_bytes_raw())


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line of a note; ``signature`` is what follows the key id."""

    name: str
    key_id: bytes
    signature: bytes

    def __str__(self) -> str:
        return f"{_DASH}{self.name} {encode64(self.key_id + self.signature)}\n"

    @classmethod
    def parse(cls, line: str) -> "NoteSignature":
        """Read a signature line without its newline.

        Raises:
            NoteError: when it is malformed.
        """
        name, _, encoded = line.removeprefix(_DASH).partition(" ")
        if not line.startswith(_DASH) or not _NAME.fullmatch(name):
            raise NoteError(reason="a signature line has no key name")
        try:
            raw = decode64(encoded)
        except ValueError as error:
            raise NoteError(reason=f"the signature of {name} is not base64") from error
        if len(raw) <= KEY_ID_SIZE:
            raise NoteError(reason=f"the signature of {name} is too short")
        return cls(name, raw[:KEY_ID_SIZE], raw[KEY_ID_SIZE:])

    def by(self, key: VerifierKey) -> bool:
        """Whether the line claims to be made with ``key``."""
        return (self.name, self.key_id) == (key.name, key.key_id)


@dataclass(frozen=True, slots=True)
class Note:
    """A text with signatures.

    Attributes:
        text: What is signed, with its final newline.
        signatures: In the order of their lines.
    """

    text: str
    signatures: tuple[NoteSignature, ...] = ()

    def __str__(self) -> str:
        return self.text + "\n" + "".join(map(str, self.signatures))

    @classmethod
    def parse(cls, note: str) -> "Note":
        """Read a signed note.

        Raises:
            NoteError: when it is not written as the specification demands.
        """
        if any(char < " " and char != "\n" for char in note):
            raise NoteError(reason="it holds control characters")
        text, gap, tail = note.rpartition("\n\n")
        if not gap or not text or not tail.endswith("\n"):
            raise NoteError(reason="there is no text, or no signature below an empty line")
        lines = tail[:-1].split("\n")
        if len(lines) > MAX_SIGNATURES:
            raise NoteError(reason=f"it has {len(lines)} signatures, more than {MAX_SIGNATURES}")
        return cls(text + "\n", tuple(NoteSignature.parse(line) for line in lines))

    def signed(self, signatures: Iterable[NoteSignature]) -> "Note":
        """The note with further signatures; one already there is not repeated."""
        merged = dict.fromkeys([*self.signatures, *signatures])
        return Note(self.text, tuple(merged))

    def verify(self, keys: Sequence[VerifierKey]) -> VerifierKey:
        """Check the plain signature of one of ``keys``; unknown signatures are ignored.

        Checkpoints are checked by ``open_checkpoint``, which knows the keys that carry a time, too.

        Returns:
            The first key that signed.

        Raises:
            SignatureError: when a known key's signature is wrong or none of them signed.
        """
        found = None
        for line in self.signatures:
            for key in keys:
                if line.by(key):
                    key.verify(line.signature, self.text.encode())
                    found = found or key
        if found is None:
            raise SignatureError(reason="no trusted key signed the note")
        return found


def sign_note(text: str, signer: Signer) -> NoteSignature:
    """Sign a note text with a plain Ed25519 note key.

    Args:
        text: The note text, ending in a newline.
        signer: A key of kind :attr:`SignatureType.NOTE`.
    """
    if signer.kind is not SignatureType.NOTE or not text.endswith("\n"):
        raise NoteError(reason="a note text ends in a newline and is signed with a note key")
    verifier = signer.verifier
    return NoteSignature(verifier.name, verifier.key_id, signer.private.sign(text.encode()))
