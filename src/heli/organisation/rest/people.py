"""Officials and the posts they hold, over REST."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Router, Status

from heli.kernel.permissions import STAFF, Role, audience, require
from heli.kernel.rest import Limit, Page, idempotent, is_repeat, keyed
from heli.organisation import policy, selectors, services
from heli.organisation.errors import NotAppointedError, UnknownPersonError, UnknownPostError
from heli.organisation.models import Appointment, Person, Post
from heli.organisation.rest.lists import after, found, page_by_id
from heli.organisation.schemas import (
    AppointmentIn,
    CompetencesIn,
    NewPasswordOut,
    PersonIn,
    PersonOut,
    PersonPatch,
    PostIn,
    PostOut,
    PostPatch,
)
from heli.organisation.services import NewPerson
from heli.organisation.views.account import me

router = Router(tags=["organisation"])


def _officials() -> QuerySet[Person]:
    """Everybody who serves in a department, with posts and competences ready; no applicants."""
    rows = Person.objects.exclude(department=None).prefetch_related("competences")
    return selectors.with_posts(rows)


def _official(person_id: int) -> Person:
    return found(_officials().filter(pk=person_id).first(), UnknownPersonError(person=person_id))


@router.get("/people", response=Page[PersonOut])
@audience(*STAFF, systems=True)
def list_people(
    request: HttpRequest,
    *,
    department: str = "",
    competence: str = "",
    closed: bool = False,
    cursor: str | None = None,
    limit: Limit = 50,
) -> Page[Any]:
    """Officials by id, those with a closed account apart; applicants are never listed."""
    last = after(cursor, int)
    rows = _officials().filter(is_active=not closed).order_by("pk")
    if department:
        rows = rows.filter(department=department)
    if competence:
        rows = rows.filter(competences__name=competence)
    if last is not None:
        rows = rows.filter(pk__gt=last)
    return page_by_id(rows, limit, _person)


@router.get("/people/{person_id}", response=PersonOut)
@audience(*STAFF, systems=True)
def get_person(request: HttpRequest, person_id: int) -> PersonOut:
    """One official, also one whose account is closed."""
    return _person(_official(person_id))


def _person(row: Person) -> PersonOut:
    held: list[Any] = getattr(row, "present_posts", [])
    return PersonOut(
        id=row.pk,
        username=row.username,
        name_zh=row.name_zh,
        name_en=row.name_en,
        phone=row.phone,
        is_active=row.is_active,
        department=row.department_id,
        roles=[Role(name) for name in sorted(row.roles)],
        competences=[item.name for item in row.competences.all()],
        posts=[_post(item.post) for item in held],
    )


@router.patch("/people/{person_id}", response=PersonOut)
@audience(Role.SYSTEM_ADMIN)
@idempotent
def change_person(request: HttpRequest, person_id: int, body: PersonPatch) -> PersonOut:
    """Change names, telephone or department of an official who is no administrator."""
    row = _official(person_id)
    services.change_person(row.pk, by=me(request), **body.model_dump(exclude_none=True))
    return _person(_official(person_id))


@router.post("/people/{person_id}/close", response=PersonOut)
@audience(Role.SYSTEM_ADMIN)
@idempotent
def close_account(request: HttpRequest, person_id: int) -> PersonOut:
    """Close an account; an administrator's is closed by two, on its page."""
    services.set_active(_official(person_id).pk, False, by=me(request))
    return _person(_official(person_id))


@router.post("/people/{person_id}/reopen", response=PersonOut)
@audience(Role.SYSTEM_ADMIN)
@idempotent
def reopen_account(request: HttpRequest, person_id: int) -> PersonOut:
    """Reopen a closed account; an administrator's is reopened by two, on its page."""
    services.set_active(_official(person_id).pk, True, by=me(request))
    return _person(_official(person_id))


@router.post("/people", response={201: NewPasswordOut})
@audience(Role.SYSTEM_ADMIN)
@transaction.atomic
@keyed
def create_person(request: HttpRequest, body: PersonIn) -> Status[NewPasswordOut]:
    """Take somebody on; the password is drawn by lot and given out this once."""
    by = me(request)
    require(policy.may_manage_structure(by))
    if is_repeat(request):
        known = _officials().filter(username=body.username).first()
        row = found(known, UnknownPersonError(person=body.username))
        return Status(201, NewPasswordOut(person=_person(row), password=""))
    made = services.create_person(NewPerson(**body.model_dump()), actor=by.actor)
    password = services.reset_password(made.pk, by=by)
    return Status(201, NewPasswordOut(person=_person(_official(made.pk)), password=password))


@router.post("/people/{person_id}/password", response=NewPasswordOut)
@audience(Role.SYSTEM_ADMIN)
@transaction.atomic
@keyed
def reset_password(request: HttpRequest, person_id: int) -> NewPasswordOut:
    """Draw a new password for somebody who forgot theirs; it is given out this once."""
    row = _official(person_id)
    password = "" if is_repeat(request) else services.reset_password(row.pk, by=me(request))
    return NewPasswordOut(person=_person(row), password=password)


@router.delete("/people/{person_id}/second-step", response=PersonOut)
@audience(Role.SYSTEM_ADMIN)
@idempotent
def remove_second_step(request: HttpRequest, person_id: int) -> PersonOut:
    """Remove the second step of somebody who lost device and recovery codes."""
    row = _official(person_id)
    services.remove_second_step_of(row.pk, by=me(request))
    return _person(row)


@router.put("/people/{person_id}/competences", response=PersonOut)
@audience(Role.SYSTEM_ADMIN, Role.HEAD)
@idempotent
def set_competences(request: HttpRequest, person_id: int, body: CompetencesIn) -> PersonOut:
    """Say all that somebody is qualified for; new tasks go by it."""
    row = _official(person_id)
    require(policy.may_set_competences(me(request), row))
    services.set_competences(row, body.competences, actor=me(request).actor)
    return _person(_official(person_id))


@router.post("/people/{person_id}/posts", response={201: PersonOut})
@audience(Role.SYSTEM_ADMIN)
@idempotent
def appoint(request: HttpRequest, person_id: int, body: AppointmentIn) -> Status[PersonOut]:
    """Appoint somebody to a post from today; they serve in its department from then on."""
    row = _official(person_id)
    require(policy.may_edit_person(me(request), row))
    post = Post.objects.filter(pk=body.post).first()
    services.appoint(
        row, found(post, UnknownPostError(post=body.post, field="post")), actor=me(request).actor
    )
    return Status(201, _person(_official(person_id)))


@router.delete("/people/{person_id}/posts/{post_id}", response=PersonOut)
@audience(Role.SYSTEM_ADMIN)
@idempotent
def relieve(request: HttpRequest, person_id: int, post_id: int) -> PersonOut:
    """Relieve somebody of a post; they stay in the department until appointed elsewhere."""
    row = _official(person_id)
    require(policy.may_edit_person(me(request), row))
    held = Appointment.objects.select_related("post").filter(person=row, until=None)
    services.relieve(
        found(held.filter(post=post_id).first(), NotAppointedError()), actor=me(request).actor
    )
    return _person(_official(person_id))


@router.get("/departments/{code}/posts", response=list[PostOut])
@audience(*STAFF, systems=True)
def list_posts(request: HttpRequest, code: str) -> list[PostOut]:
    """Posts of a department, highest rank first."""
    return [_post(row) for row in selectors.posts_of(selectors.department(code).code)]


@router.post("/departments/{code}/posts", response={201: PostOut})
@audience(Role.SYSTEM_ADMIN)
@idempotent
def create_post(request: HttpRequest, code: str, body: PostIn) -> Status[PostOut]:
    """Set up a post."""
    require(policy.may_manage_structure(me(request)))
    return Status(201, _post(services.create_post(code, actor=me(request).actor, **dict(body))))


@router.patch("/posts/{post_id}", response=PostOut)
@audience(Role.SYSTEM_ADMIN)
@idempotent
def change_post(request: HttpRequest, post_id: int, body: PostPatch) -> PostOut:
    """Change title, rank or seats of a post; its department while nobody holds it."""
    require(policy.may_manage_structure(me(request)))
    changes = body.model_dump(exclude_none=True)
    return _post(services.change_post(post_id, actor=me(request).actor, **changes))


def _post(row: Post) -> PostOut:
    return PostOut(
        id=row.pk,
        name_zh=row.name_zh,
        name_en=row.name_en,
        rank=row.rank,
        department=row.department_id,
        seats=row.seats,
        is_head=row.is_head,
    )
