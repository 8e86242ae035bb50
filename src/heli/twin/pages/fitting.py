"""How well a version agrees with what was counted and sold, in words and figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from heli.twin import words
from heli.web.words import figure

MEASURES: dict[str, tuple[str | Promise, int]] = {
    "geh_below_5": (gettext_lazy("Counts met (GEH below 5), %"), 1),
    "r_squared": (gettext_lazy("Share of the differences explained (R²)"), 3),
    "srmse": (gettext_lazy("Error over the mean (SRMSE)"), 3),
    "bias": (gettext_lazy("Modelled minus observed, on average"), 1),
}
"""What each measure is called, and its digits."""
NONE = "—"


@dataclass(frozen=True, slots=True)
class Fit:
    """One kind of observations.

    Attributes:
        source: The resource that they come from.
        count: How many were used, and how many kept apart.
        measures: Name, then before and after of those used, and of those kept apart.
        parameters: Name, value before, value after with its error, and whether it is at a bound.
    """

    title: str
    source: str
    used: int
    held_out: int
    measures: list[tuple[str, str, str, str, str]]
    parameters: list[tuple[str, str, str, bool]]


def fits(fit: Mapping[str, Any]) -> list[Fit]:
    """What a version's ``fit`` says; empty if nothing was tried."""
    titles = {"traffic": _("Traffic counts"), "commerce": _("Sales of shops")}
    return [_fit(title, fit[name]) for name, title in titles.items() if name in fit]


def _fit(title: str, found: Mapping[str, Any]) -> Fit:
    used, apart = found["used"], found["held_out"] or {"before": {}, "after": {}}
    return Fit(
        title=f"{title} ({_unit(found['unit'])})",
        source=found["source"],
        used=used["after"]["number"],
        held_out=apart["after"].get("number", 0),
        measures=[
            (
                str(label),
                *(
                    _measured(name, part[when].get(name), digits)
                    for part in (used, apart)
                    for when in ("before", "after")
                ),
            )  # type: ignore[misc]
            for name, (label, digits) in MEASURES.items()
            if name in used["after"]
        ],
        parameters=[_parameter(each) for each in found["parameters"]],
    )


def _measured(name: str, value: float | None, digits: int) -> str:
    if value is None:
        return NONE
    return figure(100 * value if name == "geh_below_5" else value, digits)


def _parameter(each: Mapping[str, Any]) -> tuple[str, str, str, bool]:
    name, kind = each["name"], each["kind"]
    if kind == "district":
        label = _("Trips of people from {place}").format(place=words.place(name))
    elif kind == "use":
        label = _("Trips of {use}").format(use=_uses().get(name, name))
    elif kind == "distance":
        label = _("How much rarer a trip is for each kilometre more")
    else:
        label = words.assumption(name)
    unit = "" if each["unit"] == "1" else f" {each['unit']}"
    value = f"{figure(each['value'], 3)} ± {figure(each['error'], 3)}{unit}"
    return label, f"{figure(each['before'], 3)}{unit}", value, each["at_bound"]


def _uses() -> dict[str, str]:
    return {"taxi": pgettext("use", "taxis"), "freight": pgettext("use", "lorries")}


def _unit(unit: str) -> str:
    return {
        "vehicles/h": pgettext("unit", "vehicles/h"),
        "yuan/day": pgettext("unit", "yuan a day"),
    }.get(unit, unit)
