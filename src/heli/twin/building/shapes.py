"""What each part of a city needs of a resource."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from heli.twin.city_files import Head


@dataclass(frozen=True, slots=True)
class Shape:
    """The columns of a part.

    Attributes:
        title: What people call it.
        keys: Texts that together name a record.
        texts: Further texts.
        numbers: Numbers of at least 0, or coordinates.
        optional: Numbers that may be left out.
        each: Numbers given for each group, segment or use, ``persons`` as ``persons:GROUP``.
        blank: Texts that may be empty.
        adds: Whether records with the same keys add up.
        needed: Whether a city must have it.
    """

    title: str | Promise
    keys: tuple[str, ...]
    texts: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    each: Mapping[str, str] = field(default_factory=dict)
    blank: tuple[str, ...] = ()
    adds: bool = False
    needed: bool = True

    def columns(self, head: "Head") -> tuple[str, ...]:
        """All columns that must be given."""
        named = (f"{name}:{one}" for name, of in self.each.items() for one in members(head, of))
        return (*self.keys, *self.texts, *self.numbers, *named)

    def may_have(self, head: "Head") -> tuple[str, ...]:
        """Columns that may be given besides."""
        uses = members(head, "uses") if "vehicles" in self.numbers else ()
        return (*self.optional, *(f"vehicles:{use}" for use in uses))


def members(head: "Head", of: str) -> tuple[str, ...]:
    """Ids of a head's groups or segments, or the uses of its segments."""
    if of == "uses":
        return tuple(dict.fromkeys(segment.use for segment in head.segments))
    return tuple(each.id for each in getattr(head, of))


SHAPES: dict[str, Shape] = {
    "nodes": Shape(_("Junctions"), ("id",), ("zone",), ("x", "y"), blank=("zone",)),
    "roads": Shape(
        _("Roads"),
        ("id",),
        ("tail", "head", "road"),
        ("length", "capacity", "speed"),
        optional=("lanes", "b", "power"),
    ),
    "zones": Shape(_("Zones"), ("id",), ("district", "node"), ("radius",)),
    "residents": Shape(_("Residents"), ("zone",), each={"residents": "groups"}),
    "jobs": Shape(_("Jobs"), ("zone",), (), ("jobs",), adds=True),
    "schools": Shape(_("School places"), ("zone",), (), ("school_places",), adds=True),
    "hospitals": Shape(_("Hospital beds"), ("zone",), (), ("hospital_beds",), adds=True),
    "shops": Shape(_("Shops"), ("id",), ("zone", "kind"), ("floor_space",)),
    "fleet": Shape(_("Vehicles"), ("segment", "kind"), (), ("share",), needed=False),
    "trips": Shape(
        _("Trips"), ("origin", "destination"), each={"trips": "segments", "persons": "groups"}
    ),
    "transit": Shape(_("Times by public transport"), ("origin", "destination"), (), ("minutes",)),
    "counts": Shape(_("Traffic counts"), ("link",), (), ("vehicles",), needed=False),
    "sales": Shape(_("Sales of shops"), ("shop",), (), ("sales",), needed=False),
}
"""Every part by its name in a recipe, in the order in which it is read."""
