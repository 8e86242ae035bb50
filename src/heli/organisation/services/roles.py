"""Granting and taking roles, with separation of duty."""

from django.db import transaction

from heli.kernel import clock
from heli.kernel.actor import Actor
from heli.kernel.permissions import Role, require
from heli.ledger.services import record
from heli.organisation import facts, policy
from heli.organisation.errors import UnknownRoleError
from heli.organisation.models import Person, RoleGrant


def role_of(name: str) -> Role:
    """The role of a name.

    Raises:
        UnknownRoleError: There is none.
    """
    try:
        return Role(name)
    except ValueError:
        raise UnknownRoleError(role=name, roles=", ".join(sorted(Role)), field="role") from None


def grant_role(person_id: int, role: Role, *, by: Person) -> None:
    """Grant a role.

    Raises:
        DeniedError: The granter may not, or the role does not go together with those held.
    """
    with transaction.atomic():
        # The row is locked so that two grants at once cannot join what must stay apart.
        person = Person.objects.select_for_update().get(pk=person_id)
        require(policy.may_grant_role(by, person, role))
        RoleGrant.objects.create(person=person, role=role, granted_by=by, granted_at=clock.now())
        _set(person, person.roles | {role})
        _record(facts.RoleGranted(person=person.pk, role=role), person, by.actor)


def revoke_role(person_id: int, role: Role, *, by: Person) -> None:
    """Take a role.

    Raises:
        DeniedError: The one who takes it may not, or it is not held.
    """
    with transaction.atomic():
        person = Person.objects.select_for_update().get(pk=person_id)
        require(policy.may_revoke_role(by, person, role))
        RoleGrant.objects.filter(person=person, role=role, revoked_at=None).update(
            revoked_at=clock.now(), revoked_by=by
        )
        _set(person, person.roles - {role})
        _record(facts.RoleRevoked(person=person.pk, role=role), person, by.actor)


def _set(person: Person, roles: frozenset[str]) -> None:
    person.role_names = sorted(roles)
    person.save(update_fields=["role_names"])


def _record(data: facts.RoleGranted | facts.RoleRevoked, person: Person, actor: Actor) -> None:
    record(
        data,
        actor=actor,
        subject=f"organisation.person:{person.pk}",
        department=person.department_id or "",
    )
