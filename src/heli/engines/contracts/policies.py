"""The release policy of a grant as plain data: what leaves, to whom, when and how much of it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from functools import cached_property
from hashlib import sha256
from itertools import pairwise
from typing import Any

from heli.engines.contracts.conditions import Condition, dump_conditions, parse_conditions
from heli.engines.contracts.errors import ConditionError, PolicyError
from heli.engines.contracts.hours import Window, dump_windows, parse_windows
from heli.engines.contracts.masks import Mask, levels_for, masks_for
from heli.engines.contracts.model import Contract, Field, LogicalType

MOST = 1_000_000_000
MOST_EDGES = 20
MEMBERS = (
    "contract",
    "version",
    "fields",
    "rows",
    "limits",
    "hours",
    "binding",
    "second_person",
    "extract",
)


class Binding(StrEnum):
    """What each call must serve, live at that moment.

    Attributes:
        MATTER: An open matter that concerns the subject.
        PROJECT: An approved digital project of the caller's department.
        PUBLIC_TASK: A registered statutory duty of the caller's department.
    """

    MATTER = "matter"
    PROJECT = "project"
    PUBLIC_TASK = "public_task"


@dataclass(frozen=True, slots=True)
class FieldRule:
    """How one granted field is released.

    Attributes:
        field: Name of the field.
        mask: How it is shown.
        width: Width of a band for the mask ``bucket``, else 0.
        level: Level for the mask ``generalise`` where the field has levels.
        edges: Where bands begin, for ``generalise`` of numbers.
        digits: Characters kept, for ``generalise`` of other text.
    """

    field: str
    mask: Mask = Mask.CLEAR
    width: int = 0
    level: str = ""
    edges: tuple[int, ...] = ()
    digits: int = 0

    @property
    def parameters(self) -> dict[str, Any]:
        """What :func:`~heli.engines.contracts.masks.apply_mask` needs beside mask and salt."""
        return {
            "width": self.width,
            "level": self.level,
            "edges": self.edges,
            "digits": self.digits,
        }


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a grant releases; 0 is no limit.

    Attributes:
        per_minute: Calls in one minute of the clock.
        per_day: Calls in one day of Asia/Shanghai.
        records_per_day: Records in one such day.
        records_total: Records while the grant stands.
    """

    per_minute: int = 0
    per_day: int = 0
    records_per_day: int = 0
    records_total: int = 0

    def __bool__(self) -> bool:
        return any((self.per_minute, self.per_day, self.records_per_day, self.records_total))


@dataclass(frozen=True)
class ReleasePolicy:
    """What one grant releases of one contract version.

    Attributes:
        rules: Granted fields and how each is shown.
        rows: Conditions that a record fits, or the grant does not reach it.
        limits: How much is released.
        hours: When calls are answered; empty for always.
        binding: What each call must serve.
        second_person: Another officer of the caller's department must have confirmed.
        extract: Most rows of one bulk extract; 0 where the grant allows none.
    """

    contract: str
    version: str
    rules: tuple[FieldRule, ...]
    rows: tuple[Condition, ...] = ()
    limits: Limits = field(default_factory=Limits)
    hours: tuple[Window, ...] = ()
    binding: Binding = Binding.MATTER
    second_person: bool = False
    extract: int = 0

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """Names of the granted fields."""
        return tuple(rule.field for rule in self.rules)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the canonical JSON of the policy, in hexadecimal."""
        text = json.dumps(dump_policy(self), sort_keys=True, separators=(",", ":"))
        return sha256(text.encode()).hexdigest()


def parse_policy(contract: Contract, document: Mapping[str, Any]) -> ReleasePolicy:
    """Read a policy.

    ``{"fields": [{"field": …, "mask": …, "width": …, "level": …, "edges": […], "digits": …}, …],
    "rows": [{"field": …, "op": …, "value": …}, …], "limits": {"per_minute": …, …},
    "hours": [{"days": "working", "from": "08:30", "to": "17:30"}, …], "binding": "matter",
    "second_person": false, "extract": {"rows": …}}``; only ``fields`` must be given.

    Args:
        contract: The contract version the policy is for.
        document: Plain data as :func:`dump_policy` writes it; ``mask`` defaults to ``clear``.

    Raises:
        PolicyError: A member that policies do not have, an unknown or repeated field, a mask that
            does not suit the field's type or lacks its figure, or a value out of its range.
    """
    if unknown := [str(key) for key in document if key not in MEMBERS]:
        raise _bad(contract, "", f"a policy has no member {unknown[0][:40]}")
    entries = document.get("fields", ())
    if not _is_list(entries):
        raise _bad(contract, "", "its fields are not a list")
    rules = tuple(_rule(contract, entry) for entry in entries)
    if not rules:
        raise _bad(contract, "", "it grants no field")
    names = [rule.field for rule in rules]
    for name in names:
        if names.count(name) > 1:
            raise _bad(contract, name, f"field {name} is named twice")
    return ReleasePolicy(
        contract=contract.id,
        version=contract.version,
        rules=rules,
        rows=_rows(contract, document.get("rows", [])),
        limits=_limits(contract, document.get("limits", {})),
        hours=_hours(contract, document.get("hours", [])),
        binding=_binding(contract, document.get("binding", Binding.MATTER.value)),
        second_person=_truth(contract, document.get("second_person", False)),
        extract=_extract(contract, document.get("extract", {})),
    )


def dump_policy(policy: ReleasePolicy) -> dict[str, Any]:
    """Write a policy as plain data; what says nothing is left out."""
    said: dict[str, Any] = {
        "contract": policy.contract,
        "version": policy.version,
        "fields": [_dump_rule(rule) for rule in policy.rules],
    }
    limits = {each.name: getattr(policy.limits, each.name) for each in fields(Limits)}
    more: dict[str, Any] = {
        "rows": dump_conditions(policy.rows),
        "limits": {name: value for name, value in limits.items() if value},
        "hours": dump_windows(policy.hours),
        "binding": "" if policy.binding is Binding.MATTER else policy.binding.value,
        "second_person": policy.second_person,
        "extract": {"rows": policy.extract} if policy.extract else {},
    }
    return said | {name: value for name, value in more.items() if value}


def _dump_rule(rule: FieldRule) -> dict[str, Any]:
    said: dict[str, Any] = {"field": rule.field, "mask": rule.mask.value}
    if rule.mask is Mask.BUCKET:
        said["width"] = rule.width
    if rule.level:
        said["level"] = rule.level
    if rule.edges:
        said["edges"] = list(rule.edges)
    if rule.digits:
        said["digits"] = rule.digits
    return said


def _rule(contract: Contract, entry: Any) -> FieldRule:
    if not isinstance(entry, Mapping):
        raise _bad(contract, "", "a rule is not an object")
    name = str(entry.get("field", ""))
    field = contract.field(name)
    if field is None:
        raise _bad(contract, name, f"the contract has no field {name}")
    suitable = masks_for(field)
    chosen = str(entry.get("mask", Mask.CLEAR.value))
    if chosen not in [mask.value for mask in suitable]:
        raise _bad(contract, name, f"mask {chosen} does not suit field {name}")
    mask = Mask(chosen)
    if mask is Mask.GENERALISE:
        return _generalised(contract, field, entry)
    width = entry.get("width", 0) if mask is Mask.BUCKET else 0
    if mask is Mask.BUCKET and not _whole(width, 1):
        raise _bad(contract, name, f"the band of field {name} needs a width above 0")
    return FieldRule(field=name, mask=mask, width=width)


def _generalised(contract: Contract, field: Field, entry: Mapping[str, Any]) -> FieldRule:
    name, levels = field.name, levels_for(field)
    if levels:
        level = str(entry.get("level", ""))
        if level not in levels:
            raise _bad(contract, name, f"the level of field {name} is one of {', '.join(levels)}")
        return FieldRule(name, Mask.GENERALISE, level=level)
    if field.type is LogicalType.STRING:
        digits = entry.get("digits", 0)
        if not _whole(digits, 1, 40):
            raise _bad(contract, name, f"field {name} needs the number of digits kept, 1 to 40")
        return FieldRule(name, Mask.GENERALISE, digits=digits)
    edges = entry.get("edges", ())
    if not (_is_list(edges) and 0 < len(edges) <= MOST_EDGES and _rising(edges)):
        raise _bad(
            contract, name, f"field {name} needs edges, 1 to {MOST_EDGES} whole numbers in order"
        )
    return FieldRule(name, Mask.GENERALISE, edges=tuple(edges))


def _rising(edges: Sequence[Any]) -> bool:
    whole = all(_whole(edge, -MOST) for edge in edges)
    return whole and all(a < b for a, b in pairwise(edges))


def _rows(contract: Contract, entries: Any) -> tuple[Condition, ...]:
    try:
        return parse_conditions(contract, entries)
    except ConditionError as error:
        raise _bad(contract, error.field or "", error.figures["reason"]) from error


def _limits(contract: Contract, entry: Any) -> Limits:
    known = [each.name for each in fields(Limits)]
    if not isinstance(entry, Mapping) or set(entry) - set(known):
        raise _bad(contract, "", f"limits are an object with {', '.join(known)}")
    for name, value in entry.items():
        if not _whole(value, 1):
            raise _bad(contract, "", f"the limit {name} is a whole number from 1 to {MOST}")
    return Limits(**entry)


def _hours(contract: Contract, entries: Any) -> tuple[Window, ...]:
    try:
        return parse_windows(entries)
    except ValueError as error:
        raise _bad(contract, "", str(error)) from error


def _binding(contract: Contract, value: Any) -> Binding:
    if value not in [each.value for each in Binding]:
        raise _bad(contract, "", f"the binding is one of {', '.join(Binding)}")
    return Binding(value)


def _truth(contract: Contract, value: Any) -> bool:
    if type(value) is not bool:
        raise _bad(contract, "", "second_person is true or false")
    return value


def _extract(contract: Contract, entry: Any) -> int:
    if entry == {}:
        return 0
    if not isinstance(entry, Mapping) or set(entry) != {"rows"} or not _whole(entry["rows"], 1):
        raise _bad(contract, "", f"extract is an object with rows, from 1 to {MOST}")
    return int(entry["rows"])


def _whole(value: Any, least: int, most: int = MOST) -> bool:
    return type(value) is int and least <= value <= most


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _bad(contract: Contract, field: str, reason: str) -> PolicyError:
    return PolicyError(field=field or None, reason=reason, contract=contract.id)
