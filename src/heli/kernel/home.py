"""Where Heli writes: everything lies under ``HELI_HOME``, open to its owner only."""

import os
import stat
import uuid
from functools import lru_cache
from pathlib import Path

OWNER_ONLY = 0o700
DATABASE = "heli.sqlite3"
"""The database, unless ``HELI_DATABASE_URL`` names another."""
MARKERS = (DATABASE, "keys/django-secret", "keys/ledger-log")
"""Files that only Heli writes: a folder with one of them is a home, whoever made it."""


def home() -> Path:
    """The folder that holds all Heli writes (``HELI_HOME``, default ``./var``)."""
    given = os.environ.get("HELI_HOME") or "var"
    return _resolved(given, "" if given.startswith("/") else os.getcwd())


@lru_cache(maxsize=8)
def _resolved(given: str, below: str) -> Path:
    return Path(below, given).resolve()


def keep_private() -> None:
    """Let nobody but the owner read what this process writes from now on."""
    os.umask(0o077)


def folder(*parts: str, private: bool = False) -> Path:
    """A folder below the home, made for the owner only if missing.

    The home itself is made so, too, and closed to others where it was open. With ``private`` the
    folder is closed as well where it exists and is open.
    """
    root = home()
    path = root.joinpath(*parts)
    if (path, private) in _prepared and path.is_dir():
        return path
    try:
        root.mkdir(parents=True, mode=OWNER_ONLY)
    except FileExistsError:
        if _is_our_home(root):
            _close(root)
    path.mkdir(parents=True, exist_ok=True, mode=OWNER_ONLY)
    if private:
        _close(path)
    _prepared.add((path, private))
    return path


_prepared: set[tuple[Path, bool]] = set()
"""Folders that this process made or looked at; the ledger asks for some several times a second."""


def _is_our_home(root: Path) -> bool:
    """Whether a folder is Heli's to close, and not one that others use, such as ``/tmp``."""
    shared = root.stat().st_mode & stat.S_ISVTX or root in {Path.home(), Path(root.anchor)}
    return not shared and any((root / name).is_file() for name in MARKERS)


def _close(path: Path) -> None:
    found = path.stat()
    if found.st_uid == os.getuid() and stat.S_IMODE(found.st_mode) & 0o077:
        path.chmod(OWNER_ONLY)


def write_private(path: Path, content: bytes) -> None:
    """Write a secret so that it never exists half-written or readable by others."""
    temporary = path.with_suffix(path.suffix + ".new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def keep_secret(path: Path, content: bytes) -> bytes:
    """Keep a secret in a file if there is none yet; returns what the file holds.

    Several threads and processes may come first at once: exactly one content is kept, and every
    caller gets that one.
    """
    if not path.exists():
        fresh = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
        write_private(fresh, content)
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_bytes()
