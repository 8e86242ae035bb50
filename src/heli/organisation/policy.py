"""Who may change what in the organisation, each answer with its reason.

The three administrators are separate people (三员分立): the system administrator manages
departments and people, the security administrator grants roles and keys, the audit administrator
reads the trail and changes nothing.
"""

from django.utils.translation import gettext as _

from heli.kernel.permissions import ADMINISTRATORS, ROLE_LABELS, Decision, Role, allow, deny
from heli.organisation.models import Person


def may_manage_structure(person: Person) -> Decision:
    """Departments, posts, people and appointments."""
    if Role.SYSTEM_ADMIN in person.roles:
        return allow("system_admin", _("you are a system administrator"))
    return deny(
        "not_system_admin", _("departments and people are managed by the system administrator")
    )


def may_set_competences(person: Person, of: Person) -> Decision:
    """What somebody is qualified to handle is said by the head of their department."""
    if Role.SYSTEM_ADMIN in person.roles:
        return allow("system_admin", _("you are a system administrator"))
    if Role.HEAD in person.roles and _same_department(person, of):
        return allow("own_head", _("you head this department"))
    return deny(
        "not_own_head",
        _("competences are set by the head of the person's department or a system administrator"),
    )


def may_record_absence(person: Person, of: Person) -> Decision:
    """One's own, or that of somebody in the department one heads."""
    if person.pk == of.pk:
        return allow("self", _("it is your own absence"))
    if Role.HEAD in person.roles and _same_department(person, of):
        return allow("own_head", _("you head this department"))
    if Role.SYSTEM_ADMIN in person.roles:
        return allow("system_admin", _("you are a system administrator"))
    return deny(
        "not_own_absence",
        _("absences are recorded by the person, the head of the department or an administrator"),
    )


def may_change_roles(person: Person) -> Decision:
    """Roles at all; which role to whom is a further question."""
    if Role.SECURITY_ADMIN in person.roles:
        return allow("security_admin", _("you are a security administrator"))
    return deny("not_security_admin", _("roles are granted by the security administrator"))


def may_grant_role(person: Person, to: Person, role: Role) -> Decision:
    """A role to somebody else, never two administrators' roles to one person."""
    general = may_change_roles(person)
    if not general:
        return general
    if person.pk == to.pk:
        return deny("own_role", _("nobody grants roles to themselves"))
    return compatible(to, role)


def may_revoke_role(person: Person, of: Person, role: Role) -> Decision:
    """A role of somebody else."""
    general = may_change_roles(person)
    if not general:
        return general
    if person.pk == of.pk:
        return deny("own_role", _("nobody takes roles from themselves"))
    if role not in of.roles:
        return deny("not_held", _("the role is not held"))
    return general


def compatible(person: Person, role: Role) -> Decision:
    """Whether a role goes together with what the person already is, whoever grants it."""
    if role in person.roles:
        return deny("held", _("the role is held already"))
    if not person.is_active:
        return deny("inactive", _("the account is closed"))
    if role != Role.APPLICANT and person.department_id is None:
        return deny("no_department", _("this role is for people who serve in a department"))
    held = (person.roles & ADMINISTRATORS) if role in ADMINISTRATORS else frozenset()
    if held:
        other = ROLE_LABELS[Role(min(held))]
        return deny(
            "separation_of_duty",
            _(
                "the three administrators are separate people, and this one is already: {role}"
            ).format(role=other),
        )
    return allow("compatible", _("the role goes together with those held"))


def may_manage_keys(person: Person) -> Decision:
    """Systems and their keys."""
    if Role.SECURITY_ADMIN in person.roles:
        return allow("security_admin", _("you are a security administrator"))
    return deny(
        "not_security_admin", _("systems and their keys are managed by the security administrator")
    )


def may_read_trail(person: Person) -> Decision:
    """What was changed in the organisation, by whom."""
    if person.roles & {Role.AUDIT_ADMIN, Role.SUPERVISOR}:
        return allow("auditor", _("you audit the administrators"))
    return deny("not_auditor", _("the trail of changes is read by the audit administrator"))


def _same_department(person: Person, other: Person) -> bool:
    return person.department_id is not None and person.department_id == other.department_id
