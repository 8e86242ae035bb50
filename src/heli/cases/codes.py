"""The code of a matter, and the short secret that opens its public progress.

A code is ``LJ-7K3D9Q-42``: a prefix, six random characters and two check digits. The characters
come from an alphabet without 0, O, 1, I and L. Read as a number N to base 31 they are checked as
in ISO/IEC 7064 MOD 97-10: ``100 N + check ≡ 1 (mod 97)``. As 97 is prime and larger than the
alphabet, every single wrong character and every swap of two neighbours changes the remainder.
A code is drawn at random, so it tells neither order nor number, but it is a name and no key: to
see progress without signing in, the secret is needed too.
"""

import hmac
import secrets
import unicodedata
import uuid
from functools import cache

from heli.cases.errors import MalformedCodeError, WrongCheckDigitError
from heli.cases.sealing import key_file
from heli.kernel.home import folder

PREFIX = "LJ"
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


def new_code() -> str:
    """A random code; whether it is taken is for the database to say."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
    return f"{PREFIX}-{body}-{check_digits(body)}"


def parse(typed: str) -> str:
    """The code meant by what somebody typed.

    Lower case, full-width characters, spaces, missing or odd dashes and a missing prefix are
    forgiven; in the check digits, O is read as 0 and I or L as 1.

    Raises:
        MalformedCodeError: It does not have the form of a code.
        WrongCheckDigitError: It has, but the check digits do not fit: a typing mistake.
    """
    text = "".join(c for c in unicodedata.normalize("NFKC", typed).upper() if c.isalnum())
    if len(text) == len(PREFIX) + LENGTH + 2 and text.startswith(PREFIX):
        text = text[len(PREFIX) :]
    body, check = text[:-2], text[-2:].translate(_DIGITS)
    if len(text) != LENGTH + 2 or not text.isascii() or not check.isdigit():
        raise MalformedCodeError(field="code", typed=typed[:40], example="LJ-7K3D9Q-42")
    if any(c not in _VALUE for c in body) or check_digits(body) != check:
        raise WrongCheckDigitError(field="code", code=f"{PREFIX}-{body}-{check}")
    return f"{PREFIX}-{body}-{check}"


def secret_of(matter_id: uuid.UUID, version: int) -> str:
    """The short secret of a matter: eight characters.

    It is derived with a key that lies outside the database and stored nowhere, so a copy of the
    database opens nothing, and the applicant can be shown it again.
    """
    number = int.from_bytes(hmac.digest(_key(), f"{matter_id} {version}".encode(), "sha256"))
    characters = []
    for _ in range(SECRET_LENGTH):
        number, value = divmod(number, len(ALPHABET))
        characters.append(ALPHABET[value])
    return "".join(characters)


def secret_fits(typed: str, matter_id: uuid.UUID, version: int) -> bool:
    """Whether what was typed is the secret, compared in constant time."""
    text = "".join(c for c in unicodedata.normalize("NFKC", typed).upper() if c.isalnum())
    return hmac.compare_digest(text.encode(), secret_of(matter_id, version).encode())


@cache
def _key() -> bytes:
    return key_file(folder("keys", private=True) / "progress-secrets")
