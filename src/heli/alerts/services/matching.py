"""Asking the lists of live alerts: yes or no, and whom to call.

By construction the answer takes the same work whether somebody is on a list or not: the identifier
becomes a keyed hash, the hash names one of :data:`BUCKETS` buckets, and a bucket always holds the
same number of places, filled up with decoys. All of them are read and compared to the end without
looking at the outcome; the telephone of a department is looked up in both cases; the same row and
the same fact are written, and the answer has the same length. What a match sets in motion happens
later, in the worker.
"""

import datetime as dt
import hmac
import os
import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import transaction

from heli.alerts import facts
from heli.alerts.errors import AskedTooOftenError, SubjectError
from heli.alerts.models import Alert, Asking, Slot
from heli.alerts.selectors.duty import duties, on_duty
from heli.engines.contracts import SemanticError, semantic_type
from heli.exchange.questions import Notification, notify
from heli.kernel import clock
from heli.kernel.actor import HELI, Actor
from heli.kernel.permissions import Role
from heli.kernel.sealing import Sealing
from heli.ledger.selectors import Fact
from heli.ledger.services import ensure_durable, record

if TYPE_CHECKING:
    from heli.alerts.services.alerts import NewSubject

BUCKETS, PLACES = 64, 32
"""Places are added to all buckets, so many at a time, when one has no decoy left."""
TAG, CODE, CALL = 32, 40, 56
PER_MINUTE = 60
NOTHING = bytes(CALL)
SEMANTICS = {"person": "resident_id", "enterprise": "credit_code", "batch": ""}
LONGEST = 100
ANSWER = 400
"""Octets of an answer, filled up."""

sealing = Sealing("alert-lists")


@dataclass(frozen=True, slots=True)
class Answer:
    """What who asks is told.

    Attributes:
        match: Whether a live alert is about the subject.
        department: Whom to call; empty without a match.
        telephone: Of their duty desk.
        padding: Makes every answer equally long.
    """

    match: bool
    department: str
    telephone: str
    padding: str


def canonical(kind: str, identifier: str) -> str:
    """An identifier in the one spelling in which it is hashed.

    Raises:
        SubjectError: No list holds such subjects, or it is not a whole identifier.
    """
    text = "".join(identifier.split()).upper()
    if kind not in SEMANTICS or not 0 < len(text) <= LONGEST:
        raise SubjectError(field="subject", type=kind, known=", ".join(SEMANTICS))
    if SEMANTICS[kind]:
        try:
            return str(semantic_type(SEMANTICS[kind]).parse(text))
        except SemanticError as error:
            raise SubjectError(field="subject", type=kind, known=", ".join(SEMANTICS)) from error
    return text


def tag_of(kind: str, identifier: str) -> bytes:
    """Keyed hash of a subject, 32 octets."""
    return bytes.fromhex(sealing.digest(kind, identifier))


def enter(alert: Alert, subjects: Iterable["NewSubject"]) -> None:
    """Put subjects onto the list, each in the place of a decoy.

    Raises:
        SubjectError: One cannot stand there.
    """
    ensure_places()
    for subject in subjects:
        if subject.type != alert.kind.subject_type:
            raise SubjectError(
                field="subjects", type=subject.type, known=alert.kind.subject_type or "—"
            )
        tag = tag_of(subject.type, canonical(subject.type, subject.id))
        call = alert.department_id.encode().ljust(CODE, b"\0") + alert.pk.bytes
        slot = _decoy_in(tag[0] % BUCKETS)
        slot.tag, slot.call, slot.until, slot.alert = tag, call, alert.expires_at, alert
        slot.save()


def _decoy_in(bucket: int) -> Slot:
    free = list(Slot.objects.select_for_update().filter(bucket=bucket, alert=None))
    if not free:
        _grow()
        free = list(Slot.objects.select_for_update().filter(bucket=bucket, alert=None))
    return secrets.choice(free)


def ensure_places() -> None:
    """Fill the list with decoys where it has no places yet."""
    if not Slot.objects.exists():
        _grow()


def _grow() -> None:
    first = Slot.objects.filter(bucket=0).count()
    until = clock.now()
    Slot.objects.bulk_create(
        [
            Slot(bucket=bucket, place=first + place, tag=os.urandom(TAG), call=NOTHING, until=until)
            for bucket in range(BUCKETS)
            for place in range(PLACES)
        ],
        batch_size=500,
        ignore_conflicts=True,
    )


def leave(alert: Alert) -> None:
    """Put decoys into the places of an alert's subjects."""
    for slot in Slot.objects.select_for_update().filter(alert=alert):
        slot.tag, slot.call, slot.alert = os.urandom(TAG), NOTHING, None
        slot.save()


def ask(kind: str, identifier: str, *, actor: Actor) -> Answer:
    """Ask whether a live alert is about somebody or something.

    Args:
        kind: ``person``, ``enterprise`` or ``batch``.
        identifier: The whole identifier.
        actor: Who asks, for a member department.

    Raises:
        SubjectError: It cannot stand on a list.
        AskedTooOftenError: The department asked too often in the last minute.
        NotDurableError: The fact of the question cannot be made durable now.
    """
    tag = tag_of(kind, canonical(kind, identifier))
    ensure_places()
    now = clock.now()
    asked = Asking.objects.filter(department=actor.department, at__gt=now - dt.timedelta(minutes=1))
    if asked.count() >= PER_MINUTE:
        raise AskedTooOftenError(count=PER_MINUTE)
    rows = Slot.objects.filter(bucket=tag[0] % BUCKETS).order_by("place")
    found, call = choose(tag, rows.values_list("tag", "call", "until"), now)
    # Both names are always there; which one is used is chosen without a branch.
    issuer = call[:CODE].rstrip(b"\0").decode()
    department = (actor.department, issuer)[found]
    telephone = ("", _telephones()[department])[found]
    with transaction.atomic():
        Asking.objects.create(
            at=now,
            department=actor.department,
            actor=str(actor),
            outcome=sealing.seal_bytes("outcome", call[CODE:]),
        )
        asked_fact = record(
            facts.ListAsked(subject_type=kind, subject_hash=tag.hex()[:32]),
            actor=actor,
            subject="alerts.list",
        )
    # A yes or no about somebody is data, too: it leaves when its leaf is on disk.
    require_durable(asked_fact)
    told = ("", department)[found]
    # “true” is one letter shorter than “false”.
    size = len(told.encode()) + len(telephone.encode()) - found
    return Answer(bool(found), told, telephone, "." * max(0, ANSWER - size))


def require_durable(fact: Fact) -> None:
    """Wait until what a fact tells of may leave; inside a caller's transaction that is its part."""
    if not transaction.get_connection().in_atomic_block:
        ensure_durable([fact.id])


def _telephones() -> dict[str, str]:
    """Of the duty desks of all departments, so that no one's roster makes a difference."""
    return {code: duty.telephone for code, duty in duties().items()}


def choose(
    tag: bytes, rows: Iterable[tuple[Any, Any, dt.datetime]], now: dt.datetime
) -> tuple[int, bytes]:
    """Compare a hash with every place of a bucket, to the end.

    Args:
        tag: The hash.
        rows: Tag, call and end of each place.
        now: The present instant.

    Returns:
        1 and the call of the first that fits, or 0 and zeros.
    """
    found, chosen = 0, 0
    for stored, call, until in rows:
        fits = int(hmac.compare_digest(bytes(stored), tag)) & int(until > now) & (1 - found)
        chosen |= int.from_bytes(bytes(call), "big") * fits
        found |= fits
    return found, chosen.to_bytes(CALL, "big")


def tell_hits(limit: int = 100) -> int:
    """Tell issuers that somebody asked about whom they look for; returns how many were told."""
    told = 0
    for row in Asking.objects.filter(pending=True).order_by("at")[:limit]:
        key = sealing.unseal_bytes("outcome", bytes(row.outcome))
        with transaction.atomic():
            if not Asking.objects.filter(pk=row.pk, pending=True).update(pending=False):
                continue
            alert = Alert.objects.select_related("kind").filter(pk=uuid.UUID(bytes=key)).first()
            if alert is None:
                continue
            _tell_hit(alert, row.department)
            told += 1
    return told


def _tell_hit(alert: Alert, asker: str) -> None:
    record(
        facts.ListMatched(alert=str(alert.pk), number=alert.number, asker=asker),
        actor=HELI,
        department=alert.department_id,
        subject=f"alerts.alert:{alert.pk}",
    )
    duty = on_duty(alert.department_id)
    notify(
        Notification(
            alert.department_id,
            Role.HEAD,
            "alerts.matched",
            f"alerts.alert:{alert.pk}",
            data={
                "code": alert.number,
                "name_zh": alert.kind.title_zh,
                "name_en": alert.kind.title_en,
                "about": asker,
            },
            person=duty.officer.pk if duty.officer else None,
        )
    )
