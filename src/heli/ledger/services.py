"""Writing facts: the one way in which a change of state is recorded."""

import datetime as dt
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec
from django.db import transaction

from heli.errors import HeliError, gettext_noop
from heli.kernel import clock
from heli.kernel.actor import Actor
from heli.kernel.ids import uuid7
from heli.ledger.models import Fact
from heli.ledger.verbs import FactData, data_type


class OutsideTransactionError(HeliError):
    """A fact was recorded without the change it tells of."""

    code = "ledger.outside_transaction"
    message = gettext_noop("The fact {verb} was recorded outside a transaction.")
    remedy = gettext_noop("Record a fact inside the transaction that makes the change.")


@dataclass(frozen=True, slots=True)
class NewFact:
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
    """
    return record_many([NewFact(data, actor, subject, matter, department, at)])[0]


def record_many(facts: Iterable[NewFact]) -> Sequence[Fact]:
    """Record facts in order, with one statement, inside the caller's transaction."""
    rows = [_row(fact) for fact in facts]
    if rows and not transaction.get_connection().in_atomic_block:
        raise OutsideTransactionError(verb=rows[0].verb)
    return Fact.objects.bulk_create(rows)


def _row(fact: NewFact) -> Fact:
    data_type(fact.data.verb)
    return Fact(
        id=uuid7(),
        at=fact.at or clock.now(),
        actor=str(fact.actor),
        department=fact.department or fact.actor.department,
        verb=fact.data.verb,
        subject=fact.subject,
        matter=fact.matter,
        data=msgspec.to_builtins(fact.data),
        salt=os.urandom(32),
    )
