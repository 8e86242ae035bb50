"""The board as server-sent events: redrawn for each reader whenever an alert or a notice changed.

One task per process asks twice a second whether the pulse has moved, however many readers there
are; it runs while there are readers.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar
from weakref import WeakKeyDictionary

from django.db import close_old_connections

from heli.alerts.models import Pulse
from heli.errors import HeliError, gettext_noop

READERS = 500
POLL = 0.5
HEARTBEAT = 15.0
LIFETIME = 1800.0

T = TypeVar("T")

_pool = ThreadPoolExecutor(2, thread_name_prefix="alerts-live")


class TooManyWatchersError(HeliError):
    """This process serves as many live pages as it may."""

    code = "alerts.too_many_watchers"
    status = 503
    message = gettext_noop("{count} people watch the alerts here already.")
    remedy = gettext_noop("The page asks for news every ten seconds instead; nothing is lost.")


class Watch:
    """The pulse of one event loop."""

    def __init__(self) -> None:
        self.readers = 0
        self.number = -1
        self._moved = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def require_room(self) -> None:
        """Go on only when another reader can be served.

        Raises:
            TooManyWatchersError: There are too many.
        """
        if self.readers >= READERS:
            raise TooManyWatchersError(count=READERS)

    async def join(self) -> None:
        """Take a reader in."""
        self.readers += 1
        if self._task is None or self._task.done():
            self.number = await in_thread(pulse)
            self._task = asyncio.create_task(self._run())

    def leave(self) -> None:
        """Let a reader go."""
        self.readers -= 1
        if not self.readers and self._task:
            self._task.cancel()
            self._task = None

    async def after(self, number: int) -> bool:
        """Wait until the pulse has moved on; False where a heartbeat is due."""
        if self.number != number:
            return True
        try:
            async with asyncio.timeout(HEARTBEAT):
                await self._moved.wait()
        except TimeoutError:
            return False
        return True

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(POLL)
            number = await in_thread(pulse)
            if number != self.number:
                self.number = number
                self._moved.set()
                self._moved = asyncio.Event()


def pulse() -> int:
    """The present number."""
    return Pulse.objects.values_list("number", flat=True).first() or 0


async def in_thread(work: Callable[[], T]) -> T:
    """Run what touches the database in one of the threads kept for that."""

    def run() -> T:
        close_old_connections()
        try:
            return work()
        finally:
            close_old_connections()

    return await asyncio.get_running_loop().run_in_executor(_pool, run)


_watches: "WeakKeyDictionary[asyncio.AbstractEventLoop, Watch]" = WeakKeyDictionary()


def watch() -> Watch:
    """The watch of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _watches:
        _watches[loop] = Watch()
    return _watches[loop]


async def follow(draw: Callable[[], str], seen: int) -> AsyncGenerator[bytes, None]:
    """The board, drawn anew whenever something changed.

    Args:
        draw: Gives the HTML for this reader.
        seen: The pulse when their page was made.
    """
    place = watch()
    loop = asyncio.get_running_loop()
    ends = loop.time() + LIFETIME
    await place.join()
    try:
        yield b"retry: 3000\n\n"
        while loop.time() < ends:
            if not await place.after(seen):
                yield b": still here\n\n"
                continue
            seen = place.number
            html = await in_thread(draw)
            lines = "".join(f"data: {line}\n" for line in html.splitlines())
            yield f"id: {seen}\nevent: board\n{lines}\n".encode()
    finally:
        place.leave()
