"""Files handed in with a matter."""

import hashlib
import os
import unicodedata

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
# How a name of each kind may end: what opens a file on the reader's side goes by its name.
ENDINGS = {
    "application/pdf": (".pdf",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/png": (".png",),
    "text/plain": (".txt",),
}


def attach(
    matter: Matter, name: str, content: bytes, *, by: Caller, supplement: Supplement | None = None
) -> Attachment:
    """Hand in a file; its SHA-256 goes into the ledger.

    Raises:
        AttachmentRefusedError: It is empty, too large, of another kind than those taken or than
            its name says, or one too many.
        DeniedError: The caller may not see the matter's data.
    """
    require(policy.may_see_data(by, matter))
    if matter.state != Matter.State.DRAFT:
        refuse_closed(matter)
    name = _bare(name)
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


def _bare(name: str) -> str:
    """The name without folders and without signs that are not seen, such as those that turn it."""
    base = os.path.basename(name.replace("\\", "/"))
    seen = "".join(sign for sign in base if not unicodedata.category(sign).startswith("C"))
    stem, ending = os.path.splitext(seen.strip())
    return (stem[: 160 - len(ending)] + ending)[:160] or "file"


def _kind(name: str, content: bytes) -> str:
    """The media type of a file that is taken, by what it begins with and how its name ends."""
    kind = _content_kind(content) if content and len(content) <= LIMIT else ""
    if kind and name.lower().endswith(ENDINGS[kind]):
        return kind
    if not content:
        reason = _("it is empty")
    elif len(content) > LIMIT:
        reason = _("it is too large")
    elif not kind:
        reason = _("its kind is not known")
    else:
        reason = _("by its content its name should end in {endings}").format(
            endings=" / ".join(ENDINGS[kind])
        )
    raise AttachmentRefusedError(field="file", name=name, limit=LIMIT >> 20, reason=reason)


def _content_kind(content: bytes) -> str:
    for start, media_type in KINDS.items():
        if content.startswith(start):
            return media_type
    return "text/plain" if _is_text(content) else ""


def _is_text(content: bytes) -> bool:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return "\0" not in text and not text.lstrip().startswith("<")
