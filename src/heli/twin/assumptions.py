"""What the twin has to assume: each with a meaning, a unit and a range that a city states."""

from dataclasses import dataclass

from heli.errors import gettext_noop
from heli.twin.errors import BadEntryError


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an assumption is, and between which bounds it can be at all."""

    text: str
    unit: str
    least: float = 0.0
    most: float = float("inf")


MEANINGS = {
    "demand": Meaning(gettext_noop("Travel demand, as a multiple of the city's tables"), "×"),
    "value_of_time": Meaning(
        gettext_noop("Value of time, as a multiple of the city's figures"), "×", least=0.01
    ),
    "mode_sensitivity": Meaning(
        gettext_noop("How strongly drivers turn to public transport where driving gets slower"),
        "1/min",
        most=1,
    ),
    "barred_to_transit": Meaning(
        gettext_noop("Share of people whose car may not enter who go by public transport"),
        "share",
        most=1,
    ),
    "barred_elsewhere": Meaning(
        gettext_noop("Share of people whose car may not enter who drive somewhere else instead"),
        "share",
        most=1,
    ),
    "school_runs": Meaning(
        gettext_noop("Share of people's car trips to zones with school places that take children"),
        "share",
        most=1,
    ),
    "renewal": Meaning(
        gettext_noop("Share of barred trips made with an allowed vehicle of the same use instead"),
        "share",
        most=1,
    ),
    "shop_attraction": Meaning(gettext_noop("Exponent of floor space in choosing a shop"), "1"),
    "shop_decay": Meaning(
        gettext_noop("How strongly the way deters from a shop"), "1/min", least=1e-6
    ),
    "shop_outside": Meaning(
        gettext_noop("Logarithm of the weight of shopping elsewhere, online or not at all"),
        "1",
        least=-float("inf"),
    ),
    "shop_elasticity": Meaning(
        gettext_noop("Elasticity of spending for the accessibility of shops"), "1", most=1
    ),
    "emission_factor": Meaning(
        gettext_noop("Real emissions, as a multiple of the guidebook's for hot engines"), "×"
    ),
    "wind": Meaning(gettext_noop("Wind speed"), "m/s", least=1),
}


@dataclass(frozen=True, slots=True)
class Assumption:
    """A value with the range in which it is believed to lie, all in the unit of its meaning."""

    value: float
    low: float
    high: float
    source: str = ""


def check(assumptions: dict[str, Assumption], place: str) -> None:
    """Refuse assumptions that are missing, unknown or outside what is possible.

    Raises:
        BadEntryError: For the first that is wrong.
    """
    for name in sorted(MEANINGS.keys() ^ assumptions.keys()):
        reason = "is missing" if name in MEANINGS else f"is none of {', '.join(MEANINGS)}"
        raise BadEntryError(place=f"{place}, assumption {name}", reason=f"“{name}” {reason}")
    for name, given in assumptions.items():
        meaning = MEANINGS[name]
        ordered = meaning.least <= given.low <= given.value <= given.high <= meaning.most
        if not (ordered and given.high < float("inf")):
            raise BadEntryError(
                place=f"{place}, assumption {name}",
                reason=f"{given.low} ≤ {given.value} ≤ {given.high} must hold within "
                f"{meaning.least} … {meaning.most}",
            )
    most = assumptions["barred_to_transit"].high + assumptions["barred_elsewhere"].high
    if most > 1:
        raise BadEntryError(
            place=f"{place}, assumption barred_elsewhere",
            reason=f"the highest shares of barred people add up to {most}, more than 1",
        )
