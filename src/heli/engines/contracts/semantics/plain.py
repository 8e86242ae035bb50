"""Semantic types whose rule is a written form, without a check character."""

import re
from collections.abc import Callable
from datetime import date, datetime

from heli.engines.contracts.errors import DivisionCodeError, WrongShapeError
from heli.engines.contracts.semantics.base import RandomSource, SemanticType, choose
from heli.engines.contracts.semantics.division import generate_division_code, is_plausible_prefix
from heli.errors import gettext_noop

_DIGITS = "0123456789"


def by_pattern(pattern: str, *, what: str, example: str) -> Callable[[str], str]:
    """A parser for what is written in upper case by one regular expression."""
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


def parse_month(text: str) -> str:
    """Check a month written as ISO 8601 ``YYYY-MM``.

    Raises:
        WrongShapeError: Not of this form, or no month of the calendar.
    """
    value = text.strip()
    if re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", value) is None or value < "0001":
        raise WrongShapeError(what=gettext_noop("a month"), example="2026-03")
    return value


def parse_instant(text: str) -> str:
    """Check an instant written as ISO 8601 with its offset from UTC.

    Raises:
        WrongShapeError: Not of this form, no instant of the calendar, or without an offset.
    """
    value = text.strip().replace(" ", "T", 1)
    try:
        if datetime.fromisoformat(value).tzinfo is None or "T" not in value:
            raise ValueError(value)
    except ValueError:
        what, example = gettext_noop("an instant"), "2026-03-05T09:30:00+08:00"
        raise WrongShapeError(what=what, example=example) from None
    return value


def _generate_instant(rng: RandomSource) -> str:
    seconds = rng.randrange(86_400)
    clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    return f"{_generate_date(rng)}T{clock}+08:00"


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
    pattern="[0-9]{4}-[0-9]{2}-[0-9]{2}",
)
MONTH = SemanticType(
    code="month",
    title_zh="年月",
    title_en="Month",
    standard="GB/T 7408 (ISO 8601)",
    parse=parse_month,
    generate=lambda rng: _generate_date(rng)[:7],
    keep=(4, 0),
    pattern="[0-9]{4}-[0-9]{2}",
)
INSTANT = SemanticType(
    code="instant",
    title_zh="时刻",
    title_en="Instant",
    standard="GB/T 7408 (ISO 8601)",
    parse=parse_instant,
    generate=_generate_instant,
    keep=(4, 0),
)
PERSON_NAME = SemanticType(
    code="person_name",
    title_zh="姓名",
    title_en="Personal name",
    standard="",
    parse=parse_name,
    generate=lambda rng: f"示例居民{choose(rng, _DIGITS, 4)}",
    keep=(1, 0),
    personal=True,
)
ORGANISATION_NAME = SemanticType(
    code="organisation_name",
    title_zh="单位名称",
    title_en="Organisation name",
    standard="",
    parse=parse_name,
    generate=lambda rng: f"临江示例{choose(rng, _DIGITS, 4)}号有限公司",
    keep=(2, 2),
)
ADDRESS = SemanticType(
    code="address",
    title_zh="地址",
    title_en="Address",
    standard="",
    parse=parse_address,
    generate=lambda rng: f"临江市示例路{1 + rng.randrange(999)}号",
    keep=(6, 0),
    personal=True,
)
PARCEL_CODE = SemanticType(
    code="parcel_code",
    title_zh="宗地代码",
    title_en="Parcel code",
    standard="GB/T 37346",
    parse=_with_division(
        by_pattern(_PARCEL, what=gettext_noop("a parcel code"), example="990101001001GB00001"),
        gettext_noop("A parcel code"),
    ),
    generate=_generate_parcel,
    keep=(6, 0),
    pattern=_PARCEL,
)
REAL_ESTATE_UNIT = SemanticType(
    code="real_estate_unit",
    title_zh="不动产单元代码",
    title_en="Real-estate unit code",
    standard="GB/T 37346",
    parse=_with_division(
        by_pattern(
            _PARCEL + r"[FLQW][0-9]{8}",
            what=gettext_noop("a real-estate unit code"),
            example="990101001001GB00001F00010001",
        ),
        gettext_noop("A real-estate unit code"),
    ),
    generate=lambda rng: _generate_parcel(rng) + "F" + choose(rng, _DIGITS, 8),
    keep=(6, 0),
    pattern=_PARCEL + r"[FLQW][0-9]{8}",
)
