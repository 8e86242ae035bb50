"""Who may do what in the exchange, and why."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from heli.exchange.models import (
    Appeal,
    Application,
    Confirmation,
    EmergencyRule,
    Extract,
    Grant,
    Override,
    Resource,
)
from heli.kernel.permissions import Decision, Role, allow, deny, roles_of
from heli.organisation.selectors import Person

WATCHERS = frozenset({Role.SUPERVISOR, Role.AUDIT_ADMIN})
AUTHORITY = "data.sharing"
"""Competence of the stewards of the department that administers all sharing (数据主管部门)."""


EMERGENCY = "data.emergency"
"""Competence of the officers who may break the glass (破窗) for their department."""
LEAST_REASON = 8
"""Characters below which a text is no reason."""


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


def may_publish(person: object, department: str) -> Decision:
    """Whether a person may put a department's data into the catalogue and say where it lies."""
    if Role.STEWARD not in roles_of(person):
        return deny("role", _("only a data steward publishes data"))
    if not department or getattr(person, "department_id", None) != department:
        return deny("department", _("only the source department publishes its data"))
    return allow("steward", _("you are a data steward of the source department"))


def may_apply(person: object, department: str) -> Decision:
    """Whether a person may apply, correct, withdraw and appeal for a department."""
    if Role.STEWARD not in roles_of(person):
        return deny("role", _("only a data steward applies for data"))
    if not department or getattr(person, "department_id", None) != department:
        return deny("department", _("only the department that needs the data applies for it"))
    return allow("steward", _("you are a data steward of the applying department"))


def may_review_application(person: object, application: Application) -> Decision:
    """Whether a person may review or return an application."""
    return may_grant(person, application.resource)


def may_decide(person: object, application: Application) -> Decision:
    """Whether a person may decide an application.

    A steward or the head of the source department; once the time has run out, a steward of the
    data authority in their place.
    """
    roles = roles_of(person)
    own = getattr(person, "department_id", None) == application.resource.department_id
    if own and roles & {Role.STEWARD, Role.HEAD}:
        return allow("source", _("your department is the source of the data"))
    if application.overdue_at is not None and is_authority(person):
        return allow("authority", _("the source department has let its time run out"))
    return deny("department", _("the source department decides who may use its data"))


def may_see_application(person: object, application: Application) -> Decision:
    """Whether a person may see an application with its arguments and decisions."""
    parties = {application.consumer_id, application.resource.department_id}
    roles = roles_of(person)
    if roles & {Role.STEWARD, Role.HEAD} and getattr(person, "department_id", None) in parties:
        return allow("party", _("your department takes part"))
    if Role.LEADER in roles:
        return allow("leading", _("you lead the city"))
    return watches_all(person)


def may_decide_appeal(person: object, appeal: Appeal) -> Decision:
    """Whether a person may decide an appeal: of the tier that it was made to, and no party."""
    application = appeal.application
    parties = {application.consumer_id, application.resource.department_id}
    if getattr(person, "department_id", None) in parties:
        return deny("party", _("your department is a party to the appeal"))
    if appeal.tier == Appeal.Tier.AUTHORITY:
        found = is_authority(person)
        if not found:
            return found
        return allow("authority", _("your office administers the sharing of data"))
    if Role.LEADER in roles_of(person):
        return allow("leading", _("you lead the city"))
    return deny("role", _("appeals of this tier are decided by the leading office"))


def is_authority(person: object) -> Decision:
    """Whether a person is a steward of the data authority, which keeps the catalogue's rules."""
    if Role.STEWARD not in roles_of(person) or not isinstance(person, Person):
        return deny("role", _("this is for data stewards of the data authority"))
    if not person.competences.filter(name=AUTHORITY).exists():
        return deny("department", _("your office administers the data of one department"))
    return allow("authority", _("your office administers the sharing of data"))


def may_register_provision(person: object) -> Decision:
    """Whether a person may register provisions of law."""
    if Role.STEWARD not in roles_of(person):
        return deny("role", _("only a data steward registers provisions"))
    return allow("steward", _("you are a data steward"))


EXTRACTORS = frozenset({Role.OFFICER, Role.STEWARD})


def may_ask_extract(person: object, grant: Grant) -> Decision:
    """Whether a person may ask for an extract under a grant, as far as it depends on them."""
    if not roles_of(person) & EXTRACTORS:
        return deny("role", _("officers and data stewards ask for extracts"))
    if getattr(person, "department_id", None) != grant.consumer_id:
        return deny("department", _("the grant is another department's"))
    return allow("consumer", _("your department holds the grant"))


def may_count_decoys(person: object, extract: Extract) -> bool:
    """Whether a person may know how many records of a file are decoys: never who received it."""
    if getattr(person, "department_id", None) == extract.consumer:
        return False
    own = getattr(person, "department_id", None) == extract.resource.department_id
    return own or bool(roles_of(person) & WATCHERS)


def may_see_extract(person: object, extract: Extract) -> Decision:
    """Whether a person may see that there is an extract and what became of it."""
    if isinstance(person, Person) and extract.actor == str(person.actor):
        return allow("own", _("you asked for it"))
    return may_see_accesses(
        person, source=extract.resource.department_id, consumer=extract.consumer
    )


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
    """Whether a fact of the exchange or a correction concerns who did not do it.

    Whoever sees an access in the log can open its receipt, too.

    Args:
        user: Who wants to see it.
        verb: The fact's verb.
        department: Department that did it.
        data: What the fact says.
    """
    if not verb.startswith(("exchange.", "feeds.", "openness.correction.", "openness.alarm.")):
        return False
    told = data.get("consumers")
    if isinstance(told, list) and getattr(user, "department_id", None) in told:
        return bool(roles_of(user) & {Role.STEWARD, Role.HEAD})
    source = str(data.get("resource", "")).partition("/")[0]
    consumer = str(data.get("consumer", "") or department)
    return bool(may_see_accesses(user, source=source, consumer=consumer))


SESSION_KEEPERS = frozenset({Role.STEWARD, Role.HEAD, Role.SECURITY_ADMIN})


def may_end_sessions(person: object, department: str) -> Decision:
    """Whether a person may see and end the sessions of a department's systems.

    Args:
        person: Who wants to.
        department: Code of the department that answers for the systems; empty means every one.
    """
    roles = roles_of(person)
    if Role.SECURITY_ADMIN in roles:
        return allow("security_admin", _("you manage the keys of all systems"))
    if not roles & SESSION_KEEPERS:
        return deny("role", _("this is for data stewards and heads of departments"))
    if department and getattr(person, "department_id", None) == department:
        return allow("owner", _("your department answers for the system"))
    return deny("department", _("another department answers for the system"))


def may_register_duty(person: object) -> Decision:
    """Whether a person may register and strike off statutory duties."""
    if Role.STEWARD in roles_of(person) and isinstance(person, Person):
        if person.competences.filter(name=AUTHORITY).exists():
            return allow("authority", _("your office administers the sharing of data"))
        return deny("department", _("only the office that administers sharing registers duties"))
    return deny("role", _("only a data steward registers duties"))


def may_ask_confirmation(person: object) -> Decision:
    """Whether a person may ask a colleague to stand by calls."""
    if roles_of(person) & SECOND and getattr(person, "department_id", None):
        return allow("officer", _("you work for a department"))
    return deny("role", _("only officers of a department ask for a second person"))


SECOND = frozenset({Role.OFFICER, Role.HEAD, Role.STEWARD})


def may_see_confirmation(person: object, row: Confirmation) -> Decision:
    """Whether a person may see what an officer asked a colleague."""
    if getattr(person, "department_id", None) == row.department_id:
        return allow("department", _("you work for the same department"))
    return deny("department", _("this is between officers of another department"))


def may_answer_confirmation(person: object, row: Confirmation) -> Decision:
    """Whether a person may confirm what a colleague asked."""
    if not roles_of(person) & SECOND:
        return deny("role", _("only officers of a department ask for a second person"))
    if getattr(person, "department_id", None) != row.department_id:
        return deny("department", _("somebody of the same department must confirm"))
    if getattr(person, "pk", None) == row.asked_by_id:
        return deny("self", _("nobody confirms what they asked for themselves"))
    return allow("second", _("you are another officer of the department"))


def may_break_glass(person: object, rule: EmergencyRule | None) -> Decision:
    """Whether a person may look something up in an emergency."""
    if not isinstance(person, Person) or not roles_of(person) & SECOND:
        return deny("role", _("only officers of a department may do this"))
    if not person.competences.filter(name=EMERGENCY).exists():
        return deny("competence", _("your post does not include emergency access"))
    if rule is None or rule.department_id != person.department_id:
        return deny("rule", _("your department has no emergency access to this resource"))
    return allow("emergency", _("your post includes emergency access"))


def may_justify(person: object, row: Override) -> Decision:
    """Whether a person may say what an emergency was."""
    if getattr(person, "pk", None) == row.person_id:
        return allow("self", _("you used the emergency access"))
    return deny("self", _("only who used the emergency access justifies it"))


def may_review(person: object, row: Override) -> Decision:
    """Whether a person may judge an emergency access."""
    if getattr(person, "pk", None) == row.person_id:
        return deny("self", _("nobody judges their own emergency access"))
    if roles_of(person) & WATCHERS:
        return allow("watcher", _("you supervise the exchange"))
    return deny("role", _("this is for who supervises or administers the sharing of data"))


def may_see_override(person: object, row: Override) -> Decision:
    """Whether a person may see that the glass was broken, and why."""
    if getattr(person, "pk", None) == row.person_id:
        return allow("self", _("you used the emergency access"))
    return may_see_accesses(
        person, source=row.rule.resource.department_id, consumer=row.rule.department_id
    )
