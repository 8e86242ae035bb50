"""The measures in plain words, and what has to be filled in for each.

Which kinds there are, and the limits of their numbers, come from :mod:`heli.twin.scenarios`.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, get_args

import msgspec
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from heli.twin import scenarios
from heli.web.shapes import Text


@dataclass(frozen=True, slots=True)
class Part:
    """One thing to fill in.

    Attributes:
        of: ``area`` zones or a named area, ``where`` links, ``ticks`` of a list, ``number``, or
            ``stops``, zones in their order.
        name: Of the field of the measure.
        needed: It must be filled in.
        initial: What a new measure has.
    """

    of: Literal["area", "where", "ticks", "number", "stops"]
    name: str
    label: Text
    unit: Text = ""
    hint: Text = ""
    needed: bool = True
    initial: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of measure.

    Attributes:
        vehicles: It can be for some vehicles only, and exempt some.
    """

    label: Text
    says: Text
    parts: tuple[Part, ...]
    vehicles: bool = False


AREA = Part("area", "area", _("Area"))
WHERE = Part("where", "where", _("Roads"))
YUAN = Part("number", "yuan", _("Price"), _("yuan"))
SPEED = Part("number", "km_per_h", _("Speed"), "km/h")

_KINDS = {
    "plate-rule": Kind(
        _("Plate numbers stay out"),
        _("Vehicles whose plate ends in one of the digits stay out of the area."),
        (AREA, Part("ticks", "digits", _("Last digits that stay out"))),
        vehicles=True,
    ),
    "low-emission-zone": Kind(
        _("Low-emission zone"),
        _("Vehicles of these emission standards stay out of the area."),
        (AREA, Part("ticks", "standards", _("Standards that stay out"))),
        vehicles=True,
    ),
    "toll": Kind(
        _("Road toll"),
        _("Whoever drives there pays, for each link that is driven."),
        (WHERE, YUAN),
        vehicles=True,
    ),
    "parking-price": Kind(
        _("Parking price"),
        _("Each trip that ends in the area pays."),
        (AREA, YUAN),
        vehicles=True,
    ),
    "closure": Kind(_("Road closure"), _("Nobody drives there."), (WHERE,)),
    "capacity": Kind(
        _("More or fewer lanes"),
        _("Lanes are added or, with a minus, taken away."),
        (WHERE, Part("number", "lanes", _("Lanes"), pgettext_lazy("unit", "lanes"))),
    ),
    "speed": Kind(_("Speed"), _("How fast one may drive there."), (WHERE, SPEED)),
    "bus-line": Kind(
        _("New bus line"),
        _("Runs in both directions between the middles of zones."),
        (
            Part("stops", "stops", _("Stops"), hint=_("Zones in the order in which it stops.")),
            Part("number", "headway", _("A bus every"), _("minutes"), initial="10"),
            Part("number", "km_per_h", _("Speed between stops"), "km/h", initial="25"),
            Part("number", "dwell", _("Time at a stop"), _("minutes"), initial="0.5"),
        ),
    ),
    "school-hours": Kind(
        _("School hours"),
        _("Schools begin later or, with a minus, earlier."),
        (
            Part("number", "minutes", _("Later by"), _("minutes"), initial="30"),
            Part("area", "area", _("Schools of"), needed=False),
        ),
    ),
}

_TYPES: dict[str, Any] = {each.__struct_config__.tag: each for each in get_args(scenarios.Measure)}
KINDS = {name: kind for name, kind in _KINDS.items() if name in _TYPES}
"""Those that the twin can carry out."""

USES: dict[str, Text] = {
    "private": _("Private cars"),
    "taxi": _("Taxis"),
    "freight": _("Freight"),
    "bus": _("Buses"),
}
FUELS: dict[str, Text] = {
    "petrol": pgettext_lazy("fuel", "Petrol"),
    "diesel": pgettext_lazy("fuel", "Diesel"),
    "electric": pgettext_lazy("fuel", "Electric"),
    "hybrid": pgettext_lazy("fuel", "Hybrid"),
    "gas": pgettext_lazy("fuel", "Gas"),
}
STANDARDS: dict[str, Text] = {
    "CN1": _("China I"),
    "CN2": _("China II"),
    "CN3": _("China III"),
    "CN4": _("China IV"),
    "CN5": _("China V"),
    "CN6": _("China VI"),
    "none": _("No exhaust"),
}
DAYS: dict[str, Text] = {
    "mon": pgettext_lazy("day", "Mon"),
    "tue": pgettext_lazy("day", "Tue"),
    "wed": pgettext_lazy("day", "Wed"),
    "thu": pgettext_lazy("day", "Thu"),
    "fri": pgettext_lazy("day", "Fri"),
    "sat": pgettext_lazy("day", "Sat"),
    "sun": pgettext_lazy("day", "Sun"),
}
VEHICLES: dict[str, tuple[Text, dict[str, Text]]] = {
    "uses": (pgettext_lazy("vehicles", "Use"), USES),
    "fuels": (pgettext_lazy("vehicles", "Fuel"), FUELS),
    "standards": (pgettext_lazy("vehicles", "Emission standard"), STANDARDS),
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What a number may be."""

    least: float
    most: float
    above: bool
    whole: bool


@cache
def limits(kind: str, name: str) -> Limits:
    """What the number of a measure may be, from the library's types."""
    info = msgspec.inspect.type_info(_TYPES[kind])
    assert isinstance(info, msgspec.inspect.StructType)
    (field,) = [each for each in info.fields if each.name == name]
    found = _bare(field.type)
    least = found.gt if found.ge is None else found.ge
    return Limits(
        float(least), float(found.le), found.ge is None, isinstance(found, msgspec.inspect.IntType)
    )


def _bare(found: Any) -> Any:
    return found.type if isinstance(found, msgspec.inspect.Metadata) else found
