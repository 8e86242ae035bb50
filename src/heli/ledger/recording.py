"""Recording facts: the way in for every room, ``services.record``."""

import datetime as dt
import os
import uuid
from collections.abc import Iterable, Sequence

import msgspec
from django.db import transaction

from heli.engines.translog.commitments import SALT_SIZE
from heli.errors import HeliError, gettext_noop
from heli.kernel import clock, prepared
from heli.kernel.actor import Actor
from heli.kernel.ids import uuid7s
from heli.kernel.prepared import Batch, Encoded
from heli.ledger.content import commitment_with, data_text
from heli.ledger.models import Fact
from heli.ledger.screening import screen
from heli.ledger.verbs import FactData, data_type


class OutsideTransactionError(HeliError):
    """A fact was recorded without the change it tells of."""

    code = "ledger.outside_transaction"
    message = gettext_noop("The fact {verb} was recorded outside a transaction.")
    remedy = gettext_noop("Record a fact inside the transaction that makes the change.")


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
