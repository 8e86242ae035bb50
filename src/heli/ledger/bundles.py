"""Receipts for many facts at once, as the exchange hands them out thousands of times a minute."""

import json
import uuid
from collections.abc import Sequence
from functools import cache
from typing import Any

import msgspec
from django.db import connection

from heli.engines import translog
from heli.engines.translog.encoding import encode64
from heli.engines.translog.receipts import FORMAT, VERSION
from heli.kernel import prepared
from heli.ledger import selectors, sequencer, services
from heli.ledger.content import content_of, leaf_of
from heli.ledger.models import Fact
from heli.ledger.services import NotDurableError

_PLACES_SQLITE = (
    "SELECT id, leaf_index FROM ledger_fact WHERE id IN (SELECT value FROM json_each(%s))"
)
_PLACES_POSTGRESQL = "SELECT id, leaf_index FROM ledger_fact WHERE id = ANY(%s::uuid[])"
_encode = msgspec.json.Encoder().encode


def prove(facts: Sequence[Fact]) -> tuple[list[bytes], tuple[str, ...]]:
    """Make facts durable and give the receipt of each as JSON, in their order.

    The text of a receipt is that of :meth:`heli.engines.translog.Receipt.to_json` without its
    indentation. Blocks; call it after the facts' transaction has ended.

    Args:
        facts: As they were recorded, with their salts.

    Returns:
        The receipts, and the witnesses whose cosignatures they lack; none while enough cosigned.

    Raises:
        NotDurableError: A witness disputes the log and too few cosigned.
    """
    services.ensure_durable([fact.id for fact in facts])
    places = _places(facts)
    head = selectors.head_over(max(places.values()))
    note = str(head.note)
    if any(fact.salt is None for fact in facts):
        raise NotDurableError(size=head.size)
    read = translog.node_reader(sequencer.read_tile)
    proofs = translog.prove_inclusions([places[fact.id] for fact in facts], head.size, read)
    # Neighbours share most of their paths.
    text = cache(encode64)
    made = [
        _receipt(fact, places[fact.id], [text(node) for node in proof], note)
        for fact, proof in zip(facts, proofs, strict=True)
    ]
    if head.lacking:
        made = [document | {"lacking": head.lacking} for document in made]
    return [_encode(document) for document in made], head.lacking


def _places(facts: Sequence[Fact]) -> dict[uuid.UUID, int]:
    """Where each fact is in the log."""
    if connection.vendor == "postgresql":
        rows = prepared.run(connection, _PLACES_POSTGRESQL, [[fact.id for fact in facts]])
        return {key: int(place) for key, place in rows.fetchall()}
    keys = json.dumps([fact.id.hex for fact in facts])
    rows = prepared.run(connection, _PLACES_SQLITE, [keys])
    return {uuid.UUID(key): place for key, place in rows.fetchall()}


def _receipt(fact: Fact, index: int, proof: list[str], note: str) -> dict[str, Any]:
    assert fact.salt is not None
    return {
        "format": FORMAT,
        "version": VERSION,
        "leaf": leaf_of(fact.commitment).encode().decode(),
        "index": index,
        "proof": proof,
        "checkpoint": note,
        "content": content_of(fact),
        "salt": encode64(bytes(fact.salt)),
    }
