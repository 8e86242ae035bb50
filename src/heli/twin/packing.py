"""A city as one archive, and results as bytes: the same content gives the same bytes."""

import io
import tempfile
import zipfile
import zlib
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from heli.twin.errors import BadEntryError

if TYPE_CHECKING:
    from heli.twin.city import City

BEGINNING = (1980, 1, 1, 0, 0, 0)
"""The instant that every file of an archive bears."""
UNREADABLE = (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, OSError, EOFError)
"""What reading a broken, encrypted or oddly packed archive raises."""
MOST_BYTES = 512 * 1024 * 1024
"""Of an archive's files, unpacked."""


def pack(city: "City") -> bytes:
    """A city's folder as a zip archive."""
    from heli.twin.city_files import write_city  # with it comes NumPy

    packed = io.BytesIO()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_city(city, folder)
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
            for path in sorted(folder.iterdir()):
                archive.writestr(zipfile.ZipInfo(path.name, BEGINNING), path.read_bytes(), 8)
    return packed.getvalue()


def unpack(content: bytes) -> "City":
    """A city from an archive of :func:`pack`, or of anybody's folder.

    Raises:
        BadEntryError: It is no such archive.
        HeliError: Whatever :func:`~heli.twin.city_files.read_city` refuses.
    """
    return _unpacked(bytes(content))


@lru_cache(maxsize=4)
def _unpacked(content: bytes) -> "City":
    from heli.twin.city_files import read_city  # with it comes NumPy

    with tempfile.TemporaryDirectory() as name:
        try:
            _extract(content, Path(name))
        except UNREADABLE as error:
            raise BadEntryError(place="archive", reason=f"it cannot be read: {error}") from error
        return read_city(Path(name))


def _extract(content: bytes, folder: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        files = [each for each in archive.infolist() if not each.is_dir()]
        if sum(each.file_size for each in files) > MOST_BYTES:
            raise BadEntryError(place="archive", reason="it is too large")
        for each in files:  # names of folders are dropped, so nothing is written elsewhere
            path = folder / (Path(each.filename).name or "_")
            if path.exists():
                raise BadEntryError(place="archive", reason=f"“{path.name}” is in it twice")
            with archive.open(each) as packed:
                path.write_bytes(packed.read(MOST_BYTES))


def canonical(plain: Any) -> bytes:
    """Plain data as JSON, always the same bytes for the same data."""
    return msgspec.json.encode(plain, order="deterministic")


def digest(plain: Any) -> str:
    """SHA-256 of plain data as canonical JSON, hexadecimal."""
    return sha256(canonical(plain)).hexdigest()


def compress(result: bytes) -> bytes:
    """A result as the database keeps it."""
    return zlib.compress(result, 6)


def read_result(kept: bytes) -> dict[str, Any]:
    """A result that the database keeps, without its draws; empty while there is none."""
    found: dict[str, Any] = dict(_read(bytes(kept))) if kept else {}
    return found


def read_draws(kept: bytes) -> dict[str, Any]:
    """A result with all its draws, which are much more than the rest."""
    found: dict[str, Any] = msgspec.json.decode(zlib.decompress(kept))
    return found


@lru_cache(maxsize=8)
def _read(kept: bytes) -> dict[str, Any]:
    found = read_draws(kept)
    found.get("ensemble", {}).pop("values", None)
    return found


def result_bytes(kept: bytes) -> bytes:
    """The bytes whose digest stands in the fact."""
    return zlib.decompress(bytes(kept))
