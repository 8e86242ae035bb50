"""Facts as sentences: the one place where a fact is put into the reader's words."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language, gettext

from heli.ledger.questions import department_name
from heli.ledger.verbs import verbs
from heli.web.words import absolute, figure

DEPARTMENTS = ("asker", "asked", "giver", "taker", "consumer", "source", "accountable", "parent",
               "witness", "other")  # fmt: skip
"""Values of facts that are codes of departments."""

MOMENTS = ("expires_at", "old_until", "starts_on", "ends_on", "since", "until", "due", "due_at",
           "started_at", "fire_at", "deadline", "sunset_at")  # fmt: skip
"""Values of facts that are ISO dates or instants."""

COUNTS = ("rows", "count", "entries", "events", "matters", "remembered", "recipients", "refused",
          "inserted", "updated", "deleted", "calls", "uses", "size")  # fmt: skip
"""Values of facts that count something; their thousands are grouped."""


@dataclass(frozen=True, slots=True)
class Lead:
    """Where to read on about a fact.

    Attributes:
        url: A page that the reader may open; empty where there is none.
        note: What was written about it, as it was typed.
    """

    url: str = ""
    note: str = ""


Words = Callable[[Any], object]
WordsOfFact = Callable[[Any, Mapping[str, Any]], object]
Leading = Callable[[object, str, Mapping[str, Any]], Lead]

_words: dict[tuple[str, str], Words] = {}
_of_fact: dict[tuple[str, str], WordsOfFact] = {}
_leading: dict[str, Leading] = {}


def say(field: str, words: Words, room: str = "") -> None:
    """Register how the values of a field of facts are said, for example the rungs of a clock.

    Args:
        field: Name of the field.
        words: Puts a value into the reader's words.
        room: Only in the facts of this room; in all facts when empty.
    """
    _words[room, field] = words


def say_by_fact(field: str, words: WordsOfFact, room: str = "") -> None:
    """The same, for fields that cannot be said without the fact's other data."""
    _of_fact[room, field] = words


def lead(verb: str, leading: Leading) -> None:
    """Register where facts of a verb lead, by the reader, the fact's matter and its data."""
    _leading[verb] = leading


def lead_of(verb: str, reader: object, matter: str, data: Mapping[str, Any]) -> Lead:
    """Where a fact leads a reader; nowhere, as a rule."""
    return _leading[verb](reader, matter, data) if verb in _leading else Lead()


def said(field: str, value: Any, verb: str = "", data: Mapping[str, Any] | None = None) -> str:
    """One value of a fact in the reader's words.

    Args:
        field: The value's name.
        value: As stored.
        verb: The fact's verb.
        data: All that the fact says.
    """
    room = verb.partition(".")[0]
    if not value and value != 0:
        return ""
    if field in MOMENTS:
        return moment(str(value))
    for key in ((room, field), ("", field)):
        if key in _of_fact:
            return str(_of_fact[key](value, data or {}))
        if key in _words:
            return str(_words[key](value))
    return figure(value) if field in COUNTS and type(value) is int else str(value)


def moment(value: str) -> str:
    """An ISO date or instant in the reader's format; anything else as it is."""
    try:
        return absolute(value, "datetime" if "T" in value else "date")  # type: ignore[arg-type]
    except ValueError:
        return value


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
    present: dict[str, object] = {
        "department": name_of(department) if department else gettext(kind.nobody),
        "matter": matter,
        **more,
    }
    told = gettext(kind.sentence).format_map(_Values(verb, data, name_of, present))
    return re.sub(r"\s+", " ", told).strip(" :：")


def name_in(data: Mapping[str, Any]) -> str:
    """The name in a fact in the reader's language, Chinese where it has no English one."""
    english = (get_language() or "").startswith("en")
    return str((english and data.get("name_en")) or data.get("name_zh") or data.get("name") or "")


_NEVER_EMPTY = frozenset({"resource"})
"""Values that stand between quotation marks: a call may name none."""


class _Values(dict[str, object]):
    """What a sentence names, put into words only when it is named."""

    def __init__(
        self,
        verb: str,
        data: Mapping[str, Any],
        name_of: Callable[[str], str],
        present: dict[str, object],
    ) -> None:
        super().__init__(present)
        self._verb, self._data, self._name_of = verb, data, name_of

    def __missing__(self, key: str) -> str:
        if key == "name":
            return name_in(self._data) or "—"
        value = self._data.get(key)
        if value is None or value == "":
            return "—" if key not in self._data or key in _NEVER_EMPTY else ""
        if key in DEPARTMENTS:
            return self._name_of(str(value))
        return said(key, value, self._verb, self._data)
