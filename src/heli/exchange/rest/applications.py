"""REST: applications for data, their review and decision, appeals."""

import datetime as dt
import uuid
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status

from heli.exchange import policy, selectors, services
from heli.exchange.models import Appeal, Application
from heli.exchange.rest.shapes import person_of
from heli.kernel.permissions import Role, audience, require
from heli.kernel.rest import Page, decode_cursor, encode_cursor, idempotent

router = Router(tags=["exchange"])
READERS = (Role.STEWARD, Role.HEAD, Role.LEADER, Role.SUPERVISOR, Role.AUDIT_ADMIN)
MAX_PAGE = 200


class ApplyIn(Schema):
    """What is applied for, by which law, for what, until when."""

    resource: str
    purpose: str
    purpose_zh: str
    purpose_en: str = ""
    need: str
    basis: str
    policy: dict[str, Any]
    until: dt.date
    matter_type: str = ""
    renews: uuid.UUID | None = None


class CorrectIn(Schema):
    """A returned application, corrected."""

    purpose_zh: str
    purpose_en: str = ""
    need: str
    basis: str
    policy: dict[str, Any]
    until: dt.date
    matter_type: str = ""


class TextIn(Schema):
    """A reason, an opinion or an argument."""

    text: str


class GrantingIn(Schema):
    """All that was applied for, or less of it with the reason."""

    reason: str = ""
    policy: dict[str, Any] | None = None
    until: dt.date | None = None


class RefusalIn(Schema):
    """Why an application is refused, and the provision that it rests on."""

    reason: str
    ground: str


class AppealDecisionIn(Schema):
    """Whether an appeal is upheld, and why."""

    upheld: bool
    reason: str


class AppealOut(Schema):
    """An appeal; ``tier`` 1 goes to the data authority, 2 to the leading office."""

    id: uuid.UUID
    tier: int
    argument: str
    filed_at: dt.datetime
    due_at: dt.datetime | None
    overdue: bool
    upheld: bool | None
    decided_at: dt.datetime | None
    reason: str


class ApplicationOut(Schema):
    """An application, its decision and its appeals."""

    id: uuid.UUID
    resource: str
    consumer: str
    purpose: str
    purpose_zh: str
    purpose_en: str
    need: str
    basis: str
    policy: dict[str, Any]
    matter_type: str
    until: dt.date
    renews: uuid.UUID | None
    state: str
    submitted_at: dt.datetime
    due_at: dt.datetime | None
    overdue: bool
    returned_because: str
    opinion: str
    decided_at: dt.datetime | None
    reason: str
    ground: str
    granted: dict[str, Any] | None
    grant: uuid.UUID | None
    appeals: list[AppealOut]


@router.get("/applications", response=Page[ApplicationOut])
@audience(*READERS)
def list_applications(
    request: HttpRequest, *, state: str = "", resource: str = "", cursor: str = "", limit: int = 50
) -> Any:
    """Applications that the caller's department made or decides, the newest first."""
    person = person_of(request)
    everything = bool(policy.watches_all(person)) or Role.LEADER in person.roles
    rows = selectors.applications_concerning(person.department_id or "-", everything=everything)
    if state:
        rows = rows.filter(state=state)
    if resource:
        department, _slash, name = resource.partition("/")
        rows = rows.filter(resource__department=department, resource__name=name)
    after = decode_cursor(cursor, uuid.UUID)
    if after:
        rows = rows.filter(id__lt=after[0])
    size = max(1, min(limit, MAX_PAGE))
    found = list(rows.order_by("-id")[: size + 1])
    last = encode_cursor(found[size - 1].pk) if len(found) > size else None
    return {"items": [_application(row) for row in found[:size]], "next": last}


@router.post("/applications", response={201: ApplicationOut})
@audience(Role.STEWARD)
@idempotent
def apply(request: HttpRequest, body: ApplyIn) -> Any:
    """Apply for a resource; what is shared without condition is granted at once."""
    person = person_of(request)
    require(policy.may_apply(person, person.department_id or ""))
    values = body.model_dump()
    resource = selectors.resource_by_address(values.pop("resource"))
    renews = values.pop("renews")
    row = services.apply(
        resource,
        services.Wish(**values),
        actor=person.actor,
        consumer=person.department_id or "",
        renews=selectors.grant_by_id(renews) if renews else None,
    )
    return Status(201, _application(selectors.application_by_id(row.pk)))


@router.get("/applications/{uuid:application_id}", response=ApplicationOut)
@audience(*READERS)
def get_application(request: HttpRequest, application_id: uuid.UUID) -> Any:
    """One application, for those whose department takes part and for those who watch."""
    row = selectors.application_by_id(application_id)
    require(policy.may_see_application(request.user, row))
    return _application(row)


@router.post("/applications/{uuid:application_id}/correct", response=ApplicationOut)
@audience(Role.STEWARD)
@idempotent
def correct_application(request: HttpRequest, application_id: uuid.UUID, body: CorrectIn) -> Any:
    """Hand a returned application in again."""
    row = selectors.application_by_id(application_id)
    person = person_of(request)
    require(policy.may_apply(person, row.consumer_id))
    wish = services.Wish(purpose=row.purpose, **body.model_dump())
    services.correct_application(application_id, wish, actor=person.actor)
    return _application(selectors.application_by_id(application_id))


@router.post("/applications/{uuid:application_id}/withdraw", response=ApplicationOut)
@audience(Role.STEWARD)
@idempotent
def withdraw_application(request: HttpRequest, application_id: uuid.UUID) -> Any:
    """Take an open application back."""
    row = selectors.application_by_id(application_id)
    person = person_of(request)
    require(policy.may_apply(person, row.consumer_id))
    services.withdraw_application(application_id, actor=person.actor)
    return _application(selectors.application_by_id(application_id))


@router.post("/applications/{uuid:application_id}/return", response=ApplicationOut)
@audience(Role.STEWARD)
@idempotent
def return_application(request: HttpRequest, application_id: uuid.UUID, body: TextIn) -> Any:
    """Return an application for correction; its clocks stand still meanwhile."""
    person = person_of(request)
    require(policy.may_review_application(person, selectors.application_by_id(application_id)))
    services.return_application(application_id, actor=person.actor, reason=body.text)
    return _application(selectors.application_by_id(application_id))


@router.post("/applications/{uuid:application_id}/review", response=ApplicationOut)
@audience(Role.STEWARD)
@idempotent
def review_application(request: HttpRequest, application_id: uuid.UUID, body: TextIn) -> Any:
    """Write down what the source department thinks."""
    person = person_of(request)
    require(policy.may_review_application(person, selectors.application_by_id(application_id)))
    services.review_application(application_id, actor=person.actor, opinion=body.text)
    return _application(selectors.application_by_id(application_id))


@router.post("/applications/{uuid:application_id}/grant", response=ApplicationOut)
@audience(Role.STEWARD, Role.HEAD)
@idempotent
def grant_application(request: HttpRequest, application_id: uuid.UUID, body: GrantingIn) -> Any:
    """Grant what was applied for, or less of it."""
    person = person_of(request)
    require(policy.may_decide(person, selectors.application_by_id(application_id)))
    services.grant_application(application_id, actor=person.actor, **body.model_dump())
    return _application(selectors.application_by_id(application_id))


@router.post("/applications/{uuid:application_id}/refuse", response=ApplicationOut)
@audience(Role.STEWARD, Role.HEAD)
@idempotent
def refuse_application(request: HttpRequest, application_id: uuid.UUID, body: RefusalIn) -> Any:
    """Refuse an application on a ground of law."""
    person = person_of(request)
    require(policy.may_decide(person, selectors.application_by_id(application_id)))
    services.refuse_application(application_id, actor=person.actor, **body.model_dump())
    return _application(selectors.application_by_id(application_id))


@router.post("/applications/{uuid:application_id}/appeals", response={201: AppealOut})
@audience(Role.STEWARD)
@idempotent
def file_appeal(request: HttpRequest, application_id: uuid.UUID, body: TextIn) -> Any:
    """Appeal to the tier that is next."""
    row = selectors.application_by_id(application_id)
    person = person_of(request)
    require(policy.may_apply(person, row.consumer_id))
    appeal = services.file_appeal(application_id, actor=person.actor, argument=body.text)
    return Status(201, _appeal(appeal))


@router.post("/appeals/{uuid:appeal_id}/decide", response=ApplicationOut)
@audience(Role.STEWARD, Role.LEADER)
@idempotent
def decide_appeal(request: HttpRequest, appeal_id: uuid.UUID, body: AppealDecisionIn) -> Any:
    """Decide an appeal; where it is upheld, what was applied for is granted."""
    person = person_of(request)
    appeal = selectors.appeal_by_id(appeal_id)
    require(policy.may_decide_appeal(person, appeal))
    services.decide_appeal(appeal_id, actor=person.actor, upheld=body.upheld, reason=body.reason)
    return _application(selectors.application_by_id(appeal.application_id))


def _application(row: Application) -> ApplicationOut:
    clock = selectors.clock_of("exchange.application", row.pk, "exchange.decision")
    plain = ("id", "purpose", "purpose_zh", "purpose_en", "need", "policy", "matter_type", "until",
             "state", "submitted_at", "returned_because", "opinion", "decided_at", "reason",
             "granted")  # fmt: skip
    return ApplicationOut(
        resource=row.resource.address,
        consumer=row.consumer_id,
        basis=row.basis_id,
        renews=row.renews_id,
        due_at=clock.due_at if clock else None,
        overdue=row.overdue_at is not None,
        ground=row.ground_id or "",
        grant=row.grant_id,
        appeals=[_appeal(each) for each in row.appeals.all()],
        **{name: getattr(row, name) for name in plain},
    )


def _appeal(row: Appeal) -> AppealOut:
    clock = selectors.clock_of("exchange.appeal", row.pk)
    plain = ("id", "tier", "argument", "filed_at", "upheld", "decided_at", "reason")
    return AppealOut(
        due_at=clock.due_at if clock else None,
        overdue=row.overdue_at is not None,
        **{name: getattr(row, name) for name in plain},
    )
