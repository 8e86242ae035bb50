"""Facts as sentences: the one place where a fact is put into the reader's words."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import get_language, gettext

from heli.ledger.questions import department_name
from heli.ledger.verbs import verbs

DEPARTMENTS = ("asker", "asked", "giver", "taker", "consumer", "source", "accountable")
"""Values of facts that are codes of departments."""

_words: dict[str, Callable[[str], object]] = {}


def say(field: str, words: Callable[[str], object]) -> None:
    """Register how the values of a field of facts are said, for example the rungs of a clock."""
    _words[field] = words


def tell(
    verb: str,
    data: Mapping[str, Any],
    *,
    department: str = "",
    matter: str = "",
    name_of: Callable[[str], str] = department_name,
    **more: object,
) -> str:
    """A fact in the reader's language; its verb where nobody declares that any more.

    Args:
        verb: The fact's verb.
        data: Its data, as stored.
        department: Code of its department.
        matter: Code of its matter.
        name_of: How departments are named, for readers that hold the names already.
        **more: Values that stand for those of the data.
    """
    kind = verbs().get(verb)
    if kind is None or not kind.sentence:
        return verb
    values: dict[str, Any] = {
        **data,
        "department": name_of(department) if department else gettext("Heli"),
        "matter": matter,
    }
    for key in DEPARTMENTS:
        if values.get(key):
            values[key] = name_of(str(values[key]))
    for key, words in _words.items():
        if key in values:
            values[key] = words(str(values[key]))
    if "name_zh" in data:
        english = (get_language() or "").startswith("en")
        values["name"] = (english and data.get("name_en")) or data["name_zh"]
    told = gettext(kind.sentence).format_map(_Values(values | more))
    return re.sub(r"\s+", " ", told).strip(" :：")


class _Values(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "—"
