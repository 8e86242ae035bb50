"""Who may see a fact and its receipt, and why. Deny by default."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from heli.kernel.permissions import Decision, Role, allow, deny, roles_of
from heli.ledger.models import Fact
from heli.ledger.questions import concerns_fact, concerns_matter

WATCHERS = frozenset({Role.SUPERVISOR, Role.LEADER, Role.AUDIT_ADMIN})
OFFICIALS = frozenset(
    {Role.OFFICER, Role.AMBASSADOR, Role.HEAD, Role.STEWARD, Role.ARBITRATOR},
)
READERS = (*sorted(WATCHERS), Role.STEWARD)
"""Who the state of the log is shown to."""


def may_see_fact(user: object, fact: Fact) -> Decision:
    """Whether somebody may see a fact with its content and receipt.

    System and security administrators see none: who runs the installation does not read its record.
    """
    roles = roles_of(user)
    if roles & WATCHERS:
        return allow("watcher", _("you watch over the ledger"))
    department = getattr(user, "department_id", None)
    if roles & OFFICIALS and department and department == fact.department:
        return allow("department", _("your department did it"))
    if roles & OFFICIALS and concerns_fact(user, fact.verb, fact.department, fact.data):
        return allow("party", _("it concerns what your department answers for"))
    if roles & {*OFFICIALS, Role.APPLICANT} and fact.matter:
        if concerns_matter(user, fact.matter):
            return allow("matter", _("it belongs to a matter that concerns you"))
        return deny("matter", _("it belongs to a matter that concerns neither you nor your office"))
    return deny("outsider", _("it is neither your department's nor part of a matter of yours"))


def may_system_see_fact(department: str, fact: Fact) -> Decision:
    """Whether a department's registered system may see a fact: only what its department did."""
    if department and department == fact.department:
        return allow("department", _("your department did it"))
    return deny("department", _("your department did not do it"))


def seen_by(user: object) -> Q:
    """Which facts a list may show to somebody: all to watchers, else their department's."""
    roles = roles_of(user)
    if roles & WATCHERS:
        return Q()
    department = getattr(user, "department_id", None)
    if roles & OFFICIALS and department:
        return Q(department=department)
    return Q(pk__in=())
