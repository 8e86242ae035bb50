"""Kinds of clocks, registered by the rooms that own them when the application starts.

The owning room learns here what happens to its clocks: the worker fires a rung and calls the
kind's ``on_rung`` in the same transaction, so either both the rung and its effect happen, or
neither. Handlers must therefore do nothing that a rollback cannot undo.

Rooms change an owner and then stop its clock, so the worker locks in the same order: first what
the clock belongs to, by the kind's ``hold``, then the clock. The other way round each could wait
for the other.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.apps import apps
from django.utils.translation import pgettext_lazy

from heli.clocks.errors import UnknownClockKindError
from heli.engines.legaltime import STANDARD_LADDER, RungRule

OVERDUE = "overdue"

RUNG_LABELS = {
    "remind": pgettext_lazy("rung", "reminder"),
    "warn": pgettext_lazy("rung", "warning"),
    "escalate": pgettext_lazy("rung", "escalation"),
    OVERDUE: pgettext_lazy("rung", "overdue"),
}


@dataclass(frozen=True, slots=True)
class RungEvent:
    """A rung that fires now.

    Attributes:
        rung: ``remind``, ``warn``, ``escalate``, or ``overdue`` at the due instant.
        fire_at: When it should fire; the worker may be a little later.
    """

    clock_id: UUID
    kind: str
    owner_type: str
    owner_id: str
    matter: str
    department: str
    rung: str
    fire_at: dt.datetime
    due_at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class DueMoved:
    """A clock got its due instant because a calendar year became known."""

    clock_id: UUID
    kind: str
    owner_type: str
    owner_id: str
    due_at: dt.datetime


def _nothing(event: Any) -> None:
    """Do nothing: the kind has no wish to know, or nothing to hold."""


def holding(model: str, lookup: str = "pk") -> Callable[[str], None]:
    """A ``hold`` that locks the row that a clock belongs to until the transaction ends.

    Args:
        model: Its ``app.Model``.
        lookup: Where the owner's identifier stands, seen from that model.
    """

    def hold(owner_id: str) -> None:
        rows = apps.get_model(model)._default_manager.select_for_update(of=("self",), no_key=True)
        rows.filter(**{lookup: owner_id}).values_list("pk").first()

    return hold


@dataclass(frozen=True, slots=True)
class ClockKind:
    """A kind of clock.

    Attributes:
        name: Dotted name, ``room.noun``.
        label: What it is called, translatable.
        on_rung: Called for every rung that fires, ``overdue`` included.
        on_due_moved: Called when a due instant becomes known after the start.
        hold: Locks what the clock with this ``owner_id`` belongs to, before the clock is locked.
        ladder: Rungs of a clock that is started without its own.
    """

    name: str
    label: Any
    on_rung: Callable[[RungEvent], None] = _nothing
    on_due_moved: Callable[[DueMoved], None] = _nothing
    hold: Callable[[str], None] = _nothing
    ladder: tuple[RungRule, ...] = field(default=STANDARD_LADDER)


_kinds: dict[str, ClockKind] = {}


def register(kind: ClockKind) -> ClockKind:
    """Make a kind known; called from ``AppConfig.ready``."""
    if _kinds.setdefault(kind.name, kind) != kind:
        raise ValueError(f"two rooms register clocks of the kind {kind.name}")
    return kind


def kind_of(name: str) -> ClockKind:
    """The kind with this name.

    Raises:
        UnknownClockKindError: No room registered it.
    """
    try:
        return _kinds[name]
    except KeyError:
        raise UnknownClockKindError(kind=name) from None


def label_of(name: str) -> str:
    """What a kind is called in the reader's language; its name where no room registers it now."""
    return str(_kinds[name].label) if name in _kinds else name


def kinds() -> list[ClockKind]:
    """All registered kinds, by name."""
    return [_kinds[name] for name in sorted(_kinds)]
