"""One import of a source at a time."""

import fcntl
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from heli.errors import ConflictError, gettext_noop
from heli.kernel.home import folder


class ImportRunningError(ConflictError):
    """The same source is being imported by another process."""

    code = "cases.history.running"
    message = gettext_noop("An import into “{source}” is running already.")
    remedy = gettext_noop("Wait until it has ended, or import under another name with --source.")


@contextmanager
def only_import_of(source: str) -> Iterator[None]:
    """Hold the source for this process; it is let go of whatever ends the process.

    Raises:
        ImportRunningError: Another process holds it.
    """
    digest = hashlib.blake2b(f"cases.history\0{source}".encode(), digest_size=7).digest()
    if connection.vendor == "postgresql":
        with _advisory(int.from_bytes(digest, "big"), source):
            yield
        return
    path = folder("locks") / f"import-{digest.hex()}"
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ImportRunningError(source=source) from error
        yield


@contextmanager
def _advisory(key: int, source: str) -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        if not cursor.fetchone()[0]:
            raise ImportRunningError(source=source)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [key])
