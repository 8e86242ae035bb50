"""Taking in the files that a department's resources are read from."""

import re
import secrets
import zipfile
from collections.abc import Iterable
from contextlib import suppress
from hashlib import sha256
from io import BytesIO
from pathlib import Path

from django.conf import settings
from django.db import transaction

from heli.errors import BadInputError, gettext_noop
from heli.exchange.connectors import CONNECTORS, kept
from heli.exchange.errors_sources import FilesFullError
from heli.exchange.facts import FileReceived
from heli.exchange.models import Resource
from heli.kernel import clock
from heli.kernel.actor import Actor
from heli.kernel.home import folder, write_private
from heli.ledger import services as ledger

MOST_BYTES = 8 * 1024 * 1024
HELD_SECONDS = 24 * 3600
ENDINGS = ("csv", "tsv", "txt", "json", "jsonl", "ndjson", "xlsx", "parquet", "sqlite3")
_HELD = "held-"
_NAME = re.compile(rf"[a-z][a-z0-9_-]{{0,62}}\.(?:{'|'.join(ENDINGS)})")
_MAGIC = {"parquet": b"PAR1", "sqlite3": b"SQLite format 3\x00"}


def receive_file(*, actor: Actor, department: str, name: str, content: bytes) -> str:
    """Keep a file below ``HELI_HOME/registers``, in the department's own folder.

    A file of the same name is replaced in one step, once the fact is kept: whoever reads meanwhile
    reads the old one or the new one, and a file that is refused replaces nothing.

    Returns:
        How the resource's options name it, ``department/name``.

    Raises:
        BadInputError: The name, size or kind is not taken.
        FilesFullError: The department's files would take more than they may.
    """
    _check(name, content)
    place = folder("registers", department)
    _make_room(department, len(content), without=[place / name])
    fresh = _held_name(0, name)
    try:
        write_private(place / fresh, content)
        fact = received(department=department, name=name, held=fresh)
        with transaction.atomic():
            record_file(fact, actor=actor, department=department)
        switch_file(department=department, name=name, held=fresh)
    finally:
        (place / fresh).unlink(missing_ok=True)
    return f"{department}/{name}"


def received(*, department: str, name: str, held: str) -> FileReceived:
    """What is written down about a file that is held, once it takes its name."""
    content = (folder("registers", department) / held).read_bytes()
    return FileReceived(
        file=f"{department}/{name}", size=len(content), sha256=sha256(content).hexdigest()
    )


def record_file(fact: FileReceived, *, actor: Actor, department: str) -> None:
    """Write down that a file was taken in."""
    ledger.record(fact, actor=actor, department=department, subject=f"exchange.file:{fact.file}")


def switch_file(*, department: str, name: str, held: str) -> None:
    """Put a file that is held in its place, in one step."""
    place = folder("registers", department)
    (place / held).replace(place / name)


def hold_file(*, holder: int, department: str, name: str, content: bytes) -> str:
    """Keep a file while who handed it in looks over what they are about to publish.

    Of each person one file is held: a new one takes the place of the one before.

    Args:
        holder: Id of the person; nobody else is given it.
        department: Code of their department.
        name: What the file is to be called.
        content: The file.

    Returns:
        Its name while it is held.

    Raises:
        BadInputError: The name, size or kind is not taken.
        FilesFullError: The department's files would take more than they may.
    """
    _check(name, content)
    place = folder("registers", department)
    mine = list(place.glob(f"{_HELD}{holder}-*"))
    _make_room(department, len(content), without=mine)
    held = _held_name(holder, name)
    write_private(place / held, content)
    for old in mine:
        _drop(department, old.name)
    return held


def held_file(held: str, *, holder: int, department: str) -> bytes | None:
    """A file that is held for this person; ``None`` where it is not, or no longer."""
    if not held.startswith(f"{_HELD}{holder}-") or _NAME.fullmatch(held) is None:
        return None
    try:
        return (folder("registers", department) / held).read_bytes()
    except FileNotFoundError:
        return None


def drop_held_file(held: str, *, holder: int, department: str) -> None:
    """Keep it no longer, nor what was read from it."""
    if held.startswith(f"{_HELD}{holder}-") and _NAME.fullmatch(held) is not None:
        _drop(department, held)


def clean_files() -> int:
    """Drop files held for longer than a day, and snapshots that nothing refers to; how many."""
    before = clock.now().timestamp() - HELD_SECONDS
    places, dropped = [], 0
    for path in folder("registers").glob(f"*/{_HELD}*"):
        try:
            old = path.stat().st_mtime < before
        except FileNotFoundError:
            continue
        if old:
            _drop(path.parent.name, path.name)
            dropped += 1
        else:
            places.append(f"{path.parent.name}/{path.name}")
    keys = {
        kept.key_of(CONNECTORS[row.connector].name, row.parsed_contract, row.options)
        for row in Resource.objects.filter(withdrawn_at=None)
    }
    return dropped + kept.sweep(keys, places)


def _held_name(holder: int, name: str) -> str:
    return f"{_HELD}{holder}-{secrets.token_hex(16)}.{name.rpartition('.')[2]}"


def _drop(department: str, held: str) -> None:
    (folder("registers", department) / held).unlink(missing_ok=True)
    kept.drop(f"{department}/{held}")


def _make_room(department: str, more: int, *, without: Iterable[Path]) -> None:
    """Refuse a file for which the department's folder has no room.

    Raises:
        FilesFullError: All its files would take more than they may.
    """
    gone = set(without)
    for path in folder("registers", department).iterdir():
        with suppress(FileNotFoundError):
            more += path.stat().st_size if path not in gone else 0
    most: int = settings.HELI_DEPARTMENT_FILES_MB
    if more > most * 1024 * 1024:
        raise FilesFullError(field="file", department=department, most=most)


def _check(name: str, content: bytes) -> None:
    if _NAME.fullmatch(name) is None or name.startswith(_HELD):
        raise BadInputError(
            field="name", reason=gettext_noop("a file is named like beds.csv, in lower case")
        )
    if not 0 < len(content) <= MOST_BYTES:
        raise BadInputError(field="file", reason=gettext_noop("a file has 1 byte to 8 MB"))
    if not _is_kind(name.rpartition(".")[2], content):
        raise BadInputError(
            field="file", reason=gettext_noop("the content is not of the kind its name says")
        )


def _is_kind(ending: str, content: bytes) -> bool:
    if ending == "xlsx":
        return zipfile.is_zipfile(BytesIO(content))
    if ending in _MAGIC:
        return content.startswith(_MAGIC[ending])
    return b"\x00" not in content
