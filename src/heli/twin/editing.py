"""What somebody fills in, and the scenario that it says: a form is read, and written back.

A :class:`Draft` keeps everything as it was typed, so that nothing is lost when something is wrong.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.utils.text import slugify

from heli.engines.contracts import plain_yaml
from heli.twin.library import DAYS, KINDS, VEHICLES, Part
from heli.twin.scenarios import LONGEST_ID, MOST_MEASURES, RESERVED, Scenario, read_scenario

ZONES, NOWHERE = "+", "-"
"""What stands for the zones that are ticked, and for no area, where an area is chosen."""
WORKDAYS = ("mon", "tue", "wed", "thu", "fri")


class Posted(Protocol):
    """What a form sends, as Django gives it."""

    def get(self, key: str, default: str, /) -> str:
        """The last value of a field."""

    def getlist(self, key: str, /) -> list[str]:
        """All values of a field."""


@dataclass(slots=True)
class MeasureDraft:
    """A measure as typed: values by the names of its fields."""

    kind: str
    values: dict[str, list[str]] = field(default_factory=dict)

    def one(self, name: str) -> str:
        """The value of a field that has one."""
        return next(iter(self.values.get(name, ())), "").strip()

    def many(self, name: str) -> list[str]:
        """The values of a field that can have several."""
        return [value for value in self.values.get(name, ()) if value]

    def words(self, name: str) -> list[str]:
        """The words of a field in which several are written."""
        return re.split(r"[\s,，、]+", self.one(name)) if self.one(name) else []


@dataclass(slots=True)
class Draft:
    """A scenario as typed."""

    id: str = ""
    title_zh: str = ""
    title_en: str = ""
    days: list[str] = field(default_factory=lambda: list(WORKDAYS))
    start: str = "07:00"
    end: str = "20:00"
    measures: list[MeasureDraft] = field(default_factory=list)


def add_measure(draft: Draft, kind: str) -> None:
    """Add a measure of a kind, with what a new one has."""
    if kind in KINDS and len(draft.measures) < MOST_MEASURES:
        values = {part.name: [part.initial] for part in KINDS[kind].parts if part.initial}
        draft.measures.append(MeasureDraft(kind, values))


def fields_of(kind: str) -> list[str]:
    """The names of all fields of a kind of measure."""
    names: list[str] = []
    for part in KINDS[kind].parts:
        names += {
            "area": [part.name, f"{part.name}-zones"],
            "where": ["roads", "links", "inside", "inside-zones", "entering", "entering-zones"],
        }.get(part.of, [part.name])
    if KINDS[kind].vehicles:
        names += [f"{side}-{about}" for side in ("for", "except") for about in VEHICLES]
    return names


def read_post(data: Posted) -> Draft:
    """A draft from what the form sends."""
    draft = Draft(
        id=data.get("id", "").strip(),
        title_zh=data.get("title_zh", "").strip(),
        title_en=data.get("title_en", "").strip(),
        days=[day for day in DAYS if day in data.getlist("days")],
        start=data.get("start", "").strip(),
        end=data.get("end", "").strip(),
    )
    for number in data.getlist("m")[:MOST_MEASURES]:
        kind = data.get(f"m{number}-kind", "")
        if kind in KINDS:
            values = {name: data.getlist(f"m{number}-{name}") for name in fields_of(kind)}
            draft.measures.append(MeasureDraft(kind, values))
    return draft


def read_document(document: Mapping[str, Any]) -> Draft:
    """A draft of a scenario's document, which must be valid."""
    window, title = document["window"], document["title"]
    return Draft(
        id=document["id"],
        title_zh=title["zh"],
        title_en=title["en"],
        days=[day for day in DAYS if day in window["days"]],
        start=window["from"],
        end=window["to"],
        measures=[_read_measure(each) for each in document["measures"]],
    )


def _read_measure(plain: Mapping[str, Any]) -> MeasureDraft:
    measure = MeasureDraft(plain["kind"])
    for part in KINDS[measure.kind].parts:
        _READERS[part.of](measure, part.name, plain.get(part.name))
    for side in ("for", "except"):
        for about, names in (plain.get(side) or {}).items():
            measure.values[f"{side}-{about}"] = list(names or ())
    return measure


def _read_where(measure: MeasureDraft, name: str, where: Mapping[str, Any]) -> None:
    measure.values["roads"] = list(where.get("roads") or ())
    measure.values["links"] = [" ".join(where.get("links") or ())]
    for end in ("inside", "entering"):
        _read_area(measure, end, where.get(end))


def _read_stops(measure: MeasureDraft, name: str, stops: Sequence[str]) -> None:
    measure.values[name] = [" ".join(stops)]


def _read_ticks(measure: MeasureDraft, name: str, values: Sequence[Any]) -> None:
    measure.values[name] = [str(each) for each in values]


def _read_number(measure: MeasureDraft, name: str, value: float | None) -> None:
    if value is not None:
        measure.values[name] = [f"{value:.12g}"]


def _read_area(measure: MeasureDraft, name: str, area: str | Sequence[str] | None) -> None:
    chosen = NOWHERE if area is None else area if isinstance(area, str) else ZONES
    measure.values[name] = [chosen]
    measure.values[f"{name}-zones"] = [] if area is None or isinstance(area, str) else list(area)


_READERS: dict[str, Callable[[MeasureDraft, str, Any], None]] = {
    "area": _read_area,
    "where": _read_where,
    "stops": _read_stops,
    "ticks": _read_ticks,
    "number": _read_number,
}


def write_document(draft: Draft, model: str) -> dict[str, Any]:
    """The document that a draft says, as far as it says one; ``model`` is the city's version."""
    return {
        "id": draft.id,
        "title": {"zh": draft.title_zh, "en": draft.title_en},
        "model": model,
        "window": {"days": list(draft.days), "from": draft.start, "to": draft.end},
        "measures": [_write_measure(each) for each in draft.measures],
    }


def _write_measure(measure: MeasureDraft) -> dict[str, Any]:
    plain: dict[str, Any] = {"kind": measure.kind}
    for part in KINDS[measure.kind].parts:
        value = write_part(measure, part)
        if value not in (None, "", [], {}):
            plain[part.name] = value
    for side in ("for", "except"):
        about = {name: measure.many(f"{side}-{name}") for name in VEHICLES}
        if named := {name: names for name, names in about.items() if names}:
            plain[side] = named
    return plain


def write_part(measure: MeasureDraft, part: Part) -> Any:
    """What a part says, as the document holds it; a number that is none stays as typed."""
    if part.of == "area":
        return _write_area(measure, part.name)
    if part.of == "where":
        where = {
            "links": measure.words("links"),
            "roads": measure.many("roads"),
            "inside": _write_area(measure, "inside"),
            "entering": _write_area(measure, "entering"),
        }
        return {name: value for name, value in where.items() if value}
    if part.of == "stops":
        return measure.words(part.name)
    if part.of == "ticks":
        values = measure.many(part.name)
        return [int(each) for each in values if each.isdecimal()] if _digits(part) else values
    return _number(measure.one(part.name))


def _digits(part: Part) -> bool:
    return part.name == "digits"


def _write_area(measure: MeasureDraft, name: str) -> str | list[str] | None:
    chosen = measure.one(name)
    if chosen in (ZONES, ""):
        return measure.many(f"{name}-zones") or None
    return None if chosen == NOWHERE else chosen


def _number(text: str) -> float | int | str:
    """A number as typed; what is none stays as it is."""
    try:
        value = float(text.replace("−", "-").replace(",", ""))
    except ValueError:
        return text
    if not math.isfinite(value):
        return text
    return int(value) if value.is_integer() and abs(value) < 1e9 else value


def write_yaml(document: Mapping[str, Any]) -> str:
    """A document as YAML, in the order in which people read it."""
    return plain_yaml(dict(document))


def read_draft(draft: Draft, model: str) -> Scenario:
    """The scenario that a draft says.

    Raises:
        BadEntryError: For the first entry that the library refuses.
    """
    return read_scenario(write_yaml(write_document(draft, model)), "scenario")


def name_for(draft: Draft, taken: Iterable[str]) -> str:
    """An id for a scenario: from its English title, else from its first measure; a free one."""
    first = draft.measures[0].kind if draft.measures else "policy"
    root = slugify(draft.title_en)[: LONGEST_ID - 3].strip("-") or first
    used = {*taken, *RESERVED}
    name, count = root, 1
    while name in used:
        count += 1
        name = f"{root}-{count}"
    return name
