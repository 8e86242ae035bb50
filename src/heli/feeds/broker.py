"""NATS JetStream: the rung above the embedded feeds, used where ``HELI_BROKER_URL`` is set.

A batch goes to ``heli.feeds.SOURCE.RESOURCE.CONSUMER`` in the stream ``heli-feeds``, with the
delivery's id as ``Nats-Msg-Id``, so that the server itself drops what is sent twice. Who may read
which subject is the broker's configuration: one account or permission for each consumer.
"""

import asyncio
import os
import threading
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from heli.errors import gettext_noop
from heli.feeds.errors import SendError

if TYPE_CHECKING:
    from nats.aio.client import Client

STREAM = "heli-feeds"
SUBJECTS = "heli.feeds.>"
TIMEOUT = 5.0
KEEP_SECONDS = 30 * 24 * 3600
DEDUPLICATE_SECONDS = 24 * 3600

T = TypeVar("T")


def address() -> str:
    """Where the broker is; empty where none is configured."""
    return os.environ.get("HELI_BROKER_URL", "").strip()


def configured() -> bool:
    """Whether this installation has a broker."""
    return bool(address())


def subject_of(resource: str, consumer: str) -> str:
    """The subject under which a consumer is told of a resource's changes."""
    return f"heli.feeds.{resource.replace('/', '.')}.{consumer}"


class Broker:
    """One connection, kept by a thread of its own with its own event loop."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._client: Client | None = None
        self._url = ""

    def publish(self, subject: str, body: bytes, message_id: str) -> None:
        """Publish and wait until the stream has it.

        Raises:
            SendError: It has not.
        """
        from nats.errors import Error as NatsError

        try:
            self._run(self._publish(subject, body, message_id))
        except (NatsError, OSError, TimeoutError) as error:
            reason = gettext_noop("the message broker did not take it")
            raise SendError(reason=reason, kind="broker") from error

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(
                    target=self._loop.run_forever, name="feeds-broker", daemon=True
                ).start()
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(TIMEOUT * 3)

    async def _publish(self, subject: str, body: bytes, message_id: str) -> None:
        client = await self._connected()
        stream = client.jetstream(timeout=TIMEOUT)
        await stream.publish(subject, body, stream=STREAM, headers={"Nats-Msg-Id": message_id})

    async def _connected(self) -> "Client":
        import nats
        from nats.js.api import StreamConfig
        from nats.js.errors import NotFoundError

        if self._client is not None and self._client.is_connected and self._url == address():
            return self._client
        if self._client is not None:
            await self._client.close()
        self._url = address()
        self._client = await nats.connect(
            self._url, connect_timeout=2, max_reconnect_attempts=2, allow_reconnect=False
        )
        stream = self._client.jetstream(timeout=TIMEOUT)
        try:
            await stream.stream_info(STREAM)
        except NotFoundError:
            await stream.add_stream(
                StreamConfig(
                    name=STREAM,
                    subjects=[SUBJECTS],
                    max_age=KEEP_SECONDS,
                    duplicate_window=DEDUPLICATE_SECONDS,
                )
            )
        return self._client


broker = Broker()
