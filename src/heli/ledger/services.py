"""Writing facts: the one way in which a change of state is recorded."""

import datetime as dt
import os
import uuid
from collections.abc import Iterable, Sequence

import msgspec
from django.db import connection, transaction
from django.db.models import Count

from heli.engines.translog.commitments import SALT_SIZE
from heli.errors import BadInputError, HeliError, NotFoundError, gettext_noop
from heli.kernel import clock, prepared
from heli.kernel.actor import HELI, Actor
from heli.kernel.ids import uuid7s
from heli.kernel.prepared import Batch, Encoded
from heli.ledger import custody, sequencer
from heli.ledger.content import commitment_with, data_text
from heli.ledger.durability import GroupCommit
from heli.ledger.facts import FactForgotten, Repaired
from heli.ledger.models import Checkpoint, Fact
from heli.ledger.running import RunMarker
from heli.ledger.screening import screen
from heli.ledger.verbs import FactData, data_type


class OutsideTransactionError(HeliError):
    """A fact was recorded without the change it tells of."""

    code = "ledger.outside_transaction"
    message = gettext_noop("The fact {verb} was recorded outside a transaction.")
    remedy = gettext_noop("Record a fact inside the transaction that makes the change.")


class NotDurableError(HeliError):
    """Facts are recorded but not yet provable, so nothing may be released on their strength."""

    code = "ledger.not_durable"
    status = 503
    message = gettext_noop("The ledger's witnesses have cosigned only the first {size} entries.")
    remedy = gettext_noop("Try again in a moment; if it stays, the audit administrator must act.")


class NewFact(msgspec.Struct, frozen=True):
    """A fact about to be recorded.

    Attributes:
        data: Typed data; its class names the verb.
        actor: Who did it.
        department: Code of the department; the actor's own when empty.
        subject: What it is about, ``room.noun:ID``.
        matter: Matter code, empty where none.
        at: When it happened, if not now (imported history).
    """

    data: FactData
    actor: Actor
    subject: str = ""
    matter: str = ""
    department: str = ""
    at: dt.datetime | None = None


def record(
    data: FactData,
    *,
    actor: Actor,
    subject: str = "",
    matter: str = "",
    department: str = "",
    at: dt.datetime | None = None,
) -> Fact:
    """Record one fact inside the caller's transaction and return it.

    Raises:
        OutsideTransactionError: There is no transaction.
        UnknownVerbError: The data's class is not registered.
        PersonalNumberError: Its text holds an identity number or a mobile number.
    """
    return record_many([NewFact(data, actor, subject, matter, department, at)])[0]


def record_many(facts: Iterable[NewFact], *, batch: Batch | None = None) -> Sequence[Fact]:
    """Record facts in order, with one statement, inside the caller's transaction.

    Args:
        facts: What to record.
        batch: Where given, they are written with it, which the caller runs.
    """
    new = list(facts)
    if not new:
        return []
    if not transaction.get_connection().in_atomic_block:
        raise OutsideTransactionError(verb=new[0].data.verb)
    now, salts = clock.now(), os.urandom(SALT_SIZE * len(new))
    made = [
        _row(fact, key, now, salts[SALT_SIZE * number : SALT_SIZE * (number + 1)])
        for number, (fact, key) in enumerate(zip(new, uuid7s(len(new)), strict=True))
    ]
    rows = [row for row, _ in made]
    writing = batch or Batch()
    writing.insert(rows, data=[data for _, data in made])
    if batch is None:
        writing.run()
    return rows


def _row(fact: NewFact, key: uuid.UUID, now: dt.datetime, salt: bytes) -> tuple[Fact, Encoded]:
    """An unsaved fact, and its data in the canonical text that is committed to."""
    data_type(fact.data.verb)
    row = prepared.make(
        Fact,
        id=key,
        at=fact.at or now,
        actor=str(fact.actor),
        department=fact.department or fact.actor.department,
        verb=fact.data.verb,
        subject=fact.subject,
        matter=fact.matter,
        data=msgspec.to_builtins(fact.data),
        salt=salt,
    )
    text = data_text(fact.data, row.data)
    if fact.data.screened:
        screen(text)
    row.commitment = commitment_with(row, text, salt)
    return row, Encoded(text)


def integrate() -> int:
    """Give all pending facts their place in the log now; returns how many there were.

    For long imports and seeding, at their end; everyday facts are integrated by the worker.
    """
    integrated = sequencer.integrate().integrated
    _empty_wal()
    return integrated


def _empty_wal() -> None:
    """Move what SQLite's log holds into the database file here, so that no step waits for it."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")


def integrate_pending() -> int:
    """Integrate, if anything is pending or a checkpoint still lacks witnesses."""
    if Fact.objects.filter(leaf_index=None).exists() or _awaits_witnesses():
        return integrate()
    return 0


def _awaits_witnesses() -> bool:
    latest = Checkpoint.objects.order_by("-size").annotate(answers=Count("cosignatures")).first()
    return latest is not None and latest.answers < len(custody.witness_names())


_group = GroupCommit(lambda: sequencer.integrate().cosigned_size)


def ensure_durable(fact_ids: Iterable[uuid.UUID]) -> None:
    """Return once the facts are on disk in a checkpoint that enough witnesses cosigned.

    Blocks; call it after the facts' transaction has ended. Concurrent callers share one round.

    Raises:
        NotDurableError: Not enough witnesses cosigned, or a fact does not exist.
    """
    ids = set(fact_ids)
    cosigned = _group.join()
    if sequencer.placed_below(cosigned, ids) != len(ids):
        raise NotDurableError(size=cosigned)


def forget(fact_id: uuid.UUID, *, actor: Actor, ground: str) -> None:
    """Forget what a fact says: its content and its salt go, so that its leaf tells nothing.

    Its id, instant, verb and commitment stay, and with them every proof about the log. Runs in the
    caller's transaction; recorded as a fact with its legal ground, and named by every audit.

    Raises:
        BadInputError: No ground is given.
        NotFoundError: There is no such fact in the log, or it is forgotten already.
    """
    if not ground.strip():
        raise BadInputError(field="ground", reason=gettext_noop("a legal ground is required"))
    kept = Fact.objects.filter(id=fact_id, salt__isnull=False, leaf_index__isnull=False)
    row = kept.only("verb", "commitment").first()
    if row is None or not kept.update(
        salt=None, actor="", department="", subject="", matter="", data={}
    ):
        raise NotFoundError(what=str(fact_id))
    record(
        FactForgotten(
            fact=str(fact_id),
            told=row.verb,
            commitment=bytes(row.commitment).hex(),
            ground=ground,
        ),
        actor=actor,
        subject=f"ledger.fact:{fact_id}",
    )


def repair() -> int:
    """At the first call in a process: enter what a crashed run left out of the log, visibly.

    Returns:
        How many facts were pending.
    """
    if not _marker.begin():
        return 0
    count = Fact.objects.filter(leaf_index=None).count()
    if count:
        with transaction.atomic():
            record(Repaired(count=count), actor=HELI, subject="ledger.log")
        integrate()
    return count


_marker = RunMarker()
