"""REST: data elements and conflicts about their source, forbidden combinations, use of grants."""

import datetime as dt
import uuid
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status

from heli.exchange import policy, selectors, services
from heli.exchange.models import CombinationRule, Conflict, SubjectType
from heli.exchange.rest.shapes import person_of
from heli.kernel.permissions import STAFF, Role, audience, require
from heli.kernel.rest import idempotent

router = Router(tags=["exchange"])


class ElementIn(Schema):
    """What a data element is called."""

    title_zh: str
    title_en: str = ""


class ElementOut(ElementIn):
    """A data element that one department keeps at first hand."""

    code: str


class ConflictOut(Schema):
    """Two resources claim to be the source of one data element."""

    id: uuid.UUID
    element: str
    first: str
    second: str
    opened_at: dt.datetime
    upheld: str
    decided_at: dt.datetime | None
    reason: str


class SettleIn(Schema):
    """Which resource is the source, and why."""

    resource: str
    reason: str


class RuleOut(Schema):
    """A combination of data that no department may hold of one subject."""

    code: str
    title_zh: str
    title_en: str
    subject_type: str
    parts: dict[str, list[str]]
    ground: str
    made_at: dt.datetime


class RuleIn(Schema):
    """A combination to be forbidden."""

    code: str
    title_zh: str
    title_en: str = ""
    subject_type: SubjectType
    parts: dict[str, list[str]]
    ground: str


class EndIn(Schema):
    """Why a combination is allowed again."""

    reason: str


class UseOut(Schema):
    """How a grant is used."""

    grant: uuid.UUID
    calls: int
    subjects: int
    records: int
    denials: int
    last_at: dt.datetime | None
    unused: bool


@router.put("/elements/{code}", response=ElementOut)
@audience(Role.STEWARD)
@idempotent
def put_element(request: HttpRequest, code: str, body: ElementIn) -> Any:
    """Set a data element up, or rename it; for the data authority."""
    person = person_of(request)
    require(policy.is_authority(person))
    row = services.register_element(actor=person.actor, code=code, **body.model_dump())
    return ElementOut(code=row.code, title_zh=row.title_zh, title_en=row.title_en)


@router.get("/conflicts", response=list[ConflictOut])
@audience(*STAFF)
def list_conflicts(request: HttpRequest, settled: bool | None = None) -> Any:
    """Conflicts about who is the source of a data element, open ones first; at most 200."""
    rows = selectors.conflicts()
    if settled is not None:
        rows = rows.filter(decided_at__isnull=not settled)
    return [_conflict(row) for row in rows[:200]]


@router.post("/conflicts/{uuid:conflict_id}/settle", response=ConflictOut)
@audience(Role.STEWARD)
@idempotent
def settle_conflict(request: HttpRequest, conflict_id: uuid.UUID, body: SettleIn) -> Any:
    """Decide which resource is the source; for the data authority."""
    person = person_of(request)
    require(policy.is_authority(person))
    services.settle_conflict(conflict_id, actor=person.actor, **body.model_dump())
    return _conflict(selectors.conflict_by_id(conflict_id))


@router.get("/combinations", response=list[RuleOut])
@audience(*STAFF)
def list_combinations(request: HttpRequest) -> Any:
    """Combinations that no department may hold of one subject."""
    return [_rule(row) for row in selectors.combination_rules()]


@router.post("/combinations", response={201: RuleOut})
@audience(Role.STEWARD)
@idempotent
def forbid_combination(request: HttpRequest, body: RuleIn) -> Any:
    """Forbid a combination; for the data authority."""
    person = person_of(request)
    require(policy.is_authority(person))
    return Status(201, _rule(services.forbid_combination(actor=person.actor, **body.model_dump())))


@router.post("/combinations/{code}/end", response=RuleOut)
@audience(Role.STEWARD)
@idempotent
def allow_combination(request: HttpRequest, code: str, body: EndIn) -> Any:
    """Allow a combination again; for the data authority."""
    person = person_of(request)
    require(policy.is_authority(person))
    return _rule(services.allow_combination(code, actor=person.actor, reason=body.reason))


@router.get("/grants/{uuid:grant_id}/use", response=UseOut)
@audience(Role.STEWARD, Role.HEAD, Role.SUPERVISOR, Role.AUDIT_ADMIN)
def get_use(request: HttpRequest, grant_id: uuid.UUID) -> Any:
    """How a grant is used, for both sides and for those who watch."""
    row = selectors.grant_by_id(grant_id)
    source, consumer = row.resource.department_id, row.consumer_id
    require(policy.may_see_accesses(request.user, source=source, consumer=consumer))
    use = selectors.grant_use(row)
    return UseOut(
        grant=row.pk,
        calls=use.calls,
        subjects=use.subjects,
        records=use.records,
        denials=use.denials,
        last_at=use.last_at,
        unused=use.unused,
    )


def _conflict(row: Conflict) -> ConflictOut:
    return ConflictOut(
        id=row.pk,
        element=row.element_id,
        first=row.first.resource.address,
        second=row.second.resource.address,
        opened_at=row.opened_at,
        upheld=row.upheld.resource.address if row.upheld else "",
        decided_at=row.decided_at,
        reason=row.reason,
    )


def _rule(row: CombinationRule) -> RuleOut:
    return RuleOut(
        code=row.code,
        title_zh=row.title_zh,
        title_en=row.title_en,
        subject_type=row.subject_type,
        parts=row.parts,
        ground=row.ground_id,
        made_at=row.made_at,
    )
