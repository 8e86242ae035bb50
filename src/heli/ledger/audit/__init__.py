"""The audit: does the ledger hold what was entered, in the order it was entered?

Three things are held against each other that no single hand can change together: the facts in the
database, the tiles and checkpoints of the log, and what each witness remembers in its own file.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Max

from heli.kernel import clock
from heli.ledger import custody, guard
from heli.ledger.audit import rows
from heli.ledger.audit.anchors import checkpoint_anchors, shrunk, witness_anchors
from heli.ledger.audit.findings import Finding, Kind
from heli.ledger.audit.walk import Progress, Walk
from heli.ledger.models import Checkpoint, Fact

PATIENCE = dt.timedelta(minutes=1)
"""How long a new checkpoint may wait for its witnesses."""

__all__ = ["Finding", "Kind", "Report", "audit"]


@dataclass(frozen=True, slots=True)
class Report:
    """What an audit went through and found.

    Attributes:
        size: Entries of the log.
        pending: Facts without a place yet.
        checkpoints: Signed checkpoints whose signatures were checked.
        witnesses: Witnesses whose memory was compared.
        forgotten: Facts that were forgotten by law, with the ground.
        findings: What does not hold; the first fact concerned comes first.
    """

    size: int
    pending: int
    checkpoints: int
    witnesses: int
    forgotten: tuple[tuple[str, str], ...]
    findings: tuple[Finding, ...]

    @property
    def clean(self) -> bool:
        """Whether everything holds."""
        return not self.findings

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        return {
            "clean": self.clean,
            "size": self.size,
            "pending": self.pending,
            "checkpoints": self.checkpoints,
            "witnesses": self.witnesses,
            "forgotten": [{"fact": fact, "ground": ground} for fact, ground in self.forgotten],
            "findings": [each.as_dict() for each in self.findings],
        }


def audit(progress: Progress = lambda done, total: None) -> Report:
    """Go through the whole ledger; changes nothing, may run while it grows.

    Args:
        progress: Told how many facts of how many are done.
    """
    # Witnesses are read first: while the log grows, none may be ahead of what is read next.
    remembered, wrong_witnesses = witness_anchors()
    signed, wrong_checkpoints = checkpoint_anchors()
    stored = Checkpoint.objects.aggregate(size=Max("size"))["size"] or 0
    size = signed[-1].size if signed else 0
    walk = Walk(size, [*signed, *remembered])
    first = walk.run(progress) or _beyond() or _pending_altered()
    findings = [
        *([first] if first else []),
        *wrong_checkpoints,
        *shrunk(remembered, max(size, stored)),
        *wrong_witnesses,
        *_without_quorum(),
        *([Finding(Kind.GUARD)] if guard.broken(connection) else []),
    ]
    return Report(
        size=size,
        pending=Fact.objects.filter(leaf_index=None).count(),
        checkpoints=len(signed) + len(wrong_checkpoints),
        witnesses=len(remembered) + len(wrong_witnesses),
        forgotten=tuple(rows.forgotten()),
        findings=tuple(findings),
    )


def _without_quorum() -> list[Finding]:
    """The latest checkpoint, if witnesses had their time and too few of them cosigned."""
    latest = Checkpoint.objects.order_by("-size").first()
    if latest is None or clock.now() - latest.at < PATIENCE:
        return []
    keys = custody.trusted_keys()
    signed = set(latest.cosignatures.exclude(line="").values_list("department", flat=True))
    figures = {"size": latest.size, "count": len(signed), "quorum": keys.needed}
    return [] if keys.agrees(signed) else [Finding(Kind.QUORUM, figures=figures)]


def _beyond() -> Finding | None:
    """A fact whose place is beyond every checkpoint, looked for in one instant of the database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT leaf_index, id FROM ledger_fact WHERE leaf_index >= "
            "(SELECT COALESCE(MAX(size), 0) FROM ledger_checkpoint) ORDER BY leaf_index LIMIT 1"
        )
        row = cursor.fetchone()
    if row is None:
        return None
    pk = Fact.objects.filter(leaf_index=row[0]).values_list("pk", flat=True).first()
    return Finding(Kind.INSERTED, row[0], str(pk or row[1]))


def _pending_altered() -> Finding | None:
    """A fact that was changed before it got its place."""
    for fact in rows.pending():
        if not rows.intact(fact):
            return Finding(Kind.ALTERED, None, str(fact.pk))
    return None
