"""Predictions in the reader's words: their state, what came, and how good they were."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext, ngettext, pgettext_lazy

from heli.kernel import clock
from heli.twin import words
from heli.twin.models import Observation, Prediction
from heli.twin.scoring import FigureScore, Score

WAITING, PARTLY, DUE, SCORED = "waiting", "partly", "due", "scored"
STATES: dict[str, Any] = {
    WAITING: pgettext_lazy("prediction", "Waiting"),
    PARTLY: pgettext_lazy("prediction", "Partly observed"),
    DUE: pgettext_lazy("prediction", "Due to be observed"),
    SCORED: pgettext_lazy("prediction", "Scored"),
}
COLOURS = {WAITING: "brand", PARTLY: "brand", DUE: "at_risk", SCORED: "done"}


@dataclass(frozen=True, slots=True)
class Shown:
    """One figure, foretold and observed, told.

    Attributes:
        inside: Whether it lies in its interval; ``None`` while nothing came.
        score: Its score in its unit; empty while nothing came.
        given_in: The unit in which observed values are given.
    """

    key: str
    label: str
    unit: str
    value: str
    within: str
    observed: str
    inside: bool | None
    score: str
    source: str
    given_in: str


def state_of(row: Prediction, observed: bool) -> tuple[str, str]:
    """Colour and word of where a prediction stands."""
    state = state_code(row, observed)
    return COLOURS[state], str(STATES[state])


def state_code(row: Prediction, observed: bool) -> str:
    """Where a prediction stands, for machines."""
    over = row.observed_to < clock.today()
    if observed:
        return SCORED if over else PARTLY
    return DUE if over else WAITING


def option_title(row: Prediction) -> str:
    """What the foretold option is called."""
    titles = {each["name"]: each["title"] for each in row.run.options}
    return words.option_title(row.option, titles.get(row.option))


def heading(row: Prediction, found: Score) -> str:
    """The question of a prediction, or its answer where there is one."""
    title = words.quoted(option_title(row))
    came = found.observed
    if not came:
        return gettext("What will {option} do?").format(option=title)
    inside = sum(bool(each.inside) for each in came)
    return ngettext(
        "{inside} of {n} figure of {option} came as was foretold",
        "{inside} of {n} figures of {option} came as was foretold",
        len(came),
    ).format(inside=inside, n=len(came), option=title)


def verdict(found: Score) -> list[str]:
    """How good a prediction was, in sentences."""
    told = [
        gettext(
            "{share} of the observed figures lie in their intervals; of a right prediction, about "
            "{expected} would."
        ).format(share=_percent(found.coverage), expected=_percent(found.expected)),
        gettext(
            "Its score (CRPS, the less the better) is {score} of the figures' sizes on average."
        ).format(score=_percent(found.crps, 2)),
    ]
    if found.skill is not None:
        better = gettext("It was {share} better than foretelling that nothing changes.")
        worse = gettext("It was {share} worse than foretelling that nothing changes.")
        text = better if found.skill >= 0 else worse
        told.append(text.format(share=_percent(abs(found.skill))))
    return told


def _percent(share: float, digits: int = 0) -> str:
    return f"{100 * share:.{digits}f} %"


def rows(found: Score, sources: Mapping[str, str]) -> list[Shown]:
    """All figures, those that were observed first."""
    told = [_shown(each, sources.get(each.key.text, "")) for each in found.figures]
    return sorted(told, key=lambda each: each.inside is None)


def _shown(each: FigureScore, source: str) -> Shown:
    unit = words.unit_of(each.key.name)
    finer = words.Unit(unit.label, unit.digits + 1, unit.scale)
    return Shown(
        key=each.key.text,
        label=words.figure_at(each.key.name, each.key.place, each.key.group),
        unit=unit.label,
        value=unit.text(each.value),
        within=f"{unit.text(each.low)} … {unit.text(each.high)}",
        observed="" if each.observed is None else unit.text(each.observed),
        inside=each.inside,
        score="" if each.crps is None else finer.text(each.crps),
        source=source,
        given_in=each.unit,
    )


def entries(row: Prediction) -> QuerySet[Observation]:
    """Every value that was entered, also those that others superseded."""
    return Observation.objects.filter(prediction=row).order_by("-entered_at", "figure")
