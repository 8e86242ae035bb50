"""GB 32100: the unified social credit code of legal persons and other organisations.

Eighteen characters without I, O, S, V, Z: registering authority (1), kind of organisation (1),
division of the authority (6), organisation code by GB 11714 (9), check character modulo 31 (1).
"""

from heli.engines.contracts.errors import (
    CheckCharacterError,
    DivisionCodeError,
    WrongCharacterError,
    WrongLengthError,
)
from heli.engines.contracts.semantics.base import RandomSource, SemanticType, choose
from heli.engines.contracts.semantics.division import (
    generate_division_code,
    is_plausible_prefix,
    require_digits,
)
from heli.errors import gettext_noop

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The 31 characters in the order of their values."""

_WHAT = gettext_noop("A unified social credit code")
_VALUES = {character: value for value, character in enumerate(ALPHABET)}
_WEIGHTS = tuple(pow(3, position, 31) for position in range(17))
_NATIONAL_AUTHORITY = frozenset({"10"})
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_ORGANISATION_CHECKS = "0X987654321"


def credit_check_character(body: str) -> str:
    """The modulo-31 check character of the first seventeen characters (GB 32100, section 5)."""
    total = sum(weight * _VALUES[c] for weight, c in zip(_WEIGHTS, body, strict=True))
    return ALPHABET[-total % 31]


def organisation_check_character(body: str) -> str:
    """The modulo-11 check character of the eight characters of an organisation code (GB 11714)."""
    values = (int(c, 36) for c in body)
    total = sum(w * value for w, value in zip(_ORGANISATION_WEIGHTS, values, strict=True))
    return _ORGANISATION_CHECKS[total % 11]


def parse_credit_code(text: str) -> str:
    """Check a unified social credit code.

    Args:
        text: Eighteen characters in either case.

    Returns:
        The code in upper case.

    Raises:
        WrongLengthError: Not eighteen characters.
        WrongCharacterError: A character outside the alphabet, or a letter in the division code.
        DivisionCodeError: The division of the registering authority is in no province.
        CheckCharacterError: The last character does not agree with the others.
    """
    code = text.strip().upper()
    if len(code) != 18:
        raise WrongLengthError(what=_WHAT, expected=18, found=len(code))
    for index, character in enumerate(code):
        if character not in _VALUES:
            raise WrongCharacterError(what=_WHAT, position=index + 1)
    require_digits(code[2:8], what=_WHAT, offset=2)
    if not is_plausible_prefix(code[2:4], _NATIONAL_AUTHORITY):
        raise DivisionCodeError(what=_WHAT, prefix=code[2:4])
    if credit_check_character(code[:17]) != code[17]:
        raise CheckCharacterError(what=_WHAT)
    return code


def make_credit_code(division: str, organisation: str, kind: str = "91") -> str:
    """Compose a valid code.

    Args:
        division: Six digits of the registering authority's division.
        organisation: Eight characters; the organisation code's own check character is added.
        kind: Registering authority and kind of organisation; ``91`` is an enterprise.
    """
    body = f"{kind}{division}{organisation}{organisation_check_character(organisation)}"
    return body + credit_check_character(body)


def generate_credit_code(rng: RandomSource) -> str:
    """Draw a valid code of a demonstration city."""
    return make_credit_code(generate_division_code(rng), "MA" + choose(rng, ALPHABET, 6))


CREDIT_CODE = SemanticType(
    code="credit_code",
    title_zh="统一社会信用代码",
    title_en="Unified social credit code",
    standard="GB 32100",
    parse=parse_credit_code,
    generate=generate_credit_code,
    keep=(4, 4),
    pattern="[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}",
)
