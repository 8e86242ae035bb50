"""Which alerts there are, and who answered them."""

import datetime as dt
import uuid
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from heli.alerts.errors import UnknownAlertKindError
from heli.alerts.models import Alert, Kind, Notice
from heli.errors import NotFoundError
from heli.kernel import clock
from heli.organisation import selectors as organisation
from heli.organisation.selectors import DepartmentCard
from heli.web.shapes import Clock, State

AT_RISK = 0.5

TAGS = {Alert.State.LIVE: "brand", Alert.State.RECALLED: "done", Alert.State.EXPIRED: "done"}


def kinds() -> QuerySet[Kind]:
    """Kinds of alert by code."""
    return Kind.objects.all()


def kind_by_code(code: str) -> Kind:
    """One kind.

    Raises:
        UnknownAlertKindError: There is none.
    """
    found = Kind.objects.filter(pk=code).first()
    if found is None:
        known = ", ".join(Kind.objects.values_list("code", flat=True))
        raise UnknownAlertKindError(field="kind", kind=code, known=known)
    return found


def alerts() -> QuerySet[Alert]:
    """Alerts, the newest first, each with how many were told and how many answered."""
    told = Q(notices__phase=Notice.Phase.ISSUE)
    answered = told & Q(notices__acknowledged_at__isnull=False)
    return Alert.objects.select_related("kind").annotate(
        told=Count("notices", filter=told), answered=Count("notices", filter=answered)
    )


def alert_by_id(key: uuid.UUID) -> Alert:
    """One alert.

    Raises:
        NotFoundError: There is none.
    """
    found = alerts().filter(pk=key).first()
    if found is None:
        raise NotFoundError(what=str(key))
    return found


def open_notices(department: str) -> QuerySet[Notice]:
    """Notices that a department must still answer, the most urgent first."""
    rows = Notice.objects.filter(department=department, acknowledged_at=None, closed_at=None)
    return rows.select_related("alert__kind", "officer").order_by("due_at")


@dataclass(frozen=True, slots=True)
class AlertView:
    """An alert as pages show it."""

    key: str
    number: str
    kind: str
    headline: str
    source: DepartmentCard
    ground: str
    state: tuple[str, str]
    issued_at: dt.datetime
    expires_at: dt.datetime
    ended_at: dt.datetime | None
    reason: str
    told: int
    answered: int
    url: str


def alert_view(row: Alert) -> AlertView:
    """An alert in words; ``told`` and ``answered`` come from :func:`alerts`."""
    state = Alert.State(row.state)
    return AlertView(
        key=str(row.pk),
        number=row.number,
        kind=row.kind.title,
        headline=row.headline,
        source=organisation.department(row.department_id),
        ground=row.kind.ground,
        state=(TAGS[state], str(state.label)),
        issued_at=row.issued_at,
        expires_at=row.expires_at,
        ended_at=row.ended_at,
        reason=row.reason,
        told=getattr(row, "told", 0),
        answered=getattr(row, "answered", 0),
        url=reverse("alerts:alert", args=[row.pk]),
    )


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A department's notice as pages show it."""

    key: str
    alert: AlertView
    department: DepartmentCard
    recall: bool
    officer: str
    state: tuple[str, str]
    answered_at: dt.datetime | None
    answered_by: str
    note: str
    second: str
    clock: Clock | None
    open: bool


def notice_views(rows: "list[Notice]") -> list[NoticeView]:
    """Notices in words, in the order given."""
    now = clock.now()
    return [
        NoticeView(
            key=str(row.pk),
            alert=alert_view(row.alert),
            department=organisation.department(row.department_id),
            recall=row.phase == Notice.Phase.RECALL,
            officer=row.officer.name if row.officer else "",
            state=_state(row),
            answered_at=row.acknowledged_at,
            answered_by=row.acknowledged_by.name if row.acknowledged_by else "",
            note=row.note,
            second=str(Notice.Second(row.second).label) if row.second else "",
            clock=_clock(row, now) if row.open else None,
            open=row.open,
        )
        for row in rows
    ]


def _clock(row: Notice, now: dt.datetime) -> Clock:
    """The clock of an answer; the legal clock behind it counts whole hours, this one minutes."""
    fraction = (now - row.sent_at) / (row.due_at - row.sent_at)
    state: State = "late" if fraction >= 1 else "at_risk" if fraction >= AT_RISK else "on_time"
    return Clock(state, min(1.0, fraction), row.due_at - now, row.due_at)


def _state(row: Notice) -> tuple[str, str]:
    if row.acknowledged_at is not None:
        late = row.escalated_at is not None
        return "done", _("Acknowledged late") if late else _("Acknowledged")
    if row.closed_at is not None:
        return "done", _("Ended without an answer")
    if row.escalated_at is not None:
        return "late", pgettext("alert", "Escalated")
    return "brand", pgettext("alert", "Waiting")
