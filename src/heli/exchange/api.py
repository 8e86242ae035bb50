"""REST interface of the exchange: catalogue, contracts, grants, access log.

Lookups themselves go to the gateway at ``/x/v1/{department}/{resource}``.
"""

import datetime as dt
import uuid
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from ninja import Router, Status

from heli.errors import BadInputError, gettext_noop
from heli.exchange import policy, selectors, services
from heli.exchange.contracts.api import router as contracts
from heli.exchange.extracts.api import router as extracts
from heli.exchange.models import Access, Grant, Resource
from heli.exchange.rest import (
    applications,
    catalogue,
    emergencies,
    grounds,
    rules,
    sessions,
    sources,
)
from heli.exchange.schemas import (
    AccessOut,
    GrantIn,
    GrantOut,
    PublishIn,
    ResourceDetail,
    ResourceOut,
    RevokeIn,
)
from heli.exchange.words import spoken
from heli.kernel.actor import Actor
from heli.kernel.permissions import STAFF, Role, audience, require
from heli.kernel.rest import Page, decode_cursor, encode_cursor, idempotent
from heli.organisation.selectors import Person

router = Router(tags=["exchange"])
router.add_router("", contracts)
for part in (sources, catalogue, applications, rules, grounds, emergencies, sessions):
    router.add_router("", part.router)
router.add_router("", extracts)

MAX_PAGE = 200


@router.get("/resources", response=Page[ResourceOut])
@audience(*STAFF, systems=True)
def list_resources(
    request: HttpRequest,
    *,
    q: str = "",
    department: str = "",
    sharing: str = "",
    subject_type: str = "",
    category: str = "",
    openness: str = "",
    form: str = "",
    level: str = "",
    cycle: str = "",
    cursor: str = "",
    limit: int = 50,
) -> Any:
    """Resources on offer, by department and name; `q` is searched in all that is said of them."""
    rows = selectors.catalogue(
        text=q, department=department, sharing=sharing, subject_type=subject_type
    ).order_by("department_id", "name")
    chosen = {"category": category, "openness": openness, "form": form, "level": level,
              "cycle": cycle}  # fmt: skip
    rows = selectors.narrow(rows, chosen)
    after = decode_cursor(cursor, str, str)
    if after:
        rows = rows.filter(Q(department__gt=after[0]) | Q(department=after[0], name__gt=after[1]))
    found, more = _page(rows, limit)
    last = encode_cursor(found[-1].department_id, found[-1].name) if more else None
    return {"items": [_resource(row) for row in found], "next": last}


@router.post("/resources", response={201: ResourceOut})
@audience(Role.STEWARD)
@idempotent
def publish_resource(request: HttpRequest, body: PublishIn) -> Any:
    """Put a resource of the caller's department into the catalogue, or renew its contract."""
    person = _person(request)
    require(policy.may_publish(person, person.department_id or ""))
    row = services.publish(
        actor=person.actor,
        department=person.department_id or "",
        contract=body.contract,
        connector=body.connector,
        options=body.options,
        sharing=body.sharing,
        update_cycle=body.update_cycle,
        sunset=body.sunset,
        ground=body.ground,
    )
    return Status(201, ResourceOut(**_resource(row)))


@router.get("/resources/{department}/{name}", response=ResourceDetail)
@audience(*STAFF, systems=True)
def get_resource(request: HttpRequest, department: str, name: str) -> Any:
    """One resource with its contract."""
    row = selectors.resource_by_address(f"{department}/{name}")
    return _resource(row) | {"contract": row.contract}


@router.get("/resources/{department}/{name}/grants", response=list[GrantOut])
@audience(*STAFF)
def list_grants(request: HttpRequest, department: str, name: str) -> Any:
    """Who may look the resource up, and why."""
    row = selectors.resource_by_address(f"{department}/{name}")
    return [_grant(each) for each in selectors.grants(resource=row)]


@router.post("/resources/{department}/{name}/grants", response={201: GrantOut})
@audience(Role.STEWARD)
@idempotent
def give_grant(request: HttpRequest, department: str, name: str, body: GrantIn) -> Any:
    """Grant access; only a data steward of the source department may."""
    row = selectors.resource_by_address(f"{department}/{name}")
    require(policy.may_grant(request.user, row))
    if body.expires_at.tzinfo is None:
        raise BadInputError(field="expires_at", reason=gettext_noop("the instant has no time zone"))
    given = services.grant(actor=_person(request).actor, resource=row, **body.model_dump())
    return Status(201, GrantOut(**_grant(given)))


@router.post("/grants/{uuid:grant_id}/revoke", response=GrantOut)
@audience(Role.STEWARD)
@idempotent
def revoke_grant(request: HttpRequest, grant_id: uuid.UUID, body: RevokeIn) -> Any:
    """Take a grant back; only a data steward of the source department may."""
    revoked = services.revoke(grant_id, actor=_granter(request, grant_id), reason=_reason(body))
    return GrantOut(**_grant(revoked))


@router.post("/grants/{uuid:grant_id}/suspend", response=GrantOut)
@audience(Role.STEWARD)
@idempotent
def suspend_grant(request: HttpRequest, grant_id: uuid.UUID, body: RevokeIn) -> Any:
    """Let a grant open nothing until further notice; effective with the next call."""
    return GrantOut(
        **_grant(
            services.suspend(grant_id, actor=_granter(request, grant_id), reason=_reason(body))
        )
    )


@router.post("/grants/{uuid:grant_id}/resume", response=GrantOut)
@audience(Role.STEWARD)
@idempotent
def resume_grant(request: HttpRequest, grant_id: uuid.UUID, body: RevokeIn) -> Any:
    """Lift the suspension of a grant."""
    return GrantOut(
        **_grant(services.resume(grant_id, actor=_granter(request, grant_id), reason=_reason(body)))
    )


@router.get("/accesses", response=Page[AccessOut])
@audience(Role.STEWARD, Role.HEAD, Role.SUPERVISOR, Role.AUDIT_ADMIN, systems=True)
def list_accesses(
    request: HttpRequest,
    matter: str = "",
    answered: bool | None = None,
    cursor: str = "",
    limit: int = 50,
) -> Any:
    """Calls in which the caller's department took part, the newest first; watchers see all."""
    rows = selectors.accesses(matter=matter, answered=answered)
    system = getattr(request, "system", None)
    watching = system is None and policy.watches(request.user)
    if system is not None or not policy.watches_all(request.user):
        own = system.department if system else _person(request).department_id or "-"
        rows = rows.filter(Q(resource__department=own) | Q(consumer=own))
    after = decode_cursor(cursor, dt.datetime, uuid.UUID)
    if after:
        at, fact = after
        rows = rows.filter(Q(at__lt=at) | Q(at=at, fact_id__lt=fact))
    found, more = _page(rows, limit)
    last = encode_cursor(found[-1].at.isoformat(), found[-1].fact_id) if more else None
    return {"items": [_access(row, watching) for row in found], "next": last}


def _granter(request: HttpRequest, grant_id: uuid.UUID) -> Actor:
    """The caller, who must be a data steward of the source department."""
    require(policy.may_grant(request.user, selectors.grant_by_id(grant_id).resource))
    return _person(request).actor


def _reason(body: RevokeIn) -> str:
    if not body.reason.strip():
        raise BadInputError(field="reason", reason=gettext_noop("a reason is required"))
    return body.reason.strip()[:300]


def _page(rows: Any, limit: int) -> tuple[list[Any], bool]:
    size = max(1, min(limit, MAX_PAGE))
    found = list(rows[: size + 1])
    return found[:size], len(found) > size


def _person(request: HttpRequest) -> Person:
    user = request.user
    assert isinstance(user, Person)
    return user


def _resource(row: Resource) -> dict[str, Any]:
    return {
        "address": row.address,
        "department": row.department_id,
        "name": row.name,
        "title_zh": row.title_zh,
        "title_en": row.title_en,
        "sharing": row.sharing,
        "sensitivity": row.sensitivity,
        "update_cycle": row.update_cycle,
        "subject_type": row.subject_type,
        "contract_version": row.contract_version,
    }


def _grant(row: Grant) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "resource": row.resource.address,
        "consumer": row.consumer_id,
        "purpose": row.purpose,
        "purpose_text": spoken(row.purpose_zh, row.purpose_en),
        "legal_basis": row.legal_basis,
        "policy": row.policy,
        "words": list(selectors.policy_words(row.resource.parsed_contract, row.policy)),
        "granted_at": row.granted_at,
        "expires_at": row.expires_at,
        "revoked_at": row.revoked_at,
        "revoked_because": row.revoked_because,
        "suspended_at": row.suspended_at,
        "suspended_because": row.suspended_because,
    }


def _access(row: Access, watching: bool) -> dict[str, Any]:
    return {
        "fact": str(row.fact_id),
        "at": row.at,
        "resource": row.address,
        "consumer": row.consumer,
        "actor": row.actor,
        "purpose": row.purpose,
        "matter": row.matter,
        "answered": not row.reason,
        "reason": row.why_denied(watching=watching),
        "fields": row.fields,
        "rows": row.rows,
    }
