"""Who may look at the cockpit: those who answer for departments or watch over them."""

from django.http import HttpRequest

from heli.kernel.permissions import Role
from heli.organisation.models import Person

VIEWERS = (Role.LEADER, Role.SUPERVISOR, Role.HEAD)


def person_of(request: HttpRequest) -> Person:
    """Who looks: behind an audience of roles it is always a person."""
    assert isinstance(request.user, Person)
    return request.user


# Rooms whose facts the cockpit tells. Staff matters and the organisation's own changes are not
# its business, and imported history is not happening now.
TOLD = ("cases.", "exchange.", "ledger.")
UNTOLD = (
    "cases.history.opened",
    "cases.history.performed",
    "cases.history.closed",
    "cases.matter.drafted",
)
