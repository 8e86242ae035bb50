"""Who is on duty."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import QuerySet

from heli.alerts.models import Channel, Shift
from heli.kernel import clock
from heli.kernel.permissions import Role
from heli.organisation import selectors as organisation
from heli.organisation.selectors import DepartmentCard, Person

LEFT = dt.timedelta(hours=12)
"""So long after its end the officer of a shift is told as well, while nobody took over."""


@dataclass(frozen=True, slots=True)
class Duty:
    """Who is reached in a department at an instant.

    Attributes:
        officer: The liaison officer; null where the roster has nobody who is there.
        stands_in_for: The name of whom they stand in for.
        also: The officer of the shift before, while the present one has not taken over.
        shift: The present shift; null where the roster has none.
        telephone: Of the duty desk, or the officer's at work.
    """

    department: DepartmentCard
    officer: Person | None
    stands_in_for: str
    also: Person | None
    shift: Shift | None
    telephone: str

    def reaches(self, person_id: int) -> bool:
        """Whether somebody is on duty here."""
        return person_id in {each.pk for each in (self.officer, self.also) if each is not None}

    @property
    def state(self) -> str:
        """``on_time`` with an officer who took over, else ``at_risk``."""
        taken = self.shift is not None and self.shift.accepted_at is not None
        return "on_time" if taken and self.officer is not None else "at_risk"


def duties(at: dt.datetime | None = None, department: str = "") -> dict[str, Duty]:
    """Who is on duty in every active department, by its code, with five queries always."""
    now = at or clock.now()
    rows = Shift.objects.filter(ends_at__gt=now - LEFT, starts_at__lte=now)
    if department:
        rows = rows.filter(department=department)
    present: dict[str, Shift] = {}
    before: dict[str, Shift] = {}
    for row in rows.select_related("officer").order_by("starts_at"):
        (present if row.ends_at > now else before)[row.department_id] = row
    day = now.astimezone(clock.SHANGHAI).date()
    away = {
        absence.person_id: absence.substitute
        for absence in organisation.absences_on(day, department)
    }
    heads = _heads(department)
    channels = dict(Channel.objects.values_list("department", "telephone"))
    return {
        code: _duty(
            card,
            present.get(code),
            before.get(code),
            _Others(away, heads.get(code), channels.get(code, "")),
        )
        for code, card in organisation.departments().items()
        if card.is_active and department in ("", code)
    }


@dataclass(frozen=True, slots=True)
class _Others:
    """Who and what else counts: absences with their substitutes, the head, the desk."""

    away: dict[int, Person | None]
    head: Person | None
    telephone: str


def _heads(department: str) -> dict[str, Person]:
    """Who answers for each department: the holder of its head post, else of the head role."""
    active = Person.objects.filter(is_active=True, department__isnull=False)
    if department:
        active = active.filter(department=department)
    by_role = active.filter(role_grants__role=Role.HEAD, role_grants__revoked_at=None)
    by_post = active.filter(appointments__until=None, appointments__post__is_head=True)
    found: dict[str, Person] = {}
    for rows in (by_role, by_post):
        for person in rows.order_by("-pk"):
            found[person.department_id or ""] = person
    return found


def _duty(
    card: DepartmentCard,
    shift: Shift | None,
    before: Shift | None,
    others: "_Others",
) -> Duty:
    officer = shift.officer if shift else None
    stands_in_for = ""
    if officer is not None and officer.pk in others.away:
        stands_in_for, officer = officer.name, others.away[officer.pk]
    if officer is None or not officer.is_active:
        officer = others.head
    also = None
    if before is not None and (shift is None or shift.accepted_at is None):
        also = before.officer
    known = others.telephone or (officer.phone if officer else "")
    return Duty(card, officer, stands_in_for, also, shift, known)


def on_duty(department: str, at: dt.datetime | None = None) -> Duty:
    """Who is on duty in one department."""
    found = duties(at, department)
    if department in found:
        return found[department]
    return Duty(organisation.department(department), None, "", None, None, "")


def desk(department: str) -> str:
    """The telephone at which a department is reached now."""
    return on_duty(department).telephone


def shifts(department: str, since: dt.datetime | None = None) -> QuerySet[Shift]:
    """Shifts of a department that have not ended, in order."""
    rows = Shift.objects.filter(department=department, ends_at__gt=since or clock.now())
    return rows.select_related("officer", "planned").order_by("starts_at")


@dataclass(frozen=True, slots=True)
class Handing:
    """What a person can do about handing over.

    Attributes:
        leave: Their shift, which they may leave with a note.
        take: Their shift, which they have not taken over.
        note: What the officer before left.
    """

    leave: Shift | None
    take: Shift | None
    note: str


def handing_of(person: Person) -> Handing:
    """Handover as one officer sees it now."""
    now = clock.now()
    rows = Shift.objects.filter(
        department=person.department_id, starts_at__lte=now + LEFT / 12, ends_at__gt=now - LEFT
    ).order_by("starts_at")
    leave = take = before = None
    note = ""
    for row in rows:
        mine = row.officer_id == person.pk
        if mine and row.accepted_at is None and row.ends_at > now:
            take, note = row, before.note if before else ""
        if mine and row.handed_at is None and row.starts_at <= now and row.accepted_at:
            leave = row
        before = row
    return Handing(leave, take, note)
