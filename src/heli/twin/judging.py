"""Verdicts of a run as sentences: which option is better by what, and what would reverse it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext, pgettext

from heli.twin import words
from heli.twin.reading import Reading

FEWEST_FOR_SHARE = 20
"""Draws from which on an interval leaves some of them out."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What would reverse a verdict: an assumption at another value."""

    pair: str
    meaning: str
    value: str
    level: str
    share: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Two options by one figure.

    Attributes:
        sentence: Which is better and by how much, or that they cannot be told apart.
        certainty: In which bounds the difference lies, and the solver's error.
        otherwise: Said where the city's own assumptions tell another order; else empty.
    """

    resolved: bool
    sentence: str
    certainty: str
    otherwise: str


@dataclass(frozen=True, slots=True)
class Question:
    """All verdicts by one figure.

    Attributes:
        answer: Which option is best by it, or that none can be called best.
        resolved: Whether one can.
        turns: What would reverse a verdict, the smallest change first.
    """

    figure: str
    definition: str
    answer: str
    resolved: bool
    verdicts: tuple[Verdict, ...]
    turns: tuple[Turn, ...]


def questions(reading: Reading) -> list[Question]:
    """The verdicts of a result by the figures that were asked for."""
    by: dict[str, list[Mapping[str, Any]]] = {}
    for each in reading.found.get("verdicts", ()):
        by.setdefault(each["by"], []).append(each)
    return [_question(reading, wish, rows) for wish, rows in by.items()]


def _question(reading: Reading, wish: str, rows: list[Mapping[str, Any]]) -> Question:
    name, where = words.read_wish(wish)
    told = words.figure_at(name, where)
    first = best(rows)
    if first is None:
        answer = gettext("By {figure}, none can be called best").format(figure=told)
    else:
        answer = gettext("By {figure}, {option} is best").format(
            figure=told, option=words.quoted(reading.title(first))
        )
    return Question(
        figure=told,
        definition=words.definition(name),
        answer=answer,
        resolved=first is not None,
        verdicts=tuple(_verdict(reading, name, each) for each in rows),
        turns=tuple(_turns(reading, rows)),
    )


def best(rows: list[Mapping[str, Any]]) -> str | None:
    """The option that is better than every other; ``None`` if there is none."""
    names: set[str] = {name for each in rows for name in (each["one"], each["other"])}
    for name in sorted(names):
        own = [each for each in rows if name in {each["one"], each["other"]}]
        if all(each["better"] == name for each in own):
            return name
    return None


def _verdict(reading: Reading, name: str, each: Mapping[str, Any]) -> Verdict:
    unit = words.unit_of(name)
    one, other = (words.quoted(reading.title(each[side])) for side in ("one", "other"))
    span = f"{unit.text(abs(each['difference']))} {unit.label}"
    if each["better"] is None:
        sentence = gettext(
            "{one} and {other} cannot be told apart: their difference, {span}, is below what "
            "solver and ensemble leave open."
        ).format(one=one, other=other, span=span)
    else:
        worse = each["other"] if each["better"] == each["one"] else each["one"]
        sentence = gettext("{better} is better than {worse} by {span}.").format(
            better=words.quoted(reading.title(each["better"])),
            worse=words.quoted(reading.title(worse)),
            span=span,
        )
    return Verdict(
        resolved=each["better"] is not None,
        sentence=sentence,
        certainty=_certainty(reading, unit, each),
        otherwise=_otherwise(unit, each),
    )


def which_number(reading: Reading) -> str:
    """Which of two numbers is which, where verdicts tell another difference than the table."""
    rows = reading.found.get("verdicts", ())
    if all(_same(words.unit_of(words.read_wish(each["by"])[0]), each) for each in rows):
        return ""
    return gettext(
        "A difference named here is the middle of the draws; the table of figures tells it for the "
        "assumptions as they stand, so the two can differ."
    )


def _same(unit: words.Unit, each: Mapping[str, Any]) -> bool:
    return unit.text(each["difference"]) == unit.text(each["central"])


def bounds_words(draws: int) -> str:
    """What an interval of an ensemble holds."""
    if draws < FEWEST_FOR_SHARE:
        return gettext("all {draws} draws").format(draws=draws)
    return gettext("90 % of {draws} draws").format(draws=draws)


def _certainty(reading: Reading, unit: words.Unit, each: Mapping[str, Any]) -> str:
    return gettext(
        "“{other}” minus “{one}”: {low} … {high} {unit} in {draws}; solver ± {error}"
    ).format(
        one=reading.title(each["one"]),
        other=reading.title(each["other"]),
        low=unit.text(each["low"], sign=True),
        high=unit.text(each["high"], sign=True),
        unit=unit.label,
        draws=bounds_words(reading.draws),
        error=_exact(unit, each["solver_error"]),
    )


def _otherwise(unit: words.Unit, each: Mapping[str, Any]) -> str:
    if each["better"] is None or each["central"] * each["difference"] > 0:
        return ""
    return gettext(
        "With the assumptions as they stand it is the other way round: the difference is {span}."
    ).format(span=f"{unit.text(each['central'], sign=True)} {unit.label}")


def _turns(reading: Reading, rows: list[Mapping[str, Any]]) -> list[Turn]:
    found = [(flip["share_of_range"], each, flip) for each in rows for flip in each["flips"]]
    found.sort(key=lambda each: float(each[0]))
    return [_turn(reading, each, flip) for _share, each, flip in found]


def _turn(reading: Reading, each: Mapping[str, Any], flip: Mapping[str, Any]) -> Turn:
    return Turn(
        pair=words.listed([reading.title(each[side]) for side in ("one", "other")]),
        meaning=words.assumption(flip["assumption"]),
        value=words.assumption_value(flip["assumption"], flip["value"]),
        level=words.assumption_value(flip["assumption"], flip["level"]),
        share=f"{100 * flip['share_of_range']:.0f} %",
    )


def _exact(unit: words.Unit, error: float) -> str:
    """An error with a digit more than its figure, so that a small one is not nought."""
    return words.Unit(unit.label, unit.digits + 1, unit.scale).text(error)


def heading(reading: Reading | None, titles: list[str]) -> str:
    """The question that a run asks, or its answer where there is one."""
    told = [each.answer for each in questions(reading)] if reading else []
    if told:
        return pgettext("list", "; ").join(_inner(each, n) for n, each in enumerate(told))
    return gettext("What would {options} do?").format(options=words.listed(titles))


def _inner(sentence: str, position: int) -> str:
    return sentence if position == 0 else sentence[:1].lower() + sentence[1:]
