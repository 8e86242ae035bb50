"""Numbers people carry: mobile numbers and plate numbers of vehicles.

Mobile numbers: eleven digits from 13 to 19 by the national numbering plan. Plates: GA 36, with the
longer plates of new-energy vehicles, whose letter D or F (and the letters added since) stands
first for small and last for large vehicles.
"""

import re

from heli.engines.contracts.errors import WrongShapeError
from heli.engines.contracts.semantics.base import RandomSource, SemanticType, choose
from heli.engines.contracts.semantics.plain import by_pattern
from heli.errors import gettext_noop

_DIGITS = "0123456789"
_PROVINCES = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新"
_CHARACTER = "[A-HJ-NP-Z0-9]"
_ENERGY = "[A-HJK]"
"""A to E say that a vehicle runs on electricity alone; F, G, H, J, K that it does not."""

_MOBILE = r"1[3-9][0-9]{9}"
_PLATE = (
    rf"(?:[{_PROVINCES}][A-Z](?:"
    rf"{_CHARACTER}{{5}}"  # ordinary vehicles
    rf"|{_CHARACTER}{{4}}[挂学警港澳领使]"  # trailers, learners, police, Hong Kong, Macao, consuls
    rf"|{_ENERGY}{_CHARACTER}[0-9]{{4}}"  # small vehicles of new energy
    rf"|[0-9]{{5}}{_ENERGY}"  # large vehicles of new energy
    r")|使[0-9]{6})"  # embassies
)
_NEW_ENERGY = re.compile(
    rf"[{_PROVINCES}][A-Z](?:{_ENERGY}{_CHARACTER}[0-9]{{4}}|[0-9]{{5}}{_ENERGY})"
)

_parse_plain_mobile = by_pattern(
    _MOBILE, what=gettext_noop("a mobile number"), example="19900000000"
)
_parse_plain_plate = by_pattern(_PLATE, what=gettext_noop("a plate number"), example="京A00000")


def parse_mobile(text: str) -> str:
    """Check a mobile number.

    Args:
        text: Eleven digits; a leading +86, spaces and hyphens are allowed.

    Returns:
        The eleven digits.

    Raises:
        WrongShapeError: It is no mobile number of the mainland.
    """
    digits = re.sub(r"[ -]", "", text.strip())
    return _parse_plain_mobile(re.sub(r"^(?:\+86|0086)", "", digits))


def parse_plate(text: str) -> str:
    """Check a plate number.

    Args:
        text: With or without the dot after the second character, in either case.

    Returns:
        It without the dot, in upper case.

    Raises:
        WrongShapeError: No plate is written so; new-energy plates have one character more than
            others and a letter that says which energy.
    """
    plate = _parse_plain_plate(re.sub(r"[·• ]", "", text.strip()))
    if plate[1:2] in "IO":
        raise WrongShapeError(what=gettext_noop("a plate number"), example="京A00000")
    return plate


def is_new_energy(plate: str) -> bool:
    """Whether a checked plate belongs to a vehicle of new energy."""
    return _NEW_ENERGY.fullmatch(plate) is not None


def _generate_plate(rng: RandomSource) -> str:
    begin = choose(rng, _PROVINCES, 1) + choose(rng, "AB", 1)
    serial = "00" + choose(rng, _DIGITS, 3)
    if rng.randrange(4):
        return begin + serial
    letter = choose(rng, "DF", 1)
    return begin + (letter + serial if rng.randrange(2) else serial + letter)


MOBILE = SemanticType(
    code="mobile",
    title_zh="手机号码",
    title_en="Mobile number",
    standard="",
    parse=parse_mobile,
    generate=lambda rng: "1990000" + choose(rng, _DIGITS, 4),
    keep=(3, 4),
    personal=True,
    pattern=_MOBILE,
)
PLATE = SemanticType(
    code="plate",
    title_zh="机动车号牌号码",
    title_en="Vehicle plate number",
    standard="GA 36",
    parse=parse_plate,
    generate=_generate_plate,
    keep=(2, 1),
    personal=True,
    pattern=_PLATE,
)
