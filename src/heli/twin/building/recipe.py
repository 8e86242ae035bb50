"""Recipes: which part of a city comes from which resource and columns, as plain data.

```yaml
format: heli-city-recipe/1
purpose: traffic-policy-simulation   # of the grants
task: traffic-simulation             # the duty it serves; or project: PJ-…
head: {name: …, hour: "08:00", districts: […], groups: […], …}   # as city.json
parts:
  roads:
    resource: jtj/road_links
    columns: {id: link_no, tail: from_node, head: to_node, …}
calibration: {hold_out: 0.2, level: [0.5, 2], distance: 0.2}
```
"""

from typing import Annotated, Any, Literal

import msgspec

from heli.twin.building.shapes import SHAPES
from heli.twin.calibrating_limits import Limits
from heli.twin.city_files import Head
from heli.twin.errors import BadEntryError
from heli.twin.yaml_text import read_plain

Address = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9]*/[a-z][a-z0-9_]*$")]


class Part(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Where one part comes from.

    Attributes:
        resource: Address in the catalogue.
        columns: Fields of the resource by what they are to the twin.
        purpose: Of the grant, where it is another than the recipe's.
    """

    resource: Address
    columns: dict[str, str]
    purpose: str = ""


class Recipe(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """How a city is made from resources.

    Attributes:
        purpose: Of the grants under which they are read.
        task: Code of the statutory duty that this serves.
        project: Code of the digital project that this serves.
        head: What stands in ``city.json``; segments without ``fleet`` if that is a part.
        calibration: How it is calibrated, if there are counts or sales.
    """

    format: Literal["heli-city-recipe/1"]
    purpose: str
    head: Head
    parts: dict[str, Part]
    task: str = ""
    project: str = ""
    calibration: Limits = Limits()

    def purpose_of(self, part: str) -> str:
        """Purpose of the grant under which a part is read."""
        return self.parts[part].purpose or self.purpose


def read_recipe(text: str, name: str = "recipe") -> Recipe:
    """A recipe from YAML or JSON.

    Raises:
        UnreadableFileError: It is neither.
        BadEntryError: For the first entry that is wrong, with its place.
    """
    return check_recipe(read_plain(text, name), name)


def check_recipe(raw: Any, name: str = "recipe") -> Recipe:
    """A recipe from plain data.

    Raises:
        BadEntryError: For the first entry that is wrong, with its place.
    """
    try:
        recipe = msgspec.convert(_with_fleets(raw), Recipe)
    except msgspec.ValidationError as error:
        reason, _, place = str(error).partition(" - at ")
        where = place.strip("`").removeprefix("$").removeprefix(".")
        raise BadEntryError(place=f"{name}, {where}" if where else name, reason=reason) from error
    _check_parts(recipe, name)
    _check_settings(recipe, name)
    return recipe


def plain(recipe: Recipe) -> dict[str, Any]:
    """A recipe as JSON can hold it."""
    found: dict[str, Any] = msgspec.to_builtins(recipe)
    return found


def _with_fleets(raw: Any) -> Any:
    """The same with empty fleets where segments have none, as they come from a part."""
    if not (isinstance(raw, dict) and isinstance(raw.get("head"), dict)):
        return raw
    head = raw["head"]
    segments = head.get("segments")
    if not isinstance(segments, list):
        return raw
    filled = [{"fleet": {}, **each} if isinstance(each, dict) else each for each in segments]
    return {**raw, "head": {**head, "segments": filled}}


def _check_parts(recipe: Recipe, name: str) -> None:
    for part in recipe.parts:
        if part not in SHAPES:
            reason = f"“{part}” is none of {', '.join(SHAPES)}"
            raise BadEntryError(place=f"{name}, parts", reason=reason)
    for part, shape in SHAPES.items():
        if part in recipe.parts:
            _check_columns(recipe, part, f"{name}, parts.{part}.columns")
        elif shape.needed:
            raise BadEntryError(place=f"{name}, parts", reason=f"“{part}” is missing")
    _check_fleets(recipe, name)


def _check_columns(recipe: Recipe, part: str, place: str) -> None:
    shape, given = SHAPES[part], recipe.parts[part].columns
    needed, allowed = shape.columns(recipe.head), shape.may_have(recipe.head)
    for column in needed:
        if column not in given:
            raise BadEntryError(place=place, reason=f"“{column}” is missing")
    for column in given:
        if column not in (*needed, *allowed):
            known = ", ".join((*needed, *allowed))
            raise BadEntryError(place=place, reason=f"“{column}” is none of {known}")


def _check_fleets(recipe: Recipe, name: str) -> None:
    apart = "fleet" in recipe.parts
    for number, segment in enumerate(recipe.head.segments):
        if apart == bool(segment.fleet):
            reason = "it is given twice, here and as a part" if apart else "it is missing"
            raise BadEntryError(place=f"{name}, head.segments[{number}].fleet", reason=reason)


def _check_settings(recipe: Recipe, name: str) -> None:
    low, high = recipe.calibration.level
    if not 0 < low <= 1 <= high < float("inf"):
        raise BadEntryError(
            place=f"{name}, calibration.level", reason=f"0 < {low} ≤ 1 ≤ {high} must hold"
        )
    if recipe.task and recipe.project:
        raise BadEntryError(place=f"{name}, project", reason="give a task or a project, not both")
