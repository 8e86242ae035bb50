"""GB 11643: the identity number of a resident.

Eighteen characters: six of the division of first registration (GB/T 2260), eight of the birth
date, three of sequence (odd for men, even for women) and a check character by ISO 7064
MOD 11-2, where ten is written X.
"""

from dataclasses import dataclass
from datetime import date

from heli.engines.contracts.errors import (
    BirthDateError,
    CheckCharacterError,
    DivisionCodeError,
    FutureBirthError,
    WrongLengthError,
)
from heli.engines.contracts.semantics.base import RandomSource, SemanticType
from heli.engines.contracts.semantics.division import (
    RESIDENCE_PERMIT_PREFIXES,
    generate_division_code,
    is_plausible_prefix,
    require_digits,
)
from heli.errors import gettext_noop

_WHAT = gettext_noop("A resident identity number")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
_FIRST_YEAR = 1850


@dataclass(frozen=True, slots=True)
class IdentityNumber:
    """A checked identity number taken apart.

    Attributes:
        number: Its normal form, X in upper case.
        division: Six digits of the division of first registration.
        born: Birth date.
        sex: ``male`` or ``female``.
    """

    number: str
    division: str
    born: date
    sex: str


def identity_check_character(body: str) -> str:
    """The ISO 7064 MOD 11-2 check character of the first seventeen digits."""
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, body, strict=True))
    return _CHECKS[total % 11]


def read_identity_number(text: str) -> IdentityNumber:
    """Check an identity number and take it apart.

    Args:
        text: Eighteen characters; a final ``x`` may be in lower case.

    Returns:
        The number and what it says about its holder.

    Raises:
        WrongLengthError: Not eighteen characters.
        WrongCharacterError: A letter where only a digit can stand.
        DivisionCodeError: No province has the leading digits.
        BirthDateError: Digits 7 to 14 are no date. Whether it has come, :func:`check_born` says.
        CheckCharacterError: The last character does not agree with the others.
    """
    number = text.strip().upper()
    if len(number) != 18:
        raise WrongLengthError(what=_WHAT, expected=18, found=len(number))
    require_digits(number[:17], what=_WHAT)
    if number[17] != "X":
        require_digits(number[17], what=_WHAT, offset=17)
    if not is_plausible_prefix(number[:2], RESIDENCE_PERMIT_PREFIXES):
        raise DivisionCodeError(what=_WHAT, prefix=number[:2])
    born = _birth_date(number)
    if identity_check_character(number[:17]) != number[17]:
        raise CheckCharacterError(what=_WHAT)
    sex = "male" if int(number[16]) % 2 else "female"
    return IdentityNumber(number=number, division=number[:6], born=born, sex=sex)


def _birth_date(number: str) -> date:
    try:
        born = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise BirthDateError(what=_WHAT) from None
    if born.year < _FIRST_YEAR:
        raise BirthDateError(what=_WHAT)
    return born


def parse_identity_number(text: str) -> str:
    """The normal form of an identity number; see :func:`read_identity_number`."""
    return read_identity_number(text).number


def check_born(number: str, latest: date) -> None:
    """Refuse the number of somebody who is born after a day.

    Raises:
        FutureBirthError: The birth date lies after ``latest``.
    """
    if read_identity_number(number).born > latest:
        raise FutureBirthError(what=_WHAT, latest=latest.isoformat())


def make_identity_number(division: str, born: date, sequence: int) -> str:
    """Compose a valid number.

    Args:
        division: Six digits.
        born: Birth date.
        sequence: 0 to 999; odd for a man, even for a woman.
    """
    body = f"{division}{born:%Y%m%d}{sequence:03d}"
    return body + identity_check_character(body)


def generate_identity_number(rng: RandomSource) -> str:
    """Draw a valid number of a demonstration city."""
    born = date.fromordinal(date(1935, 1, 1).toordinal() + rng.randrange(365 * 85))
    return make_identity_number(generate_division_code(rng), born, rng.randrange(1000))


RESIDENT_ID = SemanticType(
    code="resident_id",
    title_zh="居民身份号码",
    title_en="Resident identity number",
    standard="GB 11643",
    parse=parse_identity_number,
    generate=generate_identity_number,
    keep=(3, 4),
    personal=True,
    pattern="[0-9]{17}[0-9X]",
    check_day=check_born,
)
