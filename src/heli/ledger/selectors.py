"""Reading the ledger: facts, receipts, and the state of the log."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from heli.engines import translog
from heli.engines.translog import Disclosure, Note, NoteSignature, Receipt, TileId, TrustedKeys
from heli.engines.translog.encoding import decode64
from heli.errors import NotFoundError
from heli.ledger import custody, sequencer
from heli.ledger.answers import RETURNED, SILENT
from heli.ledger.content import content_of, leaf_of
from heli.ledger.models import Checkpoint as Checkpoint
from heli.ledger.models import Cosignature as Cosignature
from heli.ledger.models import Evidence, Tile, TrustPolicy
from heli.ledger.models import Fact as Fact
from heli.ledger.services import NotDurableError


class FactNotFoundError(NotFoundError):
    """There is no such fact, or the caller may not know of it."""

    code = "ledger.fact_not_found"


@dataclass(frozen=True, slots=True)
class WitnessAnswer:
    """What one witness answered to a checkpoint.

    Attributes:
        department: Whose witness it is.
        signed: Whether it cosigned.
        refusal: Why not, a ``translog.Refusal``; empty when it signed or was not asked yet.
        at: When it answered; None before.
        silent: Whether it did not answer several times in a row.
    """

    department: str
    signed: bool = False
    refusal: str = ""
    at: dt.datetime | None = None
    silent: bool = False


@dataclass(frozen=True, slots=True)
class LogState:
    """The log at one instant.

    Attributes:
        size: Entries under the latest checkpoint.
        at: When it was signed; None before the first.
        cosigned_size: Entries under the latest checkpoint with enough cosignatures.
        lacking_since: When the first checkpoint after that was signed, or the policy changed by
            which it lacks them; None where none follows.
        answers: What every witness answered to the latest checkpoint that was answered at all.
        quorum: The fewest cosignatures that are enough.
        agreed: Whether those that signed the latest checkpoint are enough.
        disputed: Whether a witness says of it that the past was changed.
        pending: Facts without a place yet.
        oldest_pending: When the longest waiting of them was recorded; None without any.
    """

    size: int
    at: dt.datetime | None
    cosigned_size: int
    answers: tuple[WitnessAnswer, ...]
    quorum: int
    agreed: bool
    disputed: bool
    pending: int
    oldest_pending: dt.datetime | None
    lacking_since: dt.datetime | None = None

    @property
    def cosigned(self) -> tuple[str, ...]:
        """Departments whose witness cosigned."""
        return tuple(each.department for each in self.answers if each.signed)

    @property
    def enough(self) -> bool:
        """Whether no answered checkpoint lacks its quorum."""
        return not self.size or self.agreed


def tree_size() -> int:
    """Entries under the latest checkpoint; one look, whatever the size."""
    return Checkpoint.objects.order_by("-size").values_list("size", flat=True).first() or 0


def log_state() -> LogState:
    """The state of the log now."""
    latest = Checkpoint.objects.order_by("-size").only("size", "at").first()
    # The newest checkpoint may be with the witnesses right now: the last one answered counts.
    asked = Cosignature.objects.order_by("-checkpoint").values_list("checkpoint", flat=True).first()
    pending = Fact.objects.filter(leaf_index=None).order_by("id")
    oldest = pending.values_list("id", flat=True).first()
    keys, answers = custody.trusted_keys(), answers_to(asked)
    cosigned = sequencer.cosigned_size() if latest else 0
    return LogState(
        size=latest.size if latest else 0,
        at=latest.at if latest else None,
        cosigned_size=cosigned,
        answers=answers,
        quorum=keys.needed,
        agreed=keys.agrees({each.department for each in answers if each.signed}),
        disputed=sequencer.disputed(each.refusal for each in answers),
        pending=pending.count() if oldest else 0,
        oldest_pending=recorded_at(oldest) if oldest else None,
        lacking_since=_lacking_since(cosigned),
    )


def _lacking_since(cosigned: int) -> dt.datetime | None:
    after = Checkpoint.objects.filter(size__gt=cosigned).order_by("size")
    first = after.values_list("at", flat=True).first()
    changed = TrustPolicy.objects.order_by("-pk").values_list("at", flat=True).first()
    return max(first, changed) if first and changed else first


def answers_to(size: int | None) -> tuple[WitnessAnswer, ...]:
    """What every witness answered to the checkpoint of that size."""
    given = {each.department: each for each in Cosignature.objects.filter(checkpoint=size)}
    found = []
    for name in sorted({*custody.trusted_keys().witnesses, *given}):
        answer = given.get(name)
        if answer is None:
            found.append(WitnessAnswer(name, silent=is_silent(name)))
        else:
            signed = not answer.refusal
            found.append(WitnessAnswer(name, signed, answer.refusal, answer.at))
    return tuple(found)


def is_silent(witness: str) -> bool:
    """Whether a witness did not answer several times in a row, and has not since."""
    said = Fact.objects.filter(subject=f"ledger.witness:{witness}", verb__in=(SILENT, RETURNED))
    return said.order_by("-at", "-id").values_list("verb", flat=True).first() == SILENT


def recorded_at(fact_id: uuid.UUID) -> dt.datetime:
    """When a fact was recorded, from its UUIDv7; imported facts tell of earlier times."""
    return dt.datetime.fromtimestamp((fact_id.int >> 80) / 1000, dt.UTC)


def fact(fact_id: uuid.UUID) -> Fact:
    """One fact.

    Raises:
        FactNotFoundError: There is none.
    """
    row = Fact.objects.filter(pk=fact_id).first()
    if row is None:
        raise FactNotFoundError(what=str(fact_id))
    return row


def facts(fact_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Fact]:
    """Facts by their ids; unknown ones are left out."""
    return Fact.objects.in_bulk(list(fact_ids))


def facts_of_matter(code: str) -> QuerySet[Fact]:
    """Facts of a matter, newest first."""
    return Fact.objects.filter(matter=code).order_by("-at", "-id")


def facts_since(position: int, limit: int) -> Sequence[Fact]:
    """Integrated facts after a position of the log, oldest first.

    Args:
        position: Position read to; -1 for everything.
        limit: At most this many.
    """
    return list(Fact.objects.filter(leaf_index__gt=position).order_by("leaf_index")[:limit])


def latest_facts() -> QuerySet[Fact]:
    """Integrated facts, newest first."""
    return Fact.objects.filter(leaf_index__isnull=False).order_by("-leaf_index")


def checkpoints() -> QuerySet[Checkpoint]:
    """Signed checkpoints with the witnesses' answers, largest first."""
    return Checkpoint.objects.order_by("-size").prefetch_related("cosignatures")


def checkpoint_note(checkpoint: Checkpoint) -> Note:
    """A checkpoint's signed note with the cosignatures it got."""
    answers = checkpoint.cosignatures.all()
    lines = [NoteSignature.parse(each.line.rstrip("\n")) for each in answers if each.line]
    return Note.parse(checkpoint.note).signed(lines)


def latest_checkpoint() -> Checkpoint:
    """The latest checkpoint that enough witnesses cosigned; without any, the latest undisputed.

    Raises:
        NotDurableError: There is none yet.
    """
    found = sequencer.cosigned_checkpoint()
    if found is not None:
        return found
    newest = checkpoints().first()
    if newest is None or sequencer.disputed(each.refusal for each in newest.cosignatures.all()):
        raise NotDurableError(size=0)
    return newest


def trusted_keys() -> TrustedKeys:
    """The public keys a verifier needs, and how many witnesses must agree."""
    return custody.trusted_keys()


def policy_document(keys: TrustedKeys) -> dict[str, Any]:
    """The trust policy for machines."""
    return {
        "needed": keys.needed,
        "total": len(keys.witnesses),
        "quorum": keys.quorum,
        "groups": {
            name: {"threshold": group.threshold, "members": list(group.members)}
            for name, group in keys.groups.items()
        },
        "witnesses": [
            {
                "name": name,
                "key": str(key),
                "algorithm": key.kind.algorithm.value,
                "address": keys.addresses.get(name, ""),
            }
            for name, key in keys.witnesses.items()
        ],
        "logs": [{"key": str(key), "algorithm": key.kind.algorithm.value} for key in keys.logs],
        "text": str(keys),
    }


def evidence() -> QuerySet[Evidence]:
    """What witnesses hold against this log, newest first."""
    return Evidence.objects.order_by("-at", "-id")


def evidence_document(row: Evidence) -> dict[str, Any]:
    """One piece of evidence for machines."""
    return {
        "id": row.pk,
        "at": row.at.isoformat(),
        "witness": row.department,
        "refusal": row.refusal,
        "size": row.size,
        "offered": row.offered,
        "remembered": row.remembered,
        "old_size": row.old_size,
        "proof": list(row.proof),
        "proven": proven(row),
    }


def proven(row: Evidence) -> bool:
    """Whether the evidence needs no trust in the witness: the log signed both checkpoints."""
    if not row.remembered:
        return False
    try:
        offered, remembered = Note.parse(row.offered), Note.parse(row.remembered)
        proof = [decode64(each) for each in row.proof]
    except (translog.NoteError, ValueError):
        return False
    return translog.continues(offered, remembered, proof, logs=custody.log_keys()) is False


def receipt(fact_id: uuid.UUID) -> Receipt:
    """The receipt of a fact against the latest cosigned checkpoint.

    Below quorum it is against the latest checkpoint, and names the witnesses it lacks. It shows
    the fact's content, unless its salt was destroyed.

    Raises:
        FactNotFoundError: There is no such fact.
        NotDurableError: The fact is not yet under a signed checkpoint, or under one that a witness
            disputes and too few cosigned.
    """
    row = fact(fact_id)
    head = head_over(row.leaf_index)
    index = row.leaf_index
    assert index is not None
    reader = translog.node_reader(sequencer.read_tile)
    shown = Disclosure(content_of(row), bytes(row.salt)) if row.salt is not None else None
    return Receipt(
        leaf=leaf_of(row.commitment),
        index=index,
        proof=tuple(translog.prove_inclusion(index, head.size, reader)),
        checkpoint=head.note,
        disclosure=shown,
        lacking=head.lacking,
    )


@dataclass(frozen=True, slots=True)
class Head:
    """A checkpoint on whose strength something may leave.

    Attributes:
        size: Its entries.
        note: Signed by the log, with the cosignatures it got.
        lacking: The witnesses that have not signed it, where those that have are too few.
    """

    size: int
    note: Note
    lacking: tuple[str, ...] = ()


def head_over(place: int | None) -> Head:
    """The checkpoint that proves what is at a place of the log.

    Raises:
        NotDurableError: It has no place yet, or is under a checkpoint only that a witness disputes
            and too few cosigned.
    """
    keys = custody.trusted_keys()
    newest = sequencer.newest_head(keys)
    if newest is not None and place is not None and place < newest[0]:
        return Head(*newest)
    head = sequencer.cosigned_checkpoint(keys)
    cosigned = head.size if head else 0
    if place is None:
        raise NotDurableError(size=cosigned)
    if head is not None and place < cosigned:
        return Head(cosigned, checkpoint_note(head))
    last = checkpoints().first()
    if last is None or place >= last.size:
        raise NotDurableError(size=cosigned)
    answers = last.cosignatures.all()
    if sequencer.disputed(each.refusal for each in answers):
        raise NotDurableError(size=cosigned)
    signed = {each.department for each in answers if each.line}
    lacking = tuple(name for name in keys.witnesses if name not in signed)
    return Head(last.size, checkpoint_note(last), lacking)


def consistency(size1: int, size2: int) -> list[bytes]:
    """Proof that the log of ``size2`` entries extends that of ``size1``.

    Raises:
        ProofError: The sizes are out of order, or beyond the log.
    """
    if not 0 < size1 <= size2 <= tree_size():
        raise translog.ProofError(reason=f"there is no proof from {size1} to {size2}")
    return translog.prove_consistency(size1, size2, translog.node_reader(sequencer.read_tile))


def entries(index: int, width: int) -> bytes:
    """The first ``width`` entries of a bundle, each behind its length in two bytes.

    Raises:
        NotFoundError: The log has no such bundle of that width.
    """
    first = index * translog.TILE_WIDTH
    placed = Fact.objects.filter(leaf_index__gte=first, leaf_index__lt=first + width)
    rows = list(placed.order_by("leaf_index").values_list("commitment", flat=True))
    if not 1 <= width <= translog.TILE_WIDTH or len(rows) != width:
        raise NotFoundError(what=TileId(0, index).path(width).replace("tile/0", "tile/entries"))
    found = [leaf_of(commitment).encode() for commitment in rows]
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in found)


def tile(level: int, index: int, width: int) -> bytes:
    """The first ``width`` hashes of a tile.

    Raises:
        NotFoundError: The log has no such tile of that width.
    """
    row = Tile.objects.filter(level=level, position=index).first()
    data = bytes(row.hashes)[: width * translog.HASH_SIZE] if row else b""
    if not 1 <= width <= translog.TILE_WIDTH or len(data) != width * translog.HASH_SIZE:
        raise NotFoundError(what=TileId(level, index).path(width))
    return data
