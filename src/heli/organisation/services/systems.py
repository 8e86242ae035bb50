"""Registering machine clients, and changing their keys."""

import datetime as dt
from collections.abc import Iterable

from django.db import transaction

from heli.kernel import clock
from heli.kernel.actor import Actor
from heli.ledger.services import record
from heli.ledger.verbs import FactData
from heli.organisation import facts
from heli.organisation.errors import KeyRevokedError, KeyTakenError, UnknownDepartmentError
from heli.organisation.keys import key_id_of
from heli.organisation.models import Department, System, SystemKey

OVERLAP = dt.timedelta(days=7)
NOTED_EVERY = dt.timedelta(minutes=1)
_noted: dict[str, dt.datetime] = {}


def register_system(
    department: str,
    name_zh: str,
    public_key: bytes,
    *,
    actor: Actor,
    name_en: str = "",
    not_after: dt.datetime | None = None,
) -> tuple[System, SystemKey]:
    """Register a department's system with its first key.

    Args:
        department: Code of the department that answers for it.
        name_zh: What it is called.
        public_key: Raw Ed25519 public key, 32 octets; the private one never comes here.
        actor: Who registers it.
        name_en: English name.
        not_after: End of the key's validity, if it has one.

    Raises:
        UnknownDepartmentError: There is no such department.
        KeyTakenError: The key is registered already.
    """
    with transaction.atomic():
        if not Department.objects.filter(code=department).exists():
            raise UnknownDepartmentError(department=department, field="department")
        system = System.objects.create(
            name_zh=name_zh,
            name_en=name_en,
            department_id=department,
            registered_at=clock.now(),
        )
        key = _add_key(system, public_key, not_after)
        _record(
            system,
            facts.SystemRegistered(system=str(system.pk), name=name_zh, key_id=key.key_id),
            actor,
        )
    return system, key


def rotate_key(
    system: System,
    public_key: bytes,
    *,
    actor: Actor,
    overlap: dt.timedelta = OVERLAP,
    not_after: dt.datetime | None = None,
) -> SystemKey:
    """Give a system a new key; older ones are accepted for ``overlap`` more.

    Raises:
        KeyTakenError: The key is registered already.
    """
    until = clock.now() + overlap
    with transaction.atomic():
        System.objects.select_for_update().get(pk=system.pk)
        standing = SystemKey.objects.filter(system=system, revoked_at=None)
        standing.filter(not_after=None).update(not_after=until)
        standing.filter(not_after__gt=until).update(not_after=until)
        key = _add_key(system, public_key, not_after)
        _record(
            system,
            facts.SystemKeyRotated(
                system=str(system.pk), key_id=key.key_id, old_until=until.isoformat()
            ),
            actor,
        )
    return key


def revoke_key(key: SystemKey, *, actor: Actor) -> None:
    """Withdraw a key at once.

    Raises:
        KeyRevokedError: It was withdrawn before.
    """
    with transaction.atomic():
        if not SystemKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=clock.now()):
            raise KeyRevokedError(key_id=key.key_id)
        _record(
            key.system,
            facts.SystemKeyRevoked(system=str(key.system_id), key_id=key.key_id),
            actor,
        )


def close_system(system: System, *, actor: Actor) -> None:
    """Shut a system out: none of its keys is accepted any more."""
    with transaction.atomic():
        if System.objects.filter(pk=system.pk, is_active=True).update(is_active=False):
            _record(system, facts.SystemClosed(system=str(system.pk)), actor)


def note_key_use(key_ids: Iterable[str], at: dt.datetime) -> None:
    """Note that keys signed requests; each is written at most once a minute by one process.

    Args:
        key_ids: Registered keys whose signatures held.
        at: When.
    """
    due = [key for key in set(key_ids) if key not in _noted or not _is_fresh(_noted[key], at)]
    if due:
        SystemKey.objects.filter(pk__in=due).update(last_used_at=at)
        _noted.update(dict.fromkeys(due, at))


def _is_fresh(noted: dt.datetime, at: dt.datetime) -> bool:
    return noted <= at < noted + NOTED_EVERY


def _add_key(system: System, public_key: bytes, not_after: dt.datetime | None) -> SystemKey:
    taken = SystemKey.objects.filter(public_key=public_key).first()
    if taken is not None:
        raise KeyTakenError(key_id=taken.key_id, field="public_key")
    return SystemKey.objects.create(
        key_id=key_id_of(system.department_id, public_key),
        system=system,
        public_key=public_key,
        not_before=clock.now(),
        not_after=not_after,
    )


def _record(system: System, data: FactData, actor: Actor) -> None:
    record(
        data,
        actor=actor,
        subject=f"organisation.system:{system.pk}",
        department=system.department_id,
    )
