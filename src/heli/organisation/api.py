"""REST: departments, absences, roles, systems; people and posts stand in ``rest.people``."""

import base64
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Status
from pydantic import Field

from heli.kernel import clock
from heli.kernel.permissions import STAFF, Role, audience, require
from heli.kernel.rest import Page, encode_cursor, idempotent
from heli.organisation import policy, selectors, services
from heli.organisation.errors import (
    UnknownAbsenceError,
    UnknownSystemError,
)
from heli.organisation.keys import read_public_key
from heli.organisation.models import Absence, System, SystemKey
from heli.organisation.rest import people
from heli.organisation.rest.lists import after, found, page_by_id
from heli.organisation.schemas import (
    AbsenceIn,
    AbsenceOut,
    DepartmentIn,
    DepartmentOut,
    DepartmentPatch,
    KeyIn,
    KeyOut,
    MeOut,
    RoleIn,
    SystemIn,
    SystemOut,
)
from heli.organisation.services import NewDepartment
from heli.organisation.views.account import me

router = Router(tags=["organisation"])
router.add_router("", people.router)
Limit = Annotated[int, Field(ge=1, le=200)]


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
    last = after(cursor, str)
    codes = sorted(selectors.departments())
    rest = [code for code in codes if last is None or code > last]
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
def create_department(request: HttpRequest, body: DepartmentIn) -> Status[DepartmentOut]:
    """Set up a department."""
    require(policy.may_manage_structure(me(request)))
    made = services.create_department(NewDepartment(**body.model_dump()), actor=me(request).actor)
    return Status(201, _department(selectors.department(made.code)))


@router.patch("/departments/{code}", response=DepartmentOut)
@audience(Role.SYSTEM_ADMIN)
@idempotent
def change_department(request: HttpRequest, code: str, body: DepartmentPatch) -> DepartmentOut:
    """Rename a department, or move it in the tree."""
    require(policy.may_manage_structure(me(request)))
    changes = body.model_dump(exclude_none=True)
    services.change_department(code, actor=me(request).actor, **changes)
    return _department(selectors.department(code))


def _department(card: selectors.DepartmentCard) -> DepartmentOut:
    return DepartmentOut(
        code=card.code,
        name_zh=card.name_zh,
        name_en=card.name_en,
        badge=card.badge,
        parent=card.parent,
        is_active=card.is_active,
    )


@router.post("/people/{person_id}/roles", response={201: list[Role]})
@audience(Role.SECURITY_ADMIN)
@idempotent
def grant_role(request: HttpRequest, person_id: int, body: RoleIn) -> Status[list[Role]]:
    """Grant a role; the three administrators stay separate people."""
    services.grant_role(selectors.person(person_id).pk, body.role, by=me(request))
    return Status(201, _roles(person_id))


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
    last = after(cursor, int)
    rows = Absence.objects.order_by("-pk")
    if department:
        rows = rows.filter(person__department=department)
    if last is not None:
        rows = rows.filter(pk__lt=last)
    return page_by_id(rows, limit, _absence)


@router.post("/absences", response={201: AbsenceOut})
@audience(*STAFF)
@idempotent
def record_absence(request: HttpRequest, body: AbsenceIn) -> Status[AbsenceOut]:
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
    return Status(201, _absence(made))


@router.delete("/absences/{absence_id}", response=AbsenceOut)
@audience(*STAFF)
@idempotent
def cancel_absence(request: HttpRequest, absence_id: int) -> AbsenceOut:
    """Call an absence off."""
    absence = found(
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
    last = after(cursor, UUID)
    rows = selectors.systems(department).order_by("pk")
    if last is not None:
        rows = rows.filter(pk__gt=last)
    return page_by_id(rows, limit, _system)


@router.post("/systems", response={201: SystemOut})
@audience(Role.SECURITY_ADMIN)
@idempotent
def register_system(request: HttpRequest, body: SystemIn) -> Status[SystemOut]:
    """Register a system with its first key."""
    require(policy.may_manage_keys(me(request)))
    made, _key = services.register_system(
        body.department,
        body.name_zh,
        read_public_key(body.public_key),
        actor=me(request).actor,
        name_en=body.name_en,
    )
    return Status(201, _system(made))


@router.post("/systems/{system_id}/close", response=SystemOut)
@audience(Role.SECURITY_ADMIN)
@idempotent
def close_system(request: HttpRequest, system_id: UUID) -> SystemOut:
    """Shut a system out: none of its keys is accepted any more."""
    require(policy.may_manage_keys(me(request)))
    system = found(
        System.objects.filter(pk=system_id).first(), UnknownSystemError(system=system_id)
    )
    services.close_system(system, actor=me(request).actor)
    system.refresh_from_db()
    return _system(system)


@router.post("/systems/{system_id}/keys", response={201: SystemOut})
@audience(Role.SECURITY_ADMIN)
@idempotent
def rotate_key(request: HttpRequest, system_id: UUID, body: KeyIn) -> Status[SystemOut]:
    """Give a system a new key; older ones end in seven days."""
    require(policy.may_manage_keys(me(request)))
    system = found(
        System.objects.filter(pk=system_id).first(), UnknownSystemError(system=system_id)
    )
    services.rotate_key(system, read_public_key(body.public_key), actor=me(request).actor)
    return Status(201, _system(system))


@router.delete("/keys/{key_id}", response=SystemOut)
@audience(Role.SECURITY_ADMIN)
@idempotent
def revoke_key(request: HttpRequest, key_id: str) -> SystemOut:
    """Withdraw a key at once."""
    require(policy.may_manage_keys(me(request)))
    key = found(
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
                last_used_at=key.last_used_at,
                state=selectors.key_state(key, now),
            )
            for key in row.keys.all()
        ],
    )
