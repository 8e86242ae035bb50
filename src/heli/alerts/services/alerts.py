"""Issuing alerts, answering them, recalling them, and what their clocks do."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F

from heli.alerts import facts
from heli.alerts.errors import AlertEndedError, NothingToAcknowledgeError, TooLongError
from heli.alerts.models import Alert, Channel, Kind, Notice, Pulse
from heli.alerts.selectors.duty import Duty, duties
from heli.alerts.services.matching import enter, leave, require_durable
from heli.clocks import services as clocks
from heli.clocks.kinds import OVERDUE, RungEvent
from heli.engines.legaltime import Allowance, RungRule, Unit
from heli.exchange.questions import Notification, notify
from heli.feeds.webhooks import host_of
from heli.kernel import clock
from heli.kernel.actor import HELI, Actor
from heli.kernel.ids import uuid7
from heli.kernel.permissions import Role
from heli.kernel.sealing import Sealing
from heli.ledger.screening import screen
from heli.ledger.services import NewFact, record, record_many
from heli.ledger.verbs import FactData
from heli.organisation.selectors import Person

ACKNOWLEDGEMENT = "alerts.acknowledgement"
ONE_HOUR = dt.timedelta(hours=1)
RECALL_MINUTES = 60
"""How soon a recall is to be acknowledged."""

sealing = Sealing("alerts")


@dataclass(frozen=True, slots=True)
class NewSubject:
    """Whom or what an alert is about, for its list.

    Attributes:
        type: ``person``, ``enterprise`` or ``batch``.
        id: The whole identifier.
    """

    type: str
    id: str


def issue(
    kind: Kind,
    *,
    headline: str,
    details: str = "",
    subjects: Sequence[NewSubject] = (),
    hours: int = 0,
    actor: Actor,
) -> Alert:
    """Tell every member department at once.

    Args:
        kind: What kind of alert it is.
        headline: What is the matter, without names; shown to all officials.
        details: What describes people; sealed, shown to officers on duty.
        subjects: For the list that can be asked.
        hours: How long it lasts; as the kind says, when 0.
        actor: Who issues it, for the issuing department.

    Raises:
        TooLongError: It would last longer than the kind allows.
        PersonalNumberError: The headline holds a number that names somebody.
        SubjectError: A subject cannot stand on the list.
    """
    screen(headline)
    lasting = hours or kind.hours
    if not 1 <= lasting <= kind.most_hours:
        raise TooLongError(field="hours", hours=kind.most_hours)
    now = clock.now()
    with transaction.atomic():
        alert = Alert(
            number=_number(now),
            kind=kind,
            department_id=actor.department,
            headline=headline.strip(),
            issued_at=now,
            issued_by=str(actor),
            expires_at=now + dt.timedelta(hours=lasting),
        )
        if details.strip():
            alert.sealed = sealing.seal_bytes(str(alert.pk), details.strip().encode())
        alert.save(force_insert=True)
        enter(alert, subjects)
        found = duties(now)
        facts_of: list[NewFact] = []
        _tell(
            alert,
            Notice.Phase.ISSUE,
            found.values(),
            minutes=kind.answer_minutes,
            actor=actor,
            facts_into=facts_of,
        )
        data = facts.AlertIssued(
            alert=str(alert.pk),
            number=alert.number,
            kind=kind.code,
            ground=kind.ground,
            departments=len(found),
            answer_minutes=kind.answer_minutes,
            expires_at=alert.expires_at.isoformat(),
        )
        record_many([_fact(alert, data, actor, actor.department), *facts_of])
        touch()
    return alert


def _number(now: dt.datetime) -> str:
    """The next number of the day; Pulse's row keeps two from getting the same."""
    touch()
    day = now.astimezone(clock.SHANGHAI).date()
    taken = Alert.objects.filter(number__startswith=f"{day:%Y%m%d}-").count()
    return f"{day:%Y%m%d}-{taken + 1:03}"


def touch() -> None:
    """Tell live pages that something changed; in the change's transaction."""
    if not Pulse.objects.filter(pk=1).update(number=F("number") + 1):
        Pulse.objects.create(pk=1, number=1)


def _tell(
    alert: Alert,
    phase: Notice.Phase,
    found: Iterable[Duty],
    *,
    minutes: int,
    actor: Actor,
    facts_into: list[NewFact],
) -> None:
    """Give departments a notice with its clock, and their officers on duty a line in the inbox."""
    now = clock.now()
    due = now + dt.timedelta(minutes=minutes)
    reached = [(duty, uuid7()) for duty in found]
    ladder = (RungRule("remind", offset=-dt.timedelta(minutes=minutes) / 2),)
    requests = [
        clocks.ClockRequest(
            ACKNOWLEDGEMENT,
            "alerts.notice",
            str(key),
            duty.department.code,
            # Legal clocks count whole hours: one that ends when the answer is due.
            Allowance(1, Unit.NATURAL_HOURS),
            started_at=due - ONE_HOUR,
            ladder=ladder,
        )
        for duty, key in reached
    ]
    started = clocks.start_many(requests, actor=actor, facts_into=facts_into)
    Notice.objects.bulk_create(
        [
            Notice(
                id=key,
                alert=alert,
                department_id=duty.department.code,
                phase=phase,
                officer=duty.officer,
                sent_at=now,
                due_at=due,
                clock=row.pk,
            )
            for (duty, key), row in zip(reached, started, strict=True)
        ]
    )
    for duty, _key in reached:
        for person in {each.pk for each in (duty.officer, duty.also) if each is not None}:
            _notify(alert, f"alerts.{phase}", duty.department.code, person=person)


def _notify(alert: Alert, key: str, department: str, *, person: int | None = None) -> None:
    notify(
        Notification(
            department,
            Role.HEAD,
            key,
            f"alerts.alert:{alert.pk}",
            data={
                "code": alert.number,
                "name_zh": alert.kind.title_zh,
                "name_en": alert.kind.title_en,
                "about": department,
            },
            person=person,
        )
    )


def _fact(alert: Alert, data: FactData, actor: Actor, department: str) -> NewFact:
    return NewFact(data, actor, f"alerts.alert:{alert.pk}", "", department)


def acknowledge(alert: Alert, *, department: str, person: Person, note: str = "") -> Notice:
    """Answer for a department: the oldest notice of this alert that waits.

    Raises:
        NothingToAcknowledgeError: Nothing waits.
        PersonalNumberError: The note holds a number that names somebody.
    """
    screen(note)
    now = clock.now()
    with transaction.atomic():
        waiting = Notice.objects.select_for_update().filter(
            alert=alert, department=department, acknowledged_at=None, closed_at=None
        )
        row = waiting.order_by("sent_at").first()
        if row is None:
            raise NothingToAcknowledgeError(number=alert.number)
        row.acknowledged_at, row.acknowledged_by, row.note = now, person, note.strip()[:300]
        row.second_next = None
        row.save(update_fields=["acknowledged_at", "acknowledged_by", "note", "second_next"])
        facts_of: list[NewFact] = []
        if row.clock:
            clocks.stop_many([row.clock], actor=person.actor, facts_into=facts_of)
        data = facts.NoticeAcknowledged(
            alert=str(alert.pk),
            number=alert.number,
            source=alert.department_id,
            phase=row.phase,
            seconds=int((now - row.sent_at).total_seconds()),
            late=row.escalated_at is not None,
        )
        record_many([_fact(alert, data, person.actor, department), *facts_of])
        touch()
    return row


def recall(alert: Alert, *, actor: Actor, reason: str) -> Alert:
    """End an alert before its time, and tell everybody who answered it.

    Raises:
        AlertEndedError: It is not in force.
        PersonalNumberError: The reason holds a number that names somebody.
    """
    screen(reason)
    with transaction.atomic():
        row = _end(alert, Alert.State.RECALLED, actor, reason.strip()[:300])
        answered = set(
            row.notices.filter(phase=Notice.Phase.ISSUE, acknowledged_at__isnull=False).values_list(
                "department", flat=True
            )
        )
        reached = [duty for code, duty in duties().items() if code in answered]
        facts_of: list[NewFact] = []
        _tell(
            row,
            Notice.Phase.RECALL,
            reached,
            minutes=RECALL_MINUTES,
            actor=actor,
            facts_into=facts_of,
        )
        data = facts.AlertRecalled(
            alert=str(row.pk),
            number=row.number,
            kind=row.kind_id,
            reached=len(reached),
            reason=row.reason,
        )
        record_many([_fact(row, data, actor, row.department_id), *facts_of])
    return row


def _end(alert: Alert, state: Alert.State, actor: Actor, reason: str = "") -> Alert:
    """End an alert: its list entries go, and answers that are awaited are awaited no longer."""
    now = clock.now()
    row = Alert.objects.select_for_update().select_related("kind").get(pk=alert.pk)
    if row.state != Alert.State.LIVE:
        raise AlertEndedError(number=row.number)
    row.state, row.ended_at, row.reason = state, now, reason
    row.save(update_fields=["state", "ended_at", "reason"])
    leave(row)
    waiting = row.notices.filter(acknowledged_at=None, closed_at=None)
    ends = [key for key in waiting.values_list("clock", flat=True) if key]
    waiting.update(closed_at=now, second_next=None)
    clocks.stop_many(ends, actor=actor)
    touch()
    return row


def expire_due() -> int:
    """End alerts whose time is over; returns how many."""
    ended = 0
    rows = Alert.objects.filter(state=Alert.State.LIVE, expires_at__lte=clock.now())
    for alert in rows:
        unanswered = alert.notices.filter(acknowledged_at=None, closed_at=None).count()
        try:
            with transaction.atomic():
                row = _end(alert, Alert.State.EXPIRED, HELI)
                data = facts.AlertExpired(
                    alert=str(row.pk), number=row.number, kind=row.kind_id, unanswered=unanswered
                )
                record_many([_fact(row, data, HELI, row.department_id)])
                ended += 1
        except AlertEndedError:
            continue
    return ended


def open_details(alert: Alert, *, person: Person) -> str:
    """What an alert says about people; that somebody read it is a fact, durable before it is read.

    Raises:
        NotDurableError: The fact cannot be made durable now.
    """
    if not alert.sealed:
        return ""
    with transaction.atomic():
        opened = record(
            facts.DetailsOpened(alert=str(alert.pk), number=alert.number),
            actor=person.actor,
            subject=f"alerts.alert:{alert.pk}",
        )
    require_durable(opened)
    return sealing.unseal_bytes(str(alert.pk), bytes(alert.sealed)).decode()


def on_rung(event: RungEvent) -> None:
    """Half of the time is over: the second channel. All of it: the head and the supervisors."""
    row = Notice.objects.select_related("alert__kind").filter(pk=event.owner_id).first()
    if row is None or not row.open:
        return
    if event.rung == OVERDUE:
        _escalate(row)
    else:
        _use_second(row)
    touch()


def _use_second(row: Notice) -> None:
    channel = Channel.objects.filter(pk=row.department_id).exclude(address="").first()
    if channel is not None:
        row.second, row.second_next = Notice.Second.WAITING, clock.now()
        row.save(update_fields=["second", "second_next"])
    data = facts.SecondChannelUsed(
        alert=str(row.alert_id),
        number=row.alert.number,
        phase=row.phase,
        host=host_of(channel.address) if channel else "",
    )
    record_many([_fact(row.alert, data, HELI, row.department_id)])
    _notify(row.alert, "alerts.second", row.department_id)


def _escalate(row: Notice) -> None:
    row.escalated_at = clock.now()
    row.save(update_fields=["escalated_at"])
    data = facts.NoticeEscalated(alert=str(row.alert_id), number=row.alert.number, phase=row.phase)
    record_many([_fact(row.alert, data, HELI, row.department_id)])
    _notify(row.alert, "alerts.escalated", row.department_id)
    notify(
        Notification(
            "",
            Role.SUPERVISOR,
            "alerts.escalated",
            f"alerts.alert:{row.alert_id}",
            data={
                "code": row.alert.number,
                "name_zh": row.alert.kind.title_zh,
                "name_en": row.alert.kind.title_en,
                "about": row.department_id,
            },
        )
    )
