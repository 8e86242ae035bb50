"""Who may change what in the organisation, each answer with its reason.

The three administrators are separate people (三员分立): the system administrator manages
departments and people, the security administrator grants roles and keys, the audit administrator
reads the trail. None of them changes the account of another alone: that takes two of different
kinds, one who asks and one who confirms.
"""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from heli.kernel.permissions import ADMINISTRATORS, ROLE_LABELS, Decision, Role, allow, deny
from heli.organisation.models import AccountChange, Person


def may_manage_structure(person: Person) -> Decision:
    """Departments, posts, people and appointments."""
    if Role.SYSTEM_ADMIN in person.roles:
        return allow("system_admin", _("you are a system administrator"))
    return deny(
        "not_system_admin", _("departments and people are managed by the system administrator")
    )


def may_change_account(person: Person, of: Person) -> Decision:
    """A new password, the second step removed, the account closed or reopened, by one alone."""
    return _alone(
        person, of, _("an administrator's account is changed by two administrators together")
    )


def may_edit_person(person: Person, of: Person) -> Decision:
    """Names, department, telephone and posts of somebody else."""
    return _alone(
        person,
        of,
        _("who is an administrator is edited after the security administrator has taken the role"),
    )


def _alone(person: Person, of: Person, together: str) -> Decision:
    general = may_manage_structure(person)
    if not general:
        return general
    if person.pk == of.pk:
        return deny("own_account", _("nobody administers their own account"))
    if of.roles & ADMINISTRATORS:
        return deny("administrator", together)
    return general


def may_ask_change(person: Person, of: Person) -> Decision:
    """To ask for a change of an administrator's account, which another one confirms."""
    if not person.roles & ADMINISTRATORS:
        return deny("not_administrator", _("this is for the three administrators"))
    if person.pk == of.pk:
        return deny("own_account", _("nobody administers their own account"))
    if not of.roles & ADMINISTRATORS:
        return deny("no_administrator", _("this is not the account of an administrator"))
    return allow("administrator", _("you are one of the three administrators"))


def may_confirm_change(person: Person, change: AccountChange) -> Decision:
    """To confirm what an administrator of another kind asked for."""
    asker, of = change.asked_by, change.person
    if not person.roles & ADMINISTRATORS:
        return deny("not_administrator", _("this is for the three administrators"))
    if person.pk == of.pk:
        return deny("own_account", _("nobody administers their own account"))
    if not asker.is_active or not asker.roles & ADMINISTRATORS:
        return deny("asker_gone", _("who asked is no administrator any more"))
    if person.pk == asker.pk or person.roles & asker.roles & ADMINISTRATORS:
        return deny(
            "same_kind", _("it is confirmed by an administrator of another kind than who asked")
        )
    return allow("other_kind", _("you are an administrator of another kind than who asked"))


def may_decline_change(person: Person) -> Decision:
    """To decline it, or to withdraw what one asked for; the one concerned may, too."""
    if not person.roles & ADMINISTRATORS:
        return deny("not_administrator", _("this is for the three administrators"))
    return allow("administrator", _("you are one of the three administrators"))


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
    """A role to somebody else, never a further one to an administrator."""
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
    if not separate({*person.roles, role}):
        held = ", ".join(str(ROLE_LABELS[Role(name)]) for name in sorted(person.roles))
        return deny(
            "separation_of_duty",
            _("an administrator holds no other role, and this person is already: {roles}").format(
                roles=held
            ),
        )
    return allow("compatible", _("the role goes together with those held"))


def separate(roles: Iterable[str]) -> bool:
    """Whether roles may be one person's: an administrator of the three holds no other role."""
    held = frozenset(roles)
    return len(held) < 2 or not held & ADMINISTRATORS


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
