"""The path every call takes, from the gateway and from inside Heli alike.

grant → purpose bound to what lives → source → release policy → fact → durable → answer. Whatever
stops a call is recorded as a denial before it is raised.
"""

import uuid
from collections.abc import Sequence

from django.db import transaction

from heli.errors import HeliError
from heli.exchange.calls import bindings, combinations, grounds, limits, nonces, reading
from heli.exchange.calls.hashes import KEY_LENGTH, response_hash, subject_hash
from heli.exchange.calls.model import Call, ListQuery, LookupAnswer, Nonce, Query, answered
from heli.exchange.calls.settling import settle
from heli.exchange.compiled import catalogue
from heli.kernel import clock
from heli.ledger import services as ledger

__all__ = [
    "KEY_LENGTH",
    "ListQuery",
    "LookupAnswer",
    "Nonce",
    "Query",
    "answer",
    "check",
    "deny",
    "response_hash",
    "subject_hash",
]


def answer(query: Query) -> LookupAnswer:
    """Answer one query or refuse it; either way it is a fact.

    Inside a caller's transaction the fact becomes durable with that transaction, and the caller
    must not pass the data on before it has ended. Outside one, the answer is durable on return.

    Raises:
        HeliError: The reason of the denial; see :mod:`heli.exchange.errors`.
    """
    call = Call(query)
    check([call])
    reading.read([call])
    reading.release_all([call])
    settle([call])
    if call.error is not None:
        raise call.error
    assert call.fact is not None
    if not transaction.get_connection().in_atomic_block:
        ledger.ensure_durable([call.fact.id])
    return answered(call)


def check(calls: Sequence[Call]) -> None:
    """Everything that can be said of calls before a source is read."""
    grounds.judge(calls, catalogue.now())
    nonces.look(calls)
    limits.look(calls, clock.now())
    bindings.check(calls)
    combinations.check(calls)


def deny(query: Query, error: HeliError, *, key_id: str = "") -> uuid.UUID:
    """Record that a query was refused before it could be judged.

    Args:
        query: As far as it was understood.
        error: What is answered.
        key_id: The registered key that a request claims whose sender is not known.
    """
    call = Call(query, resource=catalogue.find(query.resource), error=error)
    settle([call], key_id=key_id)
    assert call.fact is not None
    return call.fact.id
