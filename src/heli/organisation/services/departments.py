"""Setting up and changing departments and posts."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from heli.errors import BadInputError
from heli.kernel.actor import Actor
from heli.ledger.services import NewFact, record, record_many
from heli.organisation import facts
from heli.organisation.errors import (
    DepartmentExistsError,
    DepartmentLoopError,
    PostOccupiedError,
    SeatsHeldError,
    UnknownDepartmentError,
    UnknownPostError,
)
from heli.organisation.models import Department, Post
from heli.organisation.ranks import Rank
from heli.organisation.selectors.departments import forget_departments
from heli.organisation.services.editing import edit

POST_FIELDS = ("department_id", "name_zh", "name_en", "rank", "is_head", "seats")


@dataclass(frozen=True, slots=True)
class NewDepartment:
    """A department about to be set up; see :class:`heli.organisation.models.Department`."""

    code: str
    name_zh: str
    name_en: str = ""
    badge: str = ""
    parent: str = ""
    position: int = 0
    is_active: bool = True


def create_department(new: NewDepartment, *, actor: Actor) -> Department:
    """Set up one department.

    Raises:
        DepartmentExistsError: The code is taken.
        UnknownDepartmentError: There is no such parent.
    """
    return create_departments([new], actor=actor)[0]


def create_departments(new: Sequence[NewDepartment], *, actor: Actor) -> list[Department]:
    """Set up departments, parents before children."""
    with transaction.atomic():
        known = set(Department.objects.values_list("code", flat=True))
        for item in new:
            if item.code in known:
                raise DepartmentExistsError(department=item.code, field="code")
            if item.parent and item.parent not in known:
                raise UnknownDepartmentError(department=item.parent, field="parent")
            known.add(item.code)
        rows = Department.objects.bulk_create(
            Department(
                code=item.code,
                name_zh=item.name_zh,
                name_en=item.name_en,
                badge=item.badge or item.name_zh[:1],
                parent_id=item.parent or None,
                position=item.position,
                is_active=item.is_active,
            )
            for item in new
        )
        record_many(
            NewFact(
                facts.DepartmentCreated(
                    code=row.code, name=row.name_zh, parent=row.parent_id or ""
                ),
                actor,
                subject=f"organisation.department:{row.code}",
                department=row.code,
            )
            for row in rows
        )
        forget_departments()
    return rows


def change_department(code: str, *, actor: Actor, **changes: object) -> Department:
    """Change names, badge, parent, position or activity of a department.

    Args:
        code: The department.
        actor: Who changes it.
        **changes: New values by field name; ``parent`` is a code or empty.

    Raises:
        UnknownDepartmentError: There is no such department or parent.
        DepartmentLoopError: It would stand below itself.
    """
    with transaction.atomic():
        department = Department.objects.select_for_update().filter(code=code).first()
        if department is None:
            raise UnknownDepartmentError(department=code)
        if "parent" in changes:
            parent = str(changes.pop("parent") or "")
            _check_parent(department, parent)
            changes["parent_id"] = parent or None
        if fields := edit(department, changes):
            record(
                facts.DepartmentChanged(code=code, fields=fields),
                actor=actor,
                subject=f"organisation.department:{code}",
                department=code,
            )
        forget_departments()
    return department


def _check_parent(department: Department, parent: str) -> None:
    parents = dict(Department.objects.values_list("code", "parent_id"))
    if parent and parent not in parents:
        raise UnknownDepartmentError(department=parent, field="parent")
    above: str | None = parent
    while above:
        if above == department.code:
            raise DepartmentLoopError(department=department.name, parent=parent, field="parent")
        above = parents[above]


def create_post(
    department: str,
    name_zh: str,
    rank: Rank,
    *,
    actor: Actor,
    name_en: str = "",
    is_head: bool = False,
    seats: int = 1,
) -> Post:
    """Set up a post of a department.

    Raises:
        UnknownDepartmentError: There is no such department.
        BadInputError: A post of this name and rank exists, or it has no seat.
    """
    with transaction.atomic():
        if not Department.objects.filter(code=department).exists():
            raise UnknownDepartmentError(department=department, field="department")
        post = Post(
            department_id=department,
            name_zh=name_zh,
            name_en=name_en,
            rank=rank,
            is_head=is_head,
            seats=seats,
        )
        _check_post(post)
        post.save()
        record(
            facts.PostCreated(post=post.pk, name=name_zh, rank=rank, seats=seats),
            actor=actor,
            subject=f"organisation.post:{post.pk}",
            department=department,
        )
    return post


def change_post(post_id: int, *, actor: Actor, **changes: object) -> Post:
    """Change title, rank, seats or department of a post.

    Args:
        post_id: The post.
        actor: Who changes it.
        **changes: New values by field name; ``department`` is a code.

    Raises:
        UnknownPostError: There is no such post.
        UnknownDepartmentError: There is no such department.
        PostOccupiedError: Somebody holds it, so it stays in its department.
        SeatsHeldError: More people hold it than it would have seats.
        BadInputError: The department has such a post, or it would have no seat.
    """
    with transaction.atomic():
        post = Post.objects.select_for_update().filter(pk=post_id).first()
        if post is None:
            raise UnknownPostError(post=post_id)
        if "department" in changes:
            changes["department_id"] = changes.pop("department")
        _check_post_change(post, changes)
        if fields := edit(post, changes):
            record(
                facts.PostChanged(post=post.pk, name=post.name_zh, fields=fields),
                actor=actor,
                subject=f"organisation.post:{post.pk}",
                department=post.department_id,
            )
    return post


def _check_post_change(post: Post, changes: dict[str, object]) -> None:
    wanted = Post(
        pk=post.pk,
        **{name: changes.get(name, getattr(post, name)) for name in POST_FIELDS},
    )
    held = post.appointments.filter(until=None).count()
    if wanted.department_id != post.department_id:
        if not Department.objects.filter(code=wanted.department_id).exists():
            raise UnknownDepartmentError(department=wanted.department_id, field="department")
        if held:
            raise PostOccupiedError(post=post.name, count=held, field="department")
    if 1 <= wanted.seats < held:
        raise SeatsHeldError(post=post.name, count=held, seats=wanted.seats, field="seats")
    _check_post(wanted)


def _check_post(post: Post) -> None:
    """Refuse a post without a seat, or one that the department has already."""
    if post.seats < 1:
        raise BadInputError(reason=_("a post has at least one seat"), field="seats")
    same = Post.objects.filter(
        department=post.department_id, name_zh=post.name_zh, rank=post.rank
    ).exclude(pk=post.pk)
    if same.exists():
        raise BadInputError(reason=_("the department has this post already"), field="name_zh")
