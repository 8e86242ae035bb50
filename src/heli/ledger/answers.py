"""Writing down what witnesses said: cosignatures, refusals with their evidence, silence."""

import datetime as dt
from typing import Any

from django.db import connection

from heli.engines.translog import ACCUSATIONS
from heli.engines.translog.encoding import encode64
from heli.kernel import clock
from heli.kernel.actor import HELI
from heli.kernel.ids import uuid7
from heli.ledger.cosigning import Asked, Reply
from heli.ledger.facts import CheckpointRefused, WitnessReturned, WitnessSilent
from heli.ledger.models import Evidence, Fact
from heli.ledger.recording import record

_KEEP = (
    "INSERT INTO ledger_cosignature (checkpoint_id, department, line, refusal, at) "
    "VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING"
)
SILENT, RETURNED = "ledger.witness.silent", "ledger.witness.returned"


def keep(asked: Asked) -> None:
    """Write down what came of asking, with the facts that tell of it; in a transaction.

    A witness may have been asked by two processes; what is written first stays.
    """
    now = clock.now()
    at = connection.ops.adapt_datetimefield_value(now)
    rows = [row for reply in asked.replies for row in _rows(reply, at)]
    with connection.cursor() as cursor:
        cursor.executemany(_KEEP, rows)
    for reply in asked.replies:
        if reply.refusal in ACCUSATIONS:
            _accuse(reply, now)
    for name in asked.back:
        _tell(WitnessReturned(witness=name), only_after=SILENT)
    for name, fault in asked.silent:
        _tell(WitnessSilent(witness=name, fault=fault.value), unless_after=SILENT)


def _rows(reply: Reply, at: Any) -> list[tuple[Any, ...]]:
    refusal = reply.refusal or ""
    names = reply.names if refusal else reply.lines
    return [(reply.size, name, reply.lines.get(name, ""), str(refusal), at) for name in names]


def _accuse(reply: Reply, now: dt.datetime) -> None:
    """Keep the evidence once for each memory that the log contradicts, and tell it."""
    name, refusal = reply.names[0], str(reply.refusal)
    known = Evidence.objects.filter(department=name, refusal=refusal, remembered=reply.remembered)
    if known.exists():
        return
    Evidence.objects.create(
        id=uuid7(),
        department=name,
        refusal=refusal,
        size=reply.size,
        offered=str(reply.offer.note),
        remembered=reply.remembered,
        old_size=reply.offer.old_size,
        proof=[encode64(each) for each in reply.offer.proof],
        at=now,
    )
    record(
        CheckpointRefused(
            witness=name,
            refusal=refusal,
            entries=reply.size,
            remembered=reply.remembered_size,
        ),
        actor=HELI,
        subject=f"ledger.witness:{name}",
    )


def _tell(
    said: WitnessSilent | WitnessReturned, *, only_after: str = "", unless_after: str = ""
) -> None:
    """Tell a change of a witness's standing, once, whichever process notices it."""
    subject = f"ledger.witness:{said.witness}"
    before = Fact.objects.filter(subject=subject, verb__in=(SILENT, RETURNED))
    last = before.order_by("-at", "-id").values_list("verb", flat=True).first() or ""
    if last == unless_after or (only_after and last != only_after):
        return
    record(said, actor=HELI, subject=subject)
