"""Reading machine clients."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from heli.kernel import clock
from heli.kernel.actor import Actor
from heli.kernel.localise import bilingual
from heli.organisation.models import System, SystemKey


@dataclass(frozen=True, slots=True)
class RegisteredSystem:
    """A system as one of its keys makes it known.

    Attributes:
        id: The system's id.
        department: Code of the department that answers for it.
        key_id: The key asked for.
        public_key: Raw Ed25519 public key, 32 octets.
        active: Whether the system is not shut out and the key is valid now.
        not_before: The key is accepted from this instant.
        not_after: And until this one; None without end.
    """

    id: str
    name_zh: str
    name_en: str
    department: str
    key_id: str
    public_key: bytes
    active: bool
    not_before: dt.datetime
    not_after: dt.datetime | None

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return bilingual(self.name_zh, self.name_en)

    @property
    def actor(self) -> Actor:
        """This system as the author of facts."""
        return Actor("system", self.id, self.department)


def system_by_key_id(key_id: str) -> RegisteredSystem | None:
    """The system of a key, or None for an unknown key; look at ``active`` before trusting it."""
    key = SystemKey.objects.select_related("system").filter(pk=key_id).first()
    return None if key is None else _known(key, clock.now())


def systems_by_key_ids(key_ids: Iterable[str]) -> dict[str, RegisteredSystem]:
    """The systems of keys, with one query, by key id; unknown ones are left out."""
    now = clock.now()
    keys = SystemKey.objects.select_related("system").filter(pk__in=set(key_ids))
    return {key.key_id: _known(key, now) for key in keys}


def live_systems() -> list[RegisteredSystem]:
    """Every key that is valid now, for a gateway that keeps them in memory."""
    now = clock.now()
    rows = SystemKey.objects.select_related("system").filter(
        Q(not_after=None) | Q(not_after__gt=now), revoked_at=None, system__is_active=True
    )
    return [known for known in (_known(key, now) for key in rows) if known.active]


def systems(department: str = "") -> QuerySet[System]:
    """Systems with their keys ready."""
    rows = System.objects.select_related("department").prefetch_related("keys")
    return rows.filter(department=department) if department else rows


def key_state(key: SystemKey, at: dt.datetime) -> str:
    """One of ``valid``, ``revoked``, ``ended``, ``not_yet``."""
    if key.revoked_at is not None:
        return "revoked"
    if key.not_after is not None and at >= key.not_after:
        return "ended"
    return "not_yet" if at < key.not_before else "valid"


def _known(key: SystemKey, at: dt.datetime) -> RegisteredSystem:
    system = key.system
    return RegisteredSystem(
        id=str(system.pk),
        name_zh=system.name_zh,
        name_en=system.name_en,
        department=system.department_id,
        key_id=key.key_id,
        public_key=bytes(key.public_key),
        active=system.is_active and key_state(key, at) == "valid",
        not_before=key.not_before,
        not_after=key.not_after,
    )
