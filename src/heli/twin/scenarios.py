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

from heli.twin.errors import BadEntryError, UnreadableFileError

NAME = r"^[a-z0-9][a-z0-9-]*$"
CLOCK = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
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


Measure = PlateRule | LowEmissionZone | Toll | ParkingPrice | Closure | Capacity | Speed


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

    id: Annotated[str, msgspec.Meta(pattern=NAME)]
    title: Title
    model: Annotated[str, msgspec.Meta(pattern=rf"^[0-9a-f]{{{FEWEST_DIGITS},64}}$")]
    window: Window
    measures: list[Measure]


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
    try:
        raw = yaml.load(text, _Loader)  # noqa: S506 - a safe loader that refuses double keys
    except yaml.YAMLError as error:
        reason = " ".join(str(error).split())
        raise UnreadableFileError(place=name, reason=reason) from error
    except RecursionError as error:
        raise UnreadableFileError(place=name, reason="it is nested too deep") from error
    try:
        return msgspec.convert(raw, Scenario)
    except msgspec.ValidationError as error:
        reason, _, place = str(error).partition(" - at ")
        where = place.strip("`").removeprefix("$").removeprefix(".")
        raise BadEntryError(place=f"{name}, {where}" if where else name, reason=reason) from error


class _Loader(yaml.SafeLoader):
    """YAML in which a key stands once and ``07:00`` is text, not 420."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        keys = [key.value for key, _ in node.value]
        for key in keys:
            if keys.count(key) > 1:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} stands twice", node.start_mark
                )
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
    return yaml.safe_dump(plain, allow_unicode=True, sort_keys=False)
