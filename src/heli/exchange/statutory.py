"""The clocks of applications, appeals and conflicts, and what happens when they run out."""

import datetime as dt
import uuid

from django.utils.translation import pgettext_lazy

from heli.clocks import selectors as clock_selectors
from heli.clocks import services as clock_services
from heli.clocks.kinds import OVERDUE, ClockKind, RungEvent, holding
from heli.clocks.kinds import register as register_kind
from heli.clocks.selectors import Clock, ClockView
from heli.clocks.services import ClockRequest
from heli.exchange.terms import TERMS
from heli.kernel import clock as time
from heli.kernel.actor import Actor
from heli.organisation import selectors as organisation

APPLICATION, APPEAL, CONFLICT = "exchange.application", "exchange.appeal", "exchange.conflict"
REVIEW, DECISION = "exchange.review", "exchange.decision"
AUTHORITY_COMPETENCE = "data.sharing"


def authority() -> str:
    """Code of the department that administers all sharing (数据主管部门); empty: none is set up."""
    return _department_of(competence=AUTHORITY_COMPETENCE, role="steward")


def leading_office() -> str:
    """Code of the department of the leading office (领导小组办公室); empty where there is none."""
    return _department_of(role="leader")


def _department_of(*, competence: str = "", role: str) -> str:
    found = organisation.people(competence=competence, role=role).filter(is_active=True)
    return str(found.order_by("pk").values_list("department_id", flat=True).first() or "")


def start(
    step: str, owner_type: str, owner_id: uuid.UUID, *, department: str, actor: Actor
) -> Clock:
    """Start the clock of a step, with the term in force.

    Args:
        step: One of :data:`heli.exchange.terms.STEPS`.
        owner_type: :data:`APPLICATION`, :data:`APPEAL` or :data:`CONFLICT`.
        owner_id: Whose step it is.
        department: Code of the department that owes it.
        actor: Who set it going.
    """
    kind = f"exchange.{step.partition('_')[0]}"
    allowance = TERMS.term(step).allowance
    request = ClockRequest(kind, owner_type, str(owner_id), department, allowance)
    return clock_services.start(request, actor=actor)


def stop(owner_type: str, owner_id: uuid.UUID, *, actor: Actor, kind: str = "") -> None:
    """Stop the clocks of an application, appeal or conflict; of one kind or of all."""
    rows = Clock.objects.filter(owner_type=owner_type, owner_id=str(owner_id)).exclude(
        state=Clock.State.STOPPED
    )
    found = list((rows.filter(kind=kind) if kind else rows).values_list("pk", flat=True))
    if found:
        clock_services.stop_many(found, actor=actor)


def pause(owner_id: uuid.UUID, *, department: str, ground: str, actor: Actor) -> None:
    """Let an application's clocks stand still while its department corrects it."""
    for key in _open(owner_id):
        clock_services.suspend(key, department=department, ground=ground, actor=actor)


def go_on(owner_id: uuid.UUID, *, department: str, actor: Actor) -> None:
    """Let an application's clocks run again."""
    for key in _open(owner_id):
        clock_services.resume(key, department=department, actor=actor)


def _open(owner_id: uuid.UUID) -> list[uuid.UUID]:
    rows = Clock.objects.filter(owner_type=APPLICATION, owner_id=str(owner_id))
    return list(rows.exclude(state=Clock.State.STOPPED).values_list("pk", flat=True))


def views(owner_type: str, ids: list[uuid.UUID], kind: str | None = None) -> dict[str, ClockView]:
    """The clocks of many owners, by owner."""
    return clock_selectors.views_of(owner_type, ids, kind)


def _ran_out(event: RungEvent) -> None:
    """The time of a step has run out: said, shown and passed on."""
    if event.rung != OVERDUE:
        return
    # Here, because the services start these clocks.
    from heli.exchange import services

    key = uuid.UUID(event.owner_id)
    if event.kind == DECISION:
        services.note_silence(key, at=event.fire_at)
    elif event.kind == "exchange.appeal":
        services.note_late_appeal(key, at=event.fire_at)


def register() -> None:
    """Make the kinds known; called when the application starts."""
    application = "exchange.Application"
    for name, label, owner in (
        (REVIEW, pgettext_lazy("clock", "Review of an application for data"), application),
        (DECISION, pgettext_lazy("clock", "Decision on an application for data"), application),
        (
            "exchange.appeal",
            pgettext_lazy("clock", "Decision on an appeal about data"),
            "exchange.Appeal",
        ),
        (
            "exchange.conflict",
            pgettext_lazy("clock", "Settlement of who is the source"),
            "exchange.Conflict",
        ),
    ):
        register_kind(ClockKind(name, label, _ran_out, hold=holding(owner)))


def end_of_day(day: dt.date) -> dt.datetime:
    """The last second of a day in Asia/Shanghai."""
    return dt.datetime.combine(day, dt.time(23, 59, 59), time.SHANGHAI)
