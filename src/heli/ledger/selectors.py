"""Reading the ledger: facts, receipts, and the state of the log."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from heli.engines import translog
from heli.engines.translog import Disclosure, Note, NoteSignature, Receipt, TileId, TrustedKeys
from heli.errors import NotFoundError
from heli.ledger import custody, sequencer
from heli.ledger.content import content_of, leaf_of
from heli.ledger.models import Checkpoint, Cosignature, Fact, Tile
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
    """

    department: str
    signed: bool = False
    refusal: str = ""
    at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class LogState:
    """The log at one instant.

    Attributes:
        size: Entries under the latest checkpoint.
        at: When it was signed; None before the first.
        cosigned_size: Entries under the latest checkpoint with enough cosignatures.
        answers: What every witness answered to the latest checkpoint that was answered at all.
        quorum: Cosignatures needed.
        pending: Facts without a place yet.
        oldest_pending: When the longest waiting of them was recorded; None without any.
    """

    size: int
    at: dt.datetime | None
    cosigned_size: int
    answers: tuple[WitnessAnswer, ...]
    quorum: int
    pending: int
    oldest_pending: dt.datetime | None

    @property
    def cosigned(self) -> tuple[str, ...]:
        """Departments whose witness cosigned."""
        return tuple(each.department for each in self.answers if each.signed)

    @property
    def enough(self) -> bool:
        """Whether no answered checkpoint lacks its quorum."""
        return not self.size or len(self.cosigned) >= self.quorum


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
    return LogState(
        size=latest.size if latest else 0,
        at=latest.at if latest else None,
        cosigned_size=sequencer.cosigned_size() if latest else 0,
        answers=answers_to(asked),
        quorum=custody.quorum(),
        pending=pending.count() if oldest else 0,
        oldest_pending=recorded_at(oldest) if oldest else None,
    )


def answers_to(size: int | None) -> tuple[WitnessAnswer, ...]:
    """What every witness answered to the checkpoint of that size."""
    given = {each.department: each for each in Cosignature.objects.filter(checkpoint=size)}
    found = []
    for name in sorted({*custody.witness_names(), *given}):
        answer = given.get(name)
        if answer is None:
            found.append(WitnessAnswer(name))
        else:
            signed = not answer.refusal
            found.append(WitnessAnswer(name, signed, answer.refusal, answer.at))
    return tuple(found)


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
    """The latest checkpoint that enough witnesses cosigned.

    Raises:
        NotDurableError: There is none yet.
    """
    found = sequencer.cosigned_checkpoint()
    if found is None:
        raise NotDurableError(size=0)
    return found


def trusted_keys() -> TrustedKeys:
    """The public keys a verifier needs, and how many witnesses must agree."""
    return custody.trusted_keys()


def receipt(fact_id: uuid.UUID) -> Receipt:
    """The receipt of a fact against the latest cosigned checkpoint.

    It shows the fact's content, unless its salt was destroyed.

    Raises:
        FactNotFoundError: There is no such fact.
        NotDurableError: The fact is not yet under a checkpoint that enough witnesses cosigned.
    """
    row = fact(fact_id)
    head = latest_checkpoint()
    if row.leaf_index is None or row.leaf_index >= head.size:
        raise NotDurableError(size=head.size)
    reader = translog.node_reader(sequencer.read_tile)
    shown = Disclosure(content_of(row), bytes(row.salt)) if row.salt is not None else None
    return Receipt(
        leaf=leaf_of(row.commitment),
        index=row.leaf_index,
        proof=tuple(translog.prove_inclusion(row.leaf_index, head.size, reader)),
        checkpoint=checkpoint_note(head),
        disclosure=shown,
    )


def consistency(size1: int, size2: int) -> list[bytes]:
    """Proof that the log of ``size2`` entries extends that of ``size1``.

    Raises:
        ProofError: The sizes are out of order, or beyond the log.
    """
    if not 0 < size1 <= size2 <= tree_size():
        raise translog.ProofError(reason=f"there is no proof from {size1} to {size2}")
    return translog.prove_consistency(size1, size2, translog.node_reader(sequencer.read_tile))


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
