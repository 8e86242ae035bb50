"""The audit: does the ledger hold what was entered, in the order it was entered?

Three things are held against each other that no single hand can change together: the facts in the
database, the tiles and checkpoints of the log, and what each witness remembers in its own file.
"""

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Max

from heli.ledger import guard
from heli.ledger.audit import rows
from heli.ledger.audit.anchors import checkpoint_anchors, shrunk, witness_anchors
from heli.ledger.audit.findings import Finding, Kind
from heli.ledger.audit.walk import Progress, Walk
from heli.ledger.models import Checkpoint, Fact

__all__ = ["Finding", "Kind", "Report", "audit"]


@dataclass(frozen=True, slots=True)
class Report:
    """What an audit went through and found.

    Attributes:
        size: Entries of the log.
        pending: Facts without a place yet.
        checkpoints: Signed checkpoints whose signatures were checked.
        witnesses: Witnesses whose memory was compared.
        findings: What does not hold; the first fact concerned comes first.
    """

    size: int
    pending: int
    checkpoints: int
    witnesses: int
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
        *([Finding(Kind.GUARD)] if guard.missing(connection) else []),
    ]
    return Report(
        size=size,
        pending=Fact.objects.filter(leaf_index=None).count(),
        checkpoints=len(signed) + len(wrong_checkpoints),
        witnesses=len(remembered) + len(wrong_witnesses),
        findings=tuple(findings),
    )


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
