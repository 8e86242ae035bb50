"""Who may do what in the exchange, and why."""

from django.utils.translation import gettext_lazy as _

from heli.exchange.models import Resource
from heli.kernel.permissions import Decision, Role, allow, deny, roles_of

WATCHERS = frozenset({Role.SUPERVISOR, Role.AUDIT_ADMIN})


def may_grant(person: object, resource: Resource) -> Decision:
    """Whether a person may grant or revoke access to a resource."""
    if Role.STEWARD not in roles_of(person):
        return deny("role", _("only a data steward grants access"))
    if getattr(person, "department_id", None) != resource.department_id:
        return deny("department", _("only the source department decides who may use its data"))
    return allow("steward", _("you are a data steward of the source department"))


def watches(person: object) -> bool:
    """Whether a person watches over all calls, and so sees why they were denied in truth."""
    return bool(roles_of(person) & WATCHERS)


def may_see_accesses(person: object, *, source: str, consumer: str) -> Decision:
    """Whether a person may see the calls between a source and a consumer department.

    Args:
        person: Who wants to see them.
        source: Code of the source department; empty means every one.
        consumer: Code of the consumer department; empty means every one.
    """
    roles = roles_of(person)
    if watches(person):
        return allow("watcher", _("you supervise the exchange"))
    own = getattr(person, "department_id", None)
    if not roles & {Role.STEWARD, Role.HEAD}:
        return deny("role", _("this is for data stewards and heads of departments"))
    if own and own in (source, consumer):
        return allow("party", _("your department takes part"))
    return deny("department", _("neither the source nor the user of the data is your department"))
