"""Who may do what in the exchange, and why."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from heli.exchange.models import Resource
from heli.kernel.permissions import Decision, Role, allow, deny, roles_of
from heli.organisation.models import Person

WATCHERS = frozenset({Role.SUPERVISOR, Role.AUDIT_ADMIN})
AUTHORITY = "data.sharing"
"""Competence of the stewards of the department that administers all sharing (数据主管部门)."""


def watches_all(person: object) -> Decision:
    """Whether a person may see every access, whoever took part.

    Beside those who supervise, the stewards of the city's data authority. It is their function that
    counts, not the code of a department: the role comes from the security administrator and the
    competence from the system administrator, so neither alone opens the log.
    """
    roles = roles_of(person)
    if roles & WATCHERS:
        return allow("watcher", _("you supervise the exchange"))
    if Role.STEWARD in roles and isinstance(person, Person):
        if person.competences.filter(name=AUTHORITY).exists():
            return allow("authority", _("your office administers the sharing of data"))
        return deny("department", _("your office administers the data of one department"))
    return deny("role", _("this is for who supervises or administers the sharing of data"))


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
    if everything := watches_all(person):
        return everything
    own = getattr(person, "department_id", None)
    if not roles & {Role.STEWARD, Role.HEAD}:
        return deny("role", _("this is for data stewards and heads of departments"))
    if own and own in (source, consumer):
        return allow("party", _("your department takes part"))
    return deny("department", _("neither the source nor the user of the data is your department"))


def concerns_fact(user: object, verb: str, department: str, data: Mapping[str, object]) -> bool:
    """Whether a fact of the exchange concerns a person whose department did not do it.

    Whoever sees an access in the log can open its receipt, too.

    Args:
        user: Who wants to see it.
        verb: The fact's verb.
        department: Department that did it.
        data: What the fact says.
    """
    if not verb.startswith("exchange."):
        return False
    source = str(data.get("resource", "")).partition("/")[0]
    consumer = str(data.get("consumer", "") or department)
    return bool(may_see_accesses(user, source=source, consumer=consumer))
