"""Files that leave piece by piece, whichever server serves them.

Django's own :class:`~django.http.FileResponse` is read into memory as a whole by an ASGI server.
"""

from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async
from django.http import FileResponse  # noqa: TID251 - the only place that may

PIECE = 256 * 1024
"""Octets read at once."""


class Download(FileResponse):
    """A file, read as it leaves; the arguments are those of ``FileResponse``."""

    block_size = PIECE

    def __aiter__(self) -> AsyncIterator[bytes]:
        """The file's pieces, for an ASGI server."""
        return pieces(iter(self))


async def pieces(read: Iterator[bytes]) -> AsyncIterator[bytes]:
    """What an iterator that blocks gives, each read in the request's own thread."""
    following = sync_to_async(lambda: next(read, None))
    while (piece := await following()) is not None:
        yield piece
