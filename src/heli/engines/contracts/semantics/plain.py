"""Semantic types whose rule is a written form, without a check character."""

import re
from collections.abc import Callable
from datetime import date

from heli.engines.contracts.errors import DivisionCodeError, WrongShapeError
from heli.engines.contracts.semantics.base import RandomSource, SemanticType, choose
from heli.engines.contracts.semantics.division import generate_division_code, is_plausible_prefix
from heli.errors import gettext_noop

_DIGITS = "0123456789"
_PLATE_PROVINCES = "京津冀晋蒙辽吉黑沪苏浙皖闽赣鲁豫鄂湘粤桂琼渝川贵云藏陕甘青宁新"
_PLATE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
_PLATE_CHARACTERS = _PLATE_LETTERS + _DIGITS


def _by_pattern(pattern: str, *, what: str, example: str) -> Callable[[str], str]:
    compiled = re.compile(pattern)

    def parse(text: str) -> str:
        value = text.strip().upper()
        if compiled.fullmatch(value) is None:
            raise WrongShapeError(what=what, example=example)
        return value

    return parse


def parse_date(text: str) -> str:
    """Check a calendar date written as ISO 8601 ``YYYY-MM-DD``.

    Raises:
        WrongShapeError: Not of this form, or no day of the calendar.
    """
    value = text.strip()
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value) is None:
            raise ValueError(value)
        date.fromisoformat(value)
    except ValueError:
        raise WrongShapeError(what=gettext_noop("a date"), example="2026-03-05") from None
    return value


def parse_name(text: str) -> str:
    """Check that a name is not empty and fits on one line of at most 100 characters.

    Raises:
        WrongShapeError: Empty, too long or with control characters.
    """
    value = text.strip()
    if not 0 < len(value) <= 100 or not value.isprintable():
        raise WrongShapeError(what=gettext_noop("a name"), example="临江示例")
    return value


def parse_address(text: str) -> str:
    """Check that an address is one printable line of at most 200 characters.

    Raises:
        WrongShapeError: Empty, too long or with control characters.
    """
    value = text.strip()
    if not 0 < len(value) <= 200 or not value.isprintable():
        raise WrongShapeError(what=gettext_noop("an address"), example="临江市示例路1号")
    return value


def _with_division(parse: Callable[[str], str], what: str) -> Callable[[str], str]:
    def checked(text: str) -> str:
        value = parse(text)
        if not is_plausible_prefix(value[:2]):
            raise DivisionCodeError(what=what, prefix=value[:2])
        return value

    return checked


_PARCEL = r"[0-9]{12}[GJZ][A-Z][0-9]{5}"


def _generate_parcel(rng: RandomSource) -> str:
    return f"{generate_division_code(rng)}{choose(rng, _DIGITS, 6)}GB{choose(rng, _DIGITS, 5)}"


def _generate_date(rng: RandomSource) -> str:
    return date.fromordinal(date(1990, 1, 1).toordinal() + rng.randrange(365 * 35)).isoformat()


DATE = SemanticType(
    code="date",
    title_zh="日期",
    title_en="Date",
    standard="GB/T 7408 (ISO 8601)",
    parse=parse_date,
    generate=_generate_date,
    keep=(4, 0),
)
PERSON_NAME = SemanticType(
    code="person_name",
    title_zh="姓名",
    title_en="Personal name",
    standard="",
    parse=parse_name,
    keep=(1, 0),
    personal=True,
)
ORGANISATION_NAME = SemanticType(
    code="organisation_name",
    title_zh="单位名称",
    title_en="Organisation name",
    standard="",
    parse=parse_name,
    keep=(2, 2),
)
ADDRESS = SemanticType(
    code="address",
    title_zh="地址",
    title_en="Address",
    standard="",
    parse=parse_address,
    keep=(6, 0),
    personal=True,
)
MOBILE = SemanticType(
    code="mobile",
    title_zh="手机号码",
    title_en="Mobile number",
    standard="",
    parse=_by_pattern(
        r"1[3-9][0-9]{9}", what=gettext_noop("a mobile number"), example="19900000000"
    ),
    generate=lambda rng: "1990000" + choose(rng, _DIGITS, 4),
    keep=(3, 4),
    personal=True,
)
PLATE = SemanticType(
    code="plate",
    title_zh="机动车号牌号码",
    title_en="Vehicle plate number",
    standard="GA 36",
    parse=_by_pattern(
        rf"[{_PLATE_PROVINCES}][{_PLATE_LETTERS}][{_PLATE_CHARACTERS}]{{4,5}}"
        rf"[{_PLATE_CHARACTERS}挂学警港澳]",
        what=gettext_noop("a plate number"),
        example="京A00000",
    ),
    generate=lambda rng: (
        choose(rng, _PLATE_PROVINCES, 1) + choose(rng, "AB", 1) + "0" + choose(rng, _DIGITS, 4)
    ),
    keep=(2, 1),
    personal=True,
)
PARCEL_CODE = SemanticType(
    code="parcel_code",
    title_zh="宗地代码",
    title_en="Parcel code",
    standard="GB/T 37346",
    parse=_with_division(
        _by_pattern(_PARCEL, what=gettext_noop("a parcel code"), example="990101001001GB00001"),
        gettext_noop("A parcel code"),
    ),
    generate=_generate_parcel,
    keep=(6, 0),
)
REAL_ESTATE_UNIT = SemanticType(
    code="real_estate_unit",
    title_zh="不动产单元代码",
    title_en="Real-estate unit code",
    standard="GB/T 37346",
    parse=_with_division(
        _by_pattern(
            _PARCEL + r"[FLQW][0-9]{8}",
            what=gettext_noop("a real-estate unit code"),
            example="990101001001GB00001F00010001",
        ),
        gettext_noop("A real-estate unit code"),
    ),
    generate=lambda rng: _generate_parcel(rng) + "F" + choose(rng, _DIGITS, 8),
    keep=(6, 0),
)
