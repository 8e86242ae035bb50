"""Codes that people read out, and the short secrets that open what they name.

A code is ``LJ-7K3D9Q-42``: a prefix, six random characters and two check digits. The characters
come from an alphabet without 0, O, 1, I and L. Read as a number N to base 31 they are checked as
in ISO/IEC 7064 MOD 97-10: ``100 N + check ≡ 1 (mod 97)``. As 97 is prime and larger than the
alphabet, every single wrong character and every swap of two neighbours changes the remainder.
A code is drawn at random, so it tells neither order nor number, but it is a name and no key: to
see progress without signing in, the secret is needed too.
"""

import hmac
import os
import secrets
import unicodedata
import uuid
from collections.abc import Callable
from functools import cache

from heli.errors import HeliError
from heli.kernel.home import folder, keep_secret

ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH = 6
SECRET_LENGTH = 8
_VALUE = {character: value for value, character in enumerate(ALPHABET)}
_DIGITS = str.maketrans("OIL", "011")


def check_digits(body: str) -> str:
    """The two check digits of the random part."""
    number = 0
    for character in body:
        number = number * len(ALPHABET) + _VALUE[character]
    return f"{98 - number * 100 % 97:02d}"


def mistyped(code: str) -> bool:
    """Whether something has the form of a code of any kind, with check digits that do not fit."""
    body, _, check = code.partition("-")[2].partition("-")
    formed = len(body) == LENGTH and len(check) == 2 and check.isascii() and check.isdigit()
    return formed and all(c in _VALUE for c in body) and check_digits(body) != check


class Codes:
    """Codes of one kind and their secrets.

    Args:
        prefix: What every code begins with.
        key: The file below ``HELI_HOME/keys`` from which secrets are derived.
        malformed: The error for what does not have the form of a code; takes ``field``, ``typed``
            and ``example``.
        mistyped: The error for check digits that do not fit; takes ``field`` and ``code``.
    """

    def __init__(
        self,
        prefix: str,
        key: str,
        malformed: Callable[..., HeliError],
        mistyped: Callable[..., HeliError],
    ) -> None:
        self.prefix, self._key = prefix, key
        self._malformed, self._mistyped = malformed, mistyped

    def new(self) -> str:
        """A random code; whether it is taken is for the database to say."""
        body = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
        return f"{self.prefix}-{body}-{check_digits(body)}"

    def parse(self, typed: str) -> str:
        """The code meant by what somebody typed.

        Lower case, full-width characters, spaces, missing or odd dashes and a missing prefix are
        forgiven; in the check digits, O is read as 0 and I or L as 1.

        Raises:
            HeliError: It does not have the form of a code, or its check digits do not fit.
        """
        text = _plain(typed)
        if len(text) == len(self.prefix) + LENGTH + 2 and text.startswith(self.prefix):
            text = text[len(self.prefix) :]
        body, check = text[:-2], text[-2:].translate(_DIGITS)
        if len(text) != LENGTH + 2 or not text.isascii() or not check.isdigit():
            example = f"{self.prefix}-7K3D9Q-42"
            raise self._malformed(field="code", typed=typed[:40], example=example)
        if any(c not in _VALUE for c in body) or check_digits(body) != check:
            raise self._mistyped(field="code", code=f"{self.prefix}-{body}-{check}")
        return f"{self.prefix}-{body}-{check}"

    def secret_of(self, owner: uuid.UUID, version: int) -> str:
        """The short secret of what a code names: eight characters.

        It is derived with a key that lies outside the database and stored nowhere, so a copy of
        the database opens nothing, and its owner can be shown it again.
        """
        number = int.from_bytes(
            hmac.digest(_load(self._key), f"{owner} {version}".encode(), "sha256")
        )
        characters = []
        for _ in range(SECRET_LENGTH):
            number, value = divmod(number, len(ALPHABET))
            characters.append(ALPHABET[value])
        return "".join(characters)

    def secret_fits(self, typed: str, owner: uuid.UUID, version: int) -> bool:
        """Whether what was typed is the secret, compared in constant time."""
        fit = self.secret_of(owner, version).encode()
        return hmac.compare_digest(_plain(typed).encode(), fit)


def _plain(typed: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", typed).upper() if c.isalnum())


@cache
def _load(name: str) -> bytes:
    return keep_secret(folder("keys", private=True) / name, os.urandom(32))
