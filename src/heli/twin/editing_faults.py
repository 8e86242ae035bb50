"""What is wrong with what somebody filled in: in words, and at the field that it is about."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from heli.errors import HeliError, gettext_noop
from heli.kernel.localise import explain
from heli.twin.editing import ZONES, Draft, MeasureDraft, write_part
from heli.twin.library import KINDS, Limits, Part, limits
from heli.twin.scenarios import CLOCK, NAME


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong.

    Attributes:
        target: The element that it is about.
        message: With the measure that it is about.
        short: Without it, for the place where it stands.
    """

    target: str
    message: str
    short: str = ""


def check(draft: Draft) -> list[Fault]:
    """What has yet to be filled in, in words; the rest is for the library and the city to say."""
    faults = _check_head(draft)
    if not draft.measures:
        faults.append(Fault("add-kind", _("Add a measure.")))
    for number, measure in enumerate(draft.measures):
        for part in KINDS[measure.kind].parts:
            if told := _check_part(measure, part):
                place = measure_name(number, measure.kind)
                message = _("{place}: {what}").format(place=place, what=told)
                faults.append(Fault(f"m{number}-{part.name}", message, told))
    return faults


def _check_head(draft: Draft) -> list[Fault]:
    faults = []
    if not draft.title_zh:
        faults.append(Fault("title_zh", _("Give it a Chinese title.")))
    if draft.id and not re.match(NAME, draft.id):
        faults.append(Fault("id", _("The id has small letters, digits and hyphens only.")))
    if not draft.days:
        faults.append(Fault("days", _("Choose the days on which it holds.")))
    for name, value in (("start", draft.start), ("end", draft.end)):
        if not re.match(CLOCK, value):
            faults.append(Fault(name, _("Give the time as hours and minutes, such as 07:00.")))
    return faults


def _check_part(measure: MeasureDraft, part: Part) -> str:
    value = write_part(measure, part)
    if part.of == "number":
        return _check_number(value, limits(measure.kind, part.name))
    if part.of == "stops":
        few = not isinstance(value, list) or len(value) < 2
        return _("Name at least two zones, in the order of the stops.") if few else ""
    ticked_none = measure.one(part.name) == ZONES and not measure.many(f"{part.name}-zones")
    missing = value in (None, [], {}) and (part.needed or ticked_none)
    if not missing:
        return ""
    return {
        "area": _("Choose zones on the map or in the list, or an area that has a name."),
        "where": _("Choose at least one road, link or area."),
    }.get(part.of) or _("Choose at least one.")


def _check_number(value: Any, allowed: Limits) -> str:
    if value is None or isinstance(value, str):
        return (
            _("Give a number.") if not value else _("“{given}” is no number.").format(given=value)
        )
    if allowed.whole and not isinstance(value, int):
        return _("Give a whole number.")
    low = value <= allowed.least if allowed.above else value < allowed.least
    if low or value > allowed.most:
        text = (
            _("more than {least} and at most {most}") if allowed.above else _("{least} to {most}")
        )
        told = text.format(least=f"{allowed.least:g}", most=f"{allowed.most:g}")
        return _("{given} is not possible; give {range}.").format(given=f"{value:g}", range=told)
    return ""


def measure_name(number: int, kind: str) -> str:
    """What a measure is called in messages: its place and kind."""
    return _("Measure {n}, {kind}").format(n=number + 1, kind=str(KINDS[kind].label))


_PLACE = re.compile(r"measures\[(\d+)\]")


def fault_of(error: HeliError, measures: Sequence[str] = ()) -> Fault:
    """An error in the reader's words, at the measure that it is about.

    Args:
        error: What the library or the city refused.
        measures: Kinds of the measures, to call them by name; without any, places stay as written.
    """
    found = _PLACE.search(str(error.figures.get("place", "")))
    number = int(found[1]) if found else -1
    target = f"m{number}" if 0 <= number < len(measures) else error.field or ""
    worded = {
        name: _in_words(value, measures) if name in ("place", "other") else value
        for name, value in error.figures.items()
    }
    if "reason" in worded:
        worded["reason"] = _reason(str(worded["reason"]))
    told = explain(type(error)(field=error.field, **worded))
    return Fault(target, f"{told.detail} {told.remedy}")


def _in_words(place: Any, measures: Sequence[str]) -> Any:
    found = _PLACE.search(str(place))
    if not found or int(found[1]) >= len(measures):
        return place
    return measure_name(int(found[1]), measures[int(found[1])])


_REASONS = (
    (r"Object missing required field `(.+)`", gettext_noop("“{0}” is missing")),
    (r"Object contains unknown field `(.+)`", gettext_noop("there is no field “{0}”")),
    (r"Invalid value '(.+)'", gettext_noop("“{0}” is not possible")),
    (r"Invalid enum value '(.+)'", gettext_noop("“{0}” is not possible")),
    (r"Expected `(.+)` ([<>]=?) (.+)", gettext_noop("must be {1} {2}")),
    (r"Expected `(.+)`, got `(.+)`", gettext_noop("must be {0}, not {1}")),
    (r"Expected `(.+)` of length (.+)", gettext_noop("must hold {1} entries")),
    (r"Expected `(.+)` matching regex '(.+)'", gettext_noop("must be written as {1}")),
)
"""What the library says of an entry, and how it is said here."""

WHERE = gettext_noop("give at least one of links, roads, inside, entering")
MINUTES = gettext_noop("minutes is 0, so that nothing would change")


def _reason(told: str) -> str:
    """What the library says of an entry, in the reader's language."""
    for pattern, message in _REASONS:
        if found := re.fullmatch(pattern, told):
            return _(message).format(*found.groups())
    return told
