"""Writing down what witnesses said: cosignatures, refusals with their evidence, silence."""

import datetime as dt

from heli.engines.translog import ACCUSATIONS
from heli.engines.translog.encoding import encode64
from heli.kernel import clock
from heli.kernel.actor import HELI
from heli.kernel.ids import uuid7
from heli.ledger.cosigning import Asked, Reply
from heli.ledger.facts import CheckpointRefused, WitnessReturned, WitnessSilent
from heli.ledger.models import Cosignature, Evidence, Fact
from heli.ledger.recording import record

SILENT, RETURNED = "ledger.witness.silent", "ledger.witness.returned"


def keep(asked: Asked) -> None:
    """Write down what came of asking, with the facts that tell of it; in a transaction.

    A witness may have been asked by two processes; what is written first stays.
    """
    now = clock.now()
    made = [each for reply in asked.replies for each in _rows(reply, now)]
    Cosignature.objects.bulk_create(made, ignore_conflicts=True)
    for reply in asked.replies:
        if reply.refusal in ACCUSATIONS:
            _accuse(reply, now)
    for name in asked.back:
        _tell(WitnessReturned(witness=name), only_after=SILENT)
    for name, fault in asked.silent:
        _tell(WitnessSilent(witness=name, fault=fault.value), unless_after=SILENT)


def _rows(reply: Reply, now: dt.datetime) -> list[Cosignature]:
    return [
        Cosignature(
            checkpoint_id=reply.size,
            department=name,
            line=reply.lines.get(name, ""),
            refusal=reply.refusal or "",
            at=now,
        )
        for name in (reply.names if reply.refusal else reply.lines)
    ]


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
