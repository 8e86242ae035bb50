"""REST interface of the alerts: issue, acknowledge, recall, ask the lists, duty."""

import uuid
from typing import Any

from django.http import HttpRequest
from ninja import Router, Status

from heli.alerts import policy, selectors, services
from heli.alerts.models import Alert, Notice, Shift
from heli.alerts.schemas import (
    AlertDetail,
    AlertIn,
    AlertOut,
    AnswerOut,
    ChannelIn,
    ChannelOut,
    DetailsOut,
    DutyOut,
    HandoverIn,
    KindIO,
    NoteIn,
    NoticeOut,
    PlanIn,
    ReasonIn,
    ShiftOut,
    SubjectIn,
    SubstituteIn,
)
from heli.alerts.services import NewSubject
from heli.errors import NotFoundError
from heli.kernel.permissions import STAFF, Role, audience, require
from heli.kernel.rest import Limit, Page, idempotent, keyed, page_of
from heli.organisation import selectors as organisation
from heli.organisation.selectors import Person

router = Router(tags=["alerts"])


def _person(request: HttpRequest) -> Person:
    assert isinstance(request.user, Person)
    return request.user


@router.get("/kinds", response=list[KindIO])
@audience(*STAFF, systems=True)
def list_kinds(request: HttpRequest) -> Any:
    """Kinds of alert, with their legal ground and who may issue them."""
    return list(selectors.kinds())


@router.post("/kinds", response=KindIO)
@audience(Role.SUPERVISOR)
@idempotent
def define_kind(request: HttpRequest, body: KindIO) -> Any:
    """Define a kind of alert, or change it."""
    person = _person(request)
    require(policy.may_define(person))
    row = services.define_kind(body.model_dump(), actor=person.actor)
    return KindIO.from_orm(row)


@router.get("/alerts", response=Page[AlertOut])
@audience(*STAFF, systems=True)
def list_alerts(
    request: HttpRequest, state: str = "", kind: str = "", cursor: str = "", limit: Limit = 50
) -> Any:
    """Alerts, the newest first."""
    chosen = {"state": state, "kind": kind}
    rows = selectors.alerts().filter(**{key: value for key, value in chosen.items() if value})

    def show(found: list[Alert]) -> list[Any]:
        return [_alert(row) for row in found]

    return page_of(rows, "issued_at", cursor, limit, show, newest_first=True)


@router.post("/alerts", response={201: AlertOut})
@audience(*STAFF)
@idempotent
def issue(request: HttpRequest, body: AlertIn) -> Any:
    """Tell every member department at once."""
    person, kind = _person(request), selectors.kind_by_code(body.kind)
    require(policy.may_issue(person, kind))
    alert = services.issue(
        kind,
        headline=body.headline,
        details=body.details,
        subjects=[NewSubject(each.type, each.id) for each in body.subjects],
        hours=body.hours,
        actor=person.actor,
    )
    return Status(201, AlertOut(**_alert(selectors.alert_by_id(alert.pk))))


@router.get("/alerts/{uuid:key}", response=AlertDetail)
@audience(*STAFF, systems=True)
def get_alert(request: HttpRequest, key: uuid.UUID) -> Any:
    """One alert, and who answered it."""
    return _detail(selectors.alert_by_id(key))


@router.post("/alerts/{uuid:key}/details", response=DetailsOut)
@audience(*STAFF)
@keyed
def open_details(request: HttpRequest, key: uuid.UUID) -> Any:
    """What the alert says about people; reading it is recorded."""
    person, row = _person(request), selectors.alert_by_id(key)
    require(policy.may_read_details(person, row))
    return {"details": services.open_details(row, person=person)}


@router.post("/alerts/{uuid:key}/acknowledge", response=NoticeOut)
@audience(*STAFF)
@idempotent
def acknowledge(request: HttpRequest, key: uuid.UUID, body: NoteIn) -> Any:
    """Answer for one's department."""
    person, row = _person(request), selectors.alert_by_id(key)
    department = person.department_id or ""
    require(policy.may_acknowledge(person, department))
    notice = services.acknowledge(row, department=department, person=person, note=body.note)
    return NoticeOut(**_notice(notice))


@router.post("/alerts/{uuid:key}/recall", response=AlertOut)
@audience(*STAFF)
@idempotent
def recall(request: HttpRequest, key: uuid.UUID, body: ReasonIn) -> Any:
    """End an alert and tell everybody who answered it."""
    person, row = _person(request), selectors.alert_by_id(key)
    require(policy.may_recall(person, row))
    services.recall(row, actor=person.actor, reason=body.reason)
    return AlertOut(**_alert(selectors.alert_by_id(key)))


@router.post("/ask", response=AnswerOut)
@audience(Role.OFFICER, Role.AMBASSADOR, Role.HEAD, systems=True)
@keyed
def ask(request: HttpRequest, body: SubjectIn) -> Any:
    """Whether a live alert is about somebody: yes or no, and whom to call."""
    system = getattr(request, "system", None)
    actor = system.actor if system is not None else _person(request).actor
    return services.ask(body.type, body.id, actor=actor)


@router.get("/duty", response=list[DutyOut])
@audience(*STAFF, systems=True)
def list_duty(request: HttpRequest) -> Any:
    """Who is on duty now, in every department."""
    return [
        {
            "department": code,
            "officer": duty.officer.name if duty.officer else "",
            "stands_in_for": duty.stands_in_for,
            "telephone": duty.telephone,
            "until": duty.shift.ends_at if duty.shift else None,
            "taken_over": bool(duty.shift and duty.shift.accepted_at),
        }
        for code, duty in selectors.duties().items()
    ]


@router.get("/rosters/{department}", response=list[ShiftOut])
@audience(*STAFF)
def list_shifts(request: HttpRequest, department: str) -> Any:
    """The next shifts of a department."""
    return [_shift(row) for row in selectors.shifts(department)[:200]]


@router.post("/rosters/{department}", response={201: list[ShiftOut]})
@audience(Role.HEAD)
@keyed
def plan_shifts(request: HttpRequest, department: str, body: PlanIn) -> Any:
    """Plan shifts without a gap; who is away is passed over."""
    person = _person(request)
    require(policy.may_plan(person, department))
    people = [organisation.person(key) for key in body.people]
    made = services.plan_shifts(
        department,
        people,
        first=body.first,
        days=body.days,
        hours=body.hours,
        begins=body.begins,
        actor=person.actor,
    )
    return Status(201, [_shift(row) for row in made])


@router.post("/rosters/{department}/channel", response=ChannelOut)
@audience(Role.HEAD)
@idempotent
def set_channel(request: HttpRequest, department: str, body: ChannelIn) -> Any:
    """Set how else the department is reached."""
    person = _person(request)
    require(policy.may_plan(person, department))
    row = services.set_channel(
        department, address=body.address, telephone=body.telephone, actor=person.actor
    )
    return ChannelOut(department=row.department_id, address=row.address, telephone=row.telephone)


@router.post("/shifts/{int:key}/substitute", response=ShiftOut)
@audience(Role.HEAD)
@idempotent
def substitute(request: HttpRequest, key: int, body: SubstituteIn) -> Any:
    """Let somebody else take a shift."""
    person, row = _person(request), _found(key)
    require(policy.may_plan(person, row.department_id))
    officer = organisation.person(body.officer)
    changed = services.substitute(row, officer, actor=person.actor, reason=body.reason)
    return ShiftOut(**_shift(changed))


@router.post("/shifts/{int:key}/hand-over", response=ShiftOut)
@audience(*STAFF)
@idempotent
def hand_over(request: HttpRequest, key: int, body: HandoverIn) -> Any:
    """Leave one's shift to the next officer."""
    changed = services.hand_over(_found(key), person=_person(request), note=body.note)
    return ShiftOut(**_shift(changed))


@router.post("/shifts/{int:key}/accept", response=ShiftOut)
@audience(*STAFF)
@idempotent
def accept_shift(request: HttpRequest, key: int) -> Any:
    """Take over one's shift."""
    return ShiftOut(**_shift(services.accept_shift(_found(key), person=_person(request))))


def _found(key: int) -> Shift:
    row = Shift.objects.filter(pk=key).first()
    if row is None:
        raise NotFoundError(what=str(key))
    return row


def _alert(row: Alert) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "number": row.number,
        "kind": row.kind_id,
        "department": row.department_id,
        "headline": row.headline,
        "ground": row.kind.ground,
        "state": row.state,
        "issued_at": row.issued_at,
        "expires_at": row.expires_at,
        "ended_at": row.ended_at,
        "reason": row.reason,
        "told": getattr(row, "told", 0),
        "answered": getattr(row, "answered", 0),
    }


def _detail(row: Alert) -> dict[str, Any]:
    rows = row.notices.select_related("officer").order_by("phase", "department__position")
    return _alert(row) | {"notices": [_notice(each) for each in rows]}


def _notice(row: Notice) -> dict[str, Any]:
    return {
        "department": row.department_id,
        "phase": row.phase,
        "officer": row.officer.name if row.officer else "",
        "sent_at": row.sent_at,
        "due_at": row.due_at,
        "acknowledged_at": row.acknowledged_at,
        "note": row.note,
        "escalated_at": row.escalated_at,
        "second": row.second,
    }


def _shift(row: Shift) -> dict[str, Any]:
    return {
        "id": row.pk,
        "department": row.department_id,
        "starts_at": row.starts_at,
        "ends_at": row.ends_at,
        "officer": row.officer_id,
        "planned": row.planned_id,
        "note": row.note,
        "handed_at": row.handed_at,
        "accepted_at": row.accepted_at,
    }
