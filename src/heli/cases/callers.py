"""Who asks for something: a person who signed in, or a system that acts for its department."""

from typing import Any, Protocol, TypeGuard, runtime_checkable

from heli.kernel.actor import Actor
from heli.kernel.permissions import Role
from heli.organisation.selectors import Person


@runtime_checkable
class SystemCaller(Protocol):
    """A machine client as the organisation makes it known (``RegisteredSystem``)."""

    @property
    def actor(self) -> Actor:
        """The system as the author of facts."""
        ...


Caller = Person | SystemCaller


def actor_of(by: Caller) -> Actor:
    """The author of facts."""
    return by.actor


def department_of(by: Caller) -> str:
    """Code of the department somebody acts for; empty for an applicant."""
    return by.actor.department


def is_person(by: Any) -> TypeGuard[Person]:
    """Whether a person and not a system asks."""
    return isinstance(by, Person)


def has_role(by: Caller, *roles: Role) -> bool:
    """Whether a person holds one of the roles; a system holds none."""
    return isinstance(by, Person) and bool(by.roles & set(roles))
