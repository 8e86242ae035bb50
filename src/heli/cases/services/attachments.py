"""Files handed in with a matter."""

import hashlib

from django.db import transaction
from django.utils.translation import gettext as _

from heli.cases import facts, policy
from heli.cases.callers import Caller, actor_of
from heli.cases.errors import AttachmentRefusedError
from heli.cases.models import Attachment, Matter, Supplement
from heli.cases.services import drafts
from heli.cases.services.matters import refuse_closed
from heli.kernel import clock
from heli.kernel.handed_in import LIMIT, UnfitFileError, bare_name, keep_file, media_type_of
from heli.kernel.ids import uuid7
from heli.kernel.permissions import require
from heli.ledger.services import record

MOST = 50


def attach(
    matter: Matter, name: str, content: bytes, *, by: Caller, supplement: Supplement | None = None
) -> Attachment:
    """Hand in a file; its SHA-256 goes into the ledger.

    Raises:
        AttachmentRefusedError: It is empty, too large, of another kind than those taken or than
            its name says, or one too many.
        DraftFilesError: The files of its author's drafts would be larger than they may.
        DeniedError: The caller may not see the matter's data.
    """
    require(policy.may_see_data(by, matter))
    if matter.state != Matter.State.DRAFT:
        refuse_closed(matter)
    name = bare_name(name)
    media_type = _kind(name, content)
    if matter.state == Matter.State.DRAFT:
        drafts.require_room_for(len(content), matter)
    if matter.attachments.count() >= MOST:
        raise AttachmentRefusedError(
            field="file", name=name, limit=LIMIT >> 20, reason=_("there are too many files")
        )
    digest = hashlib.sha256(content).hexdigest()
    identity = uuid7()
    with transaction.atomic():
        path = keep_file(content, identity, Attachment)
        row = Attachment.objects.create(
            id=identity,
            matter=matter,
            supplement=supplement,
            name=name,
            media_type=media_type,
            size=len(content),
            sha256=digest,
            path=path,
            uploaded_by=str(actor_of(by)),
            uploaded_at=clock.now(),
        )
        record(
            facts.AttachmentAdded(attachment=str(row.pk), sha256=digest, size=row.size),
            actor=actor_of(by),
            subject=f"cases.attachment:{row.pk}",
            matter=matter.code,
        )
    return row


def _kind(name: str, content: bytes) -> str:
    try:
        return media_type_of(name, content)
    except UnfitFileError as error:
        raise AttachmentRefusedError(
            field="file", name=name, limit=LIMIT >> 20, reason=error.reason
        ) from None
