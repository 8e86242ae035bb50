"""User classes from a fleet and from rules: by plate digit, fuel, emission standard and use.

Groups of vehicles to which exactly the same rules apply, and which value time alike, travel in one
class: a ban of two plate digits makes two classes of a group, not ten.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from heli.engines.traffic.demand import UserClass
from heli.engines.traffic.errors import BadQuantityError, RuleWithoutClassError

DIGITS = range(10)


@dataclass(frozen=True)
class Group:
    """Vehicles of one kind; last plate digits are spread evenly over them.

    Attributes:
        name: Unique in the fleet.
        share: Their share of the trips that are to be split, from 0 to 1.
        use: For example "private", "taxi" or "freight".
        fuel: For example "petrol", "diesel" or "electric".
        standard: Emission standard, for example "CN6".
        value_of_time: Money an hour; None if they never pay.
        distance_cost: Money for one unit of length.
        pce: Passenger-car units of a vehicle.
    """

    name: str
    share: float
    use: str = "private"
    fuel: str = ""
    standard: str = ""
    value_of_time: float | None = None
    distance_cost: float = 0.0
    pce: float = 1.0


@dataclass(frozen=True)
class Rule:
    """A toll on links, or a ban from them, for some vehicles; what is left empty does not matter.

    Attributes:
        name: Unique among the rules.
        links: Where it holds.
        toll: Money for each link; None bars the vehicles from them.
        uses, fuels, standards, digits: Whom it concerns.
    """

    name: str
    links: frozenset[str]
    toll: float | None = None
    uses: frozenset[str] = frozenset()
    fuels: frozenset[str] = frozenset()
    standards: frozenset[str] = frozenset()
    digits: frozenset[int] = frozenset()

    def concerns(self, group: Group, digit: int) -> bool:
        """Whether it holds for the vehicles of a group with a last plate digit."""
        return (
            (not self.uses or group.use in self.uses)
            and (not self.fuels or group.fuel in self.fuels)
            and (not self.standards or group.standard in self.standards)
            and (not self.digits or digit in self.digits)
        )


@dataclass(frozen=True)
class FleetClass:
    """A user class, its share of the trips, and the share of each group in it."""

    user: UserClass
    share: float
    parts: dict[str, float]


def make_classes(groups: Sequence[Group], rules: Sequence[Rule] = ()) -> tuple[FleetClass, ...]:
    """The fewest classes in which all have the same rights, pay the same and value time alike.

    Where two rules put a toll on one link, both are paid; where one of them bars, nobody passes.

    Raises:
        RuleWithoutClassError: If a rule concerns no group.
        BadQuantityError: If a share is not from 0 to 1, or a toll is negative.
    """
    for group in groups:
        if not 0 <= group.share <= 1:
            raise BadQuantityError(
                place=f"group {group.name}", quantity="share", value=group.share, wanted="0 … 1"
            )
    for rule in rules:
        if not any(rule.concerns(group, digit) for group in groups for digit in DIGITS):
            known = ", ".join(group.name for group in groups)
            raise RuleWithoutClassError(name=rule.name, known=known)
    alike: dict[tuple[object, ...], list[tuple[Group, int]]] = {}
    for group in groups:
        for digit in DIGITS:
            applied = tuple(n for n, rule in enumerate(rules) if rule.concerns(group, digit))
            key = (applied, group.value_of_time, group.distance_cost, group.pce)
            alike.setdefault(key, []).append((group, digit))
    return tuple(
        _class(members, [rule for rule in rules if rule.concerns(*members[0])])
        for members in alike.values()
    )


def _class(members: list[tuple[Group, int]], rules: Iterable[Rule]) -> FleetClass:
    digits: dict[str, list[int]] = {}
    parts: dict[str, float] = {}
    for group, digit in members:
        digits.setdefault(group.name, []).append(digit)
        parts[group.name] = group.share * len(digits[group.name]) / len(DIGITS)
    names = [
        name if len(of) == len(DIGITS) else f"{name} {','.join(map(str, of))}"
        for name, of in digits.items()
    ]
    barred: set[str] = set()
    tolls: dict[str, float] = {}
    for rule in rules:
        if rule.toll is None:
            barred |= rule.links
        else:
            for link in sorted(rule.links):
                tolls[link] = tolls.get(link, 0.0) + rule.toll
    first = members[0][0]
    user = UserClass(
        name=" + ".join(names),
        value_of_time=first.value_of_time,
        distance_cost=first.distance_cost,
        pce=first.pce,
        barred=frozenset(barred),
        tolls=tolls,
    )
    return FleetClass(user, sum(parts.values()), parts)
