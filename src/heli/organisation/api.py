"""REST: departments, people, absences, roles, systems."""

import base64
from typing import Annotated, Any, cast
from uuid import UUID

from django.http import HttpRequest
from ninja import Router
from pydantic import Field

from heli.errors import HeliError
from heli.kernel import clock
from heli.kernel.permissions import STAFF, Role, audience, require
from heli.kernel.rest import Page, decode_cursor, encode_cursor, idempotent
from heli.organisation import policy, selectors, services
from heli.organisation.errors import (
    UnknownAbsenceError,
    UnknownPersonError,
    UnknownSystemError,
)
from heli.organisation.keys import read_public_key
from heli.organisation.models import Absence, Person, Post, System, SystemKey
from heli.organisation.schemas import (
    AbsenceIn,
    AbsenceOut,
    DepartmentIn,
    DepartmentOut,
    DepartmentPatch,
    KeyIn,
    KeyOut,
    MeOut,
    PersonOut,
    PersonPatch,
    PostOut,
    PostPatch,
    RoleIn,
    SystemIn,
    SystemOut,
)
from heli.organisation.services import NewDepartment
from heli.organisation.views.account import me

router = Router(tags=["organisation"])
Limit = Annotated[int, Field(ge=1, le=200)]


def _after(cursor: str | None, kind: type[Any]) -> Any:
    """The one value of a cursor, as what the list is ordered by; None at the beginning."""
    values = decode_cursor(cursor, kind)
    return None if values is None else values[0]


def _found(row: Any, error: HeliError) -> Any:
    if row is None:
        raise error
    return row


@router.get("/me", response=MeOut)
@audience(systems=True)
def who_am_i(request: HttpRequest) -> MeOut:
    """Who calls, as Heli knows them."""
    system = getattr(request, "system", None)
    if system is not None:
        return MeOut(
            kind="system",
            id=system.id,
            name_zh=system.name_zh,
            name_en=system.name_en,
            department=system.department,
            roles=[],
        )
    person = me(request)
    return MeOut(
        kind="person",
        id=str(person.pk),
        name_zh=person.name_zh,
        name_en=person.name_en,
        department=person.department_id or "",
        roles=[Role(name) for name in sorted(person.roles)],
    )


@router.get("/departments", response=Page[DepartmentOut])
@audience(systems=True)
def list_departments(
    request: HttpRequest, cursor: str | None = None, limit: Limit = 50
) -> Page[Any]:
    """Departments by code."""
    after = _after(cursor, str)
    codes = sorted(selectors.departments())
    rest = [code for code in codes if after is None or code > after]
    items = [_department(selectors.departments()[code]) for code in rest[:limit]]
    return Page(items=items, next=encode_cursor(rest[limit - 1]) if len(rest) > limit else None)


@router.get("/departments/{code}", response=DepartmentOut)
@audience(systems=True)
def get_department(request: HttpRequest, code: str) -> DepartmentOut:
    """One department."""
    return _department(selectors.department(code))


@router.post("/departments", response={201: DepartmentOut})
@audience(Role.SYSTEM_ADMIN)
@idempotent
def create_department(request: HttpRequest, body: DepartmentIn) -> tuple[int, DepartmentOut]:
    """Set up a department."""
    require(policy.may_manage_structure(me(request)))
    made = services.create_department(NewDepartment(**body.model_dump()), actor=me(request).actor)
    return 201, _department(selectors.department(made.code))


@router.patch("/departments/{code}", response=DepartmentOut)
@audience(Role.SYSTEM_ADMIN)
@idempotent
def change_department(request: HttpRequest, code: str, body: DepartmentPatch) -> DepartmentOut:
    """Rename a department, or move it in the tree."""
    require(policy.may_manage_structure(me(request)))
    changes = body.model_dump(exclude_none=True)
    services.change_department(code, actor=me(request).actor, **changes)
    return _department(selectors.department(code))


@router.get("/departments/{code}/posts", response=list[PostOut])
@audience(*STAFF, systems=True)
def list_posts(request: HttpRequest, code: str) -> list[PostOut]:
    """Posts of a department, highest rank first."""
    return [_post(row) for row in selectors.posts_of(selectors.department(code).code)]


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
    )


def _department(card: selectors.DepartmentCard) -> DepartmentOut:
    return DepartmentOut(
        code=card.code,
        name_zh=card.name_zh,
        name_en=card.name_en,
        badge=card.badge,
        parent=card.parent,
        is_active=card.is_active,
    )


@router.get("/people", response=Page[PersonOut])
@audience(*STAFF, systems=True)
def list_people(
    request: HttpRequest,
    department: str = "",
    competence: str = "",
    cursor: str | None = None,
    limit: Limit = 50,
) -> Page[Any]:
    """Active officials by id; applicants are never listed."""
    after = _after(cursor, int)
    rows = selectors.people(department, competence).exclude(department=None)
    rows = rows.prefetch_related("competences").order_by("pk")
    if after is not None:
        rows = rows.filter(pk__gt=after)
    found = list(rows[: limit + 1])
    following = encode_cursor(found[limit - 1].pk) if len(found) > limit else None
    return Page(items=[_person(row) for row in found[:limit]], next=following)


@router.get("/people/{person_id}", response=PersonOut)
@audience(*STAFF, systems=True)
def get_person(request: HttpRequest, person_id: int) -> PersonOut:
    """One official."""
    rows = selectors.people().exclude(department=None).prefetch_related("competences")
    return _person(_found(rows.filter(pk=person_id).first(), UnknownPersonError(person=person_id)))


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
    found = _official(person_id)
    services.change_person(found.pk, by=me(request), **body.model_dump(exclude_none=True))
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


def _official(person_id: int) -> Person:
    """An official, also one whose account is closed; applicants are not found."""
    rows = Person.objects.exclude(department=None).prefetch_related("competences")
    found = selectors.with_posts(rows).filter(pk=person_id).first()
    return cast(Person, _found(found, UnknownPersonError(person=person_id)))


@router.post("/people/{person_id}/roles", response={201: list[Role]})
@audience(Role.SECURITY_ADMIN)
@idempotent
def grant_role(request: HttpRequest, person_id: int, body: RoleIn) -> tuple[int, list[Role]]:
    """Grant a role; the three administrators stay separate people."""
    services.grant_role(selectors.person(person_id).pk, body.role, by=me(request))
    return 201, _roles(person_id)


@router.delete("/people/{person_id}/roles/{role}", response=list[Role])
@audience(Role.SECURITY_ADMIN)
@idempotent
def revoke_role(request: HttpRequest, person_id: int, role: str) -> list[Role]:
    """Take a role."""
    services.revoke_role(selectors.person(person_id).pk, services.role_of(role), by=me(request))
    return _roles(person_id)


def _roles(person_id: int) -> list[Role]:
    return [Role(name) for name in sorted(selectors.person(person_id).roles)]


@router.get("/absences", response=Page[AbsenceOut])
@audience(*STAFF)
def list_absences(
    request: HttpRequest, department: str = "", cursor: str | None = None, limit: Limit = 50
) -> Page[Any]:
    """Absences, newest record first."""
    after = _after(cursor, int)
    rows = Absence.objects.order_by("-pk")
    if department:
        rows = rows.filter(person__department=department)
    if after is not None:
        rows = rows.filter(pk__lt=after)
    found = list(rows[: limit + 1])
    following = encode_cursor(found[limit - 1].pk) if len(found) > limit else None
    return Page(items=[_absence(row) for row in found[:limit]], next=following)


@router.post("/absences", response={201: AbsenceOut})
@audience(*STAFF)
@idempotent
def record_absence(request: HttpRequest, body: AbsenceIn) -> tuple[int, AbsenceOut]:
    """Record an absence."""
    person = selectors.person(body.person)
    require(policy.may_record_absence(me(request), person))
    made = services.record_absence(
        person,
        body.starts_on,
        body.ends_on,
        actor=me(request).actor,
        substitute=selectors.person(body.substitute) if body.substitute else None,
        kind=body.kind,
    )
    return 201, _absence(made)


@router.delete("/absences/{absence_id}", response=AbsenceOut)
@audience(*STAFF)
@idempotent
def cancel_absence(request: HttpRequest, absence_id: int) -> AbsenceOut:
    """Call an absence off."""
    absence = _found(
        Absence.objects.select_related("person").filter(pk=absence_id).first(),
        UnknownAbsenceError(absence=absence_id),
    )
    require(policy.may_record_absence(me(request), absence.person))
    services.cancel_absence(absence, actor=me(request).actor)
    absence.refresh_from_db()
    return _absence(absence)


def _absence(row: Absence) -> AbsenceOut:
    return AbsenceOut(
        id=row.pk,
        person=row.person_id,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        substitute=row.substitute_id,
        kind=row.kind,
        cancelled=row.cancelled_at is not None,
    )


@router.get("/systems", response=Page[SystemOut])
@audience(*STAFF, systems=True)
def list_systems(
    request: HttpRequest, department: str = "", cursor: str | None = None, limit: Limit = 50
) -> Page[Any]:
    """Machine clients by id."""
    after = _after(cursor, UUID)
    rows = selectors.systems(department).order_by("pk")
    if after is not None:
        rows = rows.filter(pk__gt=after)
    found = list(rows[: limit + 1])
    following = encode_cursor(found[limit - 1].pk) if len(found) > limit else None
    return Page(items=[_system(row) for row in found[:limit]], next=following)


@router.post("/systems", response={201: SystemOut})
@audience(Role.SECURITY_ADMIN)
@idempotent
def register_system(request: HttpRequest, body: SystemIn) -> tuple[int, SystemOut]:
    """Register a system with its first key."""
    require(policy.may_manage_keys(me(request)))
    made, _key = services.register_system(
        body.department,
        body.name_zh,
        read_public_key(body.public_key),
        actor=me(request).actor,
        name_en=body.name_en,
    )
    return 201, _system(made)


@router.post("/systems/{system_id}/keys", response={201: SystemOut})
@audience(Role.SECURITY_ADMIN)
@idempotent
def rotate_key(request: HttpRequest, system_id: UUID, body: KeyIn) -> tuple[int, SystemOut]:
    """Give a system a new key; older ones end in seven days."""
    require(policy.may_manage_keys(me(request)))
    found = _found(
        System.objects.filter(pk=system_id).first(), UnknownSystemError(system=system_id)
    )
    services.rotate_key(found, read_public_key(body.public_key), actor=me(request).actor)
    return 201, _system(found)


@router.delete("/keys/{key_id}", response=SystemOut)
@audience(Role.SECURITY_ADMIN)
@idempotent
def revoke_key(request: HttpRequest, key_id: str) -> SystemOut:
    """Withdraw a key at once."""
    require(policy.may_manage_keys(me(request)))
    key = _found(
        SystemKey.objects.select_related("system").filter(pk=key_id).first(),
        UnknownSystemError(system=key_id),
    )
    services.revoke_key(key, actor=me(request).actor)
    return _system(key.system)


def _system(row: System) -> SystemOut:
    now = clock.now()
    return SystemOut(
        id=row.pk,
        name_zh=row.name_zh,
        name_en=row.name_en,
        department=row.department_id,
        is_active=row.is_active,
        keys=[
            KeyOut(
                key_id=key.key_id,
                public_key=base64.b64encode(bytes(key.public_key)).decode(),
                not_before=key.not_before,
                not_after=key.not_after,
                state=selectors.key_state(key, now),
            )
            for key in row.keys.all()
        ],
    )
