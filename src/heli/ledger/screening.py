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
    for found in _NUMBER.finditer(text):
        identity, mobile = found.groups()
        if identity and _is("resident_id", identity.upper().replace("Ｘ", "X")):
            raise PersonalNumberError(what=gettext_noop("an identity number"))
        if mobile and _is("mobile", re.sub("[ -]", "", mobile)):
            raise PersonalNumberError(what=gettext_noop("a mobile number"))


def _is(kind: str, number: str) -> bool:
    plain = "".join(str(int(each)) if each.isdigit() else each for each in number)
    try:
        semantic_type(kind).parse(plain)
    except SemanticError:
        return False
    return True
