"""Files that people hand in: which are taken, under what name, and where they lie."""

import datetime as dt
import hashlib
import os
import unicodedata
import uuid
from contextlib import suppress
from pathlib import Path

from django.apps import apps
from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from heli.kernel import clock
from heli.kernel.home import folder, home

LIMIT = 8 * 1024 * 1024
PENDING = "pending"
"""Folder of notes on files whose transaction has not ended."""
PATIENCE = dt.timedelta(days=1)
"""Longer than any transaction lasts."""
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


def keep_file(content: bytes, identity: uuid.UUID, row: type[Model]) -> str:
    """Write a file under its identity; returns where it lies below ``HELI_HOME``.

    It can be read at once. A note beside it says that its transaction has not ended; committing
    takes the note away, and what is rolled back goes with the note (:func:`sweep`).

    Args:
        content: What it holds.
        identity: Key of the row that will name it, also its own name.
        row: The row's model.
    """
    digest = hashlib.sha256(content).hexdigest()
    path = folder("attachments", digest[:2], private=True) / f"{identity}"
    kept = str(path.relative_to(home()))
    note = folder("attachments", PENDING, private=True) / f"{identity}"
    note.write_text(f"{row._meta.label} {kept}")
    path.write_bytes(content)
    # What was committed stays accepted, also where the note cannot be taken away just now.
    transaction.on_commit(lambda: note.unlink(missing_ok=True), robust=True)
    return kept


def sweep() -> int:
    """Remove files whose transaction never was committed, after a day; returns how many."""
    latest = (clock.now() - PATIENCE).timestamp()
    swept = 0
    for note in folder("attachments", PENDING, private=True).iterdir():
        # Another worker may have been here a moment ago.
        with suppress(FileNotFoundError):
            if note.stat().st_mtime <= latest:
                swept += _settle(note)
    return swept


def _settle(note: Path) -> bool:
    """Take a note away, and its file unless a row names it; whether the file went.

    The row is asked for because a crash may have come between the commit and the note.
    """
    label, _space, kept = note.read_text().partition(" ")
    # Without a path the note itself was cut off, before there was a file.
    lost = bool(kept) and not apps.get_model(label)._base_manager.filter(pk=note.name).exists()
    if lost:
        (home() / kept).unlink(missing_ok=True)
    note.unlink()
    return lost


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
