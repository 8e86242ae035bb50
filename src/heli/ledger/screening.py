"""Keeping identifiers of people out of facts, which are kept for ever.

Facts tell grounds and reasons in the words of those who gave them. An identity number or a mobile
number among them is refused while it can still be taken out.
"""

import re

from heli.engines.contracts import SemanticError, semantic_type
from heli.errors import BadInputError, gettext_noop

# Digits of any script; a mobile number with the gaps that people write.
_NUMBER = re.compile(
    r"(?<![0-9A-Za-z-])(?:(\d{17}[\dXxＸｘ])|([1１]\d{2}[ -]?\d{4}[ -]?\d{4}))(?![0-9A-Za-z-])"
)
# What tells most texts apart that hold none, in a small part of the time: eleven digits running,
# gaps left out, or a digit of another script (all of these are among the characters named).
_SHAPE = bytes(0x30 if 0x30 <= byte <= 0x39 else 0x2E for byte in range(256))
_GAPS = b" -"
_LONG = b"0" * 11
_OTHER_DIGIT = re.compile("[\u0660-\u1fff\ua000-\uabff\uff10-\uff19\U00010000-\U0010ffff]")


class PersonalNumberError(BadInputError):
    """A fact was to hold a number that names a person."""

    code = "ledger.personal_number"
    message = gettext_noop("The text holds {what}, and would be kept for ever.")
    remedy = gettext_noop("Leave the number out; the matter says whom it is about.")


def screen(text: str) -> None:
    """Refuse a text that holds a resident's identity number or a mobile number.

    Args:
        text: What a fact is about to keep, as JSON text or as written.

    Raises:
        PersonalNumberError: It does.
    """
    if not _may_hold_number(text):
        return
    for found in _NUMBER.finditer(text):
        identity, mobile = found.groups()
        if identity and _is("resident_id", identity.upper().replace("Ｘ", "X")):
            raise PersonalNumberError(what=gettext_noop("an identity number"))
        if mobile and _is("mobile", re.sub("[ -]", "", mobile)):
            raise PersonalNumberError(what=gettext_noop("a mobile number"))


def names_somebody(text: str) -> bool:
    """Whether a text holds a number that :func:`screen` refuses."""
    try:
        screen(text)
    except PersonalNumberError:
        return True
    return False


def _may_hold_number(text: str) -> bool:
    """Whether a text is worth a closer look."""
    shape = text.encode(errors="surrogatepass").translate(_SHAPE, _GAPS)
    return _LONG in shape or (not text.isascii() and _OTHER_DIGIT.search(text) is not None)


def _is(kind: str, number: str) -> bool:
    plain = "".join(str(int(each)) if each.isdigit() else each for each in number)
    try:
        semantic_type(kind).parse(plain)
    except SemanticError:
        return False
    return True
