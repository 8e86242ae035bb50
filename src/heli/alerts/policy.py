"""Who may issue, answer, read and plan, and why."""

from django.utils.translation import gettext_lazy as _

from heli.alerts.models import Alert, Kind
from heli.alerts.selectors.duty import on_duty
from heli.kernel.permissions import Decision, Role, allow, deny, roles_of
from heli.organisation.selectors import Person


def is_on_duty(person: Person) -> bool:
    """Whether somebody is the liaison officer on duty of their department now."""
    return bool(person.department_id) and on_duty(person.department_id or "").reaches(person.pk)


def may_issue(person: Person, kind: Kind) -> Decision:
    """Whether somebody may issue alerts of a kind."""
    if person.department_id not in kind.issuers:
        return deny("department", _("your department does not issue alerts of this kind"))
    if roles_of(person) & {Role.HEAD, Role.LEADER} or is_on_duty(person):
        return allow("issuer", _("you are on duty for an issuing department, or head it"))
    return deny("duty", _("only the officer on duty or the head issues alerts"))


def may_acknowledge(person: Person, department: str) -> Decision:
    """Whether somebody may answer for a department."""
    if person.department_id != department:
        return deny("department", _("it is another department's notice"))
    if Role.HEAD in roles_of(person) or is_on_duty(person):
        return allow("duty", _("you are on duty, or head the department"))
    return deny("duty", _("only the officer on duty or the head answers"))


def may_recall(person: Person, alert: Alert) -> Decision:
    """Whether somebody may recall an alert."""
    if person.department_id != alert.department_id:
        return deny("department", _("only the department that issued it recalls it"))
    return may_issue(person, alert.kind)


def may_read_details(person: Person, alert: Alert) -> Decision:
    """Whether somebody may read what an alert says about people."""
    if alert.state != Alert.State.LIVE:
        return deny("ended", _("the alert is no longer in force"))
    if Role.HEAD in roles_of(person) or is_on_duty(person):
        return allow("duty", _("you are on duty, or head a member department"))
    return deny("duty", _("only officers on duty and heads read it"))


def may_plan(person: Person, department: str) -> Decision:
    """Whether somebody may plan a department's roster."""
    if person.department_id == department and Role.HEAD in roles_of(person):
        return allow("head", _("you head the department"))
    return deny("head", _("only the head of the department plans its roster"))


def may_define(person: Person) -> Decision:
    """Whether somebody may define kinds of alert."""
    if Role.SUPERVISOR in roles_of(person):
        return allow("supervisor", _("you supervise the departments"))
    return deny("role", _("only the supervision office defines kinds of alert"))
