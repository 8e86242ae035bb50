"""Who may look at the cockpit: those who answer for departments or watch over them."""

from django.http import HttpRequest
from django.utils.translation import gettext as _

from heli.cases.callers import has_role
from heli.kernel.permissions import Decision, Role, allow, deny
from heli.organisation.selectors import Person

VIEWERS = (Role.LEADER, Role.SUPERVISOR, Role.HEAD)


def may_see_desk(person: Person, department: str) -> Decision:
    """Whether somebody may see what a department owes, and what each of its officers carries."""
    if not has_role(person, Role.HEAD):
        return deny("not_head", _("this is for the head of the department"))
    if not department or person.department_id != department:
        return deny("other_department", _("you head another department"))
    return allow("head", _("you head the department"))


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
    "cases.matter.discarded",
    # Housekeeping: the installation at its own work, nothing that a leader could act on.
    "exchange.category.registered",
    "exchange.element.registered",
    "exchange.extract.traced",
    "exchange.file.received",
    "exchange.lookup.denials_dropped",
    "exchange.quality.measured",
    "exchange.sample.read",
    "exchange.session.closed",
    "exchange.session.ended",
    "exchange.session.opened",
)
