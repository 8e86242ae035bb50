"""Watching that a corrected record is not used in its wrong version any more."""

import datetime as dt
import logging
from collections import defaultdict

from django.db import transaction

from heli.clocks.kinds import OVERDUE, RungEvent
from heli.kernel import clock
from heli.ledger.selectors import Fact
from heli.openness import errors, notices
from heli.openness.codes import unseal_values
from heli.openness.models import Correction, Recipient, Use
from heli.openness.receipts import Answer, Held, answers
from heli.openness.services.alarms import raise_alarm
from heli.openness.services.corrections import SETTLE, add_uses, check_source, notify

logger = logging.getLogger(__name__)

FOLLOWED = dt.timedelta(days=180)
"""So long after its end a corrected record is still watched."""
EVERY = dt.timedelta(minutes=5)
DECIDING = ("cases.task.completed", "cases.task.refused")


def watch(limit: int = 50) -> int:
    """Look after corrections whose turn it is; returns how many."""
    now = clock.now()
    rows = (
        Correction.objects.exclude(state=Correction.State.CLOSED, closed_at__lt=now - FOLLOWED)
        .select_related("resource")
        .order_by("seen_until")
    )
    done = 0
    for row in rows[:limit]:
        done += bool(_new_answers(row, now)) + _decisions(row)
        if row.checked_at is None or row.checked_at < now - EVERY:
            done += _check(row)
    return done


def _check(row: Correction) -> int:
    try:
        check_source(row)
    except errors.SourceUnreadableError:
        logger.warning("the source of %s could not be read", row.code)
        Correction.objects.filter(pk=row.pk).update(checked_at=clock.now())
    return 1


def _new_answers(row: Correction, now: dt.datetime) -> int:
    """Answers since the last look: one that held the wrong version is an alarm and is told."""
    old, new = unseal_values("record", row.old), unseal_values("record", row.new)
    found = [
        each
        for each in answers(
            row.resource, row.subject_hash, old, new, after=max(row.seen_until - SETTLE,
                                                                row.decided_at)
        )
        if each.held is Held.WRONG
    ]  # fmt: skip
    with transaction.atomic():
        by_consumer: dict[str, list[Answer]] = defaultdict(list)
        for each in found:
            alarm = raise_alarm(
                row, "answer", each.consumer, fact_id=each.fact_id, matter=each.matter
            )
            if alarm is not None:
                by_consumer[each.consumer].append(each)
        for consumer, uses in by_consumer.items():
            recipient = row.recipients.filter(department=consumer).first()
            if recipient is None:
                notify(row, consumer, uses, {**old, **new}, new)
            else:
                add_uses(recipient, uses)
        Correction.objects.filter(pk=row.pk).update(seen_until=now)
    return len(found)


def _decisions(row: Correction) -> int:
    """Matters decided on the wrong version by who was told and has not answered."""
    waiting = {each.pk: each for each in row.recipients.filter(acknowledged_at=None)}
    uses = Use.objects.filter(recipient__in=waiting).exclude(matter="")
    raised = 0
    for recipient_id, matter in set(uses.values_list("recipient_id", "matter")):
        recipient = waiting[recipient_id]
        decided = Fact.objects.filter(
            matter=matter,
            verb__in=DECIDING,
            department=recipient.department_id,
            at__gt=recipient.notified_at,
        ).order_by("at")
        for fact in decided:
            with transaction.atomic():
                raised += raise_alarm(
                    row, "decision", recipient.department_id, fact_id=fact.id, matter=matter
                ) is not None  # fmt: skip
    return raised


def notice_rung(event: RungEvent) -> None:
    """A department has been silent for a part of its time: remind; for all of it: escalate."""
    row = (
        Recipient.objects.select_related("correction__resource")
        .filter(pk=event.owner_id, acknowledged_at=None)
        .first()
    )
    if row is None:
        return
    if event.rung == OVERDUE:
        row.escalated_at = clock.now()
        raise_alarm(row.correction, "silence", row.department_id)
    else:
        row.reminded_at = clock.now()
        notices.reminded(row)
    row.save(update_fields=["escalated_at", "reminded_at"])


def apply_rung(event: RungEvent) -> None:
    """The source has not put its own register right in time."""
    row = Correction.objects.select_related("resource").filter(pk=event.owner_id).first()
    if row is not None and row.applied_at is None and event.rung == OVERDUE:
        raise_alarm(row, "source", row.department_id)
