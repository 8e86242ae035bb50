"""What the room's codes mean in the reader's language: figures, units, places, groups, steps."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from heli.exchange.words import spoken
from heli.twin import library
from heli.twin.assumptions import MEANINGS
from heli.twin.building.shapes import SHAPES
from heli.twin.models import CityModel, CityVersion, Run, Scenario
from heli.twin.questions import place_title
from heli.web.words import figure

BASE = "base"

DOMAINS: dict[str, Promise] = {
    "air": pgettext_lazy("domain", "Air"),
    "commerce": pgettext_lazy("domain", "Shops"),
    "people": pgettext_lazy("domain", "People"),
    "traffic": pgettext_lazy("domain", "Traffic"),
    "emissions": pgettext_lazy("domain", "Emissions"),
}

FIGURES: dict[str, Promise] = {
    "vehicle_km": _("Kilometres driven"),
    "vehicle_hours": _("Hours driven"),
    "mean_speed": _("Mean speed of vehicles"),
    "by_car": _("People who go by car"),
    "by_transit": _("People who go by public transport"),
    "given_up": _("Trips that people give up"),
    "moved_in_time": _("People who go by car in another hour"),
    "vehicles_given_up": _("Lorry and taxi trips given up"),
    "tolls": _("Tolls paid"),
    "flow": _("Traffic on the road"),
    "travel": _("What a trip costs more"),
    "losers": _("People who lose by it"),
    "winners": _("People who gain by it"),
    "jobs": _("Jobs that a resident reaches"),
    "school_places": _("School places that a resident reaches"),
    "hospital_beds": _("Hospital beds that a resident reaches"),
    "sales": _("Sales of shops"),
    "sales_outside": _("Spent elsewhere or not at all"),
    "nox": _("NOx where people live"),
    "pm25": _("PM2.5 where people live"),
    "nox_emitted": _("NOx emitted by traffic"),
    "pm10_emitted": _("PM10 emitted by traffic"),
    "pm25_emitted": _("PM2.5 emitted by traffic"),
    "co2_emitted": _("CO₂ emitted by traffic"),
}

_REACHED = _(
    "How many there are within 30 minutes of home, from door to door by car or public transport, "
    "mean of all residents."
)
_SOLD = _(
    "What residents spend in shops on a day on which all hours had the traffic of the modelled one."
)
_BREATHED = _(
    "Mean concentration at the homes of residents: what traffic emits, spread by the wind, on top "
    "of the background."
)
_EMITTED = _(
    "Of hot engines by the guidebook EMEP/EEA, times one factor, in the modelled hour; where the "
    "road lies counts."
)
_TRIPS = _("In the modelled hour of working days.")
_WORSE = _(
    "Residents whose trips get worse or better by more than a quarter of a generalised minute: "
    "time, and money as the time it is worth."
)

DEFINITIONS: dict[str, Promise] = {
    **dict.fromkeys(("jobs", "school_places", "hospital_beds"), _REACHED),
    **dict.fromkeys(("sales", "sales_outside"), _SOLD),
    **dict.fromkeys(("nox", "pm25"), _BREATHED),
    **dict.fromkeys(
        ("nox_emitted", "pm10_emitted", "pm25_emitted", "co2_emitted"),
        _EMITTED,
    ),
    **dict.fromkeys(("losers", "winners"), _WORSE),
    "travel": _(
        "How many generalised minutes a trip costs more than before, by car and public transport "
        "together, mean of all residents; below zero it costs less."
    ),
    "mean_speed": _("Kilometres driven by hours driven, all vehicles and roads."),
    "flow": _("Vehicles of all kinds in both directions, in the modelled hour of working days."),
}


@dataclass(frozen=True, slots=True)
class Unit:
    """How a figure is told: its value times ``scale``, with ``digits`` decimals."""

    label: str
    digits: int = 0
    scale: float = 1.0

    def text(self, value: float, *, sign: bool = False) -> str:
        """A value as it is told, without the unit."""
        told = round(value * self.scale, self.digits) + 0.0  # no minus zero
        return figure(float(told), self.digits, sign=sign)


def _per_hour(count: str) -> str:
    return pgettext("unit", "{count}/h").format(count=count)


def unit_of(name: str) -> Unit:
    """How a figure is told in the reader's language."""
    if name in {"sales", "sales_outside"}:
        english = (get_language() or "").startswith("en")
        return Unit(pgettext("unit", "million yuan/day"), 2, 1e-6) if english else _ten_thousands()
    if name in {"nox_emitted", "pm10_emitted", "pm25_emitted"}:
        return Unit(_per_hour(pgettext("unit", "kg")), 1, 1e-3)
    simple = {
        "vehicle_km": (_per_hour(pgettext("unit", "vehicle-km")), 0),
        "vehicle_hours": (_per_hour(pgettext("unit", "vehicle-hours")), 0),
        "mean_speed": (_per_hour(pgettext("unit", "km")), 1),
        "speed": (_per_hour(pgettext("unit", "km")), 0),
        "tolls": (_per_hour(pgettext("unit", "yuan")), 0),
        "flow": (_per_hour(pgettext("unit", "vehicles")), 0),
        "vehicles_given_up": (_per_hour(pgettext("unit", "vehicles")), 0),
        "nox_link": (_per_hour(pgettext("unit", "g/km")), 0),
        "nox": ("µg/m³", 2),
        "pm25": ("µg/m³", 3),
        "travel": (pgettext("unit", "min/trip"), 2),
        "losers": (pgettext("unit", "people"), 0),
        "winners": (pgettext("unit", "people"), 0),
        "jobs": (pgettext("unit", "jobs"), 0),
        "school_places": (pgettext("unit", "places"), 0),
        "hospital_beds": (pgettext("unit", "beds"), 0),
    }
    if name == "co2_emitted":
        return Unit(_per_hour(pgettext("unit", "t")), 2, 1e-6)
    return Unit(*simple.get(name, (_per_hour(pgettext("unit", "people")), 0)))


def _ten_thousands() -> Unit:
    return Unit(pgettext("unit", "ten thousand yuan/day"), 1, 1e-4)


LAYERS: dict[str, Promise] = {
    "flow": pgettext_lazy("layer", "Traffic"),
    "speed": pgettext_lazy("layer", "Speed"),
    "nox_link": pgettext_lazy("layer", "NOx from the road"),
    "nox": pgettext_lazy("layer", "NOx in the air"),
    "pm25": pgettext_lazy("layer", "PM2.5 in the air"),
    "sales": pgettext_lazy("layer", "Sales"),
    "jobs": pgettext_lazy("layer", "Jobs reached"),
}

GROUPS: dict[str, Promise] = {
    "low": _("Low income"),
    "middle": _("Middle income"),
    "high": _("High income"),
}

STEPS: dict[str, Promise] = {
    "central": _("The figures as they stand"),
    "leeway": _("How exact the solver is"),
    "ensemble": _("How sure the figures are"),
    "ranking": _("What would reverse the ranking"),
}

STATES: dict[str, str] = {
    Run.State.WAITING: "brand",
    Run.State.RUNNING: "brand",
    Run.State.DONE: "done",
    Run.State.FAILED: "at_risk",
    Run.State.CANCELLED: "done",
}
"""Colour of the tag; the word is the state's own."""

PARTS = {name: shape.title for name, shape in SHAPES.items()}
"""What the parts of a city are called."""

_ASSUMED_UNITS = {
    "×": "×",
    "1/min": pgettext_lazy("unit", "1/min"),
    "1": "",
    "m/s": pgettext_lazy("unit", "m/s"),
}


def figure_label(name: str) -> str:
    """What a figure is called."""
    return str(FIGURES.get(name, name))


def definition(name: str) -> str:
    """How a figure is counted."""
    return str(DEFINITIONS.get(name, _TRIPS))


def place(name: str) -> str:
    """What a district, an area, a road or a kind of shop is called; the whole city without one."""
    if not name:
        return gettext("Whole city")
    told = place_title(name)
    return spoken(*told) if told else name


def group(name: str) -> str:
    """What a group of people is called; everybody without one."""
    if not name:
        return gettext("Everybody")
    return str(GROUPS.get(name, name))


def figure_at(name: str, where: str = "", who: str = "") -> str:
    """A figure with its place and group, as it stands inside a sentence."""
    label = figure_label(name)
    if label[:2] != label[:2].upper():
        label = label[:1].lower() + label[1:]
    told = gettext("{figure} in {place}").format(figure=label, place=inside(where))
    return f"{told} · {group(who)}" if who else told


def inside(name: str) -> str:
    """A place as it stands inside a sentence."""
    return place(name) if name else gettext("the whole city")


def read_wish(wish: str) -> tuple[str, str]:
    """Name and place of a figure by which options are ranked, ``NAME`` or ``NAME@PLACE``."""
    name, _at, where = wish.partition("@")
    return name, where


def assumption(name: str) -> str:
    """What an assumption means."""
    return gettext(MEANINGS[name].text) if name in MEANINGS else name


def assumption_value(name: str, *values: float) -> str:
    """A value of an assumption with its unit, or a range of values."""
    unit = MEANINGS[name].unit if name in MEANINGS else ""
    if unit == "share":
        return " … ".join(f"{100 * value:.4g} %" for value in values)
    told = " … ".join(f"{value:.4g}".replace("-", "−") for value in values)
    return f"{told} {_ASSUMED_UNITS.get(unit, unit)}".strip()


def size_of(row: CityVersion) -> str:
    """How large a version of a city is."""
    zones, links = (figure(n) for n in (row.zones, row.links))
    return gettext("{zones} zones, {links} links of road").format(zones=zones, links=links)


def option_title(name: str, title: Mapping[str, str] | None) -> str:
    """What an option is called; the city as it is for the base."""
    if name == BASE or not title:
        return gettext("Leaving all as it is") if name == BASE else name
    return spoken(title.get("zh", ""), title.get("en", "")) or name


def titles_of(run: Run) -> list[str]:
    """What the options of a run are called."""
    return [option_title(each["name"], each["title"]) for each in run.options]


def quoted(title: str) -> str:
    """A title as it stands inside a sentence."""
    return pgettext("option", "“{title}”").format(title=title)


def listed(titles: list[str]) -> str:
    """Some titles as they stand inside a sentence."""
    if len(titles) < 2:
        return "".join(map(quoted, titles))
    first = pgettext("list", ", ").join(map(quoted, titles[:-1]))
    return pgettext("list", "{first} and {last}").format(first=first, last=quoted(titles[-1]))


def title(row: CityModel | Scenario) -> str:
    """The title in the reader's language."""
    return spoken(row.title_zh, row.title_en)


def step(run: Run) -> str:
    """What a run is doing."""
    return str(STEPS.get(run.step, run.step))


def measures(document: Mapping[str, Any]) -> str:
    """The measures of a scenario by their kinds."""
    kinds = dict.fromkeys(each["kind"] for each in document.get("measures", ()))
    known = library.KINDS
    return pgettext("list", ", ").join(
        str(known[kind].label) if kind in known else kind for kind in kinds
    )
