"""GB/T 2260: codes for the administrative divisions of the People's Republic of China.

Six digits: province, prefecture, county. Only the province is checked against a table; counties
are split and merged every year and a register may rightly hold codes that are no longer in force.
"""

from heli.engines.contracts.errors import (
    DivisionCodeError,
    WrongCharacterError,
    WrongLengthError,
)
from heli.engines.contracts.semantics.base import RandomSource, SemanticType
from heli.errors import gettext_noop

LEVELS = ("province", "prefecture", "county")

PROVINCES: dict[str, str] = {
    "11": "北京市",
    "12": "天津市",
    "13": "河北省",
    "14": "山西省",
    "15": "内蒙古自治区",
    "21": "辽宁省",
    "22": "吉林省",
    "23": "黑龙江省",
    "31": "上海市",
    "32": "江苏省",
    "33": "浙江省",
    "34": "安徽省",
    "35": "福建省",
    "36": "江西省",
    "37": "山东省",
    "41": "河南省",
    "42": "湖北省",
    "43": "湖南省",
    "44": "广东省",
    "45": "广西壮族自治区",
    "46": "海南省",
    "50": "重庆市",
    "51": "四川省",
    "52": "贵州省",
    "53": "云南省",
    "54": "西藏自治区",
    "61": "陕西省",
    "62": "甘肃省",
    "63": "青海省",
    "64": "宁夏回族自治区",
    "65": "新疆维吾尔自治区",
    "71": "台湾省",
    "81": "香港特别行政区",
    "82": "澳门特别行政区",
}
"""First two digits and the division they stand for."""

RESIDENCE_PERMIT_PREFIXES = frozenset({"83"})
"""Used only inside identity numbers: residence permits of residents from Taiwan."""

DEMONSTRATION_PREFIX = "99"
"""Given to no province; demonstration cities use it so that no number can belong to anybody."""

_WHAT = gettext_noop("A division code")


def is_fictitious(code: str) -> bool:
    """Whether a code belongs to a demonstration city."""
    return code.startswith(DEMONSTRATION_PREFIX)


def is_plausible_prefix(prefix: str, extra: frozenset[str] = frozenset()) -> bool:
    """Whether two digits can begin a division code."""
    return prefix in PROVINCES or prefix == DEMONSTRATION_PREFIX or prefix in extra


def parse_division_code(text: str) -> str:
    """Check the shape, the province and the order of levels of a division code.

    Args:
        text: Six digits, spaces around them allowed.

    Returns:
        The six digits.

    Raises:
        WrongLengthError: Not six characters.
        WrongCharacterError: Something else than a digit.
        DivisionCodeError: The first two digits are no province.
        WrongCharacterError: Not a digit, or a county is named below no prefecture.
    """
    code = text.strip()
    if len(code) != 6:
        raise WrongLengthError(what=_WHAT, expected=6, found=len(code))
    require_digits(code, what=_WHAT)
    if not is_plausible_prefix(code[:2]):
        raise DivisionCodeError(what=_WHAT, prefix=code[:2])
    if code[2:4] == "00" and code[4:] != "00":
        raise WrongCharacterError(what=_WHAT, position=3)
    return code


def division_level(code: str) -> str:
    """``province``, ``prefecture`` or ``county``: how far down a checked code reaches."""
    return LEVELS[(code[2:4] != "00") + (code[4:] != "00")]


def division_above(code: str, level: str) -> str:
    """The code of the division at a level that a checked code lies in; itself if it is higher."""
    kept = code[: 2 * (LEVELS.index(level) + 1)]
    return kept.ljust(6, "0")


def require_digits(code: str, *, what: str, offset: int = 0) -> None:
    """Raise :class:`WrongCharacterError` at the first character that is not 0–9.

    Args:
        code: The characters to look at.
        what: Message id of the thing being read.
        offset: Position of ``code`` inside the whole, counted from 0.
    """
    for index, character in enumerate(code):
        if character not in "0123456789":
            raise WrongCharacterError(what=what, position=offset + index + 1)


def generate_division_code(rng: RandomSource) -> str:
    """Draw a county of a demonstration city."""
    return f"{DEMONSTRATION_PREFIX}01{1 + rng.randrange(20):02d}"


DIVISION_CODE = SemanticType(
    code="division_code",
    title_zh="行政区划代码",
    title_en="Division code",
    standard="GB/T 2260",
    parse=parse_division_code,
    generate=generate_division_code,
    keep=(2, 0),
    pattern="[1-9][0-9]{5}",
)
