"""Writing facts: the one way in which a change of state is recorded."""

import logging
import uuid
from collections.abc import Iterable
from hashlib import sha256

from django.db import transaction

from heli.errors import BadInputError, HeliError, NotFoundError, gettext_noop
from heli.kernel import clock, wal
from heli.kernel.actor import HELI, Actor
from heli.ledger import custody, questions, sequencer
from heli.ledger.durability import GroupCommit
from heli.ledger.facts import (
    FactForgotten,
    PolicyChanged,
    QuorumLost,
    QuorumRestored,
    Repaired,
)
from heli.ledger.models import Checkpoint, Fact, TrustPolicy
from heli.ledger.recording import NewFact, OutsideTransactionError, record, record_many
from heli.ledger.running import RunMarker
from heli.ledger.screening import names_somebody, screen
from heli.ledger.verbs import FactData

__all__ = [
    "OPERATOR",
    "NewFact",
    "NotDurableError",
    "OutsideTransactionError",
    "ensure_durable",
    "forget",
    "integrate",
    "integrate_pending",
    "names_somebody",
    "record",
    "record_many",
    "repair",
    "screen",
    "set_policy",
    "tell_quorum",
]


logger = logging.getLogger(__name__)

OPERATOR = HELI
"""Who acts where an operator of the installation uses the command line."""


class NotDurableError(HeliError):
    """Facts are recorded but not yet provable, so nothing may be released on their strength."""

    code = "ledger.not_durable"
    status = 503
    message = gettext_noop("The ledger's witnesses have cosigned only the first {size} entries.")
    remedy = gettext_noop("Try again in a moment; if it stays, the audit administrator must act.")


def integrate() -> int:
    """Give all pending facts their place in the log now; returns how many there were.

    For long imports and seeding, at their end; everyday facts are integrated by the worker.
    """
    integrated = sequencer.integrate().integrated
    wal.empty()
    return integrated


def integrate_pending() -> int:
    """Integrate, if anything is pending or a checkpoint still lacks witnesses."""
    if Fact.objects.filter(leaf_index=None).exists() or _awaits_witnesses():
        return integrate()
    return 0


def _awaits_witnesses() -> bool:
    latest = Checkpoint.objects.order_by("-size").prefetch_related("cosignatures").first()
    if latest is None:
        return False
    answered = {each.department for each in latest.cosignatures.all()}
    return not custody.trusted_keys().witnesses.keys() <= answered


_group = GroupCommit(lambda: sequencer.integrate().released_size)


def ensure_durable(fact_ids: Iterable[uuid.UUID]) -> None:
    """Return once the facts are on disk in a signed checkpoint that the witnesses were shown.

    As a rule enough of them have cosigned it. Where too few can be reached, the log goes on without
    them, and everybody is told; where one says that the past was changed, it does not go on.
    Blocks; call it after the facts' transaction has ended. Concurrent callers share one round.

    Raises:
        NotDurableError: A witness disputes the log and too few cosigned, or a fact does not exist.
    """
    ids = set(fact_ids)
    released = _group.join()
    if sequencer.placed_below(released, ids) != len(ids):
        raise NotDurableError(size=released)


def forget(fact_id: uuid.UUID, *, actor: Actor, ground: str) -> None:
    """Forget what a fact says: its content and its salt go, so that its leaf tells nothing.

    Its id, instant, verb and commitment stay, and with them every proof about the log. Runs in the
    caller's transaction; recorded as a fact with its legal ground, and named by every audit. In
    SQLite what is deleted is overwritten, and its log is emptied once the transaction has ended.

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
    questions.forgotten(fact_id)
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
    transaction.on_commit(wal.wipe)


def set_policy(text: str, *, actor: Actor) -> None:
    """Put another trust policy in force: which witnesses count, where they are, how many must sign.

    Raises:
        KeysError: It is malformed, or names what this installation does not have.
    """
    keys = custody.check_policy(text)
    with transaction.atomic():
        TrustPolicy.objects.create(text=text, at=clock.now())
        record(
            PolicyChanged(
                needed=keys.needed,
                total=len(keys.witnesses),
                policy_hash=sha256(text.encode()).hexdigest(),
            ),
            actor=actor,
            subject="ledger.log",
        )


def tell_quorum(*, after: float) -> int:
    """Record that too few witnesses sign the log, or that enough do again.

    Args:
        after: Seconds that entries may lack their quorum before it counts as lost.

    Returns:
        1 when there was something to tell.
    """
    keys, cosigned = custody.trusted_keys(), sequencer.cosigned_size()
    newer = Checkpoint.objects.filter(size__gt=cosigned).order_by("size")
    first = newer.first()
    verbs = (QuorumLost.verb, QuorumRestored.verb)
    told = Fact.objects.filter(subject="ledger.log", verb__in=verbs).order_by("-at", "-id")
    lost = told.values_list("verb", flat=True).first() == QuorumLost.verb
    if first is None and lost:
        said: FactData = QuorumRestored(entries=cosigned)
    elif first is not None and not lost and (clock.now() - first.at).total_seconds() >= after:
        latest = newer.last()
        signed = latest.cosignatures.exclude(line="").count() if latest else 0
        said = QuorumLost(cosigned=signed, needed=keys.needed, entries=cosigned)
    else:
        return 0
    with transaction.atomic():
        record(said, actor=HELI, subject="ledger.log")
    if isinstance(said, QuorumLost):
        logger.error("too few witnesses sign the log: %s of %s", said.cosigned, said.needed)
    else:
        logger.warning("enough witnesses sign the log again")
    return 1


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
