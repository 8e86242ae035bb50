"""Server-sent events (WHATWG HTML, 9.2) of what is happening, for any number of readers.

One task per process reads the ledger once a second, in one thread with one database connection,
however many readers there are; a reader costs a queue of bounded length. Facts are sent in the
order of the ledger, their position as the event's id. A reader who was cut off comes back with
``Last-Event-ID`` and gets what came since, each fact once: the positions have no gaps and are read
up to the point where the live part takes over. A position beyond the end belongs to another ledger,
say the one before a backup was put back: the reader is told ``reset`` and goes on from the end.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field
from typing import TypeVar
from weakref import WeakKeyDictionary

from asgiref.sync import sync_to_async
from django.db import close_old_connections

from heli.cockpit.selectors import news
from heli.errors import HeliError, gettext_noop

logger = logging.getLogger(__name__)

READERS = 500
QUEUE = 400
POLL = 1.0
HEARTBEAT = 15.0
LIFETIME = 1800.0
BATCH = 200

T = TypeVar("T")


class TooManyReadersError(HeliError):
    """This process serves as many streams as it may."""

    code = "cockpit.too_many_readers"
    status = 503
    message = gettext_noop("{count} people follow the stream already.")
    remedy = gettext_noop("The page asks for news every ten seconds instead; nothing is lost.")


@dataclass(eq=False)
class Reader:
    """One reader's place.

    Attributes:
        position: Position read to.
        queue: News not yet sent; None tells that some had to be dropped.
        behind: News after ``position`` must be read from the ledger before the queue goes on.
        lost: The place asked for lay beyond the end of the ledger.
    """

    position: int
    queue: asyncio.Queue[news.News | None] = field(default_factory=lambda: asyncio.Queue(QUEUE))
    behind: bool = False
    lost: bool = False

    def give(self, found: list[news.News]) -> None:
        """Add news; a reader too slow for the queue reads them from the ledger later."""
        for item in found:
            try:
                self.queue.put_nowait(item)
            except asyncio.QueueFull:
                while not self.queue.empty():
                    self.queue.get_nowait()
                self.queue.put_nowait(None)
                return

    async def catch_up(self) -> list[news.News]:
        """The next stretch of news that was missed; ends being behind when it was the last."""
        found, self.position = await _read(lambda: news.after(self.position, BATCH))
        self.behind = len(found) == BATCH
        return found

    async def next(self) -> list[news.News]:
        """The next piece of live news; none when a heartbeat is due or some were dropped."""
        ends = asyncio.get_running_loop().time() + HEARTBEAT
        while True:
            try:
                async with asyncio.timeout_at(ends):
                    item = await self.queue.get()
            except TimeoutError:
                return []
            if item is None:
                self.behind = True
                return []
            # What was read from the ledger may come again through the queue.
            if item.position > self.position:
                self.position = item.position
                return [item]


class Hub:
    """Reads the ledger for all readers of one event loop."""

    def __init__(self) -> None:
        self._readers: set[Reader] = set()
        self._task: asyncio.Task[None] | None = None
        self._position = -1

    def require_room(self) -> None:
        """Go on only when another reader can be served.

        Raises:
            TooManyReadersError: There are too many.
        """
        if len(self._readers) >= READERS:
            raise TooManyReadersError(count=READERS)

    async def join(self, after: int | None) -> Reader:
        """Take a place.

        Args:
            after: Position after which news is wanted; None: from now on.
        """
        if self._task is None or self._task.done():
            self._position = await _read(news.head)
            self._task = asyncio.create_task(self._run())
        reader = Reader(self._position if after is None else after)
        if reader.position > self._position:
            # Whoever read the ledger a moment ago may be ahead of this hub, but not of the ledger.
            head = await _read(news.head)
            reader.lost = reader.position > head
            reader.position = min(reader.position, head)
        reader.behind = reader.position < self._position
        self._readers.add(reader)
        return reader

    def leave(self, reader: Reader) -> None:
        """Give the place up; without readers the ledger is not read."""
        self._readers.discard(reader)
        if not self._readers and self._task:
            self._task.cancel()
            self._task = None

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(POLL)
            try:
                found, self._position = await _read(lambda: news.after(self._position, BATCH))
            except Exception:
                logger.exception("the ledger could not be read; it is tried again")
                continue
            for reader in list(self._readers):
                reader.give(found)


async def _read(query: Callable[[], T]) -> T:
    """Run a query in the one thread for such, and give its connection back when it is stale."""

    def run() -> T:
        close_old_connections()
        try:
            return query()
        finally:
            close_old_connections()

    return await sync_to_async(run, thread_sensitive=True)()


_hubs: "WeakKeyDictionary[asyncio.AbstractEventLoop, Hub]" = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of the running event loop."""
    return _hubs.setdefault(asyncio.get_running_loop(), Hub())


def event(name: str, data: str, position: int | None = None) -> bytes:
    """One server-sent event; line ends in ``data`` are kept."""
    lines = [] if position is None else [f"id: {position}"]
    lines += [f"event: {name}", *(f"data: {line}" for line in data.splitlines() or [""])]
    return ("\n".join(lines) + "\n\n").encode()


async def follow(
    after: int | None, show: Callable[[news.News], str]
) -> AsyncGenerator[bytes, None]:
    """The events of one reader, until they leave or the stream's time is over.

    Args:
        after: Position after which news is wanted; None: from now on.
        show: How a piece of news is written.
    """
    place = hub()
    reader = await place.join(after)
    loop = asyncio.get_running_loop()
    ends = loop.time() + LIFETIME
    try:
        yield b"retry: 3000\n\n"
        if reader.lost:
            yield event("reset", "reload", reader.position)
        while loop.time() < ends:
            if reader.behind:
                found = await reader.catch_up()
            else:
                found = await reader.next()
            for item in found:
                yield event("fact", show(item), item.position)
            if not found and not reader.behind:
                yield b": still here\n\n"
    finally:
        place.leave(reader)
