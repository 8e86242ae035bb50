"""Files handed in with an objection."""

import hashlib

from django.db import transaction
from django.utils.translation import gettext as _

from heli.kernel import clock
from heli.kernel.actor import Actor
from heli.kernel.handed_in import LIMIT, UnfitFileError, bare_name, keep_file, media_type_of
from heli.kernel.ids import uuid7
from heli.ledger import services as ledger
from heli.openness import errors, facts
from heli.openness.models import Evidence, Objection

MOST = 10


def add_evidence(row: Objection, name: str, content: bytes, *, actor: Actor) -> Evidence:
    """Hand in a file; its SHA-256 goes into the ledger. The caller has shown that it is theirs.

    Raises:
        UnfitEvidenceError: It is empty, too large, of another kind than those taken or than its
            name says, or one too many.
        DecidedError: The objection is not open.
    """
    if not row.open:
        raise errors.DecidedError(code=row.code, state=row.get_state_display())
    name = bare_name(name)
    try:
        if row.evidence.count() >= MOST:
            raise UnfitFileError(_("there are too many files"))
        media_type = media_type_of(name, content)
    except UnfitFileError as error:
        raise errors.UnfitEvidenceError(
            field="evidence", name=name, limit=LIMIT >> 20, reason=error.reason
        ) from None
    identity = uuid7()
    digest = hashlib.sha256(content).hexdigest()
    with transaction.atomic():
        found = Evidence.objects.create(
            id=identity,
            objection=row,
            name=name,
            media_type=media_type,
            size=len(content),
            sha256=digest,
            path=keep_file(content, identity, Evidence),
            added_at=clock.now(),
        )
        ledger.record(
            facts.EvidenceAdded(objection=row.code, sha256=digest, size=len(content)),
            actor=actor,
            department=row.department_id,
            subject=f"openness.objection:{row.pk}",
        )
    return found
