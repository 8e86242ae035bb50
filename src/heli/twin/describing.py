"""Scenarios as sentences: what holds where, when and for whom."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext, ngettext, pgettext

from heli.twin import selectors, words
from heli.twin.errors import TwinError
from heli.twin.library import DAYS, KINDS, VEHICLES, Part
from heli.twin.models import CityVersion, Run

Districts = Mapping[str, str]
"""The district of each zone."""


@dataclass(frozen=True, slots=True)
class Described:
    """A policy as it is read.

    Attributes:
        window: The days and hours in which it holds.
        measures: A sentence for each.
    """

    title: str
    window: str
    measures: list[str]


def options_of(run: Run) -> list[Described]:
    """What a run compares with the city as it is."""
    districts = districts_of(run.version)
    return [
        describe(words.option_title(each["name"], each["title"]), each["document"], districts)
        for each in run.options
    ]


def describe(title: str, document: Mapping[str, Any], districts: Districts) -> Described:
    """A scenario's document in words."""
    told = [_measure(each, districts) for each in document.get("measures", ())]
    return Described(title, _window(document), told)


def districts_of(version: CityVersion) -> Districts:
    """Where the zones of a version lie; none if Heli has learnt another form of cities since."""
    try:
        city = selectors.city_of(version)
    except TwinError:
        return {}
    return {zone.id: zone.district for zone in city.zones}


def _window(document: Mapping[str, Any]) -> str:
    found = document.get("window", {})
    days = _listed([str(DAYS.get(day, day)) for day in found.get("days", ())])
    return gettext("{days}, {start} to {end}").format(
        days=days, start=found.get("from", ""), end=found.get("to", "")
    )


def _measure(each: Mapping[str, Any], districts: Districts) -> str:
    kind = KINDS.get(each["kind"])
    if kind is None:
        return str(each["kind"])
    parts = [_part(part, each[part.name], districts) for part in kind.parts if part.name in each]
    for name, text in (("for", gettext("for {whom}")), ("except", gettext("except {whom}"))):
        if each.get(name):
            parts.append(text.format(whom=_vehicles(each[name])))
    return pgettext("report", "{measure}: {details}").format(
        measure=kind.label, details=pgettext("report", "; ").join(parts)
    )


def _part(part: Part, value: Any, districts: Districts) -> str:
    if part.name == "where":
        return _where(value, districts)
    if part.name == "area":
        told = _area(value, districts)
    elif part.of == "stops":
        told = " – ".join(_stop(each, districts) for each in value)
    elif part.name == "standards":
        told = _listed([str(VEHICLES["standards"][1].get(each, each)) for each in value])
    elif isinstance(value, list):
        told = _listed(list(map(str, value)))
    else:
        told = f"{value:g}" if isinstance(value, int | float) else str(value)
    unit = f" {part.unit}" if part.unit else ""
    return f"{part.label} {told}{unit}"


def _where(value: Mapping[str, Any], districts: Districts) -> str:
    told = []
    if value.get("roads"):
        roads = _listed(list(map(words.place, value["roads"])))
        told.append(gettext("roads {names}").format(names=roads))
    if value.get("links"):
        told.append(gettext("links {names}").format(names=_listed(value["links"])))
    if value.get("inside"):
        told.append(gettext("inside {area}").format(area=_area(value["inside"], districts)))
    if value.get("entering"):
        told.append(gettext("entering {area}").format(area=_area(value["entering"], districts)))
    return pgettext("report", "; ").join(told)


def _area(value: str | Sequence[str], districts: Districts) -> str:
    """An area by its name; one that was drawn by its zones' names, else by their districts."""
    if isinstance(value, str):
        return words.place(value)
    nameless = [zone for zone in value if words.place(zone) == zone]
    told = [words.place(zone) for zone in value if zone not in nameless]
    counted = Counter(districts[zone] for zone in nameless if zone in districts)
    for district, n in counted.items():
        told.append(
            ngettext("{n} zone in {district}", "{n} zones in {district}", n).format(
                n=n, district=words.place(district)
            )
        )
    return _listed([*told, *(zone for zone in nameless if zone not in districts)])


def _stop(zone: str, districts: Districts) -> str:
    name = words.place(zone)
    if name == zone and zone in districts:
        return f"{words.place(districts[zone])} {zone}"
    return name


def _vehicles(value: Mapping[str, Any]) -> str:
    told = []
    for name, (_label, known) in VEHICLES.items():
        if value.get(name):
            told.append(_listed([str(known.get(each, each)) for each in value[name]]))
    return pgettext("report", "; ").join(told)


def _listed(names: list[str]) -> str:
    return pgettext("list", ", ").join(names)
