"""Recording who is away and who stands in."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from heli.kernel import clock
from heli.kernel.actor import Actor
from heli.ledger.services import record
from heli.organisation import facts
from heli.organisation.errors import AbsenceOrderError, AbsenceOverlapError, SubstituteError
from heli.organisation.models import Absence, Person


def record_absence(
    person: Person,
    starts_on: dt.date,
    ends_on: dt.date,
    *,
    actor: Actor,
    substitute: Person | None = None,
    kind: str = Absence.Kind.LEAVE,
) -> Absence:
    """Record that a person is away, first and last day included.

    Raises:
        AbsenceOrderError: It would end before it begins.
        AbsenceOverlapError: Another absence covers some of these days.
        SubstituteError: The substitute cannot stand in.
    """
    if ends_on < starts_on:
        raise AbsenceOrderError(starts_on=starts_on, ends_on=ends_on, field="ends_on")
    with transaction.atomic():
        Person.objects.select_for_update().get(pk=person.pk)
        other = _standing(person, starts_on, ends_on)
        if other is not None:
            raise AbsenceOverlapError(
                starts_on=other.starts_on, ends_on=other.ends_on, field="starts_on"
            )
        if substitute is not None:
            _check_substitute(person, substitute, starts_on, ends_on)
        absence = Absence.objects.create(
            person=person,
            starts_on=starts_on,
            ends_on=ends_on,
            substitute=substitute,
            kind=kind,
        )
        record(
            facts.AbsenceRecorded(
                absence=absence.pk,
                person=person.pk,
                starts_on=starts_on.isoformat(),
                ends_on=ends_on.isoformat(),
                substitute=substitute.pk if substitute else None,
            ),
            actor=actor,
            subject=f"organisation.person:{person.pk}",
            department=person.department_id or "",
        )
    return absence


def cancel_absence(absence: Absence, *, actor: Actor) -> None:
    """Call an absence off; calling it off twice has no second effect."""
    with transaction.atomic():
        if Absence.objects.filter(pk=absence.pk, cancelled_at=None).update(
            cancelled_at=clock.now()
        ):
            record(
                facts.AbsenceCancelled(absence=absence.pk, person=absence.person_id),
                actor=actor,
                subject=f"organisation.person:{absence.person_id}",
                department=absence.person.department_id or "",
            )


def _standing(person: Person, starts_on: dt.date, ends_on: dt.date) -> Absence | None:
    return Absence.objects.filter(
        person=person, cancelled_at=None, starts_on__lte=ends_on, ends_on__gte=starts_on
    ).first()


def _check_substitute(
    person: Person, substitute: Person, starts_on: dt.date, ends_on: dt.date
) -> None:
    if substitute.pk == person.pk:
        reason = _("nobody stands in for themselves")
    elif not substitute.is_active:
        reason = _("the account is closed")
    elif substitute.department_id != person.department_id:
        reason = _("they serve in another department")
    elif _standing(substitute, starts_on, ends_on) is not None:
        reason = _("they are away on some of these days")
    else:
        return
    raise SubstituteError(substitute=substitute.name, reason=reason, field="substitute")
