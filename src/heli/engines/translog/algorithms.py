"""Signature algorithms behind one interface: Ed25519, ML-DSA-44 and SM2 with SM3.

Which one a key is of stands in the key itself, so that a log can move from one to the next while
every old signature stays checkable. Sources: RFC 8032; FIPS 204; GM/T 0003.2-2012.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from heli.engines.translog.errors import AlgorithmError
from heli.engines.translog.sm2 import PUBLIC_SIZE, SIGNATURE_SIZE, SM2PrivateKey, SM2PublicKey


class Algorithm(StrEnum):
    """A signature algorithm, by the name people type."""

    ED25519 = "ed25519"
    ML_DSA_44 = "ml-dsa-44"
    SM2_SM3 = "sm2-sm3"


class PublicSide(Protocol):
    """What is needed of a private key's public side."""

    def public_bytes_raw(self) -> bytes:
        """The encoded public key."""


class PrivateKey(Protocol):
    """A private key of any of the algorithms; the caller made or loaded it."""

    def sign(self, message: bytes, /) -> bytes:
        """Sign a message."""

    def private_bytes_raw(self) -> bytes:
        """The secret it is made from again, 32 bytes."""

    def public_key(self) -> PublicSide:
        """The public side."""


@dataclass(frozen=True, slots=True)
class Scheme:
    """Sizes of an algorithm, in bytes, and its classes."""

    public_size: int
    signature_size: int
    _public: Any
    _private: Any

    def load(self, secret: bytes) -> PrivateKey:
        """The private key that a secret of 32 bytes stands for.

        Raises:
            ValueError: when it is no secret of this algorithm.
            AlgorithmError: when this computer's cryptographic library lacks the algorithm.
        """
        try:
            key: PrivateKey = self._private(secret)
        except UnsupportedAlgorithm as error:
            raise AlgorithmError(reason=str(error)) from error
        return key

    def check(self, public: bytes) -> None:
        """Refuse what is no public key of this algorithm.

        Raises:
            ValueError: when it is none.
        """
        if len(public) != self.public_size:
            raise ValueError(f"it has {len(public)} bytes, not {self.public_size}")

    def verifies(self, public: bytes, signature: bytes, message: bytes) -> bool:
        """Whether the signature is that of the message.

        Raises:
            AlgorithmError: when this computer's cryptographic library lacks the algorithm.
        """
        try:
            self._public(public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        except UnsupportedAlgorithm as error:
            raise AlgorithmError(reason=str(error)) from error
        return True


SECRET_SIZE = 32
"""Bytes of the secret that a private key of each algorithm is made from."""

SCHEMES = {
    Algorithm.ED25519: Scheme(
        32, 64, Ed25519PublicKey.from_public_bytes, Ed25519PrivateKey.from_private_bytes
    ),
    Algorithm.ML_DSA_44: Scheme(
        1312, 2420, MLDSA44PublicKey.from_public_bytes, MLDSA44PrivateKey.from_seed_bytes
    ),
    Algorithm.SM2_SM3: Scheme(
        PUBLIC_SIZE,
        SIGNATURE_SIZE,
        SM2PublicKey.from_public_bytes,
        SM2PrivateKey.from_private_bytes,
    ),
}
