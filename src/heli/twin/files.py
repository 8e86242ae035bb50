"""Text files from outside, with errors that name them; what is written is whole or not there."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

from heli.twin.errors import FolderTakenError, UnreadableFileError, UnwritableFileError


def read_text(path: Path) -> str:
    """The text of a file in UTF-8.

    Raises:
        UnreadableFileError: If it is not there, not a file, or not UTF-8.
    """
    try:
        return path.read_text("utf-8-sig")
    except OSError as error:
        raise UnreadableFileError(place=path, reason=error.strerror) from error
    except UnicodeDecodeError as error:
        raise UnreadableFileError(place=path, reason=str(error)) from error


def write_text(path: Path, text: str) -> None:
    """Write a text file in UTF-8, its lines ended by line feeds; one that is there is replaced.

    A device or a pipe is written to as it is.

    Raises:
        UnwritableFileError: If it cannot be written there.
    """
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(text.encode())
            return
        path = path.resolve()
        fresh = _beside(path)
        try:
            fresh.write_bytes(text.encode())
            if path.exists():
                shutil.copymode(path, fresh)
            os.replace(fresh, path)
        finally:
            fresh.unlink(missing_ok=True)
    except OSError as error:
        raise UnwritableFileError(place=path, reason=error.strerror) from error


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A folder to fill, which stands at ``path`` once all is well, and not at all otherwise.

    Raises:
        FolderTakenError: If something is there that is no empty folder.
        UnwritableFileError: If it cannot be made.
    """
    path = path.resolve()
    try:
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise FolderTakenError(place=path)
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = _beside(path)
        fresh.mkdir()
        try:
            yield fresh
            if path.exists():  # it may be where somebody works, so it is filled, not replaced
                for each in fresh.iterdir():
                    each.replace(path / each.name)
            else:
                fresh.replace(path)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    except OSError as error:
        raise UnwritableFileError(place=path, reason=error.strerror) from error


def _beside(path: Path) -> Path:
    """A name in the same folder that nothing has."""
    return path.with_name(f".{path.name}-{token_hex(6)}")
