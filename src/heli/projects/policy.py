"""Who may do what with digital projects, and why."""

from django.utils.translation import gettext_lazy as _

from heli.exchange.policy import AUTHORITY
from heli.kernel.permissions import Decision, Role, allow, deny, roles_of
from heli.organisation.selectors import Person
from heli.projects.models import Project

OWNERS = frozenset({Role.STEWARD, Role.HEAD})
WATCHERS = frozenset({Role.SUPERVISOR, Role.LEADER, Role.AUDIT_ADMIN})
READERS = OWNERS | WATCHERS


def may_register(person: object) -> Decision:
    """Whether a person may register a project of their department."""
    if not roles_of(person) & OWNERS:
        return deny("role", _("projects are registered by data stewards and heads"))
    if not getattr(person, "department_id", None):
        return deny("department", _("a project belongs to a department"))
    return allow("owner", _("you act for your department"))


def may_change(person: object, project: Project) -> Decision:
    """Whether a person may change what a project promises."""
    allowed = may_register(person)
    if not allowed:
        return allowed
    if getattr(person, "department_id", None) != project.department_id:
        return deny("department", _("this is another department's project"))
    return allow("owner", _("it is your department's project"))


def reviews(person: object) -> bool:
    """Whether a person reviews projects: stewards and heads of the city's data authority."""
    return (
        isinstance(person, Person)
        and bool(roles_of(person) & OWNERS)
        and person.competences.filter(name=AUTHORITY).exists()
    )


def may_review(person: object, project: Project) -> Decision:
    """Whether a person may decide at the gate of a project, and on exceptions."""
    if not reviews(person):
        return deny("role", _("this is for the office that administers the sharing of data"))
    if getattr(person, "department_id", None) == project.department_id:
        return deny("own", _("nobody decides on a project of their own department"))
    return allow("reviewer", _("your office administers the sharing of data"))


def may_test(person: object, project: Project) -> Decision:
    """Whether a person may have the interfaces of a project tested."""
    own = may_change(person, project)
    return own if own else may_review(person, project)


def may_see_all(person: object) -> bool:
    """Whether a person sees the projects of every department."""
    return bool(roles_of(person) & WATCHERS) or reviews(person)


def may_see(person: object, project: Project) -> Decision:
    """Whether a person may see a project."""
    if may_see_all(person):
        return allow("watcher", _("you supervise or review projects"))
    if getattr(person, "department_id", None) == project.department_id:
        return allow("owner", _("it is your department's project"))
    return deny("department", _("this is another department's project"))
