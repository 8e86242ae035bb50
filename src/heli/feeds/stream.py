"""Feeds as server-sent events (WHATWG HTML, 9.2), for any number of systems.

One task per process looks every few hundredths of a second whether a feed that somebody follows has
grown. What is new is put together for all its readers at once: each record is read once, and one
round of the ledger makes all their facts durable before the first octet leaves. The id of an event
is its cursor; a reader who was cut off comes back with it as ``Last-Event-ID``. A reader who takes
events more slowly than they come is not served from memory: it fetches the next batch when it has
taken the last. Four times a second every reader's grant is looked at, so a stream ends within a
second of its grant, also when nothing happens, and what waits in memory under a policy that was
changed meanwhile is put together again under the new one.
"""

import asyncio
import json
import logging
import uuid
from collections.abc import AsyncGenerator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar
from weakref import WeakKeyDictionary

from django.db import close_old_connections
from django.utils import translation

from heli.errors import HeliError
from heli.exchange.compiled import CompiledResource, catalogue
from heli.feeds import grounds, release
from heli.feeds.cursors import cursor_at, position_of
from heli.feeds.errors import TooManyStreamsError
from heli.feeds.models import Change, Feed, Subscription
from heli.feeds.services.subscriptions import halt, running
from heli.kernel.actor import Actor
from heli.kernel.localise import explain

logger = logging.getLogger(__name__)

READERS = 1000
QUEUE = 16
POLL = 0.03
LOOK = 0.25
HEARTBEAT = 15.0
LIFETIME = 1800.0
THREADS = 2

T = TypeVar("T")

_pool = ThreadPoolExecutor(THREADS, thread_name_prefix="feeds-stream")


class EndedError(Exception):
    """The stream of a reader ends.

    Args:
        cause: Why; the reader is told.
    """

    def __init__(self, cause: HeliError) -> None:
        self.cause = cause
        super().__init__(cause.code)


@dataclass(eq=False)
class Reader:
    """One system's place in a feed.

    Attributes:
        position: Everything up to here was put into the queue or sent.
        taken: Everything up to here was sent.
        behind: It fetches for itself until it has caught up.
        policy: Hash of the release policy at the last look at its grant.
        queue: Events not yet sent with the position each leads to, or the error that ends the
            stream.
    """

    subscription: Subscription
    actor: Actor
    position: int
    taken: int = 0
    behind: bool = True
    policy: str = ""
    queue: "asyncio.Queue[Made]" = field(default_factory=lambda: asyncio.Queue(QUEUE))

    @property
    def feed(self) -> Feed:
        """The feed it follows."""
        return self.subscription.feed

    def end(self, cause: HeliError) -> None:
        """Let the stream end now, whatever still waits in the queue."""
        self._empty()
        self.queue.put_nowait(cause)

    def under(self, policy: str) -> None:
        """Let nothing leave that waits in the queue since before its policy was changed."""
        if policy != self.policy and not self.queue.empty():
            self._empty()
            self.position, self.behind = self.taken, True
        self.policy = policy

    def _empty(self) -> None:
        while not self.queue.empty():
            self.queue.get_nowait()


class Hub:
    """Watches the feeds that the readers of one event loop follow."""

    def __init__(self) -> None:
        self._readers: set[Reader] = set()
        self._task: asyncio.Task[None] | None = None

    def require_room(self) -> None:
        """Go on only when another reader can be served.

        Raises:
            TooManyStreamsError: There are too many.
        """
        if len(self._readers) >= READERS:
            raise TooManyStreamsError(count=READERS)

    def join(self, reader: Reader) -> None:
        """Take a reader in."""
        self._readers.add(reader)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    def leave(self, reader: Reader) -> None:
        """Let a reader go; without readers nothing is watched."""
        self._readers.discard(reader)
        if not self._readers and self._task:
            self._task.cancel()
            self._task = None

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        look_at = 0.0
        while True:
            await asyncio.sleep(POLL)
            try:
                if loop.time() >= look_at:
                    look_at = loop.time() + LOOK
                    await self._look()
                await self._serve()
            except Exception:
                logger.exception("the feeds could not be read; it is tried again")

    async def _look(self) -> None:
        """End the streams of those whose grant or subscription does not hold any more."""
        readers = list(self._readers)
        looked = await in_thread(lambda: policies(readers))
        for reader, found in zip(readers, looked, strict=True):
            if isinstance(found, HeliError):
                reader.end(found)
            else:
                reader.under(found)

    async def _serve(self) -> None:
        live = [reader for reader in self._readers if not reader.behind]
        if not live:
            return
        ready = await in_thread(lambda: _grown(live))
        for reader in ready:
            if reader.queue.full():
                reader.behind = True
        served = [reader for reader in ready if not reader.behind]
        if not served:
            return
        for reader, made in await in_thread(lambda: release_to(served)):
            if isinstance(made, HeliError):
                reader.end(made)
                continue
            reader.position = made[1]
            reader.queue.put_nowait(made)


async def in_thread(work: Callable[[], T]) -> T:
    """Run what touches the database in one of the threads kept for that."""

    def run() -> T:
        close_old_connections()
        try:
            return work()
        finally:
            close_old_connections()

    return await asyncio.get_running_loop().run_in_executor(_pool, run)


def _grown(readers: Iterable[Reader]) -> list[Reader]:
    """Readers whose feed has changes that they were not sent."""
    found = list(readers)
    ids = {reader.feed.pk for reader in found}
    heads = dict(Feed.objects.filter(pk__in=ids).values_list("pk", "head"))
    return [reader for reader in found if heads.get(reader.feed.pk, 0) > reader.position]


def policies(readers: Iterable[Reader]) -> list[str | HeliError]:
    """For each reader the hash of the policy it is served under, or why it may not be served."""
    found = list(readers)
    rows = Subscription.objects.in_bulk({reader.subscription.pk for reader in found})
    standings = grounds.Standings(rows.values())
    resources: dict[int, CompiledResource | None] = {}
    looked: list[str | HeliError] = []
    for reader in found:
        feed = reader.feed
        if feed.pk not in resources:
            resources[feed.pk] = catalogue.find(feed.address)
        row = rows.get(reader.subscription.pk, reader.subscription)
        row.feed = feed
        try:
            policy = grounds.policy_of(row, resources[feed.pk], standings)
            running(row)
        except HeliError as refusal:
            looked.append(refusal)
        else:
            looked.append(policy.digest)
    return looked


Made = tuple[bytes, int] | HeliError


def release_to(readers: Iterable[Reader]) -> list[tuple[Reader, Made]]:
    """Release the next changes to readers: to each the event and the position it leads to."""
    made: list[tuple[Reader, Made]] = []
    batches: list[tuple[Reader, release.Batch]] = []
    rounds: dict[int, release.Round] = {}
    changes: dict[tuple[int, int], list[Change]] = {}
    served = list(readers)
    for reader in served:
        feed = reader.feed
        if feed.pk not in rounds:
            rounds[feed.pk] = release.Round(feed, [each.subscription for each in served])
        place = (feed.pk, reader.position)
        if place not in changes:
            changes[place] = release.changes_after(feed, reader.position)
        wanted = release.Wanted(reader.subscription, changes[place], reader.position)
        try:
            batches.append((reader, rounds[feed.pk].batch(wanted)))
        except HeliError as error:
            made.append((reader, error))
    release.settle((batch, reader.actor) for reader, batch in batches)
    made += [
        (reader, batch.refusal or (message(batch, reader.feed), batch.through))
        for reader, batch in batches
    ]
    _note([(reader, batch) for reader, batch in batches if batch.refusal is None])
    return made


def _note(batches: list[tuple[Reader, release.Batch]]) -> None:
    """Note how far the subscriptions were sent, with one statement for each position."""
    by_place: dict[int, list[uuid.UUID]] = {}
    for reader, batch in batches:
        if batch.through > reader.position:
            by_place.setdefault(batch.through, []).append(reader.subscription.pk)
    for through, keys in by_place.items():
        Subscription.objects.filter(pk__in=keys, position__lt=through).update(position=through)


def message(batch: release.Batch, feed: Feed) -> bytes:
    """A batch as one event; where nothing is open to the reader, its place only."""
    cursor = cursor_at(feed, batch.through)
    if not batch.events:
        return f"id: {cursor}\n\n".encode()
    return event("changes", batch.document(feed), cursor)


def event(name: str, document: object, cursor: str = "") -> bytes:
    """One server-sent event with JSON."""
    head = f"id: {cursor}\n" if cursor else ""
    return f"{head}event: {name}\ndata: {json.dumps(document, ensure_ascii=False)}\n\n".encode()


async def follow(reader: Reader, language: str) -> AsyncGenerator[bytes, None]:
    """The events of one reader, until they leave, may not go on, or the stream's time is over."""
    place = hub()
    loop = asyncio.get_running_loop()
    ends = loop.time() + LIFETIME
    place.join(reader)
    try:
        yield b"retry: 2000\n\n"
        while loop.time() < ends:
            try:
                yield await _next(reader)
            except EndedError as ended:
                cause = ended.cause
                yield _farewell(cause, language)
                await in_thread(partial(_halt, reader, cause))
                return
    finally:
        place.leave(reader)


async def _next(reader: Reader) -> bytes:
    """The next event, or a heartbeat.

    Raises:
        EndedError: The reader may not go on.
    """
    if reader.behind and reader.queue.empty():
        ((_, made),) = await in_thread(lambda: release_to([reader]))
        if isinstance(made, HeliError):
            raise EndedError(made)
        text, through = made
        # Caught up when a look found nothing more; the hub goes on from exactly here.
        reader.behind = through > reader.position
        reader.position = reader.taken = through
        return text if text and reader.behind else b": here\n\n"
    try:
        async with asyncio.timeout(HEARTBEAT):
            item = await reader.queue.get()
    except TimeoutError:
        return b": here\n\n"
    if isinstance(item, HeliError):
        raise EndedError(item)
    text, reader.taken = item
    return text


def _farewell(cause: HeliError, language: str) -> bytes:
    with translation.override(language):
        told = explain(cause)
    document = {"code": told.code, "detail": told.detail, "remedy": told.remedy}
    return event("stopped", document)


def _halt(reader: Reader, cause: HeliError) -> None:
    row = Subscription.objects.select_related("feed__resource").get(pk=reader.subscription.pk)
    if grounds.refusal_of(row, catalogue.find(row.feed.address)) is not None:
        halt(row, cause)


def open_reader(row: Subscription, cursor: str, actor: Actor) -> Reader:
    """A reader's place, checked.

    Raises:
        HeliError: It may not be served now, or the cursor does not fit.
    """
    running(row)
    if refusal := grounds.refusal_of(row, catalogue.find(row.feed.address)):
        raise refusal
    position = position_of(row.feed, cursor) if cursor else max(row.position, row.feed.floor)
    return Reader(row, actor, position, taken=position)


_hubs: "WeakKeyDictionary[asyncio.AbstractEventLoop, Hub]" = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of the running event loop."""
    return _hubs.setdefault(asyncio.get_running_loop(), Hub())
