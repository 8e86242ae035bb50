"""Reading people: who they are, what they hold, who is there."""

import datetime as dt
from dataclasses import dataclass

from django.db.models import Prefetch, QuerySet
from django_otp.plugins.otp_totp.models import TOTPDevice

from heli.kernel import clock
from heli.kernel.localise import bilingual
from heli.kernel.permissions import Role
from heli.organisation import vault
from heli.organisation.errors import UnknownPersonError
from heli.organisation.models import (
    Absence,
    AccountChange,
    Appointment,
    Identity,
    Person,
    RoleGrant,
)


@dataclass(frozen=True, slots=True)
class Officer:
    """Somebody who can be given work now.

    Attributes:
        id: The person.
        stands_in_for: Ids of absent holders of the competence whose work they take.
    """

    id: int
    name_zh: str
    name_en: str
    department: str
    competences: frozenset[str]
    stands_in_for: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return bilingual(self.name_zh, self.name_en)


def person(person_id: int) -> Person:
    """One person.

    Raises:
        UnknownPersonError: There is none.
    """
    found = Person.objects.select_related("department").filter(pk=person_id).first()
    if found is None:
        raise UnknownPersonError(person=person_id)
    return found


def people(department: str = "", competence: str = "", role: str = "") -> QuerySet[Person]:
    """Active people, with department and present posts ready, by login name."""
    rows = Person.objects.filter(is_active=True).select_related("department")
    if department:
        rows = rows.filter(department=department)
    if competence:
        rows = rows.filter(competences__name=competence)
    if role:
        rows = rows.filter(role_grants__role=role, role_grants__revoked_at=None)
    return with_posts(rows).order_by("username")


def with_posts(rows: QuerySet[Person]) -> QuerySet[Person]:
    """Attach ``present_posts`` (appointments, highest rank first) to each person."""
    standing = Appointment.objects.filter(until=None).select_related("post").order_by("-post__rank")
    return rows.prefetch_related(
        Prefetch("appointments", queryset=standing, to_attr="present_posts")
    )


def present_post(of: Person) -> str:
    """The name of the highest post a person holds, empty where none."""
    held: list[Appointment] | None = getattr(of, "present_posts", None)
    if held is None:
        held = list(
            of.appointments.filter(until=None).select_related("post").order_by("-post__rank")[:1]
        )
    return held[0].post.name if held else ""


def names_of(ids: set[int]) -> dict[int, str]:
    """Names by id in the reader's language, for lists that know only ids."""
    rows = Person.objects.filter(pk__in=ids).values_list("pk", "name_zh", "name_en")
    return {pk: bilingual(zh, en) for pk, zh, en in rows}


def head_of(department: str) -> Person | None:
    """Who answers for a department now: the holder of its head post, else of the head role."""
    active = Person.objects.filter(is_active=True, department=department)
    by_post = active.filter(appointments__until=None, appointments__post__is_head=True)
    by_role = active.filter(role_grants__role=Role.HEAD, role_grants__revoked_at=None)
    return by_post.order_by("pk").first() or by_role.order_by("pk").first()


def absences_on(day: dt.date, department: str = "") -> QuerySet[Absence]:
    """Absences that stand on one day in Asia/Shanghai."""
    rows = Absence.objects.filter(cancelled_at=None, starts_on__lte=day, ends_on__gte=day)
    if department:
        rows = rows.filter(person__department=department)
    return rows.select_related("person", "substitute")


def officers_of(
    department: str, competence: str = "", at: dt.datetime | None = None
) -> tuple[Officer, ...]:
    """Who can be given work of a kind at an instant.

    Officers of the department with the competence who are present. The work of an absent one falls
    to the substitute named in the absence, if present; substitutes need not hold the competence
    themselves, because naming them made them responsible. Without ``competence`` all officers.

    Args:
        department: Its code.
        competence: What they must be qualified for; empty: anything.
        at: When; now if left out. Absences count by days of Asia/Shanghai.

    Returns:
        Officers by id; none where all are absent without substitutes.
    """
    day = (at or clock.now()).astimezone(clock.SHANGHAI).date()
    staff = {
        row.pk: row
        for row in Person.objects.filter(is_active=True, department=department).prefetch_related(
            "competences"
        )
        if Role.OFFICER in row.roles
    }
    held = {pk: frozenset(item.name for item in row.competences.all()) for pk, row in staff.items()}
    qualified = {pk for pk in staff if not competence or competence in held[pk]}
    away = {absence.person_id: absence.substitute_id for absence in absences_on(day, department)}
    instead: dict[int, list[int]] = {pk: [] for pk in qualified - away.keys()}
    for absent in sorted(qualified & away.keys()):
        substitute = away[absent]
        if substitute in staff and substitute not in away:
            instead.setdefault(substitute, []).append(absent)
    return tuple(
        Officer(
            pk,
            staff[pk].name_zh,
            staff[pk].name_en,
            department,
            held[pk],
            tuple(instead[pk]),
        )
        for pk in sorted(instead)
    )


def is_away(person_id: int, at: dt.datetime | None = None) -> bool:
    """Whether a person is absent at an instant."""
    day = (at or clock.now()).astimezone(clock.SHANGHAI).date()
    return absences_on(day).filter(person=person_id).exists()


def has_second_step(person: Person) -> bool:
    """Whether a one-time code is asked for after the person's password."""
    return bool(TOTPDevice.objects.filter(user=person, confirmed=True).exists())


def account_changes() -> QuerySet[AccountChange]:
    """What administrators asked to do with one another's accounts, newest first."""
    return AccountChange.objects.select_related(
        "person__department", "asked_by__department", "settled_by__department"
    )


def role_grants(person_id: int) -> QuerySet[RoleGrant]:
    """Roles a person holds and held, newest first."""
    return RoleGrant.objects.filter(person=person_id).select_related("granted_by", "revoked_by")


def identity_of(person_id: int) -> str | None:
    """A person's national identity number, or None.

    Only for services that must compare or look up by it (pre-filling, standing in a matter); the
    value may not go into facts, pages, logs or API answers.
    """
    row = Identity.objects.filter(pk=person_id).first()
    return vault.unseal(bytes(row.sealed), person_id) if row else None


def person_by_identity(number: str) -> Person | None:
    """The account of an identity number, or None."""
    row = (
        Identity.objects.select_related("person")
        .filter(digest=vault.digest(number.strip()))
        .first()
    )
    return row.person if row else None
