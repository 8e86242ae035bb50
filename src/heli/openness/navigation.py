"""What people see of openness in the top bar."""

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from heli.kernel.permissions import Role
from heli.openness import selectors
from heli.organisation.selectors import Person
from heli.web.navigation import NavItem
from heli.web.navigation import register as register_entry

DECIDERS = frozenset({Role.STEWARD, Role.SUPERVISOR, Role.AUDIT_ADMIN})
MOST = 100


def _owed(request: HttpRequest) -> int | None:
    """How many objections wait for the reader's department, at most 100."""
    user = request.user
    if not isinstance(user, Person) or Role.STEWARD not in user.roles:
        return None
    return selectors.owed(user.department_id or "-").order_by()[:MOST].count()


def _unanswered(request: HttpRequest) -> int | None:
    """How many corrections the reader's department has not answered, at most 100."""
    user = request.user
    if not isinstance(user, Person) or Role.STEWARD not in user.roles:
        return None
    return selectors.waiting_for(user.department_id or "-")[:MOST].count()


def register() -> None:
    """Add the entries; called when the application starts."""
    for item in (
        NavItem("open", _("Open data"), "openness:open", {Role.APPLICANT}, order=7, public=True),
        NavItem("object", _("Object"), "openness:object", {Role.APPLICANT}, order=9, public=True),
        NavItem(
            "openness",
            _("Opened datasets"),
            "openness:publications",
            DECIDERS,
            46,
            under="exchange",
        ),
        NavItem(
            "objections",
            _("Objections"),
            "openness:objections",
            DECIDERS,
            47,
            _owed,
            under="exchange",
        ),
        NavItem(
            "corrections",
            _("Corrections"),
            "openness:corrections",
            DECIDERS,
            48,
            _unanswered,
            under="exchange",
        ),
    ):
        register_entry(item)
