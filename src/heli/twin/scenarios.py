"""Scenarios as data: measures from a library, when they hold, for whom, and in which city.

The library holds what the engines can carry out, and nothing else. :func:`schema` gives the form as
a JSON Schema (2020-12), which is made from the classes below, so that form and reader cannot drift
apart. The modelled hour must lie in a scenario's window: figures are for such an hour.
"""

import re
from datetime import time
from typing import Annotated, Any, Literal

import msgspec
import yaml

from heli.engines.contracts import plain_yaml
from heli.twin.errors import BadEntryError
from heli.twin.yaml_text import Loader, read_plain

END = r"(?!\n)$"
"""The end of a text: in Python, ``$`` alone is also before a last line break."""
NAME = r"^[a-z0-9][a-z0-9-]*" + END
CLOCK = r"^([01][0-9]|2[0-3]):[0-5][0-9]" + END
MOST_MEASURES = 30
LONGEST_ID = 60
RESERVED = frozenset({"base", "domain", "name", "place", "group", "unit", "intervals", "changes"})
"""What scenarios cannot be called: results keep the options' figures beside these."""
FEWEST_DIGITS = 12
"""Digits of a city's version that a scenario gives at least."""

Names = Annotated[list[str], msgspec.Meta(min_length=1)]
Digit = Annotated[int, msgspec.Meta(ge=0, le=9)]
Yuan = Annotated[float, msgspec.Meta(gt=0, le=10_000)]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Area = Annotated[
    str | Names, msgspec.Meta(description="Name of an area of the city, or a list of zones.")
]


class Vehicles(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Vehicles with one of the uses, one of the fuels and one of the standards.

    What is left out does not matter; what is given must all fit.
    """

    uses: Names | None = None
    fuels: Names | None = None
    standards: Names | None = None


class Where(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Links: by their ids, by the names of roads, inside an area, or leading into one."""

    links: Names | None = None
    roads: Names | None = None
    inside: Area | None = None
    entering: Area | None = None

    def __post_init__(self) -> None:
        if not (self.links or self.roads or self.inside or self.entering):
            raise ValueError("give at least one of links, roads, inside, entering")


class _Measure(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    kw_only=True,
    tag_field="kind",
    rename={"concerned": "for", "exempt": "except"},
):
    """What all measures have: whom they are for, and whom they exempt."""

    concerned: Vehicles | None = None
    exempt: Vehicles | None = None


class PlateRule(_Measure, frozen=True, tag="plate-rule"):
    """Vehicles whose plate ends in one of the digits stay out of the area."""

    area: Area
    digits: Annotated[list[Digit], msgspec.Meta(min_length=1)]


class LowEmissionZone(_Measure, frozen=True, tag="low-emission-zone"):
    """Vehicles of these emission standards stay out of the area."""

    area: Area
    standards: Names


class Toll(_Measure, frozen=True, tag="toll"):
    """Money for each link of ``where`` that is driven; ``for`` must say who pays."""

    where: Where
    yuan: Yuan


class ParkingPrice(_Measure, frozen=True, tag="parking-price"):
    """Money for each trip that ends in the area."""

    area: Area
    yuan: Yuan


class Closure(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="closure"
):
    """Links closed to everybody."""

    where: Where


class Capacity(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="capacity"
):
    """Lanes added to links or taken away; capacity changes in proportion."""

    where: Where
    lanes: Annotated[int, msgspec.Meta(ge=-9, le=9)]


class Speed(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="speed"):
    """Speed without traffic on links."""

    where: Where
    km_per_h: Annotated[float, msgspec.Meta(ge=5, le=130)]


class BusLine(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="kind", tag="bus-line"
):
    """A line that runs in both directions between the middles of zones.

    Attributes:
        stops: Zones in the order in which they are served.
        headway: Minutes from one bus to the next.
        km_per_h: Speed between stops as the crow flies, stops not counted.
        dwell: Minutes that a bus stands at each stop on the way.
    """

    stops: Annotated[list[str], msgspec.Meta(min_length=2, description="Zones in their order.")]
    headway: Annotated[float, msgspec.Meta(ge=1, le=120, description="Minutes between buses.")]
    km_per_h: Annotated[float, msgspec.Meta(ge=5, le=120)]
    dwell: Annotated[float, msgspec.Meta(ge=0, le=10, description="Minutes at each stop.")] = 0.5


class SchoolHours(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    tag_field="kind",
    tag="school-hours",
):
    """Schools, all or those of an area, begin later by some minutes, or earlier if negative."""

    minutes: Annotated[int, msgspec.Meta(ge=-180, le=180, description="Later; not 0.")]
    area: Area | None = None

    def __post_init__(self) -> None:
        if self.minutes == 0:
            raise ValueError("minutes is 0, so that nothing would change")


Measure = (
    PlateRule
    | LowEmissionZone
    | Toll
    | ParkingPrice
    | Closure
    | Capacity
    | Speed
    | BusLine
    | SchoolHours
)


class Window(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"start": "from", "end": "to"}
):
    """Days and hours in which the measures hold."""

    days: Annotated[list[Day], msgspec.Meta(min_length=1)]
    start: Annotated[str, msgspec.Meta(pattern=CLOCK)]
    end: Annotated[str, msgspec.Meta(pattern=CLOCK)]

    def holds(self, hour: str) -> bool:
        """Whether the measures hold throughout an hour of working days that begins then."""
        workdays = {"mon", "tue", "wed", "thu", "fri"} <= set(self.days)
        begin = _minutes(hour)
        return workdays and _minutes(self.start) <= begin and begin + 60 <= _minutes(self.end)


class Title(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What it is called in Chinese and English."""

    zh: str
    en: str


class Scenario(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A policy to try: measures that hold together in one city.

    Attributes:
        model: The first twelve or more digits of the version of the city it is made for.
    """

    id: Annotated[str, msgspec.Meta(pattern=NAME, max_length=LONGEST_ID)]
    title: Title
    model: Annotated[str, msgspec.Meta(pattern=rf"^[0-9a-f]{{{FEWEST_DIGITS},64}}{END}")]
    window: Window
    measures: Annotated[list[Measure], msgspec.Meta(max_length=MOST_MEASURES)]

    def __post_init__(self) -> None:
        if self.id in RESERVED:
            raise ValueError(f"the id “{self.id}” is used for something else")


def schema() -> dict[str, Any]:
    """The form of a scenario as a JSON Schema."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **msgspec.json.schema(Scenario),
    }


def read_scenario(text: str, name: str = "scenario") -> Scenario:
    """A scenario from YAML or JSON.

    Raises:
        UnreadableFileError: If it is neither.
        BadEntryError: For the first entry that is wrong, with its place.
    """
    return check_scenario(read_plain(text, name, _Loader), name)


def check_scenario(raw: Any, name: str = "scenario") -> Scenario:
    """A scenario from plain data.

    Raises:
        BadEntryError: For the first entry that is wrong, with its place.
    """
    try:
        return msgspec.convert(raw, Scenario)
    except msgspec.ValidationError as error:
        reason, _, place = str(error).partition(" - at ")
        where = place.strip("`").removeprefix("$").removeprefix(".")
        raise BadEntryError(place=f"{name}, {where}" if where else name, reason=reason) from error


class _Loader(Loader):
    """YAML in which a key stands once and ``07:00`` is text, not 420."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if str(key.value) in seen:
                reason = f"the key {key.value!r} stands twice"
                raise yaml.constructor.ConstructorError(None, None, reason, node.start_mark)
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)


_GUESSED = ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:int")
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in _GUESSED]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:int", re.compile(r"^[-+]?(0|[1-9][0-9]*)$"), list("-+0123456789")
)


def _minutes(clock: str) -> int:
    at = time.fromisoformat(clock)
    return 60 * at.hour + at.minute


def to_yaml(scenario: Scenario) -> str:
    """A scenario as YAML, which :func:`read_scenario` reads as the same."""
    plain = msgspec.to_builtins(scenario)
    return plain_yaml(plain)
