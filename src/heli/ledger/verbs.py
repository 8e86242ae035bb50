"""The vocabulary of facts: every verb is registered once, with the shape of its data."""

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

import msgspec

from heli.errors import HeliError, gettext_noop

_verbs: dict[str, type["FactData"]] = {}


class FactData(msgspec.Struct, frozen=True, kw_only=True):
    """Typed data of one verb. Subclasses hold plain values and never direct identifiers of people.

    Attributes:
        verb: Dotted name, ``room.noun.past_participle``.
        sentence: What happened, as a message id with ``{placeholders}`` from the data and
            ``{department}``, ``{actor}``, ``{matter}``; translated when shown.
        nobody: Who did it where the fact names no department, as a message id.
        screened: Whether its text is searched for numbers that name people.
    """

    verb: ClassVar[str] = ""
    sentence: ClassVar[str] = ""
    nobody: ClassVar[str] = gettext_noop("Heli")
    screened: ClassVar[bool] = True


class UnknownVerbError(HeliError):
    """A fact used a verb that no room registered."""

    code = "ledger.unknown_verb"
    status = 500
    message = gettext_noop("The verb {verb} is not registered.")
    remedy = gettext_noop("Declare the fact's data with @fact before recording it.")


D = TypeVar("D", bound=type[FactData])


def fact(
    verb: str, sentence: str, *, nobody: str = FactData.nobody, screened: bool = True
) -> Callable[[D], D]:
    """Register the data type of a verb.

    Args:
        verb: Its dotted name.
        sentence: What happened, as a message id.
        nobody: Who did it where the fact names no department, as a message id.
        screened: False where no person writes the text, and codes may look like phone numbers.

    Raises:
        ValueError: The verb is registered already or malformed.
    """

    def wrap(data: D) -> D:
        if verb.count(".") < 1 or verb != verb.lower():
            raise ValueError(f"{verb!r} is not of the form room.noun.past_participle")
        if verb in _verbs and _verbs[verb].__qualname__ != data.__qualname__:
            raise ValueError(f"the verb {verb} is registered twice")
        data.verb = verb
        data.sentence = sentence
        data.nobody = nobody
        data.screened = screened
        _verbs[verb] = data
        return data

    return wrap


def data_type(verb: str) -> type[FactData]:
    """The data type of a verb.

    Raises:
        UnknownVerbError: Nobody registered it.
    """
    try:
        return _verbs[verb]
    except KeyError:
        raise UnknownVerbError(verb=verb) from None


def verbs() -> dict[str, type[FactData]]:
    """All registered verbs."""
    return dict(_verbs)


def decode(verb: str, data: dict[str, Any]) -> FactData:
    """Typed data from what the database holds."""
    return msgspec.convert(data, data_type(verb))
