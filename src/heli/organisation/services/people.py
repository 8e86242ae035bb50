"""Taking people on, appointing them, and what they are qualified for."""

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.contrib.auth.hashers import make_password
from django.db import transaction

from heli.kernel import clock
from heli.kernel.actor import Actor
from heli.kernel.permissions import Role, require
from heli.ledger.services import NewFact, record, record_many
from heli.organisation import facts, policy
from heli.organisation.errors import (
    AlreadyAppointedError,
    CompetenceNameError,
    HoldsPostError,
    NotAppointedError,
    PostTakenError,
    RolesTogetherError,
    UnknownDepartmentError,
    UsernameTakenError,
)
from heli.organisation.models import (
    Appointment,
    Competence,
    Department,
    Person,
    Post,
    RoleGrant,
)
from heli.organisation.services.editing import edit

COMPETENCE = re.compile(r"[a-z][a-z_]*(\.[a-z_]+)*", re.ASCII)


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Somebody about to be taken on.

    Attributes:
        department: Code; empty for an applicant.
        password: Encoded hash as ``make_password`` gives; empty: nobody can sign in with one.
        roles: Granted by Heli itself, for setting an installation up; otherwise use
            ``grant_role``.
        competences: Names such as ``fire.inspection``.
        post: Post to appoint them to.
    """

    username: str
    name_zh: str
    name_en: str = ""
    department: str = ""
    password: str = ""
    must_change_password: bool = False
    is_active: bool = True
    roles: frozenset[Role] = frozenset()
    competences: tuple[str, ...] = ()
    post: Post | None = field(default=None)
    phone: str = ""


def create_person(new: NewPerson, *, actor: Actor) -> Person:
    """Take one person on.

    Raises:
        UsernameTakenError: The login name is taken.
        UnknownDepartmentError: There is no such department.
        CompetenceNameError: A competence is malformed.
        RolesTogetherError: An administrator would hold a further role.
    """
    return create_people([new], actor=actor)[0]


def create_people(new: Sequence[NewPerson], *, actor: Actor) -> list[Person]:
    """Take people on together: a few statements whatever their number."""
    with transaction.atomic():
        _check_new(new)
        now = clock.now()
        people = Person.objects.bulk_create(
            Person(
                username=item.username,
                name_zh=item.name_zh,
                name_en=item.name_en,
                phone=item.phone,
                department_id=item.department or None,
                password=item.password or make_password(None),
                must_change_password=item.must_change_password,
                is_active=item.is_active,
                role_names=sorted(item.roles),
            )
            for item in new
        )
        pairs = list(zip(people, new, strict=True))
        RoleGrant.objects.bulk_create(
            RoleGrant(person=person, role=role, granted_at=now)
            for person, item in pairs
            for role in sorted(item.roles)
        )
        Competence.objects.bulk_create(
            Competence(person=person, name=name)
            for person, item in pairs
            for name in sorted(set(item.competences))
        )
        day = clock.today()
        Appointment.objects.bulk_create(
            Appointment(person=person, post=item.post, since=day)
            for person, item in pairs
            if item.post is not None
        )
        record_many(
            told for person, item in pairs for told in _creation_facts(person, item, actor, day)
        )
    return people


def _check_new(new: Sequence[NewPerson]) -> None:
    names = [item.username for item in new]
    taken = set(Person.objects.filter(username__in=names).values_list("username", flat=True))
    departments = set(Department.objects.values_list("code", flat=True))
    for item in new:
        if item.username in taken:
            raise UsernameTakenError(username=item.username, field="username")
        taken.add(item.username)
        if not policy.separate(item.roles):
            raise RolesTogetherError(roles=", ".join(sorted(item.roles)), field="roles")
        if item.department and item.department not in departments:
            raise UnknownDepartmentError(department=item.department, field="department")
        _check_competences(item.competences)


def _creation_facts(
    person: Person, item: NewPerson, actor: Actor, day: dt.date
) -> Iterable[NewFact]:
    subject, unit = _subject(person), item.department
    yield NewFact(facts.PersonCreated(person=person.pk), actor, subject, department=unit)
    for role in sorted(item.roles):
        yield NewFact(
            facts.RoleGranted(person=person.pk, role=role), actor, subject, department=unit
        )
    if item.competences:
        names = sorted(set(item.competences))
        yield NewFact(
            facts.CompetencesSet(person=person.pk, names=names), actor, subject, department=unit
        )
    if item.post is not None:
        yield NewFact(_appointed(person, item.post, day), actor, subject, department=unit)


def change_person(person_id: int, *, by: Person, **changes: object) -> Person:
    """Change names, telephone or department of an official; the fact names the fields only.

    Args:
        person_id: The person.
        by: Who changes it.
        **changes: New values by field name; ``department`` is a code.

    Raises:
        DeniedError: ``by`` may not.
        UnknownDepartmentError: There is no such department.
        HoldsPostError: They hold a post of another department than the new one.
    """
    with transaction.atomic():
        person = Person.objects.select_for_update().get(pk=person_id)
        require(policy.may_edit_person(by, person))
        if "department" in changes:
            department = str(changes.pop("department"))
            _check_move(person, department)
            changes["department_id"] = department
        if fields := edit(person, changes):
            record(
                facts.PersonChanged(person=person.pk, fields=fields),
                actor=by.actor,
                subject=_subject(person),
                department=person.department_id or "",
            )
    return person


def _check_move(person: Person, department: str) -> None:
    if not Department.objects.filter(code=department).exists():
        raise UnknownDepartmentError(department=department, field="department")
    elsewhere = person.appointments.filter(until=None).exclude(post__department=department)
    if person.department_id != department and (held := elsewhere.select_related("post").first()):
        raise HoldsPostError(person=person.name, post=held.post.name, field="department")


def _subject(person: Person) -> str:
    return f"organisation.person:{person.pk}"


def _appointed(person: Person, post: Post, since: dt.date) -> facts.PersonAppointed:
    return facts.PersonAppointed(
        person=person.pk,
        post=post.pk,
        name=post.name_zh,
        rank=post.rank,
        since=since.isoformat(),
    )


def appoint(
    person: Person, post: Post, *, actor: Actor, since: dt.date | None = None
) -> Appointment:
    """Appoint a person to a post; they serve in its department from then on.

    Raises:
        AlreadyAppointedError: They hold it already.
        PostTakenError: All its seats are taken.
    """
    day = since or clock.today()
    with transaction.atomic():
        post = Post.objects.select_for_update().get(pk=post.pk)
        holders = Appointment.objects.filter(post=post, until=None)
        if holders.filter(person=person).exists():
            raise AlreadyAppointedError(person=person.name, post=post.name, field="post")
        if holders.count() >= post.seats:
            raise PostTakenError(post=post.name, seats=post.seats, field="post")
        appointment = Appointment.objects.create(person=person, post=post, since=day)
        person.department = post.department
        person.save(update_fields=["department"])
        record(
            _appointed(person, post, day),
            actor=actor,
            subject=_subject(person),
            department=post.department_id,
        )
    return appointment


def relieve(appointment: Appointment, *, actor: Actor, until: dt.date | None = None) -> None:
    """End an appointment; the person stays in the department until appointed elsewhere.

    Raises:
        NotAppointedError: It has ended already.
    """
    day = until or clock.today()
    with transaction.atomic():
        if not Appointment.objects.filter(pk=appointment.pk, until=None).update(until=day):
            raise NotAppointedError
        post = appointment.post
        record(
            facts.PersonRelieved(
                person=appointment.person_id,
                post=post.pk,
                name=post.name_zh,
                until=day.isoformat(),
            ),
            actor=actor,
            subject=f"organisation.person:{appointment.person_id}",
            department=post.department_id,
        )


def set_competences(person: Person, names: Iterable[str], *, actor: Actor) -> None:
    """Replace what a person is qualified for.

    Raises:
        CompetenceNameError: A name is malformed.
    """
    wanted = sorted(set(names))
    _check_competences(wanted)
    with transaction.atomic():
        held = set(person.competences.values_list("name", flat=True))
        if held == set(wanted):
            return
        person.competences.exclude(name__in=wanted).delete()
        Competence.objects.bulk_create(
            Competence(person=person, name=name) for name in wanted if name not in held
        )
        record(
            facts.CompetencesSet(person=person.pk, names=wanted),
            actor=actor,
            subject=_subject(person),
            department=person.department_id or "",
        )


def _check_competences(names: Iterable[str]) -> None:
    for name in names:
        if not COMPETENCE.fullmatch(name) or len(name) > 60:
            raise CompetenceNameError(name=name, field="competences")
