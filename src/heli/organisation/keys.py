"""Reading Ed25519 public keys, and naming them."""

import base64
import binascii
import hashlib

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from heli.organisation.errors import PublicKeyError


def read_public_key(text: str) -> bytes:
    """The 32 octets of an Ed25519 public key given as PEM or in base64 (either alphabet).

    Raises:
        PublicKeyError: It is none.
    """
    text = text.strip()
    try:
        if text.startswith("-----BEGIN"):
            key = load_pem_public_key(text.encode())
            if not isinstance(key, Ed25519PublicKey):
                raise PublicKeyError(field="public_key")
            return key.public_bytes(Encoding.Raw, PublicFormat.Raw)
        padded = text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4)
        raw = base64.b64decode(padded, validate=True)
    except (ValueError, UnsupportedAlgorithm, binascii.Error) as error:
        raise PublicKeyError(field="public_key") from error
    if len(raw) != 32:
        raise PublicKeyError(field="public_key")
    return raw


def key_id_of(department: str, public_key: bytes) -> str:
    """The name of a key: its department and the start of its SHA-256."""
    return f"{department}-{hashlib.sha256(public_key).hexdigest()[:16]}"
