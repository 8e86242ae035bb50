"""Parts of a run's page: who loses, what was assumed, what proves it."""

from typing import Any

from heli.twin import words
from heli.twin.keys import Key
from heli.twin.reading import Cell, Reading

HIT_BY = (
    ("people", "travel"),
    ("people", "losers"),
    ("air", "nox"),
    ("people", "jobs"),
)
"""Figures that are told by district and group of people."""


def who_loses(reading: Reading, option: str) -> dict[str, Any]:
    """Figures of an option by district and group, those that lose most of travel above."""
    at = next(n for n, each in enumerate(reading.options) if each.name == option)
    found: list[tuple[float, str, str, list[Cell]]] = []
    for place in reading.districts:
        for who in reading.groups:
            keys = [Key(domain, name, place, who) for domain, name in HIT_BY]
            if all(key in reading.figures for key in keys):
                cells = [reading.row(key).cells[at] for key in keys]
                loss = reading.value(keys[0], option) or 0.0
                found.append((loss, words.place(place), words.group(who), cells))
    found.sort(key=lambda each: -each[0])
    heads = [
        {
            "label": words.figure_label(name),
            "unit": words.unit_of(name).label,
            "definition": words.definition(name),
        }
        for _domain, name in HIT_BY
    ]
    return {"heads": heads, "rows": [each[1:] for each in found]}


def assumptions(reading: Reading) -> list[dict[str, str]]:
    """What a result assumes, with ranges."""
    return [assumed(each) for each in reading.found.get("assumptions", ())]


def assumed(each: Any) -> dict[str, str]:
    """One assumption, told."""
    name = each["name"]
    return {
        "meaning": words.assumption(name),
        "value": words.assumption_value(name, each["value"]),
        "range": words.assumption_value(name, each["low"], each["high"]),
        "source": each.get("source", ""),
    }


def proofs(reading: Reading) -> list[dict[str, Any]]:
    """The states that all reports were computed from, and how well they are at rest."""
    return [
        {
            "title": reading.title(name),
            "digest": each["digest"],
            "gap": f"{each['relative_gap']:.1e}".replace("-", "−"),
            "balances": each["balances"],
        }
        for name, each in reading.found["states"].items()
    ]
