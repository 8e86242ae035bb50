"""Text files from outside, with errors that name them."""

from pathlib import Path

from heli.twin.errors import UnreadableFileError, UnwritableFileError


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
    """Write a text file in UTF-8, its lines ended by line feeds.

    Raises:
        UnwritableFileError: If it cannot be written there.
    """
    try:
        path.write_bytes(text.encode())
    except OSError as error:
        raise UnwritableFileError(place=path, reason=error.strerror) from error


def make_folder(path: Path) -> None:
    """Make a folder where there is none.

    Raises:
        UnwritableFileError: If it cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UnwritableFileError(place=path, reason=error.strerror) from error
