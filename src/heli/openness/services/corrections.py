"""Corrections: finding who received the wrong version, telling them, hearing what they did."""

import datetime as dt
import secrets
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from heli.clocks import services as clocks
from heli.clocks.selectors import views_of
from heli.clocks.services import ClockRequest
from heli.errors import BadInputError, gettext_noop
from heli.exchange.connectors import open_connector
from heli.exchange.lookup import KEY_LENGTH, response_hash, subject_hash
from heli.exchange.selectors import Grant, Resource
from heli.kernel import clock
from heli.kernel.actor import HELI, Actor
from heli.kernel.sealing import hint
from heli.ledger import services as ledger
from heli.openness import codes, errors, facts, notices, questions
from heli.openness.codes import seal_values, subjects, unseal_values
from heli.openness.models import Correction, Objection, Recipient, Use
from heli.openness.receipts import Answer, Held, answers, shown_values
from heli.openness.services.alarms import raise_alarm, settle
from heli.openness.terms import TERMS
from heli.openness.values import same

NOTICE_CLOCK = "openness.notice"
APPLY_CLOCK = "openness.apply"
SETTLE = dt.timedelta(seconds=5)
"""A transaction that began earlier may end later; so far back is looked again."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """What a correction will say, after the source was read.

    Attributes:
        old: The whole record as the source gives it now.
        new: The right values of the fields that differ.
        found: Answers that gave them, up to ``seen_until``.
    """

    resource: Resource
    subject_type: str
    subject_id: str
    old: dict[str, Any]
    new: dict[str, Any]
    wrong_since: dt.datetime | None
    found: tuple[Answer, ...]
    seen_until: dt.datetime

    @property
    def subject_hash(self) -> str:
        """As facts carry it."""
        return subject_hash(self.subject_type, self.subject_id)

    def all_found(self) -> list[Answer]:
        """With those that were given while it was being decided, the first first."""
        known = {each.fact_id for each in self.found}
        late = answers(
            self.resource,
            self.subject_hash,
            self.old,
            self.new,
            since=self.wrong_since,
            after=self.seen_until - SETTLE,
        )
        return [*self.found, *(each for each in late if each.fact_id not in known)]


def read_record(
    resource: Resource,
    subject_type: str,
    subject_id: str,
    values: Mapping[str, Any],
    wrong_since: dt.datetime | None = None,
) -> Agreed:
    """Read the record that is wrong and who received it, before anything is written.

    Of a register that is much used this takes seconds, for which nobody else is to wait.

    Raises:
        NoRecordError: There is no such record, or it says what it should already.
        SourceUnreadableError: The source cannot be read.
    """
    old = source_record(resource, subject_id)
    if old is None:
        raise errors.NoRecordError(reason=gettext_noop("the register has no such record"))
    new = {name: value for name, value in values.items() if not same(old.get(name), value)}
    if not new:
        raise errors.NoRecordError(reason=gettext_noop("the register says what it should already"))
    if wrong_since is not None and wrong_since > clock.now():
        raise BadInputError(field="wrong_since", reason=gettext_noop("it lies in the future"))
    now = clock.now()
    found = answers(resource, subject_hash(subject_type, subject_id), old, new, since=wrong_since)
    return Agreed(resource, subject_type, subject_id, old, new, wrong_since, tuple(found), now)


def source_record(resource: Resource, subject_id: str) -> dict[str, Any] | None:
    """The record of a subject as its source gives it now.

    Raises:
        SourceUnreadableError: The source cannot be read.
    """
    contract = resource.parsed_contract
    try:
        return open_connector(resource.connector, contract, resource.options).lookup(subject_id)
    except (OSError, BadInputError) as error:
        raise errors.SourceUnreadableError(resource=resource.address) from error


@transaction.atomic
def open_correction(
    agreed: Agreed, *, actor: Actor, objection: Objection | None = None
) -> Correction:
    """Decide that a record was wrong, and tell everybody who received it so.

    Args:
        agreed: What was read and what is right.
        actor: Who decided, for the source department.
        objection: From which it came; None where the department found the mistake itself.
    """
    now = clock.now()
    resource, kind = agreed.resource, agreed.subject_type
    row = Correction(
        objection=objection,
        resource=resource,
        department_id=resource.department_id,
        subject_type=kind,
        subject_hash=agreed.subject_hash,
        subject_sealed=subjects.seal(kind, agreed.subject_id),
        subject_hint=hint(kind, agreed.subject_id)[:40],
        fields=sorted(agreed.new),
        old=seal_values("record", agreed.old),
        new=seal_values("record", agreed.new),
        wrong_since=agreed.wrong_since,
        decided_at=now,
        decided_by=str(actor),
        seen_until=now,
    )
    codes.save_new(row, codes.corrections)
    by_consumer = _by_consumer(agreed.all_found())
    ledger.record(
        facts.CorrectionDecided(
            correction=row.code,
            objection=objection.code if objection else "",
            resource=resource.address,
            fields=row.fields,
            subject_hash=row.subject_hash,
            recipients=len(by_consumer),
        ),
        actor=actor,
        department=row.department_id,
        subject=about(row),
    )
    clocks.start(_request(APPLY_CLOCK, "openness.correction", row.pk, row.department_id),
                 actor=actor)  # fmt: skip
    for consumer, uses in by_consumer.items():
        notify(row, consumer, uses, {**agreed.old, **agreed.new}, agreed.new)
    return row


def about(row: Correction) -> str:
    """What facts about it are about."""
    return f"openness.correction:{row.pk}"


def _by_consumer(found: list[Answer]) -> dict[str, list[Answer]]:
    """Answers by department; those whose receipt shows the right version are nobody's business."""
    grouped: dict[str, list[Answer]] = defaultdict(list)
    for each in found:
        if each.held is not Held.RIGHT and each.consumer:
            grouped[each.consumer].append(each)
    return dict(grouped)


def _request(kind: str, owner_type: str, owner: object, department: str) -> ClockRequest:
    limit = TERMS.term("acknowledgement")
    return ClockRequest(kind, owner_type, str(owner), department, limit.allowance)


def notify(
    row: Correction,
    consumer: str,
    uses: list[Answer],
    record: Mapping[str, Any],
    new: Mapping[str, Any],
) -> Recipient:
    """Tell one department; the values are those its own grant shows, and the fact proves them."""
    fields = sorted({name for use in uses for name in use.fields})
    grants = [use.grant_id for use in uses if use.grant_id]
    grant = Grant.objects.filter(pk=grants[-1]).first() if grants else None
    values = shown_values(row.resource.parsed_contract, grant, record, fields)
    key = secrets.token_bytes(KEY_LENGTH)
    proven = any(use.held is Held.WRONG for use in uses)
    recipient = Recipient(
        correction=row,
        department_id=consumer,
        proven=proven,
        fields=fields,
        values=seal_values("notice", values),
        key=key,
        notified_at=clock.now(),
    )
    started = clocks.start(
        _request(NOTICE_CLOCK, "openness.recipient", recipient.pk, consumer), actor=HELI
    )
    recipient.clock_id = started.pk
    recipient.fact_id = ledger.record(
        facts.CorrectionSent(
            correction=row.code,
            resource=row.resource.address,
            consumer=consumer,
            fields=fields,
            uses=len(uses),
            proven=proven,
            values_hash=response_hash(values, key),
        ),
        actor=HELI,
        department=row.department_id,
        subject=about(row),
    ).id
    recipient.save(force_insert=True)
    add_uses(recipient, uses)
    notices.told(recipient)
    return recipient


def add_uses(recipient: Recipient, uses: list[Answer]) -> None:
    """Keep by which answers a department received the record, and tell those who rely on it."""
    Use.objects.bulk_create(
        [
            Use(recipient=recipient, fact_id=use.fact_id, at=use.at, matter=use.matter,
                fields=list(use.fields), proven=use.held is Held.WRONG)
            for use in uses
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    resource = recipient.correction.resource
    for matter in sorted({use.matter for use in uses if use.matter}):
        questions.tell_matter(
            matter,
            recipient.department_id,
            recipient.correction.code,
            (resource.title_zh, resource.title_en),
        )


@transaction.atomic
def acknowledge(recipient: Recipient, *, actor: Actor, action: str, note: str = "") -> Recipient:
    """Say what a department did with a correction.

    Raises:
        BadInputError: There is no such action, or the note is too long.
        AcknowledgedError: It has answered already.
    """
    if action not in Recipient.Action.values:
        raise BadInputError(field="action", reason=gettext_noop("choose what was done"))
    if len(note) > 500:
        raise BadInputError(field="note", reason=gettext_noop("it is over 500 characters"))
    row = (
        Recipient.objects.select_for_update(of=("self",))
        .select_related("correction__resource")
        .get(pk=recipient.pk)
    )
    if row.acknowledged_at is not None:
        raise errors.AcknowledgedError
    row.acknowledged_at, row.acknowledged_by = clock.now(), str(actor)
    row.action, row.note = action, note.strip()
    row.save()
    if row.clock_id:
        clocks.stop(row.clock_id, actor=actor)
    settle(row.correction, row.department_id)
    ledger.record(
        facts.CorrectionAcknowledged(
            correction=row.correction.code,
            resource=row.correction.resource.address,
            action=action,
        ),
        actor=actor,
        department=row.department_id,
        subject=about(row.correction),
    )
    close_if_done(row.correction)
    return row


def check_source(row: Correction, *, actor: Actor = HELI) -> bool:
    """Read the record from the source and see whether it says what is right.

    Returns:
        Whether it does. Where it did before and does not any more, an alarm is raised.

    Raises:
        SourceUnreadableError: The source cannot be read.
    """
    record = source_record(row.resource, subjects.unseal(row.subject_type, row.subject_sealed))
    new = unseal_values("record", row.new)
    right = record is not None and all(same(record.get(name), new[name]) for name in row.fields)
    with transaction.atomic():
        row = Correction.objects.select_for_update(of=("self",)).get(pk=row.pk)
        row.checked_at = clock.now()
        if right and row.applied_at is None:
            _apply(row, actor)
        row.save()
        if right:
            settle(row, row.department_id)
            close_if_done(row)
        elif row.applied_at is not None:
            raise_alarm(row, "source", row.department_id)
    return right


def _apply(row: Correction, actor: Actor) -> None:
    row.applied_at, row.state = clock.now(), Correction.State.APPLIED
    ticking = views_of("openness.correction", [row.pk], APPLY_CLOCK).values()
    clocks.stop_many([each.id for each in ticking], actor=actor)
    ledger.record(
        facts.CorrectionApplied(
            correction=row.code, resource=row.resource.address, fields=row.fields
        ),
        actor=actor,
        department=row.department_id,
        subject=about(row),
    )


def close_if_done(row: Correction) -> None:
    """End a correction when the source is right and everybody has answered."""
    row.refresh_from_db(fields=["state", "applied_at"])
    waiting = row.recipients.filter(acknowledged_at=None).exists()
    if row.state != Correction.State.APPLIED or waiting:
        return
    now = clock.now()
    Correction.objects.filter(pk=row.pk).update(state=Correction.State.CLOSED, closed_at=now)
    row.state, row.closed_at = Correction.State.CLOSED, now
    ledger.record(
        facts.CorrectionClosed(correction=row.code, resource=row.resource.address),
        actor=HELI,
        department=row.department_id,
        subject=about(row),
    )
