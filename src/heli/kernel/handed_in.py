"""Files that people hand in: which are taken, under what name, and where they lie."""

import hashlib
import os
import unicodedata
import uuid

from django.utils.translation import gettext as _

from heli.kernel.home import folder, home

LIMIT = 8 * 1024 * 1024
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


class UnfitFileError(Exception):
    """A file is not taken; the room that was handed it tells so with an error of its own.

    Attributes:
        reason: Why, in the reader's language.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def keep_file(content: bytes, identity: uuid.UUID) -> str:
    """Write a file under its identity; returns where it lies below ``HELI_HOME``."""
    digest = hashlib.sha256(content).hexdigest()
    path = folder("attachments", digest[:2], private=True) / f"{identity}"
    path.write_bytes(content)
    return str(path.relative_to(home()))


def bare_name(name: str) -> str:
    """The name without folders and without signs that are not seen, such as those that turn it."""
    base = os.path.basename(name.replace("\\", "/"))
    seen = "".join(sign for sign in base if not unicodedata.category(sign).startswith("C"))
    stem, ending = os.path.splitext(seen.strip())
    return (stem[: 160 - len(ending)] + ending)[:160] or "file"


def media_type_of(name: str, content: bytes) -> str:
    """The media type of a file that is taken, by what it begins with and how its name ends.

    Raises:
        UnfitFileError: It is empty, too large, of another kind than those taken or than its name
            says.
    """
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
    raise UnfitFileError(reason)


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
