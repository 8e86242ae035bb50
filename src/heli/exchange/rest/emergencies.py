"""REST: emergency rules and every use of them."""

import datetime as dt
import json
import uuid
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from heli.errors import ConflictError, gettext_noop
from heli.exchange import policy, selectors, services
from heli.exchange.models import EmergencyRule, Override
from heli.kernel.permissions import STAFF, Role, audience, require
from heli.kernel.rest import Limit, Page, decode_cursor, encode_cursor, idempotent, is_repeat, keyed
from heli.ledger import selectors as ledger
from heli.organisation.selectors import Person

router = Router(tags=["exchange"])
OFFICERS = (Role.OFFICER, Role.HEAD, Role.STEWARD)
SEERS = (*OFFICERS, Role.SUPERVISOR, Role.AUDIT_ADMIN)


class RuleOut(Schema):
    """What officers of a department may see in an emergency."""

    id: str
    resource: str
    department: str
    policy: dict[str, Any]
    words: list[str]
    legal_basis: str
    made_at: dt.datetime
    withdrawn_at: dt.datetime | None


class RuleIn(Schema):
    """An emergency rule to be made: fields and masks."""

    department: Annotated[str, Field(max_length=40)]
    fields: list[dict[str, Any]]
    legal_basis: Annotated[str, Field(min_length=1, max_length=300)]


class OverrideOut(Schema):
    """One time the glass was broken."""

    id: str
    fact: str
    resource: str
    department: str
    person: str
    at: dt.datetime
    reason: str
    found: bool
    due_at: dt.datetime | None
    overdue: bool
    justification: str
    justified_at: dt.datetime | None
    verdict: str
    reviewed_at: dt.datetime | None
    finding: str


class BreakIn(Schema):
    """An emergency: whom or what it is about, and why."""

    resource: Annotated[str, Field(max_length=110)]
    subject: Annotated[str, Field(min_length=1, max_length=100)]
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class BrokenOut(Schema):
    """What was seen, with its receipt."""

    override: OverrideOut
    data: dict[str, Any] | None
    response_key: str
    receipt: dict[str, Any]


class TextIn(Schema):
    """What the emergency was."""

    text: Annotated[str, Field(min_length=1, max_length=2000)]


class ReviewIn(Schema):
    """What supervision found."""

    verdict: Annotated[str, Field(pattern="^(justified|abuse)$")]
    finding: Annotated[str, Field(min_length=1, max_length=500)]


@router.get("/emergency-rules", response=list[RuleOut])
@audience(*STAFF)
def list_rules(request: HttpRequest) -> Any:
    """Every emergency rule that stands."""
    return [_rule(row) for row in selectors.emergency_rules()]


@router.post("/resources/{department}/{name}/emergency-rules", response={201: RuleOut})
@audience(Role.STEWARD)
@idempotent
def make_rule(request: HttpRequest, department: str, name: str, body: RuleIn) -> Any:
    """Allow a department's officers emergency access; only the source department's steward may."""
    row = selectors.resource_by_address(f"{department}/{name}")
    require(policy.may_grant(request.user, row))
    made = services.allow_emergency(
        actor=_person(request).actor,
        resource=row,
        department=body.department,
        document={"fields": body.fields},
        legal_basis=body.legal_basis,
    )
    return Status(201, RuleOut(**_rule(made)))


@router.post("/emergency-rules/{uuid:rule_id}/end", response=RuleOut)
@audience(Role.STEWARD)
@idempotent
def end_rule(request: HttpRequest, rule_id: uuid.UUID) -> Any:
    """Take an emergency rule back; only the source department's steward may."""
    row = selectors.emergency_rule(rule_id)
    require(policy.may_grant(request.user, row.resource))
    return RuleOut(**_rule(services.end_emergency(rule_id, actor=_person(request).actor)))


@router.get("/overrides", response=Page[OverrideOut])
@audience(*SEERS)
def list_overrides(request: HttpRequest, cursor: str = "", limit: Limit = 50) -> Any:
    """Emergency accesses that the caller may see, the newest first."""
    rows = selectors.overrides_for(_person(request)).order_by("-id")
    after = decode_cursor(cursor, uuid.UUID)
    if after:
        rows = rows.filter(id__lt=after[0])
    found = list(rows[: limit + 1])
    more = encode_cursor(found[limit - 1].pk) if len(found) > limit else None
    return {"items": [_override(row) for row in found[:limit]], "next": more}


@router.post("/overrides", response={201: BrokenOut})
@audience(*OFFICERS)
@keyed
def break_glass(request: HttpRequest, body: BreakIn) -> Any:
    """Look one subject up in an emergency; told at once, to be justified within 24 hours.

    The answer is kept nowhere, so a repeat with the same idempotency key is refused.
    """
    if is_repeat(request):
        raise ConflictError(reason=gettext_noop("this emergency access was answered before"))
    found = services.break_glass(
        by=_person(request),
        resource=selectors.resource_by_address(body.resource),
        subject=body.subject,
        reason=body.reason,
    )
    row = selectors.override_of_fact(found.fact_id)
    receipt = json.loads(ledger.receipt(found.fact_id).to_json())
    return Status(
        201,
        BrokenOut(
            override=OverrideOut(**_override(row)),
            data=found.data,
            response_key=found.response_key.hex(),
            receipt=receipt,
        ),
    )


@router.post("/overrides/{uuid:override_id}/justify", response=OverrideOut)
@audience(*OFFICERS)
@idempotent
def justify(request: HttpRequest, override_id: uuid.UUID, body: TextIn) -> Any:
    """Say what the emergency was; only who used the access does."""
    row = services.justify_override(override_id, by=_person(request), text=body.text)
    return OverrideOut(**_override(row))


@router.post("/overrides/{uuid:override_id}/review", response=OverrideOut)
@audience(Role.SUPERVISOR, Role.AUDIT_ADMIN)
@idempotent
def review(request: HttpRequest, override_id: uuid.UUID, body: ReviewIn) -> Any:
    """Judge an emergency access: justified, or abuse."""
    row = services.review_override(
        override_id, by=_person(request), verdict=body.verdict, finding=body.finding
    )
    return OverrideOut(**_override(row))


def _person(request: HttpRequest) -> Person:
    assert isinstance(request.user, Person)
    return request.user


def _rule(row: EmergencyRule) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "resource": row.resource.address,
        "department": row.department_id,
        "policy": row.policy,
        "words": list(selectors.policy_words(row.resource.parsed_contract, row.policy)),
        "legal_basis": row.legal_basis,
        "made_at": row.made_at,
        "withdrawn_at": row.withdrawn_at,
    }


def _override(row: Override) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "fact": str(row.fact_id),
        "resource": row.rule.resource.address,
        "department": row.rule.department_id,
        "person": f"person:{row.person_id}",
        "at": row.at,
        "reason": row.reason,
        "found": row.found,
        "due_at": row.due_at,
        "overdue": row.overdue,
        "justification": row.justification,
        "justified_at": row.justified_at,
        "verdict": row.verdict,
        "reviewed_at": row.reviewed_at,
        "finding": row.finding,
    }
