"""The 24-hour roster: planning shifts, substitution, and handing over."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from heli.alerts import facts
from heli.alerts.errors import (
    HandoverError,
    NobodyToPlanError,
    NotOnDutyError,
    ShiftOverlapError,
)
from heli.alerts.models import Notice, Shift
from heli.alerts.selectors.duty import LEFT
from heli.alerts.services.alerts import touch
from heli.kernel import clock
from heli.kernel.actor import Actor
from heli.ledger.screening import screen
from heli.ledger.services import record
from heli.organisation import selectors as organisation
from heli.organisation.selectors import Person

HOURS = (8, 12, 24)
MOST_DAYS = 62


def plan_shifts(
    department: str,
    people: Sequence[Person],
    *,
    first: dt.date,
    days: int,
    hours: int = 12,
    begins: int = 8,
    actor: Actor,
) -> list[Shift]:
    """Plan shifts without a gap, people taking turns; who is away is passed over.

    Args:
        department: Its code.
        people: Who takes turns, in this order.
        first: First day, in Asia/Shanghai.
        days: For how many days, at most 62.
        hours: Length of a shift: 8, 12 or 24.
        begins: Hour of the day at which the first shift begins.
        actor: Who plans.

    Raises:
        ShiftOverlapError: The roster has a shift at that time.
        NobodyToPlanError: All are away on a day.
        NotOnDutyError: Somebody does not serve in the department.
    """
    for person in people:
        if person.department_id != department or not person.is_active:
            raise NotOnDutyError(field="people", person=person.name)
    begin = dt.datetime.combine(first, dt.time(begins), clock.SHANGHAI)
    length = dt.timedelta(hours=hours)
    with transaction.atomic():
        end = begin + dt.timedelta(days=min(days, MOST_DAYS))
        other = Shift.objects.filter(
            department=department, starts_at__lt=end, ends_at__gt=begin
        ).first()
        if other is not None:
            raise ShiftOverlapError(field="first", starts_at=_local(other.starts_at))
        made, turn = [], 0
        while begin < end:
            person, turn = _next(people, turn, begin)
            made.append(
                Shift(
                    department_id=department,
                    starts_at=begin,
                    ends_at=begin + length,
                    officer=person,
                    planned=person,
                )
            )
            begin += length
        Shift.objects.bulk_create(made)
        record(
            facts.RosterPlanned(
                count=len(made),
                since=made[0].starts_at.isoformat(),
                until=made[-1].ends_at.isoformat(),
            ),
            actor=actor,
            department=department,
            subject=f"alerts.roster:{department}",
        )
        touch()
    return made


def _next(people: Sequence[Person], turn: int, begin: dt.datetime) -> tuple[Person, int]:
    """Whose turn it is, passing over who is away, and whose it is after them."""
    day = begin.astimezone(clock.SHANGHAI).date()
    away = set(organisation.absences_on(day).values_list("person", flat=True))
    for step in range(len(people)):
        person = people[(turn + step) % len(people)]
        if person.pk not in away:
            return person, turn + step + 1
    raise NobodyToPlanError(field="people", day=day.isoformat())


def _local(instant: dt.datetime) -> str:
    return f"{instant.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}"


@transaction.atomic
def substitute(shift: Shift, officer: Person, *, actor: Actor, reason: str) -> Shift:
    """Let somebody else of the department take a shift that has not ended.

    Raises:
        NotOnDutyError: They serve elsewhere, are closed, or are away then.
        HandoverError: The shift has ended.
    """
    screen(reason)
    row = Shift.objects.select_for_update().get(pk=shift.pk)
    if row.ends_at <= clock.now():
        raise HandoverError
    away = organisation.is_away(officer.pk, max(row.starts_at, clock.now()))
    if officer.department_id != row.department_id or not officer.is_active or away:
        raise NotOnDutyError(field="officer", person=officer.name)
    instead_of, row.officer = row.officer_id, officer
    row.accepted_at = None
    row.save(update_fields=["officer", "accepted_at"])
    record(
        facts.ShiftSubstituted(
            shift=row.pk, officer=officer.pk, instead_of=instead_of, reason=reason.strip()[:300]
        ),
        actor=actor,
        department=row.department_id,
        subject=f"alerts.roster:{row.department_id}",
    )
    touch()
    return row


@transaction.atomic
def hand_over(shift: Shift, *, person: Person, note: str) -> Shift:
    """Leave a shift with a note for the next officer; alerts still reach both until they take over.

    Raises:
        HandoverError: It is not theirs, has not begun, or was left before.
    """
    screen(note)
    row = Shift.objects.select_for_update().get(pk=shift.pk)
    now = clock.now()
    if row.officer_id != person.pk or row.starts_at > now or row.handed_at is not None:
        raise HandoverError
    row.note, row.handed_at = note.strip()[:500], now
    row.save(update_fields=["note", "handed_at"])
    waiting = Notice.objects.filter(
        department=row.department_id, acknowledged_at=None, closed_at=None
    )
    record(
        facts.ShiftHandedOver(shift=row.pk, waiting=waiting.count()),
        actor=person.actor,
        subject=f"alerts.roster:{row.department_id}",
    )
    touch()
    return row


@transaction.atomic
def accept_shift(shift: Shift, *, person: Person) -> Shift:
    """Take over; from now on alerts reach this officer alone.

    Raises:
        HandoverError: It is not theirs, is over an hour away, has ended, or was taken before.
    """
    row = Shift.objects.select_for_update().get(pk=shift.pk)
    now = clock.now()
    fits = row.starts_at - LEFT / 12 <= now < row.ends_at
    if row.officer_id != person.pk or row.accepted_at is not None or not fits:
        raise HandoverError
    row.accepted_at = now
    row.save(update_fields=["accepted_at"])
    record(
        facts.ShiftAccepted(shift=row.pk),
        actor=person.actor,
        subject=f"alerts.roster:{row.department_id}",
    )
    touch()
    return row
