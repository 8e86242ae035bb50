"""Objections over REST: filed by anybody, decided by stewards."""

import datetime as dt
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router, Status
from pydantic import Field

from heli.errors import BadInputError, gettext_noop
from heli.exchange.errors import UnknownResourceError
from heli.exchange.selectors import Resource, SharingClass, resource_by_address
from heli.kernel.permissions import Role, audience
from heli.kernel.rest import Page, idempotent, keyed, page_of
from heli.openness import policy, selectors, services
from heli.openness.codes import unseal_values
from heli.openness.errors import UnknownObjectionError
from heli.openness.models import Objection
from heli.openness.portal import limits
from heli.openness.schemas import (
    AppealIn,
    DecisionIn,
    EvidenceOut,
    FiledOut,
    ObjectionIn,
    ObjectionOut,
    SecretIn,
)
from heli.openness.services import Decision, Target
from heli.openness.views.common import address_of, filer_of, person_of

router = Router(tags=["openness"])
Limit = Annotated[int, Query(ge=1, le=200)]
Name = Annotated[str, Field(min_length=1, max_length=160)]
BINARY = {"schema": {"type": "string", "format": "binary"}}


@router.post("/objections", response={201: FiledOut}, summary="Object")
@audience(public=True)
@keyed
def object_to(request: HttpRequest, body: ObjectionIn) -> Any:
    """To a record, a dataset or a refusal, or apply for data to be opened; without a login, too."""
    filer = filer_of(request, name=body.name, reach=body.reach)
    if filer.person is None:
        limits.filings.check(address_of(request))
    target = Target(
        about=body.about,
        resource=_register(body.resource) if body.resource else None,
        subject_id=body.subject,
        claims=body.claims,
        publication=selectors.dataset_by_slug(body.dataset) if body.dataset else None,
        refusal=body.refusal,
        department=body.department,
    )
    filed = services.file_objection(filer, target, body.ground)
    return Status(201, {"code": filed.objection.code, "secret": filed.secret})


def _register(address: str) -> Resource:
    """A register that people may know of; one that is not shared is as if there were none."""
    row = resource_by_address(address)
    if row.sharing == SharingClass.NOT_SHARED:
        raise UnknownResourceError(resource=address)
    return row


@router.get("/objections", response=Page[ObjectionOut], summary="Objections")
@audience()
def list_objections(
    request: HttpRequest, scope: str = "mine", cursor: str | None = None, limit: Limit = 50
) -> Any:
    """The caller's own, those `owed` by their department, or `all` of it; the newest first."""
    by = person_of(request)
    own = by.department_id or "-"
    found = {
        "mine": lambda: selectors.objections_of(by),
        "owed": lambda: selectors.owed(own),
        "all": lambda: (
            selectors.all_objections() if by.roles & policy.WATCHERS else selectors.queue(own)
        ),
    }.get(scope)
    if found is None:
        raise BadInputError(field="scope", reason=gettext_noop("use mine, owed or all"))
    rows = found()
    if scope != "mine" and not by.roles & (policy.LAST_TIER | policy.WATCHERS | {Role.STEWARD}):
        rows = rows.none()
    return page_of(
        rows,
        "filed_at",
        cursor,
        limit,
        lambda page: [shown(row, request) for row in page],
        newest_first=True,
    )


@router.get("/objections/{code}", response=ObjectionOut, summary="One objection")
@audience()
def get_objection(request: HttpRequest, code: str) -> Any:
    """For who filed it, who decides it, and who supervises."""
    return shown(selectors.visible_objection(code, request.user), request)


@router.post("/objections/{code}/progress", response=ObjectionOut, summary="Progress by secret")
@audience(public=True)
@keyed
def read_progress(request: HttpRequest, code: str, body: SecretIn) -> Any:
    """How far it is, for whoever has code and secret; the secret stands in no address."""
    row = selectors.opened_by_secret(code, body.secret, address_of(request))
    return shown(row, request, content=True)


@router.post(
    "/objections/{code}/evidence",
    response={201: EvidenceOut},
    summary="Hand evidence in",
    openapi_extra={"requestBody": {"required": True, "content": {"*/*": BINARY}}},
)
@audience(public=True)
@idempotent
def hand_in(request: HttpRequest, code: str, name: Name) -> Any:
    """The body is the file. Without a login, send the secret in the header `Objection-Secret`."""
    row = _theirs(request, code, request.headers.get("Objection-Secret", ""))
    found = services.add_evidence(row, name, request.body, actor=filer_of(request).actor)
    return Status(
        201,
        {
            "id": str(found.pk),
            "name": found.name,
            "media_type": found.media_type,
            "size": found.size,
            "sha256": found.sha256,
        },
    )


@router.post("/objections/{code}/appeal", response=ObjectionOut, summary="Take it further")
@audience(public=True)
@keyed
def appeal(request: HttpRequest, code: str, body: AppealIn) -> Any:
    """To the data authority, then to the leading office."""
    row = _theirs(request, code, body.secret)
    return shown(services.appeal(row, body.reason, by=filer_of(request)), request, content=True)


@router.post("/objections/{code}/withdraw", response=ObjectionOut, summary="Take it back")
@audience(public=True)
@keyed
def withdraw(request: HttpRequest, code: str, body: SecretIn) -> Any:
    """Nobody decides it then."""
    row = _theirs(request, code, body.secret)
    return shown(services.withdraw_objection(row, by=filer_of(request)), request, content=True)


@router.post("/objections/{code}/decide", response=ObjectionOut, summary="Decide")
@audience(Role.STEWARD, Role.LEADER, Role.SUPERVISOR)
@idempotent
def decide(request: HttpRequest, code: str, body: DecisionIn) -> Any:
    """At the tier that the caller's department is; upheld claims become a correction."""
    row = selectors.visible_objection(code, request.user)
    since = body.wrong_since
    if since is not None and since.tzinfo is None:
        raise BadInputError(
            field="wrong_since", reason=gettext_noop("the instant has no time zone")
        )
    return shown(
        services.decide(row, Decision(**body.model_dump()), by=person_of(request)), request
    )


def _theirs(request: HttpRequest, code: str, secret: str) -> Objection:
    row = selectors.objection_by_code(code)
    if policy.owns(request.user, row):
        return row
    if not secret:
        raise UnknownObjectionError(code=row.code)
    return selectors.opened_by_secret(code, secret, address_of(request))


def shown(row: Objection, request: HttpRequest, *, content: bool = False) -> dict[str, Any]:
    """An objection as far as the caller may see it."""
    content = content or bool(policy.may_see_content(request.user, row))
    view = selectors.objection_view(row, content=content)
    correction = getattr(row, "correction", None)
    told = selectors.correction_view(correction).recipients if correction and content else ()
    claims = unseal_values("claims", row.claims) if content else {}
    return {
        "code": row.code,
        "about": row.about,
        "state": row.state,
        "department": row.department_id,
        "deciding": view.acting.code,
        "resource": row.resource.address if row.resource else "",
        "filed_at": row.filed_at,
        "ground": view.ground,
        "subject_hint": view.subject_hint,
        "claims": {name: str(value) for name, value in claims.items()},
        "rulings": [_ruling(each, content) for each in view.rulings],
        "correction": correction.code if correction else "",
        "told": [recipient(each) for each in told],
    }


def _ruling(each: Any, content: bool) -> dict[str, Any]:
    due: dt.datetime | None = each.clock.due_at if each.clock else None
    return {
        "tier": each.tier,
        "department": each.department.code,
        "opened_at": each.opened_at,
        "due_at": due,
        "outcome": each.outcome,
        "reason": each.reason if content else "",
        "ground": each.ground,
        "decided_at": each.decided_at,
    }


def recipient(each: Any) -> dict[str, Any]:
    """A department that was told, as REST gives it out."""
    return {
        "department": each.department.code,
        "proven": each.proven,
        "fields": list(each.names),
        "uses": each.uses,
        "notified_at": each.notified_at,
        "acknowledged_at": each.acknowledged_at,
        "action": each.action,
    }
