"""What a run found, put into rows and words: for pages, charts and reports.

A result while it runs has neither solver errors nor intervals; what is not there is not told.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.translation import gettext, ngettext, pgettext

from heli.twin import words
from heli.twin.keys import BETTER_LESS, BETTER_MORE, MARGIN, Key

Found = Mapping[str, Any]
ALMOST = "≈"
PAIRS = 5
"""Pairs of zones that are named where there is no way left."""
COUNTED = frozenset({"losers", "winners"})
CHANGES = COUNTED | {"travel"}
"""Figures that are differences to the base themselves; those counted are told without a sign."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure of one option.

    Attributes:
        text: The value, without its unit.
        change: Its difference to the base, told; ≈ where it is no more than the solver's error.
        share: The same in percent of the base; empty where there is none.
        within: Bounds of the change; empty without an ensemble.
        sense: ``better``, ``worse``, or empty where that is not known or not sure.
    """

    name: str
    text: str
    change: str
    share: str = ""
    within: str = ""
    sense: str = ""

    @property
    def sense_word(self) -> str:
        """Better or worse, in words."""
        if not self.sense:
            return ""
        return gettext("better") if self.sense == "better" else gettext("worse")


@dataclass(frozen=True, slots=True)
class Row:
    """A figure of the city as it is and of all options."""

    key: Key
    label: str
    where: str
    unit: str
    definition: str
    base: str
    base_within: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Option:
    """An option of a run; the base is none."""

    name: str
    title: str


class Reading:
    """A result in the reader's language.

    Args:
        found: Of :func:`heli.twin.selectors.result_of`.
    """

    def __init__(self, found: Found) -> None:
        self.found = found
        self.options = [
            Option(each["name"], words.option_title(each["name"], each.get("title")))
            for each in found.get("options", ())
        ]

    @cached_property
    def figures(self) -> dict[Key, Found]:
        """All rows of the result by their keys."""
        return {Key(*(row[each] for each in Key._fields)): row for row in self.found["figures"]}

    @property
    def names(self) -> list[str]:
        """Names of the options."""
        return [each.name for each in self.options]

    @property
    def has_errors(self) -> bool:
        """Whether it is known what the solver leaves open."""
        return any(row["solver_errors"] for row in self.found["figures"][:1])

    @property
    def draws(self) -> int:
        """Size of the ensemble; 0 without one."""
        return int(self.found.get("ensemble", {}).get("draws", 0))

    @cached_property
    def districts(self) -> list[str]:
        """Districts, in the order of the city."""
        return [key.place for key in self.figures if key.name == "vehicle_km" and key.place]

    @cached_property
    def areas(self) -> list[str]:
        """Areas that have a name of their own."""
        known = {"", *self.districts}
        places = [key.place for key in self.figures if key.domain == "air" and not key.group]
        return [each for each in dict.fromkeys(places) if each not in known]

    @cached_property
    def groups(self) -> list[str]:
        """Groups of people by income."""
        return list(dict.fromkeys(key.group for key in self.figures if key.group))

    def cut_off(self) -> list[str]:
        """For each option that leaves no way by car between some zones: between which."""
        told = []
        for option in self.options:
            cut = self.found["states"][option.name].get("cut_off", {"pairs": 0})
            if cut["pairs"]:
                pairs = [f"{each['from']} → {each['to']}" for each in cut["most"][:PAIRS]]
                more = ["…"] if cut["pairs"] > PAIRS else []
                told.append(
                    ngettext(
                        "“{option}” leaves no way by car between {n} pair of zones, where "
                        "{vehicles} vehicles an hour drove: {pairs}",
                        "“{option}” leaves no way by car between {n} pairs of zones, where "
                        "{vehicles} vehicles an hour drove: {pairs}",
                        cut["pairs"],
                    ).format(
                        option=option.title,
                        n=f"{cut['pairs']:,}",
                        vehicles=f"{cut['vehicles']:,.0f}",
                        pairs=pgettext("list", ", ").join([*pairs, *more]),
                    )
                )
        return told

    def title(self, name: str) -> str:
        """What an option is called, the base among them."""
        return next((each.title for each in self.options if each.name == name), None) or (
            words.option_title(name, None)
        )

    def value(self, key: Key, option: str) -> float | None:
        """A figure's value; ``None`` where nobody lives."""
        row = self.figures.get(key)
        return None if row is None else float(row[option])

    def change(self, key: Key, option: str) -> float | None:
        """A figure's difference to the base."""
        row = self.figures.get(key)
        return None if row is None else float(row[option]) - float(row["base"])

    def is_told(self, key: Key, option: str) -> bool:
        """Whether a change is more than what the solver leaves open, as far as that is known."""
        row = self.figures[key]
        errors = row["solver_errors"]
        if not errors:
            return True
        change = abs(row[option] - row["base"])
        return bool(change > MARGIN * (errors[option] + errors["base"]))

    def rows(self, where: str = "", who: str = "") -> list[tuple[str, list[Row]]]:
        """Figures of a place and a group of people, by domain; those that are 0 throughout not.

        Args:
            where: A district or area; empty for the whole city, with its roads and shops.
            who: A group; empty for everybody. A group without a place: in every district.
        """
        found: dict[str, list[Row]] = {domain: [] for domain in words.DOMAINS}
        for key in self._chosen(where, who):
            if any(self.figures[key][name] for name in ("base", *self.names)):
                found.setdefault(key.domain, []).append(self.row(key))
        return [(str(words.DOMAINS.get(name, name)), rows) for name, rows in found.items() if rows]

    def _chosen(self, where: str, who: str) -> Iterator[Key]:
        elsewhere = {*self.districts, *self.areas}
        for key in self.figures:
            at = key.place == where if where else who or key.place not in elsewhere
            if key.group == who and at:
                yield key

    def row(self, key: Key) -> Row:
        """One figure, told."""
        row, unit = self.figures[key], words.unit_of(key.name)
        within = row.get("intervals", {}).get("base")
        return Row(
            key=key,
            label=words.figure_label(key.name),
            where=words.place(key.place) if key.place else "",
            unit=unit.label,
            definition=words.definition(key.name),
            base="" if key.name in CHANGES else unit.text(row["base"]),
            base_within=_span(unit, within) if within and key.name not in CHANGES else "",
            cells=tuple(self._cell(key, row, each.name, unit) for each in self.options),
        )

    def _cell(self, key: Key, row: Found, option: str, unit: words.Unit) -> Cell:
        value, before = float(row[option]), float(row["base"])
        change, told = value - before, self.is_told(key, option)
        bounds = row.get("changes", {}).get(option)
        sure = told and (bounds is None or bounds[0] * bounds[1] > 0)
        sign = key.name not in COUNTED
        share = _percent(change / before) if before and told else ""
        return Cell(
            name=option,
            text=unit.text(value),
            change=unit.text(change, sign=sign) if told else ALMOST,
            share="" if key.name in CHANGES else share,
            within=_span(unit, bounds, sign=sign) if bounds and told else "",
            sense=_sense(key.name, change) if sure else "",
        )


def _percent(share: float) -> str:
    """A share with a digit that says something, also where it is small."""
    digits = 1 if abs(share) >= 0.0005 else 2
    return f"{100 * share:+.{digits}f} %".replace("-", "−")


def _sense(name: str, change: float) -> str:
    if change == 0 or name not in BETTER_LESS | BETTER_MORE:
        return ""
    return "better" if (change < 0) == (name in BETTER_LESS) else "worse"


def _span(unit: words.Unit, bounds: Any, *, sign: bool = False) -> str:
    low, high = (unit.text(each, sign=sign) for each in bounds)
    return gettext("the same in all draws") if low == high else f"{low} … {high}"
