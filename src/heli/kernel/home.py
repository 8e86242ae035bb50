"""Where Heli writes: everything lies under ``HELI_HOME``."""

import os
import uuid
from pathlib import Path


def home() -> Path:
    """The folder that holds all Heli writes (``HELI_HOME``, default ``./var``)."""
    return Path(os.environ.get("HELI_HOME", "var")).resolve()


def folder(*parts: str, private: bool = False) -> Path:
    """A folder below the home, made if missing; ``private`` folders are for the owner only."""
    path = home().joinpath(*parts)
    path.mkdir(parents=True, exist_ok=True, mode=0o700 if private else 0o755)
    return path


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
