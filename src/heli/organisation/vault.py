"""Sealing identity numbers so that the database alone does not tell them.

AES-256-GCM (NIST SP 800-38D) with a random nonce of 96 bits, bound to the person's id; beside it
HMAC-SHA-256 to find a number again. The two keys lie under ``HELI_HOME/keys``, not in the database.
"""

import hashlib
import hmac
import os
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from heli.errors import HeliError, gettext_noop
from heli.kernel.home import folder, keep_secret

NONCE = 12


class VaultError(HeliError):
    """A sealed number cannot be opened with the present key."""

    code = "organisation.vault"
    message = gettext_noop("A sealed identity number cannot be opened.")
    remedy = gettext_noop(
        "Restore the file keys/identity of HELI_HOME that belongs to the database."
    )


def seal(number: str, person_id: int) -> bytes:
    """The number, encrypted for one person's row."""
    nonce = os.urandom(NONCE)
    return nonce + AESGCM(_keys()[0]).encrypt(nonce, number.encode(), _bound(person_id))


def unseal(sealed: bytes, person_id: int) -> str:
    """The number again.

    Raises:
        VaultError: The key is another, or the row was tampered with or moved.
    """
    try:
        plain = AESGCM(_keys()[0]).decrypt(sealed[:NONCE], sealed[NONCE:], _bound(person_id))
    except InvalidTag as error:
        raise VaultError from error
    return plain.decode()


def digest(number: str) -> str:
    """The keyed hash by which a number is found, in hexadecimal."""
    return hmac.new(_keys()[1], number.upper().encode(), hashlib.sha256).hexdigest()


def _bound(person_id: int) -> bytes:
    return f"organisation.person:{person_id}".encode()


def _keys() -> tuple[bytes, bytes]:
    return _load(folder("keys", private=True) / "identity")


@lru_cache(maxsize=4)
def _load(path: Path) -> tuple[bytes, bytes]:
    content = keep_secret(path, os.urandom(64))
    return content[:32], content[32:64]
