"""Files handed in with a matter."""

import hashlib
import os

from django.db import transaction
from django.utils.translation import gettext as _

from heli.cases import facts, policy
from heli.cases.callers import Caller, actor_of
from heli.cases.errors import AttachmentRefusedError
from heli.cases.models import Attachment, Matter, Supplement
from heli.cases.services.matters import refuse_closed
from heli.kernel import clock
from heli.kernel.home import folder, home
from heli.kernel.ids import uuid7
from heli.kernel.permissions import require
from heli.ledger.services import record

LIMIT = 8 * 1024 * 1024
MOST = 50
# What a file begins with, so that its name need not be believed.
KINDS = {
    b"%PDF-": "application/pdf",
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
}


def attach(
    matter: Matter, name: str, content: bytes, *, by: Caller, supplement: Supplement | None = None
) -> Attachment:
    """Hand in a file; its SHA-256 goes into the ledger.

    Raises:
        AttachmentRefusedError: It is empty, too large, of another kind, or one too many.
        DeniedError: The caller may not see the matter's data.
    """
    require(policy.may_see_data(by, matter))
    if matter.state != Matter.State.DRAFT:
        refuse_closed(matter)
    name = os.path.basename(name.replace("\\", "/"))[:160] or "file"
    media_type = _kind(name, content)
    if matter.attachments.count() >= MOST:
        raise AttachmentRefusedError(
            field="file", name=name, limit=LIMIT >> 20, reason=_("there are too many files")
        )
    digest = hashlib.sha256(content).hexdigest()
    identity = uuid7()
    path = folder("attachments", digest[:2], private=True) / f"{identity}"
    with transaction.atomic():
        path.write_bytes(content)
        row = Attachment.objects.create(
            id=identity,
            matter=matter,
            supplement=supplement,
            name=name,
            media_type=media_type,
            size=len(content),
            sha256=digest,
            path=str(path.relative_to(home())),
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
    reason = ""
    if not content:
        reason = _("it is empty")
    elif len(content) > LIMIT:
        reason = _("it is too large")
    if not reason:
        for start, media_type in KINDS.items():
            if content.startswith(start):
                return media_type
        if _is_text(content):
            return "text/plain"
        reason = _("its kind is not known")
    raise AttachmentRefusedError(field="file", name=name, limit=LIMIT >> 20, reason=reason)


def _is_text(content: bytes) -> bool:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return "\0" not in text and not text.lstrip().startswith("<")
