"""Who may open data, decide on objections and answer corrections, and why."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from heli.exchange.selectors import Resource
from heli.kernel.permissions import Decision, Role, allow, deny, roles_of
from heli.openness.models import Correction, Objection, Recipient
from heli.organisation.selectors import Person

WATCHERS = frozenset({Role.SUPERVISOR, Role.AUDIT_ADMIN})
ANSWERERS = frozenset({Role.STEWARD, Role.OFFICER, Role.HEAD})
SOURCES = frozenset({Role.STEWARD, Role.HEAD})
LAST_TIER = frozenset({Role.LEADER, Role.SUPERVISOR})


def may_open(person: object, resource: Resource) -> Decision:
    """Whether a person may open a resource to everybody, change what is open, and close it."""
    if Role.STEWARD not in roles_of(person):
        return deny("role", _("only a data steward opens data"))
    if getattr(person, "department_id", None) != resource.department_id:
        return deny("department", _("only the source department decides what of it is open"))
    return allow("steward", _("you are a data steward of the source department"))


def may_decide(person: object, row: Objection) -> Decision:
    """Whether a person decides an objection at its present tier."""
    ruling = row.rulings.filter(tier=row.tier).first()
    if ruling is None or getattr(person, "department_id", None) != ruling.department_id:
        return deny("department", _("another department decides"))
    roles = roles_of(person)
    if row.tier < 3 and Role.STEWARD not in roles:
        return deny("role", _("only a data steward decides"))
    if row.tier == 3 and not roles & LAST_TIER:
        return deny("role", _("the leading office decides"))
    return allow("tier", _("your department decides at this tier"))


def may_see_objection(person: object, row: Objection) -> Decision:
    """Whether a person may know of an objection at all."""
    if owns(person, row):
        return allow("own", _("you filed it"))
    if decides_or_decided(person, row):
        return allow("decides", _("your department decides or decided it"))
    if roles_of(person) & WATCHERS:
        return allow("watcher", _("you supervise how objections are handled"))
    return deny("none", _("it is neither yours nor your department's"))


def may_see_content(person: object, row: Objection) -> Decision:
    """Whether a person may read whom it is about, why, and what was handed in."""
    if owns(person, row):
        return allow("own", _("you filed it"))
    if decides_or_decided(person, row) and roles_of(person) & (LAST_TIER | {Role.STEWARD}):
        return allow("decides", _("your department decides or decided it"))
    return deny("content", _("only who filed it and who decides it read this"))


def owns(person: object, row: Objection) -> bool:
    """Whether a person filed it, or acts for the department that did."""
    if not isinstance(person, Person):
        return False
    if row.objector_department_id:
        ours = person.department_id == row.objector_department_id
        return ours and bool(roles_of(person) & ANSWERERS)
    return row.objector_id == person.pk


def decides_or_decided(person: object, row: Objection) -> bool:
    """Whether a person works on objections for a department that decides or decided it."""
    if not roles_of(person) & (LAST_TIER | {Role.STEWARD, Role.HEAD}):
        return False
    department = getattr(person, "department_id", None)
    return bool(department) and row.rulings.filter(department=department).exists()


def may_correct(person: object, row: Correction) -> Decision:
    """Whether a person looks after a correction for the source department."""
    return may_open(person, row.resource)


def may_answer(caller: Any, row: Recipient) -> Decision:
    """Whether a person or a system says for its department what was done with a correction."""
    if isinstance(caller, Person):
        if not roles_of(caller) & ANSWERERS:
            return deny("role", _("a steward, an officer or the head of the department answers"))
        own = caller.department_id
    else:
        own = getattr(caller, "department", None)
    if own != row.department_id:
        return deny("department", _("only the department that received it answers"))
    return allow("recipient", _("your department received the wrong version"))


def may_see_correction(person: object, row: Correction) -> Decision:
    """Whether a person may see a correction and who was told."""
    roles, own = roles_of(person), getattr(person, "department_id", None)
    if roles & WATCHERS:
        return allow("watcher", _("you supervise how corrections travel"))
    if own == row.department_id and roles & SOURCES:
        return allow("source", _("your department corrected it"))
    if roles & ANSWERERS and row.recipients.filter(department=own or "-").exists():
        return allow("recipient", _("your department received the wrong version"))
    if row.objection is not None and owns(person, row.objection):
        return allow("own", _("you objected"))
    return deny("none", _("it is none of your department's business"))
