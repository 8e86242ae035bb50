"""The code of a matter, ``LJ-7K3D9Q-42``, and its secret; see :mod:`heli.kernel.codes`."""

from heli.cases.errors import MalformedCodeError, WrongCheckDigitError
from heli.kernel.codes import ALPHABET, LENGTH, Codes, check_digits

__all__ = [
    "ALPHABET",
    "LENGTH",
    "PREFIX",
    "check_digits",
    "new_code",
    "parse",
    "secret_fits",
    "secret_of",
]

PREFIX = "LJ"
_codes = Codes(PREFIX, "progress-secrets", MalformedCodeError, WrongCheckDigitError)

new_code, parse = _codes.new, _codes.parse
secret_of, secret_fits = _codes.secret_of, _codes.secret_fits
