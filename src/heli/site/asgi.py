"""The ASGI application: the exchange gateway beside Django.

The gateway is the hot path and works without Django's request cycle, so it is told apart here, by
its address, before any middleware runs.
"""

import asyncio
import gc
import logging
import os
from collections.abc import Awaitable, Callable, MutableMapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "heli.site.settings")

from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.db import connections
from django.urls import get_resolver

from heli.kernel import wal
from heli.kernel.home import keep_private
from heli.site import kin
from heli.site.proxies import seen_through

# Here as well for another server than Heli's own, and before the settings make folders.
keep_private()

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

logger = logging.getLogger(__name__)

COLLECTED = (10_000, 20, 20)
"""How rarely the collector looks: as usual, it would look at every batch of calls many times."""

_django: Any = get_asgi_application()
_gateway: Any = (
    import_module("heli.exchange.gateway").application
    if find_spec("heli.exchange.gateway")
    else _django
)
_duties: tuple[Any, ...] = (
    wal.keep_emptying,
    *(
        (
            import_module("heli.exchange.refusals").keep_recording,
            import_module("heli.exchange.connectors.held").keep_letting_go,
        )
        if find_spec("heli.exchange")
        else ()
    ),
)
"""What goes on while the server runs, each until the event it is given is set."""


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Send ``/x/v1/…`` to the gateway and everything else to Django."""
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
        return
    if settings.HELI_TRUSTED_PROXIES:
        scope = seen_through(scope, settings.HELI_TRUSTED_PROXIES)
    if scope["type"] == "http" and scope["path"].startswith("/x/v1/"):
        await _gateway(scope, receive, send)
    else:
        await _serve(scope, receive, send)


async def _serve(scope: Scope, receive: Receive, send: Send) -> None:
    """Let Django answer, in a thread of the request's own, and give back what that holds.

    A database connection belongs to its thread. Left to the collector it would outlive the thread
    by minutes, and with it, in SQLite, its cache and its mapping of the file.
    """
    async with ThreadSensitiveContext():
        try:
            await _django(scope, receive, send)
        finally:
            await sync_to_async(connections.close_all)()


async def _lifespan(receive: Receive, send: Send) -> None:
    ended = asyncio.Event()
    tasks: list[asyncio.Task[None]] = []
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            kin.follow_parent()
            tasks += [asyncio.create_task(duty(ended)) for duty in _duties]
            _spare_collector()
        if message["type"] == "lifespan.shutdown":
            ended.set()
            await asyncio.gather(*tasks, return_exceptions=True)
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


def _spare_collector() -> None:
    """Leave what was loaded to itself: a look through all of it would stop every thread.

    Pages and REST are loaded first, else the first request would load them after this.
    """
    try:
        _ = get_resolver().url_patterns
    except Exception:
        logger.exception("pages could not be loaded")
    gc.set_threshold(*COLLECTED)
    gc.collect()
    gc.freeze()
