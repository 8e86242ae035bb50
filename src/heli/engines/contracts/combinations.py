"""Combinations of data that nobody may hold together, as plain data.

A rule has parts, each made of fields of registers; who holds one field of every part holds the
combination. What is masked so that it says nothing about the subject (``redact``, ``hash``) is not
held.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from heli.engines.contracts.errors import CombinationRuleError
from heli.engines.contracts.masks import Mask

SILENT = frozenset({Mask.REDACT.value, Mask.HASH.value})
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_PATTERN = re.compile(r"(?:\*|[a-z][a-z0-9]{0,39})/[a-z0-9_*]{1,63}\.[a-z0-9_*]{1,63}")


@dataclass(frozen=True, slots=True)
class Combination:
    """A combination.

    Attributes:
        parts: Name of each part with the patterns of its fields, ``department/name.field``.
    """

    parts: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def names(self) -> frozenset[str]:
        """The names of its parts."""
        return frozenset(name for name, _ in self.parts)

    def concerns(self, resource: str) -> bool:
        """Whether any field of a resource can be in it.

        Args:
            resource: Address, ``gaj/residents``.
        """
        return any(
            fnmatchcase(resource, pattern.partition(".")[0])
            for _, patterns in self.parts
            for pattern in patterns
        )

    def reached(self, resource: str, fields: Iterable[str]) -> frozenset[str]:
        """Which parts fields of a resource belong to.

        Args:
            resource: Address, ``gaj/residents``.
            fields: Names of fields.
        """
        held = [f"{resource}.{field}" for field in fields]
        return frozenset(
            name
            for name, patterns in self.parts
            if any(fnmatchcase(each, pattern) for each in held for pattern in patterns)
        )


def parse_combination(parts: Any) -> Combination:
    """Read the parts of a rule.

    Raises:
        CombinationRuleError: They are fewer than two, or one cannot be read; names it.
    """
    if not isinstance(parts, Mapping) or len(parts) < 2:
        raise CombinationRuleError(field="parts", part="parts")
    for name, patterns in parts.items():
        fits = isinstance(patterns, list) and patterns and all(
            isinstance(each, str) and _PATTERN.fullmatch(each) for each in patterns
        )  # fmt: skip
        if _NAME.fullmatch(str(name)) is None or not fits:
            raise CombinationRuleError(field="parts", part=str(name)[:40])
    return Combination(tuple((name, tuple(patterns)) for name, patterns in sorted(parts.items())))


def revealed(policy: Mapping[str, Any]) -> frozenset[str]:
    """The fields of a release policy's document that say something about the subject."""
    return frozenset(
        str(rule["field"])
        for rule in policy.get("fields", ())
        if isinstance(rule, Mapping) and rule.get("mask", Mask.CLEAR.value) not in SILENT
    )
