"""Compatibility of contract versions: what differs, whom it touches, which number it needs.

Seen from the interface, as its callers see it:

* *backward*: who was built for the old version goes on working when the new one answers;
* *forward*: who was built for the new version also works where the old one still answers
  (records kept from before, a source that has not moved yet);
* *full*: both.

Schema registries use the two words for the reader of stored records and so the other way round;
``docs/adr/0100`` says why this way was chosen. Version numbers follow Semantic Versioning 2.0.0.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any

from heli.engines.contracts.differences import Change, differences
from heli.engines.contracts.model import Contract


class Mode(StrEnum):
    """What is asked of a new version."""

    BACKWARD = "backward"
    FORWARD = "forward"
    FULL = "full"


class Bump(IntEnum):
    """Which part of a version number has to grow."""

    NONE = 0
    PATCH = 1
    MINOR = 2
    MAJOR = 3

    @property
    def code(self) -> str:
        """The name in lower case."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a version stands to an older one.

    Attributes:
        old: Version number of the older.
        new: Version number of the newer.
        mode: What was asked.
        changes: All differences.
        needed: Which part of the number they need to grow.
        given: Which part grew.
    """

    old: str
    new: str
    mode: Mode
    changes: tuple[Change, ...]
    needed: Bump
    given: Bump

    @property
    def breaking(self) -> tuple[Change, ...]:
        """The differences that break what was asked."""
        return tuple(change for change in self.changes if breaks(change, self.mode))

    @property
    def compatible(self) -> bool:
        """Whether none does."""
        return not self.breaking

    @property
    def numbered_rightly(self) -> bool:
        """Whether the version number grew enough."""
        return self.given >= self.needed


def breaks(change: Change, mode: Mode) -> bool:
    """Whether a difference breaks what a mode asks."""
    backward = mode is not Mode.FORWARD and change.breaks_backward
    return backward or (mode is not Mode.BACKWARD and change.breaks_forward)


def compare(old: Contract, new: Contract, mode: Mode = Mode.BACKWARD) -> Verdict:
    """Compare two versions of a contract.

    Args:
        old: The version that callers know.
        new: The version that is to come.
        mode: What is asked of it.
    """
    changes = differences(old, new)
    return Verdict(
        old=old.version,
        new=new.version,
        mode=mode,
        changes=changes,
        needed=needed_bump(old.version, changes),
        given=given_bump(old.version, new.version),
    )


def compare_history(
    history: Iterable[Contract], new: Contract, mode: Mode = Mode.BACKWARD
) -> tuple[Verdict, ...]:
    """Compare a version with every older one: two small steps can break what neither breaks.

    Args:
        history: Older versions in any order.
        new: The version that is to come.
        mode: What is asked of it.

    Returns:
        One verdict for each, the latest first.
    """
    older = sorted(history, key=lambda each: version_key(each.version), reverse=True)
    return tuple(compare(each, new, mode) for each in older)


def needed_bump(old: str, changes: Sequence[Change]) -> Bump:
    """Which part of the number the differences need to grow; below 1.0.0 nothing is promised."""
    needed = max((change_bump(change) for change in changes), default=Bump.NONE)
    if needed is Bump.MAJOR and version_key(old)[0] == 0:
        return Bump.MINOR
    return needed


def change_bump(change: Change) -> Bump:
    """Which part of the number one difference needs to grow."""
    if change.breaks_backward:
        return Bump.MAJOR
    return Bump.MINOR if change.functional else Bump.PATCH


def given_bump(old: str, new: str) -> Bump:
    """Which part of a version number grew; ``NONE`` where it did not grow."""
    before, after = version_key(old), version_key(new)
    if after <= before:
        return Bump.NONE
    for part, bump in zip(range(3), (Bump.MAJOR, Bump.MINOR, Bump.PATCH), strict=True):
        if after[part] != before[part]:
            return bump
    return Bump.NONE


def version_key(version: str) -> tuple[int, ...]:
    """A version number in the order of versions."""
    return tuple(int(part) for part in version.split("."))


def next_version(version: str, bump: Bump) -> str:
    """The least number that grows by this part."""
    major, minor, patch = version_key(version)
    return {
        Bump.NONE: version,
        Bump.PATCH: f"{major}.{minor}.{patch + 1}",
        Bump.MINOR: f"{major}.{minor + 1}.0",
        Bump.MAJOR: f"{major + 1}.0.0",
    }[bump]


def change_as_data(change: Change) -> dict[str, Any]:
    """A difference for machines."""
    return {
        "kind": change.kind.value,
        "field": change.field,
        "breaks_backward": change.breaks_backward,
        "breaks_forward": change.breaks_forward,
        "affected": change.affected.value,
        "needs": change_bump(change).code,
        "figures": {key: value for key, value in change.figures.items() if value is not None},
    }
