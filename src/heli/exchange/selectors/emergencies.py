"""Duties, second persons and emergencies."""

import uuid

from django.db.models import Q, QuerySet

from heli.errors import NotFoundError
from heli.exchange import policy
from heli.exchange.models import Confirmation, EmergencyRule, Override, PublicDuty
from heli.organisation.selectors import Person


def duties(*, department: str = "") -> QuerySet[PublicDuty]:
    """Registered duties, also those that were struck off."""
    rows = PublicDuty.objects.all()
    return rows.filter(department=department) if department else rows


def duty_by_id(duty_id: uuid.UUID) -> PublicDuty:
    """One duty.

    Raises:
        NotFoundError: There is none.
    """
    row = PublicDuty.objects.filter(pk=duty_id).first()
    if row is None:
        raise NotFoundError(what=str(duty_id))
    return row


def confirmations(department: str) -> QuerySet[Confirmation]:
    """What officers of a department asked each other to stand by, the newest first."""
    rows = Confirmation.objects.filter(department=department)
    return rows.select_related("resource", "asked_by", "answered_by")


def confirmation_by_id(confirmation_id: uuid.UUID) -> Confirmation:
    """One of them.

    Raises:
        NotFoundError: There is none.
    """
    rows = Confirmation.objects.select_related("resource", "asked_by", "answered_by")
    row = rows.filter(pk=confirmation_id).first()
    if row is None:
        raise NotFoundError(what=str(confirmation_id))
    return row


def emergency_rules(department: str = "") -> QuerySet[EmergencyRule]:
    """Emergency rules that stand, of all or of one department."""
    rows = EmergencyRule.objects.filter(withdrawn_at=None).select_related("resource")
    return rows.filter(department=department) if department else rows


def emergency_rule(rule_id: uuid.UUID) -> EmergencyRule:
    """One emergency rule.

    Raises:
        NotFoundError: There is none.
    """
    row = EmergencyRule.objects.filter(pk=rule_id).select_related("resource").first()
    if row is None:
        raise NotFoundError(what=str(rule_id))
    return row


def overrides_for(person: Person) -> QuerySet[Override]:
    """Emergency accesses that a person may see, the newest first."""
    rows = Override.objects.select_related("rule__resource", "person", "reviewed_by")
    if policy.watches_all(person):
        return rows
    own = person.department_id or "-"
    mine = Q(person=person)
    if policy.may_see_accesses(person, source=own, consumer=own):
        mine |= Q(rule__department=own) | Q(rule__resource__department=own)
    return rows.filter(mine)


def override_by_id(override_id: uuid.UUID) -> Override:
    """One emergency access.

    Raises:
        NotFoundError: There is none.
    """
    rows = Override.objects.select_related("rule__resource", "person", "reviewed_by")
    row = rows.filter(pk=override_id).first()
    if row is None:
        raise NotFoundError(what=str(override_id))
    return row


def override_of_fact(fact_id: uuid.UUID) -> Override:
    """The emergency access that a fact proves."""
    return Override.objects.select_related("rule__resource").get(fact_id=fact_id)
