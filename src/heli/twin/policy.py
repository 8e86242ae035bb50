"""Who may do what with the twin, and why."""

from django.utils.translation import gettext_lazy as _

from heli.kernel.permissions import STAFF, Decision, Role, allow, deny, roles_of
from heli.organisation.selectors import Person
from heli.twin.models import CityVersion, Run

PLANNING = "policy.simulation"
"""The competence of those who build city models and try policies for their department."""
READERS = STAFF
PLANNERS = frozenset({Role.OFFICER, Role.HEAD, Role.LEADER, Role.STEWARD})
"""Roles that may plan if the person is competent; leaders are."""


def may_read(person: object) -> Decision:
    """Whether a person may see cities, scenarios and what was found: every official may."""
    if roles_of(person) & READERS:
        return allow("official", _("officials see what was simulated"))
    return deny("role", _("simulations are for officials"))


def may_plan(person: object) -> Decision:
    """Whether a person may save scenarios, ask for runs, and file predictions."""
    if Role.LEADER in roles_of(person):
        return allow("leader", _("leaders try policies"))
    if not isinstance(person, Person) or not roles_of(person) & PLANNERS:
        return deny("role", _("policies are tried by planners and leaders"))
    if not person.competences.filter(name=PLANNING).exists():
        return deny("competence", _("your post does not include policy simulation"))
    return allow("planner", _("your post includes policy simulation"))


def may_build(person: object) -> Decision:
    """Whether a person may build versions of city models: planners of a department."""
    allowed = may_plan(person)
    if not allowed:
        return allowed
    if Role.LEADER in roles_of(person) or not getattr(person, "department_id", None):
        return deny("department", _("city models are built by planners of a department"))
    return allowed


def may_take(person: object, version: CityVersion) -> Decision:
    """Whether a person may have a version's content, and what was observed place by place.

    What came from the exchange was given to a department for its purpose, so others may not.
    """
    allowed = may_read(person)
    if not allowed or not version.sources.exists():
        return allowed
    if isinstance(person, Person) and person.department_id == version.department:
        return allow("own", _("your department built it"))
    return deny("department", _("its data was given to another department for its purpose"))


def may_change(person: object, department: str) -> Decision:
    """Whether a person may change what a department made, or enter what came of it."""
    allowed = may_plan(person)
    if not allowed or Role.LEADER in roles_of(person):
        return allowed
    if getattr(person, "department_id", None) != department:
        return deny("department", _("this is another department's"))
    return allow("own", _("it is your department's"))


def cites_everywhere(person: object) -> bool:
    """Whether a person may cite runs in all matters, not only in those of the department.

    Leaders see all of them.
    """
    return Role.LEADER in roles_of(person)


def may_cancel(person: object, run: Run) -> Decision:
    """Whether a person may stop a run: whoever asked for it, and planners of the department."""
    allowed = may_plan(person)
    if not allowed:
        return allowed
    own = isinstance(person, Person) and (
        str(person.actor) == run.asked_by or person.department_id == run.department
    )
    if not own:
        return deny("department", _("another department asked for this simulation"))
    return allow("own", _("your department asked for it"))
